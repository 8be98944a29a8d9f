"""What is shown: a policy on its task, or a bare stage, stepped by whoever holds it."""

from __future__ import annotations

from typing import Protocol

import mujoco
import numpy as np
import torch

from ...envs.commands.goal import GoalCommand
from ...envs.commands.velocity import VelocityCommand
from ...envs.model import compile_model
from ...envs.one_thread import one_thread
from ...envs.sensors.lidar import LidarCfg, lidar_of
from ...envs.threaded_world import ThreadedWorld
from ...envs.vector_env import GaitwayVectorEnv
from ..marks import marks
from ..rollout import Act

Signals = dict[str, dict[str, float]]
"""Numbers of one world at one instant: plot -> curve -> value."""

_VELOCITY = ("vx", "vy", "yaw rate")


class Session(Protocol):
    """Worlds that the window shows.

    Attributes:
        model: with everything that is seen; its bodies are those of the worlds.
        num_worlds, step_dt: how many there are, and the seconds of one step.
        apart: whether worlds are drawn side by side, and not over one another on the same ground.
        followed_body: the body that stands for a world; None if there is no such.
        command_ranges: what can be commanded by hand: name -> lowest and highest value.
        can_push: whether there is a floating base to push.
    """

    model: mujoco.MjModel
    num_worlds: int
    step_dt: float
    apart: bool
    followed_body: int | None
    command_ranges: dict[str, tuple[float, float]]
    can_push: bool

    def step(self) -> None:
        """Advance every world by `step_dt`."""
        ...

    def reset(self) -> None:
        """Begin new episodes in all worlds."""
        ...

    def command(self, values: tuple[float, ...] | None) -> None:
        """Ask all worlds for `values`, in the order of `command_ranges`; None leaves it to the task."""
        ...

    def push(self, forward: float, left: float) -> None:
        """Add a velocity in m/s, seen from each robot, to its base."""
        ...

    def poses(self) -> tuple[np.ndarray, np.ndarray]:
        """Positions (num_worlds, nbody, 3) in m and quaternions (num_worlds, nbody, 4) of the bodies."""
        ...

    def signals(self, world: int) -> Signals:
        """What is plotted of `world`."""
        ...

    def marks(self) -> np.ndarray | None:
        """Where each world's robot is asked to go, (num_worlds, 3) in m; None if it is not asked so."""
        ...

    def scan(self, world: int) -> np.ndarray | None:
        """What the lidar of `world` meets, (rays, 3) in m; None without a lidar."""
        ...


class TaskSession:
    """A policy in the worlds of its task; without one, the action is zero. See `Session`."""

    def __init__(self, env: GaitwayVectorEnv, act: Act | None, seed: int = 0) -> None:
        self.env = env
        self.act: Act = act or _zero_action
        self.model = compile_model(env.cfg, visuals=True)
        self.num_worlds, self.step_dt = env.num_envs, env.step_dt
        self.apart = env.terrain is None
        self.can_push = env.state.has_base
        joint = int(env.model.actuator_trnid[env.state.actuators[0], 0])
        self.followed_body: int | None = int(env.model.body_rootid[env.model.jnt_bodyid[joint]])
        self.command_ranges = _command_ranges(env)
        self._commanded: torch.Tensor | None = None
        params = [value for term in env.cfg.actor.values() for value in term.params.values()]
        self._lidar = next((value for value in params if isinstance(value, LidarCfg)), None)
        self._views = env.world.view("xpos"), env.world.view("xquat")
        self.env.reset(seed=seed)

    @torch.inference_mode()
    @one_thread()
    def step(self) -> None:
        """Act, and advance by one env step; commands given by hand outlast the ends of episodes."""
        if self._commanded is not None:
            self.env.command.set(self._commanded)
        self.env.step(self.act(self.env))

    @torch.inference_mode()
    def reset(self) -> None:
        """Begin new episodes in all worlds."""
        self.env.reset()

    def command(self, values: tuple[float, ...] | None) -> None:
        """Hold `values`, or leave commands to the task; see `Session`."""
        self._commanded = None if values is None else torch.tensor(values, device=self.env.device)

    def push(self, forward: float, left: float) -> None:
        """Add to the base's velocity, in its heading frame."""
        env, state = self.env, self.env.state
        cos, sin = torch.cos(state.heading), torch.sin(state.heading)
        qvel = env.world.view("qvel").clone()
        base = qvel[:, state.base_qvel :]
        base[:, 0] += cos * forward - sin * left
        base[:, 1] += sin * forward + cos * left
        env.world.set_velocity(torch.ones(self.num_worlds, dtype=torch.bool, device=env.device), qvel)

    def poses(self) -> tuple[np.ndarray, np.ndarray]:
        """Where the bodies are; see `Session`."""
        xpos, xquat = (view.cpu().numpy() for view in self._views)
        return xpos, xquat

    def signals(self, world: int) -> Signals:
        """What is commanded beside what is done, and reward terms per second."""
        found = self._command_signals(world) | self._reward_signals(world)
        return {title: curves for title, curves in found.items() if curves}

    def _reward_signals(self, world: int) -> Signals:
        terms = self.env.rewards.terms
        rates = dict(zip(terms, (self.env.rewards.last[world] / self.step_dt).tolist(), strict=True))
        return {
            "rewards, per second": {name: rates[name] for name in terms if terms[name].weight > 0},
            "penalties, per second": {name: rates[name] for name in terms if terms[name].weight < 0},
        }

    def _command_signals(self, world: int) -> Signals:
        env = self.env
        command = env.command.value[world].tolist()
        if isinstance(env.command, VelocityCommand) and env.state.has_base:
            found: Signals = {}
            state = env.state
            measured = (*state.root_lin_vel_h[world, :2].tolist(), float(state.yaw_rate[world]))
            for name, asked, done in zip(_VELOCITY, command, measured, strict=True):
                unit = "rad/s" if name == "yaw rate" else "m/s"
                found[f"{name}, {unit}"] = {"commanded": asked, "measured": done}
            return found
        if isinstance(env.command, GoalCommand):
            return {"way to go, m": {"goal": command[2], "waypoint": command[5]}}
        return {"command": {str(i): value for i, value in enumerate(command)}}

    def marks(self) -> np.ndarray | None:
        """Goals and targets."""
        return marks(self.env)

    def scan(self, world: int) -> np.ndarray | None:
        """Where the rays of the policy's lidar end, if it has one."""
        if self._lidar is None:
            return None
        return lidar_of(self.env, self._lidar).ends()[world].reshape(-1, 3).cpu().numpy()


