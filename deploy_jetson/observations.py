"""Raw sensor values -> the network's input, the way the training environment builds it.

Vectorised over a leading world axis N (1 on a robot, many in an evaluation). Everything is float32, as in
training, so that both sides agree to rounding.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from .contract import BundleError, Contract, GaitClock, ObservationTerm
from .history import History
from .targets import or_infinite


class ReadingError(ValueError):
    """A reading or command lacks what the policy's contract asks for; the message names it."""


@dataclass
class SensorReading:
    """What a robot measures in one tick, and what it is told; N robots of n joints.

    gyro: (N, 3) rad/s in the IMU frame. quat: (N, 4) `wxyz`, IMU frame in the world; both None on robots
    without IMU. joint_pos, joint_vel: (N, n) rad and rad/s in the contract's joint order (m and m/s where a
    joint slides). time: s on the robot's clock. external: by the name of each observation whose source is
    "external" its value (N, size), in the layout, frame and unit that the contract states, before scaling.
    """

    gyro: np.ndarray | None
    quat: np.ndarray | None
    joint_pos: np.ndarray
    joint_vel: np.ndarray
    time: float = 0.0
    external: dict[str, np.ndarray] = field(default_factory=dict)


def projected_gravity(quat: np.ndarray) -> np.ndarray:
    """World -Z as a unit vector in the body frame, (N, 3), from `wxyz` (N, 4).

    It is minus the third row of the rotation matrix.
    """
    w, x, y, z = (quat[:, i] for i in range(4))
    return np.stack((2 * (w * y - x * z), -2 * (y * z + w * x), 2 * (x * x + y * y) - 1), axis=-1)


class GaitPhase:
    """The clock that times the steps; `phase` (N,) in [0, 1), `moving` (N,) false where it rests.

    A tick lasts `dt` s; the clock rests under commands of a norm up to `standing_threshold`.
    """

    def __init__(self, clock: GaitClock, dt: float, standing_threshold: float) -> None:
        self._clock, self._dt, self._standing_threshold = clock, dt, standing_threshold
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

    def tick(self, command: np.ndarray, external: dict[str, np.ndarray]) -> None:
        """Advance by one tick under `command` (N, 3); `external` may set the frequency."""
        clock = self._clock
        source = clock.frequency_from
        frequency = clock.frequency if source is None else external[source][:, 0]
        speed = np.sqrt(np.square(command[:, :2]).sum(-1))
        step = self._dt * (frequency + clock.frequency_per_speed * speed)
        advanced = np.where(self._fresh, self.phase, (self.phase + step) % 1.0)
        self.moving = np.sqrt(np.square(command).sum(-1)) > self._standing_threshold
        self.phase = np.where(self.moving, advanced, 0.0).astype(np.float32)
        self._fresh[:] = False


class ObservationBuilder:
    """Builds observations and keeps what they need from the past: last action, gait clock and histories.

    `clock` is None for a policy without one, `needs_command` whether an observation depends on the command,
    `clip` (n,) the largest magnitude of each action, infinite where there is none.

    Raises:
        BundleError: the contract has a term this runtime cannot build, or one of another size.
    """

    def __init__(self, contract: Contract) -> None:
        self._external = contract.external
        self._default_pos = np.array(contract.joints.default_pos, np.float32)
        self.clip = or_infinite(contract.joints.action_clip, np.inf)
        self.clock: GaitPhase | None = None
        self.needs_command = contract.commands is not None
        if contract.gait_clock is not None and contract.commands is not None:
            threshold = contract.commands.standing_threshold
            self.clock = GaitPhase(contract.gait_clock, contract.timing.policy_dt, threshold)
        self.last_action = np.zeros((0, contract.action_size), np.float32)
        known = self._known(contract)
        self._slices = [_Slice(_source(known, term), term) for term in contract.observations]

    def _known(self, contract: Contract) -> _Sources:
        """What this runtime makes of raw sensors, for a robot and a policy that have what it takes."""
        joints = contract.action_size
        known: _Sources = {
            "joint_pos": (joints, lambda tick: tick.reading.joint_pos - self._default_pos),
            "joint_vel": (joints, lambda tick: tick.reading.joint_vel),
            "last_action": (joints, lambda tick: self.last_action),
        }
        if contract.robot.imu:
            known["base_ang_vel"] = (3, lambda tick: tick.gyro)
            known["projected_gravity"] = (3, lambda tick: projected_gravity(tick.quat))
        if self.needs_command:
            known["velocity_command"] = (3, lambda tick: tick.command)
        if self.clock is not None:
            clock = self.clock
            known["gait_phase"] = (2, lambda tick: _sine_and_cosine(clock))
        return known

    def reset(self, num: int, phase: np.ndarray | None = None) -> None:
        """Forget the past of all `num` worlds and start their clocks at `phase` (num,), 0 if not given."""
        if self.clock is not None:
            self.clock.resize(num)
        self.last_action = np.zeros((num, self._default_pos.size), np.float32)
        for part in self._slices:
            part.history.resize(num)
        if phase is not None:
            self.reset_rows(np.arange(num), phase)

    def reset_rows(self, rows: np.ndarray, phase: np.ndarray | None = None) -> None:
        """Forget the past of worlds `rows` (k,) and start their clocks, if any, at `phase` (k,) or 0."""
        if self.clock is not None:
            self.clock.reset(rows, np.zeros(len(rows)) if phase is None else phase)
        self.last_action[rows] = 0.0
        for part in self._slices:
            part.history.reset(rows)

    def build(self, reading: SensorReading, command: np.ndarray | None = None) -> np.ndarray:
        """One tick: the observation (N, observation_size) for a reading and a command (N, 3).

        Raises:
            ReadingError: an external value is missing, of another shape or not finite; the IMU's values are
                missing; or there is no command for a policy that follows one.
        """
        if fault := external_fault(self._external, reading):
            raise ReadingError(fault)
        if self.needs_command and command is None:
            raise ReadingError("the policy follows a velocity command, and none is given")
        tick = _Tick(reading, command)
        if self.clock is not None:
            self.clock.tick(tick.command, tick.reading.external)
        return np.concatenate([part(tick) for part in self._slices], axis=-1)

    def remember(self, actions: np.ndarray) -> np.ndarray:
        """Clip the network's `actions` (N, n), NaN counting as 0, and keep them for the next tick."""
        finite = np.where(np.isnan(actions), np.float32(0.0), actions)
        self.last_action = np.clip(finite, -self.clip, self.clip)
        return self.last_action


