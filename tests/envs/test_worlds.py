"""The two executors against each other, and what every `World` promises."""

from __future__ import annotations

import mujoco
import numpy as np
import pytest
import torch
from gaitway.assets import ASSETS
from gaitway.envs.stage import RobotPlacement, load_stage
from gaitway.envs.threaded_world import ThreadedWorld
from gaitway.envs.warp_world import WarpWorld
from gaitway.envs.world import World

_COMPARED = 16
_FLAT = ASSETS / "scenes" / "flat.usda"


def _model(robot: str) -> mujoco.MjModel:
    model = load_stage(_FLAT, [RobotPlacement(ASSETS / "robots" / f"{robot}.usda")], visuals=False).compile()
    model.opt.integrator = mujoco.mjtIntegrator.mjINT_IMPLICITFAST
    return model


@pytest.fixture(scope="module", params=["droid", "amr"])
def pair(request: pytest.FixtureRequest) -> tuple[ThreadedWorld, WarpWorld]:
    """Both executors of one robot. Warp compiles its kernels once per machine, for about a minute."""
    model = _model(request.param)
    return ThreadedWorld(model, _COMPARED, threads=1), WarpWorld(model, _COMPARED, "cpu")


def _start(model: mujoco.MjModel, height: float = 0.0) -> torch.Tensor:
    """A robot's own pose, (nq,), lifted by `height` m."""
    qpos = torch.as_tensor(model.key_qpos[0] if model.nkey else model.qpos0).clone()
    qpos[2] += height
    return qpos


def _random_ctrl(model: mujoco.MjModel, generator: torch.Generator) -> torch.Tensor:
    """Targets around the start pose for position drives; for others, within a tenth of the control range."""
    unit = 2 * torch.rand((_COMPARED, model.nu), generator=generator, dtype=torch.float64) - 1
    joints = model.actuator_trnid[:, 0]
    held = model.actuator_biasprm[:, 1] != 0
    centre = np.where(held, _start(model).numpy()[model.jnt_qposadr[joints]], 0.0)
    return torch.as_tensor(centre) + torch.where(torch.as_tensor(held), 0.3, 1.0) * unit


def _reset_both(pair: tuple[World, World], qpos: torch.Tensor, qvel: torch.Tensor) -> None:
    """Start both from the same state: float32 first, which float64 holds exactly."""
    everywhere = torch.ones(_COMPARED, dtype=torch.bool)
    for world in pair:
        world.reset(everywhere, qpos.float().double(), qvel.float().double())


def _difference(pair: tuple[World, World], field: str) -> torch.Tensor:
    """Largest absolute difference in each world, (num_worlds,)."""
    reference, other = (world.view(field).double().reshape(_COMPARED, -1) for world in pair)
    return (reference - other).abs().amax(dim=1)


def test_executors_agree_in_the_air(pair: tuple[ThreadedWorld, WarpWorld]) -> None:
    """Without contact, float32 keeps to float64 for as long as one likes: 50 steps of random control.

    Rounding is 6e-8 of about 1 m and grows with the square root of the steps; the bound is ten times that.
    """
    model = pair[0].model
    _reset_both(pair, _start(model, 2.0).repeat(_COMPARED, 1), torch.zeros(_COMPARED, model.nv))
    generator = torch.Generator().manual_seed(0)
    for _ in range(25):
        ctrl = _random_ctrl(model, generator)
        for world in pair:
            world.set_ctrl(ctrl)
            world.step(2)
    assert _difference(pair, "qpos").max() < 1e-5
    assert _difference(pair, "qvel").max() < 1e-3
    assert _difference(pair, "xpos").max() < 1e-5


def test_executors_agree_on_the_floor(pair: tuple[ThreadedWorld, WarpWorld]) -> None:
    """With contacts, six windows of ten steps, each from the same state.

    Contact is a jump: a foot's corner 1e-8 m deep in float32 may be clear of the floor in float64, and the
    two part ways. So windows are short, and one world in sixteen may part in each.
    """
    model = pair[0].model
    qpos, qvel = _start(model).repeat(_COMPARED, 1), torch.zeros(_COMPARED, model.nv)
    generator = torch.Generator().manual_seed(1)
    for window in range(7):
        _reset_both(pair, qpos, qvel)
        for _ in range(10):
            ctrl = _random_ctrl(model, generator)
            for world in pair:
                world.set_ctrl(ctrl)
                world.step(1)
        qpos, qvel = pair[0].view("qpos").clone(), pair[0].view("qvel").clone()
        if window == 0:
            continue  # at the start every corner just touches the floor
        assert _difference(pair, "qpos").sort().values[-2] < 1e-5
        assert _difference(pair, "qvel").sort().values[-2] < 1e-3
        # Contact forces of the sensors are of the order of 100 N.
        assert _difference(pair, "sensordata").sort().values[-2] < 0.1


