"""An AMR in physics with what it can feel and see, told wheel speeds tick by tick."""

from __future__ import annotations

import mujoco
import numpy as np
import numpy.typing as npt

from ...deploy_jetson.route import heading
from ...envs.sensors.wheel_odometry import WheelCfg, wheel_odometry
from ...perception.recording import WheelSamples
from ..record.contacts import touches
from ..record.drive import RADIUS, TRACK
from ..record.hall import Hall
from ..record.rig import RecordCfg
from ..record.senses import Senses

Array = npt.NDArray[np.floating]
_IMU_EVERY, _WHEELS_EVERY = 2, 10  # physics steps


class SensingRobot(Senses):
    """Steps physics, and gives what the sensors measured meanwhile. Its body frame is the inertial unit's.

    Args:
        hall: where it stands.
        cfg: of its cameras and noise.
        longest: s that it may be driven.
        data: state of `hall.physics` to begin with; the model's own by default.
    """

    def __init__(self, hall: Hall, cfg: RecordCfg, longest: float, data: mujoco.MjData | None = None) -> None:
        self._data = mujoco.MjData(hall.physics) if data is None else data
        super().__init__(hall, cfg, self._data.qpos.copy(), longest, _IMU_EVERY)
        self._wheels = [self._model.actuator(f"{side}_wheel_joint").id for side in ("left", "right")]
        self._joints = [self._model.joint(f"{side}_wheel_joint").qposadr[0] for side in ("left", "right")]
        self._wheel_seed, self._wheels_told = [cfg.seed, 30], 0

    @property
    def hull(self) -> tuple[float, float, float]:
        """True middle of the hull in the world, x and y in m, and its heading in rad."""
        x, y = self._data.qpos[:2]
        return float(x), float(y), heading(self._data.qpos[3:7])

    def drive(self, forward: float, turning: float, seconds: float) -> None:
        """Let the wheels turn for a forward speed in m/s and a turning rate in rad/s."""
        self.turn_wheels(forward, turning)
        self.step(seconds)

    def turn_wheels(self, forward: float, turning: float) -> None:
        """Send the wheels' drives speeds, for a forward speed in m/s and a turning rate in rad/s."""
        speeds = (np.array([-1.0, 1.0]) * turning * TRACK / 2 + forward) / RADIUS
        self._data.ctrl[self._wheels] = speeds

    def step(self, seconds: float) -> None:
        """Let time pass."""
        for _ in range(round(seconds / self.motion.dt)):
            mujoco.mj_step(self._model, self._data)
            self.move_to(self._data.qpos)

    def touches(self) -> bool:
        """Whether it touches anything but the floor."""
        return touches(self._model, self._data, self._model.site_bodyid[self._site])

    def wheels(self) -> WheelSamples:
        """Samples since the last call."""
        dt = _WHEELS_EVERY * self.motion.dt
        angles = self.motion.qpos[: self._steps + 1 : _WHEELS_EVERY][:, self._joints]
        first, self._wheels_told = self._wheels_told, len(angles) - 1
        # From the start each time: the errors of the past come out as they were.
        rng = np.random.default_rng(self._wheel_seed)
        speed, yaw_rate = wheel_odometry(angles, dt, RADIUS, TRACK, WheelCfg(), rng)
        times = (np.arange(len(speed)) + 0.5) * dt
        return WheelSamples(times[first:], speed[first:], yaw_rate[first:])
