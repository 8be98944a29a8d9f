"""Gymnasium's Humanoid-v5 on our worlds: the same model, observation, reward and reset as the peers step."""

from __future__ import annotations

from pathlib import Path

import gymnasium
import mujoco
import numpy as np
import torch

from ..threaded_world import ThreadedWorld

FRAME_SKIP = 5
NUM_ACTIONS = 17
OBSERVATION_SIZE = 348
_MAX_STEPS = 1000
_RESET_NOISE = 0.01
_HEALTHY_Z = (1.0, 2.0)
_HEALTHY_REWARD, _FORWARD_WEIGHT, _CTRL_COST, _CONTACT_COST = 5.0, 1.25, 0.1, 5e-7
_MOST_CONTACT_COST = 10.0
_OBSERVED = ("qpos", "qvel", "cinert", "cvel", "qfrc_actuator", "cfrc_ext", "xipos")


def load_model() -> mujoco.MjModel:
    """The MJCF that Gymnasium ships, with one sensor more: MuJoCo computes `cfrc_ext` for sensors alone.

    The midphase is off, as in our own tasks: for 18 geoms it costs more than it saves. The trajectory is the
    same, but for the order of contacts, which the solver's last digits depend on.
    """
    file = Path(gymnasium.__file__).parent / "envs/mujoco/assets/humanoid.xml"
    spec = mujoco.MjSpec.from_file(str(file))
    spec.body("torso").add_site(name="torso")
    spec.add_sensor(type=mujoco.mjtSensor.mjSENS_FORCE, objtype=mujoco.mjtObj.mjOBJ_SITE, objname="torso")
    model = spec.compile()
    model.opt.disableflags |= mujoco.mjtDisableBit.mjDSBL_MIDPHASE
    return model


class GymnasiumHumanoid:
    """N worlds of Humanoid-v5, NumPy in and out, float64; a finished episode is reset in the same step.

    Equal to Gymnasium's but for `cfrc_ext` (the last 78 values): Gymnasium takes it at the last stage of the
    last Runge-Kutta step, this at the first stage of the same step.

    Args:
        num_envs: number of worlds.
        threads: CPU threads, 0 for all.
        seed: of the noise of resets.
    """

    def __init__(self, num_envs: int, threads: int = 0, seed: int = 0) -> None:
        self.model = load_model()
        self.num_envs = num_envs
        self.world = ThreadedWorld(self.model, num_envs, threads, fresh=False)
        self._views = {name: self.world.view(name).numpy() for name in _OBSERVED}
        self._rng = np.random.default_rng(seed)
        self._dt = FRAME_SKIP * self.model.opt.timestep
        self._mass_share = self.model.body_mass / self.model.body_mass.sum()
        self._steps = np.zeros(num_envs, dtype=np.int64)
        self._x = np.zeros(num_envs)
        self._start_qpos = np.zeros((num_envs, self.model.nq))
        self._start_qvel = np.zeros((num_envs, self.model.nv))

    def reset(self) -> np.ndarray:
        """Start new episodes in all worlds; returns their observation (num_envs, 348)."""
        self._start_episodes(np.arange(self.num_envs))
        return self.observe()

    def start(self, ids: np.ndarray, qpos: np.ndarray, qvel: np.ndarray) -> None:
        """Start episodes of worlds `ids` (k,) at the given `qpos` (k, 24) and `qvel` (k, 23)."""
        mask = torch.zeros(self.num_envs, dtype=torch.bool)
        mask[ids] = True
        self._start_qpos[ids], self._start_qvel[ids] = qpos, qvel
        self.world.reset(mask, torch.from_numpy(self._start_qpos), torch.from_numpy(self._start_qvel))
        self._steps[ids] = 0
        self._x[ids] = self._mass_centre_x(ids)

    def step(
        self, actions: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, dict[str, np.ndarray]]:
        """Observation, reward, terminated, truncated and `final_obs` of the finished, as Gymnasium's step."""
        self.world.set_ctrl(torch.from_numpy(actions))
        self.world.step(FRAME_SKIP)
        self._steps += 1
        reward, healthy = self._reward(actions)
        terminated, truncated = ~healthy, self._steps >= _MAX_STEPS
        observation = self.observe()
        finished = np.flatnonzero(terminated | truncated)
        if not len(finished):
            return observation, reward, terminated, truncated, {}
        info = {"final_obs": observation[finished], "finished": finished}
        self._start_episodes(finished)
        observation[finished] = self.observe(finished)
        return observation, reward, terminated, truncated, info

    def observe(self, rows: np.ndarray | slice = slice(None)) -> np.ndarray:
        """Observation (k, 348) of some worlds: `x` and `y` and everything of the world body are left out."""
        view = {name: values[rows] for name, values in self._views.items()}
        count = len(view["qpos"])
        parts = (
            view["qpos"][:, 2:],
            view["qvel"],
            view["cinert"][:, 1:].reshape(count, -1),
            view["cvel"][:, 1:].reshape(count, -1),
            view["qfrc_actuator"][:, 6:],
            view["cfrc_ext"][:, 1:].reshape(count, -1),
        )
        return np.concatenate(parts, axis=1)

    def _start_episodes(self, ids: np.ndarray) -> None:
        qpos = self.model.qpos0 + self._rng.uniform(-_RESET_NOISE, _RESET_NOISE, (len(ids), self.model.nq))
        qvel = self._rng.uniform(-_RESET_NOISE, _RESET_NOISE, (len(ids), self.model.nv))
        self.start(ids, qpos, qvel)

    def _reward(self, actions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Reward and whether the robot stands, both (num_envs,)."""
        x = self._mass_centre_x()
        velocity, self._x = (x - self._x) / self._dt, x
        height = self._views["qpos"][:, 2]
        healthy = (height > _HEALTHY_Z[0]) & (height < _HEALTHY_Z[1])
        forces = self._views["cfrc_ext"].reshape(self.num_envs, -1)
        contact_cost = np.minimum(_CONTACT_COST * np.einsum("ij,ij->i", forces, forces), _MOST_CONTACT_COST)
        ctrl_cost = _CTRL_COST * np.einsum("ij,ij->i", actions, actions)
        return _FORWARD_WEIGHT * velocity + _HEALTHY_REWARD * healthy - ctrl_cost - contact_cost, healthy

    def _mass_centre_x(self, rows: np.ndarray | slice = slice(None)) -> np.ndarray:
        return self._views["xipos"][rows, :, 0] @ self._mass_share