class StageSession:
    """A stage without a task: what stands in it falls, rolls and swings. See `Session`."""

    def __init__(self, model: mujoco.MjModel, num_worlds: int) -> None:
        self.model, self.num_worlds = model, num_worlds
        self._substeps = max(1, round(0.02 / model.opt.timestep))
        self.step_dt = self._substeps * model.opt.timestep
        self.apart = True
        self.command_ranges: dict[str, tuple[float, float]] = {}
        self.can_push = False
        free = np.flatnonzero(model.jnt_type == mujoco.mjtJoint.mjJNT_FREE)
        self.followed_body: int | None = int(model.jnt_bodyid[free[0]]) if len(free) else None
        self._world = ThreadedWorld(model, num_worlds)
        self._views = self._world.view("xpos"), self._world.view("xquat")
        self._qpos, self._ctrl = _start(model, num_worlds)
        self.reset()

    def step(self) -> None:
        """Advance by some physics steps; actuators hold the stage's first keyframe, if it has one."""
        self._world.step(self._substeps)

    def reset(self) -> None:
        """Put everything where the stage has it."""
        everywhere = torch.ones(self.num_worlds, dtype=torch.bool)
        qvel = torch.zeros(self.num_worlds, self.model.nv, dtype=torch.float64)
        self._world.reset(everywhere, self._qpos, qvel)
        self._world.set_ctrl(self._ctrl)

    def command(self, values: tuple[float, ...] | None) -> None:
        """There is nothing to command."""

    def push(self, forward: float, left: float) -> None:
        """There is no robot to push."""

    def poses(self) -> tuple[np.ndarray, np.ndarray]:
        """Where the bodies are; see `Session`."""
        xpos, xquat = (view.numpy() for view in self._views)
        return xpos, xquat

    def signals(self, world: int) -> Signals:
        """Nothing is asked of a stage."""
        return {}

    def marks(self) -> np.ndarray | None:
        """None."""
        return None

    def scan(self, world: int) -> np.ndarray | None:
        """None: that is a policy's."""
        return None


def _zero_action(env: GaitwayVectorEnv) -> torch.Tensor:
    return torch.zeros(env.num_envs, env.actions.size, device=env.device)


def _command_ranges(env: GaitwayVectorEnv) -> dict[str, tuple[float, float]]:
    if not isinstance(env.command, VelocityCommand):
        return {}
    cfg = env.command.cfg
    return dict(zip(_VELOCITY, (cfg.lin_vel_x, cfg.lin_vel_y, cfg.ang_vel_z), strict=True))


def _start(model: mujoco.MjModel, num_worlds: int) -> tuple[torch.Tensor, torch.Tensor]:
    """State and control of the first keyframe, or the model's own, for every world."""
    qpos, ctrl = model.qpos0, np.zeros(model.nu)
    if model.nkey:
        qpos, ctrl = model.key_qpos[0], model.key_ctrl[0]
    return tuple(torch.from_numpy(array.copy()).repeat(num_worlds, 1) for array in (qpos, ctrl))  # type: ignore[return-value]
