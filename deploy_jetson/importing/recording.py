"""The golden file of an imported policy: nobody recorded its training, so the layout is worked out twice.

Random readings go through a second evaluation, written term by term from the foreign file in float64, and
through the network. The runtime must find the same at every load. That proves that it reads the file as this
module does, and computes here as it did at the import; not that a robot will act as it was trained to.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

import numpy as np

from ..contract import Contract
from ..golden import Golden
from .source import EXTERNAL, Source, Term

TICKS = 200
EPISODE = 70
"""Ticks until the next episode begins."""

HOLD = 10
"""Ticks that a command is held."""


def record(
    source: Source, contract: Contract, infer: Callable[[np.ndarray], np.ndarray], seed: int = 0
) -> Golden:
    """Random readings of `TICKS` ticks, with the observations and actions that the source makes of them.

    `infer` maps observations (1, size) to raw actions (1, n), float32.
    """
    readings = _random_readings(contract, np.random.default_rng(seed))
    robot = _Layout(source, contract, readings)
    clip = np.array([np.inf if bound is None else bound for bound in contract.joints.action_clip])
    observations = np.zeros((TICKS, contract.observation_size), np.float32)
    actions = np.zeros((TICKS, contract.action_size), np.float32)
    for t in range(TICKS):
        if t % EPISODE == 0:
            robot.begin(t)
        observations[t] = robot.observe(t)
        actions[t] = np.clip(infer(observations[t : t + 1])[0], -clip, clip)
        robot.last_action = actions[t].astype(float)
    external = {term.name: readings[term.name] for term in contract.external}
    sensors = {name: readings[name] for name in ("joint_pos", "joint_vel")}
    if contract.robot.imu:
        sensors |= {name: readings[name] for name in ("gyro", "quat")}
    if contract.commands is not None:
        sensors["command"] = readings["command"]
    phase = np.array(robot.phases, np.float32) if contract.gait_clock is not None else None
    return Golden(
        start=np.arange(TICKS) % EPISODE == 0,
        observations=observations,
        actions=actions,
        facts=contract.facts(),
        external=external,
        phase=phase,
        **sensors,
    )


def _random_readings(contract: Contract, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Values of every tick by name, float32 as a recording keeps them.

    About what a robot on its feet measures: far from that, a network may answer its inputs' rounding with
    more than the tolerance.
    """
    n = contract.action_size
    values = {
        "gyro": 0.5 * rng.normal(size=(TICKS, 3)),
        "quat": [1.0, 0.0, 0.0, 0.0] + 0.2 * rng.normal(size=(TICKS, 4)),
        "joint_pos": contract.joints.default_pos + 0.1 * rng.normal(size=(TICKS, n)),
        "joint_vel": rng.normal(size=(TICKS, n)),
    }
    values["quat"] /= np.linalg.norm(values["quat"], axis=1, keepdims=True)
    if (commands := contract.commands) is not None:
        held = rng.uniform(commands.low, commands.high, size=(TICKS // HOLD, 3))
        values["command"] = np.repeat(held, HOLD, axis=0)
    for term in contract.external:
        values[term.name] = rng.normal(size=(TICKS, term.size))
    return {name: array.astype(np.float32) for name, array in values.items()}


class _Layout:
    """The source's observation, one tick after the other."""

    def __init__(self, source: Source, contract: Contract, readings: dict[str, np.ndarray]) -> None:
        self._readings, self._dt = readings, contract.timing.policy_dt
        self._default = np.array(contract.joints.default_pos)
        self._period = 1.0 / contract.gait_clock.frequency if contract.gait_clock else 1.0
        self._terms = [
            (term, described.scale, described.clip, deque[np.ndarray](maxlen=described.history))
            for term, described in zip(source.terms, contract.observations, strict=True)
        ]
        self._begin = 0
        self.last_action = np.zeros(contract.action_size)
        self.phases: list[float] = []

    def begin(self, tick: int) -> None:
        """A new episode."""
        self._begin = tick
        self.last_action = np.zeros_like(self.last_action)
        for *_, past in self._terms:
            past.clear()

    def observe(self, tick: int) -> np.ndarray:
        """The observation of a tick, (size,) float64."""
        seconds = (tick - self._begin) * self._dt
        self.phases.append(seconds / self._period % 1.0)
        now = {name: values[tick].astype(float) for name, values in self._readings.items()}
        columns = []
        for term, scale, clip, past in self._terms:
            value = self._value(term, now)
            value = value if clip is None else np.minimum(np.maximum(value, clip[0]), clip[1])
            past.append(scale * value)
            while len(past) < (past.maxlen or 1):
                past.append(past[0])
            columns += list(past)
        return np.concatenate(columns)

    def _value(self, term: Term, now: dict[str, np.ndarray]) -> np.ndarray:
        if term.quantity == EXTERNAL:
            return now[term.name]
        angle = 2 * np.pi * self.phases[-1]
        return {
            "base_ang_vel": lambda: now["gyro"],
            "projected_gravity": lambda: _rotation(now["quat"]).T @ [0.0, 0.0, -1.0],
            "joint_pos": lambda: now["joint_pos"] - self._default,
            "joint_vel": lambda: now["joint_vel"],
            "last_action": lambda: self.last_action,
            "velocity_command": lambda: now["command"],
            "gait_phase": lambda: np.array([np.sin(angle), np.cos(angle)]),
        }[term.quantity]()


def _rotation(quat: np.ndarray) -> np.ndarray:
    """Rotation matrix of a unit quaternion `wxyz`: (w^2 - v.v) I + 2 v v' + 2 w [v]x."""
    w, v = quat[0], quat[1:]
    cross = np.array([[0.0, -v[2], v[1]], [v[2], 0.0, -v[0]], [-v[1], v[0], 0.0]])
    return (w * w - v @ v) * np.eye(3) + 2.0 * np.outer(v, v) + 2.0 * w * cross