def test_executors_agree_on_parameters(pair: tuple[ThreadedWorld, WarpWorld]) -> None:
    """Heavier worlds fall the same but answer their motors less, the same way in both executors."""
    model = pair[0].model
    factor = torch.linspace(1.0, 3.0, _COMPARED, dtype=torch.float64)
    for world in pair:
        for field in ("body_mass", "body_inertia"):
            nominal = torch.as_tensor(getattr(model, field))
            values = world.parameter(field)
            values[:] = (factor.reshape(-1, *[1] * nominal.ndim) * nominal).to(values)
        world.apply_parameters()
    _reset_both(pair, _start(model, 2.0).repeat(_COMPARED, 1), torch.zeros(_COMPARED, model.nv))
    ctrl = _random_ctrl(model, torch.Generator().manual_seed(2))[:1].repeat(_COMPARED, 1)
    for world in pair:
        world.set_ctrl(ctrl)
        world.step(10)
    velocity = pair[0].view("qvel")
    assert (velocity[0] - velocity[-1]).abs().max() > 1e-3, "the masses made no difference"
    assert _difference(pair, "qvel").max() < 1e-4
    for world in pair:
        for field in ("body_mass", "body_inertia"):
            values = world.parameter(field)
            values[:] = torch.as_tensor(getattr(model, field)).to(values)
        world.apply_parameters()


@pytest.mark.parametrize("which", [0, 1], ids=["threaded", "warp"])
def test_reset_touches_only_its_worlds_and_refreshes_sensors(
    pair: tuple[ThreadedWorld, WarpWorld], which: int
) -> None:
    world = pair[which]
    start = _start(world.model).repeat(_COMPARED, 1)
    _reset_both(pair, start, torch.zeros(_COMPARED, world.model.nv))
    world.step(3)
    before = {field: world.view(field).clone() for field in ("qpos", "qvel", "xpos")}
    mask = torch.zeros(_COMPARED, dtype=torch.bool)
    mask[[1, 4]] = True
    lifted = _start(world.model, 0.5).repeat(_COMPARED, 1)
    world.reset(mask, lifted, torch.ones(_COMPARED, world.model.nv))
    others = ~mask
    for field, values in before.items():
        assert torch.equal(world.view(field)[others], values[others])
    torch.testing.assert_close(world.view("qpos")[mask].double(), lifted[mask], atol=1e-6, rtol=0)
    # Derived fields are of the new state, not of the next step: the base is 0.5 m higher at once.
    base = int(world.model.jnt_bodyid[0])
    torch.testing.assert_close(world.view("xpos")[mask, base].double(), lifted[mask, :3], atol=1e-6, rtol=0)
    assert (world.view("time")[mask] == 0).all()


@pytest.mark.parametrize("which", [0, 1], ids=["threaded", "warp"])
def test_push_acts_at_the_next_step(pair: tuple[ThreadedWorld, WarpWorld], which: int) -> None:
    """In free fall a base pushed at 1 m/s has moved by 1 m/s times the time step."""
    world = pair[which]
    _reset_both(pair, _start(world.model, 2.0).repeat(_COMPARED, 1), torch.zeros(_COMPARED, world.model.nv))
    qvel = torch.zeros(_COMPARED, world.model.nv)
    qvel[:, 0] = 1.0
    world.set_velocity(torch.arange(_COMPARED) == 5, qvel)
    x_before = world.view("qpos")[:, 0].clone()
    world.step(1)
    moved = (world.view("qpos")[:, 0] - x_before).double()
    assert moved[5] == pytest.approx(world.model.opt.timestep, rel=0.2)
    assert moved[torch.arange(_COMPARED) != 5].abs().max() < 0.2 * world.model.opt.timestep


