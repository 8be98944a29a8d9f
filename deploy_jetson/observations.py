"""Raw sensor values -> the network's input, the way the training environment builds it.

Vectorised over a leading world axis N (1 on a robot, many in an evaluation). Everything is float32, as in
training, so that both sides agree to rounding.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .contract import BundleError, Contract, ObservationTerm


@dataclass
class SensorReading:
    """What a robot measures in one tick; N robots of n joints.

    gyro: (N, 3) rad/s in the IMU frame. quat: (N, 4) `wxyz`, IMU frame in the world. joint_pos, joint_vel:
    (N, n) rad and rad/s in the contract's joint order. time: s on the robot's clock.
    """

    gyro: np.ndarray
    quat: np.ndarray
    joint_pos: np.ndarray
    joint_vel: np.ndarray
    time: float = 0.0


def projected_gravity(quat: np.ndarray) -> np.ndarray:
    """World -Z as a unit vector in the body frame, (N, 3), from `wxyz` (N, 4).

    It is minus the third row of the rotation matrix.
    """
    w, x, y, z = (quat[:, i] for i in range(4))
    return np.stack((2 * (w * y - x * z), -2 * (y * z + w * x), 2 * (x * x + y * y) - 1), axis=-1)


class GaitPhase:
    """The clock that times the steps; `phase` (N,) in [0, 1), `moving` (N,) false where it rests."""

    def __init__(self, contract: Contract) -> None:
        self._clock = contract.gait_clock
        self._dt = contract.timing.policy_dt
        self.phase = np.zeros(0, np.float32)
        self.moving = np.zeros(0, bool)
        self._fresh = np.zeros(0, bool)

    def reset(self, rows: np.ndarray, phase: np.ndarray) -> None:
        """Start the clocks of `rows` (k,) at `phase` (k,): the next tick shows that phase unchanged."""
        self.phase[rows] = phase
        self._fresh[rows] = True

    def resize(self, num: int) -> None:
        """Make room for `num` clocks, all fresh at phase 0."""
        self.phase = np.zeros(num, np.float32)
        self.moving = np.zeros(num, bool)
        self._fresh = np.ones(num, bool)

    def tick(self, command: np.ndarray) -> None:
        """Advance by one tick under `command` (N, 3)."""
        clock = self._clock
        speed = np.sqrt(np.square(command[:, :2]).sum(-1))
        step = self._dt * (clock.frequency + clock.frequency_per_speed * speed)
        advanced = np.where(self._fresh, self.phase, (self.phase + step) % 1.0)
        self.moving = np.sqrt(np.square(command).sum(-1)) > clock.standing_threshold
        self.phase = np.where(self.moving, advanced, 0.0).astype(np.float32)
        self._fresh[:] = False


class ObservationBuilder:
    """Builds observations and keeps what they need from the past: the last action and the gait clock.

    Raises:
        BundleError: the contract has a term this runtime does not know, or one of another size.
    """

    def __init__(self, contract: Contract) -> None:
        self._default_pos = np.array(contract.joints.default_pos, np.float32)
        self._clip = np.array(contract.joints.action_clip, np.float32)
        self.clock = GaitPhase(contract)
        self.last_action = np.zeros((0, contract.action_size), np.float32)
        sources: dict[str, tuple[int, Callable[[SensorReading, np.ndarray], np.ndarray]]] = {
            "base_ang_vel": (3, lambda reading, command: reading.gyro),
            "projected_gravity": (3, lambda reading, command: projected_gravity(reading.quat)),
            "joint_pos": (
                contract.action_size,
                lambda reading, command: reading.joint_pos - self._default_pos,
            ),
            "joint_vel": (contract.action_size, lambda reading, command: reading.joint_vel),
            "last_action": (contract.action_size, lambda reading, command: self.last_action),
            "velocity_command": (3, lambda reading, command: command),
            "gait_phase": (2, lambda reading, command: self._gait_phase()),
        }
        self._terms = [(_source(sources, term), np.float32(term.scale)) for term in contract.observations]

    def reset(self, num: int, phase: np.ndarray | None = None) -> None:
        """Forget the past of all `num` worlds and start their clocks at `phase` (num,), 0 if not given."""
        self.clock.resize(num)
        self.last_action = np.zeros((num, self._default_pos.size), np.float32)
        if phase is not None:
            self.reset_rows(np.arange(num), phase)

    def reset_rows(self, rows: np.ndarray, phase: np.ndarray) -> None:
        """Forget the past of worlds `rows` (k,) and start their clocks at `phase` (k,)."""
        self.clock.reset(rows, phase)
        self.last_action[rows] = 0.0

    def build(self, reading: SensorReading, command: np.ndarray) -> np.ndarray:
        """One tick: the observation (N, observation_size) for a reading and a command (N, 3)."""
        reading = SensorReading(*(_float32(getattr(reading, name)) for name in _SENSORS), time=reading.time)
        command = _float32(command)
        self.clock.tick(command)
        return np.concatenate(
            [(source(reading, command) * scale).astype(np.float32) for source, scale in self._terms], axis=-1
        )

    def remember(self, actions: np.ndarray) -> np.ndarray:
        """Clip the network's `actions` (N, n), NaN counting as 0, and keep them for the next tick."""
        self.last_action = np.clip(np.nan_to_num(actions, nan=0.0), -self._clip, self._clip)
        return self.last_action

    def _gait_phase(self) -> np.ndarray:
        angle = np.float32(2 * np.pi) * self.clock.phase
        return np.stack((np.sin(angle), np.cos(angle)), axis=-1) * self.clock.moving[:, None]


_SENSORS = ("gyro", "quat", "joint_pos", "joint_vel")


def _float32(values: np.ndarray) -> np.ndarray:
    return np.asarray(values, dtype=np.float32)


def _source(sources: dict, term: ObservationTerm) -> Callable[[SensorReading, np.ndarray], np.ndarray]:
    if term.name not in sources:
        raise BundleError(
            f"policy.json: observation '{term.name}' is unknown here; known are {', '.join(sources)}."
        )
    size, source = sources[term.name]
    if term.size != size:
        raise BundleError(
            f"policy.json: observation '{term.name}' has size {term.size}, the robot gives {size}."
        )
    return source
