"""mink as a peer of our inverse kinematics: differential steps from seeds until a pose is reached."""

from __future__ import annotations

from pathlib import Path

import mink
import mujoco
import numpy as np

from ...envs.stage import load_stage
from ...planning.kinematics.inverse import ANGLE_TOLERANCE, POSITION_TOLERANCE
from ...planning.robot.group import JointGroup

_STEPS, _SEEDS = 60, 20
_DAMPING, _LM_DAMPING = 1e-6, 1e-2  # the fastest of 1e-6, 1e-4, 1e-2 and 0, 1e-2, 1 on the arm


class Mink:
    """mink's QP steps on MuJoCo's model of the same file, restarted from random configurations."""

    def __init__(self, robot: Path, group: JointGroup) -> None:
        """Load the file into MuJoCo."""
        self._model = load_stage(robot).compile()
        names = {self._model.joint(i).name.rpartition("/")[2]: i for i in range(self._model.njnt)}
        self._joints = [int(self._model.jnt_qposadr[names[name]]) for name in group.joint_names]
        bodies = {
            self._model.body(i).name.rpartition("/")[2]: self._model.body(i).name
            for i in range(self._model.nbody)
        }
        self._task = mink.FrameTask(
            bodies[group.tree.link_names[group.tip]], "body", 1.0, 0.2, lm_damping=_LM_DAMPING
        )
        self._limits: list[mink.Limit] = [mink.ConfigurationLimit(self._model)]
        self._low, self._high = group.limits.lower, group.limits.upper
        data = mujoco.MjData(self._model)
        mujoco.mj_kinematics(self._model, data)
        base = data.body(bodies[group.tree.link_names[group.base]])
        rotation = mink.SO3(base.xquat)
        self._base = mink.SE3.from_rotation_and_translation(rotation, base.xpos)

    def solve(self, positions: np.ndarray, quaternions: np.ndarray) -> np.ndarray:
        """How many solutions, 0 or 1, each pose in the base has within the tolerances."""
        rng = np.random.default_rng(0)
        return np.array([self._reach(p, q, rng) for p, q in zip(positions, quaternions, strict=True)])

    def _reach(self, position: np.ndarray, quaternion: np.ndarray, rng: np.random.Generator) -> int:
        target = mink.SE3.from_rotation_and_translation(mink.SO3(quaternion), position)
        self._task.set_target(self._base @ target)
        for seed in range(_SEEDS):
            q = self._model.qpos0.copy()
            q[self._joints] = rng.uniform(self._low, self._high) if seed else (self._low + self._high) / 2
            configuration = mink.Configuration(self._model, q)
            for _ in range(_STEPS):
                error = self._task.compute_error(configuration)
                if (
                    np.linalg.norm(error[:3]) < POSITION_TOLERANCE
                    and np.linalg.norm(error[3:]) < ANGLE_TOLERANCE
                ):
                    return 1
                velocity = mink.solve_ik(
                    configuration, [self._task], 1.0, "daqp", damping=_DAMPING, limits=self._limits
                )
                configuration.integrate_inplace(velocity, 1.0)
        return 0