@pytest.mark.parametrize("which", [0, 1], ids=["threaded", "warp"])
def test_diverged_world_is_reset_counted_and_alone(pair: tuple[ThreadedWorld, WarpWorld], which: int) -> None:
    """One world gets a NaN velocity: the others end bit for bit where they end without it."""
    world = pair[which]
    model = world.model
    start = _start(model).repeat(_COMPARED, 1)
    ctrl = _random_ctrl(model, torch.Generator().manual_seed(3))
    ends = []
    for poison in (False, True):
        _reset_both(pair, start, torch.zeros(_COMPARED, model.nv))
        world.set_ctrl(ctrl)
        world.step(5)
        if poison:
            world.set_velocity(torch.arange(_COMPARED) == 7, torch.full((_COMPARED, model.nv), torch.nan))
        count = world.diverged_count
        diverged = world.step(5)
        assert diverged.nonzero().flatten().tolist() == ([7] if poison else [])
        assert world.diverged_count - count == int(poison)
        ends.append({field: world.view(field).clone() for field in ("qpos", "qvel", "sensordata")})
    others = torch.arange(_COMPARED) != 7
    for field in ends[0]:
        assert torch.equal(ends[0][field][others], ends[1][field][others])
        assert ends[1][field].isfinite().all()
    torch.testing.assert_close(
        world.view("qpos")[7].double(), torch.as_tensor(model.qpos0), atol=1e-6, rtol=0
    )
    assert not world.step(5).any()


def test_thread_count_does_not_change_a_bit() -> None:
    model = _model("droid")
    generator = torch.Generator().manual_seed(4)
    controls = [_random_ctrl(model, generator) for _ in range(20)]
    ends = []
    for threads in (1, 2, 3):
        world = ThreadedWorld(model, _COMPARED, threads)
        everywhere = torch.ones(_COMPARED, dtype=torch.bool)
        world.reset(everywhere, _start(model).repeat(_COMPARED, 1), torch.zeros(_COMPARED, model.nv))
        for ctrl in controls:
            world.set_ctrl(ctrl)
            world.step(4)
        ends.append({field: world.view(field).clone() for field in ("qpos", "qvel", "sensordata")})
    for other in ends[1:]:
        for field, values in other.items():
            assert torch.equal(values, ends[0][field])


@pytest.mark.parametrize("kind", [ThreadedWorld, WarpWorld])
def test_no_worlds_is_an_error(kind: type) -> None:
    with pytest.raises(ValueError, match="num_worlds is 0"):
        kind(_model("droid"), 0)


@pytest.mark.parametrize("which", [0, 1], ids=["threaded", "warp"])
def test_field_that_cannot_vary_is_an_error(pair: tuple[ThreadedWorld, WarpWorld], which: int) -> None:
    with pytest.raises(ValueError, match="'names' cannot differ"):
        pair[which].parameter("names")


def test_too_many_contacts_is_an_error() -> None:
    """Two boxes touch the floor at eight points; a world with room for two says so."""
    spec = mujoco.MjSpec()
    spec.option.integrator = mujoco.mjtIntegrator.mjINT_IMPLICITFAST
    spec.worldbody.add_geom(type=mujoco.mjtGeom.mjGEOM_PLANE, size=[1, 1, 0.1])
    for x in (-0.5, 0.5):
        body = spec.worldbody.add_body(pos=[x, 0, 0.099])
        body.add_freejoint()
        body.add_geom(type=mujoco.mjtGeom.mjGEOM_BOX, size=[0.1, 0.1, 0.1])
    world = WarpWorld(spec.compile(), 1, "cpu", max_contacts=2)
    with pytest.raises(RuntimeError, match="more contacts than WarpWorld has room for"):
        world.step(2)


def test_integrator_that_warp_lacks_is_an_error() -> None:
    model = _model("droid")
    model.opt.integrator = mujoco.mjtIntegrator.mjINT_RK4
    with pytest.raises(ValueError, match="mjINT_RK4"):
        WarpWorld(model, 1, "cpu")


def test_unknown_view_is_an_error(pair: tuple[ThreadedWorld, WarpWorld]) -> None:
    with pytest.raises(ValueError, match="'contact' is no MjData field"):
        pair[1].view("contact")
