"""Opens the window, and steps the worlds that it shows in real time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import numpy as np

from .cameras import Cameras
from .controls import Controls
from .guard import close_server, open_server
from .plots import Plots
from .scene import Scene
from .session import Session, TaskSession

_PICTURES_HZ = 30.0
_PLOTS_HZ = 6.0
_NEWS_S = 2.0
_IDLE_S = 0.02
_HOPELESS_S = 0.25  # s behind real time, from which on the lost time is forgotten


class Window:
    """A page at `address` that shows `session`; `run` steps it until `close`.

    Attributes:
        address: URL of the page.
        time: simulated seconds since the start.

    Args:
        session: what is shown.
        title: of the page.
        news: says, now and then, which policy is shown; it may load a newer one.
        host, port: where to listen; port 0 takes any that is free.

    Raises:
        ValueError: the port is in use.
    """

    def __init__(
        self,
        session: Session,
        title: str,
        news: Callable[[], str] = str,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        self.session = session
        self._news = news
        self._server = open_server(host, port, title)
        self.address = f"http://{f'[{host}]' if ':' in host else host}:{self._server.get_port()}"
        self._stop = threading.Event()
        self.time = 0.0
        self._told = time.perf_counter(), 0.0
        self._plotted_world = 0
        self._title = title
        model = session.model
        self._cameras = Cameras(session.env, model) if isinstance(session, TaskSession) else None
        self._server.gui.configure_theme(show_logo=False, show_share_button=False, control_width="medium")
        self._scene = Scene(self._server, model, session.num_worlds, session.apart)
        if session.followed_body is not None:
            self._scene.look_at_body(session.followed_body)
        shown = self._cameras.names if self._cameras is not None else []
        self.controls = Controls(self._server, session, self._advance, shown)
        signals = session.signals(0)
        panel = self._server.gui.add_panel()
        with panel.add_tab("Plots"):
            self._plots = Plots(self._server, signals, session.step_dt)
        panel.dock_left()
        self._server.gui.main_panel.dock_right()

    def run(self) -> None:
        """Step and show the worlds until `close` is called; they rest while nobody looks or all is paused."""
        due = time.perf_counter()
        shown = plotted = 0.0
        self._show()
        while not self._stop.is_set():
            ordered = self.controls.take_orders()
            now = time.perf_counter()
            if now - self._told[0] > _NEWS_S:
                self._tell(now)
            resting = self.controls.paused or not self._server.get_clients()
            if resting:
                if ordered:
                    self._show()
                    self._draw()
                self._stop.wait(_IDLE_S)
                due = time.perf_counter()
                continue
            self._advance()
            if now - shown > 1 / _PICTURES_HZ:
                self._show()
                shown = now
            if now - plotted > 1 / _PLOTS_HZ:
                self._draw()
                plotted = now
            due += self.session.step_dt / self.controls.speed
            late = time.perf_counter() - due
            if late > _HOPELESS_S:
                due += late
            self._stop.wait(max(0.0, -late))

    def close(self) -> None:
        """End `run` and stop listening; from any thread."""
        self._stop.set()
        close_server(self._server)

    def _advance(self) -> None:
        self.session.step()
        self.time += self.session.step_dt
        world = self.controls.world
        if world != self._plotted_world:
            self._plots.clear()
            self._plotted_world = world
        self._plots.add(self.time, self.session.signals(world))

    def _show(self) -> None:
        """Send where everything is."""
        xpos, xquat = self.session.poses()
        world, marks = self.controls.world, self.session.marks()
        scan = self.session.scan(world)
        with self._server.atomic():
            self._scene.update(xpos, xquat)
            if marks is not None:
                self._scene.mark(marks)
            if scan is not None:
                self._scene.show_scan(scan, world)
            if self.controls.follows and self.session.followed_body is not None:
                self._scene.centre_on(xpos[world, self.session.followed_body] + self._scene.offsets[world])

    def _draw(self) -> None:
        """Send plots and the camera's picture."""
        self._plots.draw()
        picture: np.ndarray | None = None
        if self._cameras is not None and self.controls.camera is not None:
            picture = self._cameras.picture(self.controls.camera, self.controls.world)
        self.controls.show_picture(picture)

    def _tell(self, now: float) -> None:
        """Say what is shown, to how many, and how fast it goes."""
        before, simulated = self._told
        speed = (self.time - simulated) / (now - before)
        self._told = now, self.time
        count = len(self._server.get_clients())
        watching = "1 spectator" if count == 1 else f"{count} spectators"
        self.controls.say(
            f"**{self._title}**  \n{self._news()}  \n"
            f"{self.time:.0f} s simulated, now at {speed:.1f} × real time  \n{watching}"
        )