def external_fault(terms: tuple[ObservationTerm, ...], reading: SensorReading) -> str:
    """What is wrong with the external values that `terms` ask for, in a sentence, or nothing."""
    for term in terms:
        if term.name not in reading.external:
            return f"the external observation '{term.name}' ({term.layout}) is missing"
        value = np.asarray(reading.external[term.name])
        shape = (len(reading.joint_pos), term.size)
        if value.shape != shape:
            return f"the external observation '{term.name}' has shape {value.shape}, not {shape}"
        if not np.isfinite(value).all():
            return f"the external observation '{term.name}' is not finite"
    return ""


class _Tick:
    """What one observation is made of, as float32."""

    def __init__(self, reading: SensorReading, command: np.ndarray | None) -> None:
        self.reading = SensorReading(
            *(_float32(getattr(reading, name)) for name in _SENSORS),  # type: ignore[arg-type]
            time=reading.time,
            external={name: np.asarray(value, np.float32) for name, value in reading.external.items()},
        )
        self._command = _float32(command)

    @property
    def gyro(self) -> np.ndarray:
        return _given(self.reading.gyro, "gyro")

    @property
    def quat(self) -> np.ndarray:
        return _given(self.reading.quat, "quat")

    @property
    def command(self) -> np.ndarray:
        return _given(self._command, "command")


class _Slice:
    """One term of the observation: clipped, scaled and, if it has a history, with its past before it."""

    def __init__(self, source: Callable[[_Tick], np.ndarray], term: ObservationTerm) -> None:
        self._source, self._scale, self._clip = source, np.float32(term.scale), term.clip
        self._remembers = term.history > 1
        self.history = History(term.history)

    def __call__(self, tick: _Tick) -> np.ndarray:
        value = self._source(tick)
        if self._clip is not None:
            low, high = self._clip
            value = np.clip(value, np.float32(low), np.float32(high))
        value = (value * self._scale).astype(np.float32)
        return self.history.push(value) if self._remembers else value


_Sources = dict[str, tuple[int, Callable[[_Tick], np.ndarray]]]
_SENSORS = ("gyro", "quat", "joint_pos", "joint_vel")


def _given(value: np.ndarray | None, name: str) -> np.ndarray:
    if value is None:
        raise ReadingError(f"the policy needs '{name}', and the reading has none")
    return value


def _float32(values: np.ndarray | None) -> np.ndarray | None:
    return None if values is None else np.asarray(values, dtype=np.float32)


def _sine_and_cosine(clock: GaitPhase) -> np.ndarray:
    angle = np.float32(2 * np.pi) * clock.phase
    return np.stack((np.sin(angle), np.cos(angle)), axis=-1) * clock.moving[:, None]


def _source(known: _Sources, term: ObservationTerm) -> Callable[[_Tick], np.ndarray]:
    if term.source == "external":
        return lambda tick: tick.reading.external[term.name]
    if term.name not in known:
        raise BundleError(
            f"policy.json: observation '{term.name}' is unknown here; of this robot and policy known are "
            f"{', '.join(known)}."
        )
    size, source = known[term.name]
    if term.size != size:
        raise BundleError(
            f"policy.json: observation '{term.name}' has size {term.size}, the robot gives {size}."
        )
    return source
