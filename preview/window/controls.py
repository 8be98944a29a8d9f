"""The panel beside the view: run, command, push, look.

Callbacks of the page run on the server's thread: they only leave orders, for whoever steps the worlds.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import partial
from queue import Empty, SimpleQueue
from typing import Any

import viser

from .session import Session

# Keys to drive by: which command they change and in which direction. WASD and arrows move viser's camera.
_KEYS = {"I": (0, 1), "K": (0, -1), "J": (2, 1), "L": (2, -1), "U": (1, 1), "O": (1, -1)}
_NOTCHES = 8  # presses of a key from 0 to the end of the range
_SPEEDS = {"¼ ×": 0.25, "½ ×": 0.5, "1 ×": 1.0, "2 ×": 2.0, "4 ×": 4.0}
_DIRECTIONS = {"forward": (1, 0), "back": (-1, 0), "left": (0, 1), "right": (0, -1)}
_NO_CAMERA = "none"


class Controls:
    """What the spectators have set; every one of them sees and sets the same.

    Args:
        server: whose panel is filled.
        session: what is commanded, pushed and reset.
        advance: makes one step.
        cameras: names of those whose pictures can be shown.

    Attributes:
        paused: whether time stands still.
        speed: simulated seconds per second.
        world: the world that is followed and plotted.
        follows: whether the view stays with its robot.
        camera: name of the camera whose picture is wanted, or None.
    """

    def __init__(
        self, server: viser.ViserServer, session: Session, advance: Callable[[], None], cameras: list[str]
    ) -> None:
        self._server, self._session, self._advance = server, session, advance
        self._orders: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self.paused = False
        self._status = server.gui.add_markdown("")
        self._add_time()
        self._add_command()
        self._add_push()
        self._add_view(cameras)

    def take_orders(self) -> bool:
        """Carry out what spectators ordered since the last call; returns whether there was anything."""
        taken = False
        while True:
            try:
                order = self._orders.get_nowait()
            except Empty:
                return taken
            order()
            taken = True

    def say(self, text: str) -> None:
        """Show `text`, Markdown, at the top of the panel."""
        self._status.content = text

    @property
    def speed(self) -> float:
        """Simulated seconds per second."""
        return _SPEEDS[self._speed.value]

    @property
    def world(self) -> int:
        """The world that is followed and plotted."""
        return 0 if self._world is None else int(self._world.value)

    @property
    def follows(self) -> bool:
        """Whether the view stays with the robot of `world`."""
        return self._follow.value

    @property
    def camera(self) -> str | None:
        """The camera whose picture is wanted."""
        return None if self._camera is None or self._camera.value == _NO_CAMERA else self._camera.value

    def show_picture(self, picture: Any) -> None:
        """Show a camera's picture, uint8 (height, width, 3); none if None."""
        if self._camera is None:
            return
        if picture is not None:
            self._picture.image = picture
        self._picture.visible = picture is not None

    def _order(
        self, action: Callable[[], None], first: Callable[[], None] = lambda: None
    ) -> Callable[[Any], Coroutine[Any, Any, None]]:
        """A callback that has `action` carried out by whoever steps the worlds.

        What changes the panel itself goes into `first`, done at once: later, it would undo what a spectator
        has set since.
        """

        async def put(_event: Any) -> None:  # async: those that are not may overtake each other
            first()
            self._orders.put(action)

        return put

    def _add_time(self) -> None:
        gui = self._server.gui
        self._play = gui.add_button("Pause", icon=viser.Icon.PLAYER_PAUSE)
        step = gui.add_button("Step", icon=viser.Icon.PLAYER_TRACK_NEXT, disabled=True)
        reset = gui.add_button("Reset", icon=viser.Icon.REFRESH)
        self._step = step
        self._speed = gui.add_dropdown("Speed", tuple(_SPEEDS), initial_value="1 ×")
        self._play.on_click(self._order(self._toggle))
        step.on_click(self._order(self._step_once))
        reset.on_click(self._order(self._session.reset))
        gui.add_command("Pause or play", hotkey="space").on_trigger(self._order(self._toggle))
        gui.add_command("Step", hotkey="N").on_trigger(self._order(self._step_once))
        gui.add_command("Reset", hotkey="R").on_trigger(self._order(self._session.reset))

    def _toggle(self) -> None:
        self.paused = not self.paused
        self._play.label = "Play" if self.paused else "Pause"
        self._play.icon = viser.Icon.PLAYER_PLAY if self.paused else viser.Icon.PLAYER_PAUSE
        self._step.disabled = not self.paused

    def _step_once(self) -> None:
        if self.paused:
            self._advance()

    def _add_command(self) -> None:
        gui, ranges = self._server.gui, self._session.command_ranges
        self._sliders: list[viser.GuiSliderHandle[float]] = []
        if not ranges:
            return
        with gui.add_folder("Command"):
            self._by_hand = gui.add_checkbox("By hand", False, hint="Otherwise the task draws commands.")
            self._by_hand.on_update(self._order(self._apply_command))
            for name, (low, high) in ranges.items():
                low, high = min(low, 0.0), max(high, 0.0)
                slider = gui.add_slider(name, low, high, (high - low) / 100 or 0.01, 0.0)
                slider.on_update(self._order(self._apply_command, first=self._take_over))
                self._sliders.append(slider)
            stand = self._order(self._apply_command, first=self._stand)
            gui.add_button("Stand", icon=viser.Icon.HAND_STOP).on_click(stand)
            gui.add_markdown("Keys: **I K** forward and back, **J L** turn, **U O** sideways, **M** stand")
        gui.add_command("Stand", hotkey="M").on_trigger(stand)
        for key, (which, sign) in _KEYS.items():
            label = f"{list(ranges)[which]} {'+' if sign > 0 else '-'}"
            command = gui.add_command(label, hotkey=key)  # type: ignore[arg-type]
            nudge = partial(self._nudge, which, sign)
            command.on_trigger(self._order(self._apply_command, first=nudge))

    def _apply_command(self) -> None:
        values = tuple(float(slider.value) for slider in self._sliders)
        self._session.command(values if self._by_hand.value else None)

    def _take_over(self) -> None:
        self._by_hand.value = True

    def _stand(self) -> None:
        for slider in self._sliders:
            slider.value = 0.0
        self._take_over()

    def _nudge(self, which: int, sign: int) -> None:
        slider = self._sliders[which]
        end = slider.max if sign > 0 else -slider.min
        value = slider.value + sign * end / _NOTCHES
        slider.value = round(min(max(value, slider.min), slider.max), 4)
        self._take_over()

    def _add_push(self) -> None:
        gui = self._server.gui
        if not self._session.can_push:
            return
        with gui.add_folder("Push"):
            strength = gui.add_slider("m/s", 0.1, 2.0, 0.1, 0.5)
            direction = gui.add_button_group("to the robot's", tuple(_DIRECTIONS))

        def push() -> None:
            forward, left = _DIRECTIONS[direction.value]
            self._session.push(forward * strength.value, left * strength.value)

        direction.on_click(self._order(push))

    def _add_view(self, cameras: list[str]) -> None:
        gui, count = self._server.gui, self._session.num_worlds
        self._world: viser.GuiSliderHandle[int] | None = None
        self._camera: viser.GuiDropdownHandle[str] | None = None
        with gui.add_folder("Look"):
            self._follow = gui.add_checkbox("Follow", True, disabled=self._session.followed_body is None)
            if count > 1:
                self._world = gui.add_slider("World", 0, count - 1, 1, 0)
            if cameras:
                self._camera = gui.add_dropdown("Camera", (_NO_CAMERA, *cameras), initial_value=_NO_CAMERA)
                self._picture = gui.add_image(_blank(), format="png", visible=False)
        for handle in (self._follow, self._world, self._camera):
            if handle is not None:
                handle.on_update(self._order(lambda: None))


def _blank() -> Any:
    import numpy as np

    return np.zeros((4, 4, 3), np.uint8)
