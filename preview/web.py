"""A running policy in the browser: MuJoCo's own web viewer, on this machine only."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterable

import mujoco
from mujoco.studio import launch_web, viewer_protocol
from mujoco.studio.web import web_server

from .rollout import Moment

_bind = web_server.bind_public_socket


def _bind_loopback(host: str, port: int = 0) -> socket.socket:
    return _bind("127.0.0.1", port)


# The viewer has no authentication, listens on every interface and offers no option to do otherwise.
web_server.bind_public_socket = _bind_loopback


def serve(moments: Iterable[Moment], step_dt: float, model: mujoco.MjModel, port: int = 0) -> None:
    """Show `moments`, `step_dt` s apart, in real time until they end or the viewer is closed.

    The address, `http://localhost:PORT`, is printed; `port` 0 takes the first free one from 8080 on.
    """
    data = mujoco.MjData(model)
    config = viewer_protocol.ViewerConfig(title="Gaitway", gfx="web", http_port=port)
    with launch_web.launch(config) as handle:
        handle.set_model(model, data=data)
        due = time.perf_counter()
        for moment in moments:
            if not handle.is_running():
                break
            data.qpos[:] = moment.qpos
            mujoco.mj_forward(model, data)
            handle.sync()
            due += step_dt
            time.sleep(max(0.0, due - time.perf_counter()))
