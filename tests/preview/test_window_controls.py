"""The panel beside the view: what a spectator sets last holds, however late the worlds take it in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch
import viser
from gaitway.envs.registration import load_cfg
from gaitway.envs.vector_env import GaitwayVectorEnv
from gaitway.preview.window.controls import Controls
from gaitway.preview.window.guard import close_server, open_server
from gaitway.preview.window.session import TaskSession

from .viewer import CAMERA, join, packed
from .waiting import until

DROID = "Gaitway/DroidVelocityFlat-v0"


@pytest.fixture
def server() -> Iterator[viser.ViserServer]:
    server = open_server("127.0.0.1", 0, "test")
    yield server
    close_server(server)


def _uuid(server: viser.ViserServer, label: str) -> str:
    handles = server.gui._gui_input_handle_from_uuid
    return next(uuid for uuid, handle in handles.items() if getattr(handle, "label", None) == label)


def test_what_is_set_after_stand_holds(server: viser.ViserServer) -> None:
    """Both are there before the worlds, busy with a step, take the first of them."""
    session = TaskSession(GaitwayVectorEnv(load_cfg(DROID), 2), act=None)
    controls = Controls(server, session, session.step, [])
    stand, slider = _uuid(server, "Stand"), _uuid(server, "vx")
    with join(server) as viewer:
        viewer.send(packed(**CAMERA))
        viewer.send(packed(type="GuiUpdateMessage", uuid=stand, updates={"value": True}))
        viewer.send(packed(type="GuiUpdateMessage", uuid=slider, updates={"value": 0.4}))
        assert until(lambda: server.gui._gui_input_handle_from_uuid[slider].value == 0.4)
        assert until(controls.take_orders)
    session.step()
    assert torch.allclose(session.env.command.value, torch.tensor([0.4, 0.0, 0.0]), atol=0.01)
