"""What the fields of a contract must be to each other: lengths, sums and orders that no type can state."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from .schema import SchemaError

if TYPE_CHECKING:
    from .contract import Commands, Contract, Joints, Timing


def require_consistent(contract: Contract) -> None:
    """Check fields against each other.

    Raises:
        SchemaError: two of them disagree.
    """
    _require_joints(contract.joints, contract.action_size)
    _require_observations(contract)
    _require_timing(contract.timing)
    if contract.commands is not None:
        _require_commands(contract.commands)
    _require_clock(contract)
    robot = contract.robot
    _require((robot.file is None) == (robot.sha256 is None), "robot.file and robot.sha256 are not both null")
    _require(
        (robot.base_height is None) == (robot.base_quat is None),
        "robot.base_height and robot.base_quat are not both null",
    )


def _require(condition: bool, message: str) -> None:
    if not condition:
        raise SchemaError(message)


def _require_joints(joints: Joints, count: int) -> None:
    for field in dataclasses.fields(joints):
        if field.name == "relative":
            continue
        length = len(getattr(joints, field.name))
        _require(length == count, f"joints.{field.name} has {length} entries, action_size is {count}")
    for i, name in enumerate(joints.names):
        _require_joint(joints, i, name)


def _require_joint(joints: Joints, i: int, name: str) -> None:
    _require(
        joints.drive[i] == "position" or (joints.kp[i] == 0 and not joints.relative),
        f"joints.drive of '{name}' is velocity, which goes with a kp of 0 and relative false",
    )
    for low, high in (("lower", "upper"), ("target_lower", "target_upper")):
        lower, upper = getattr(joints, low)[i], getattr(joints, high)[i]
        _require(
            lower is None or upper is None or lower < upper,
            f"joints.{low} of '{name}' is not below joints.{high}",
        )


def _require_observations(contract: Contract) -> None:
    total = sum(term.size * term.history for term in contract.observations)
    _require(
        total == contract.observation_size,
        f"observation_size is {contract.observation_size}, but size * history of observations add up to "
        f"{total}",
    )
    for term in contract.observations:
        _require(
            term.clip is None or term.clip[0] < term.clip[1],
            f"observations '{term.name}' has a clip whose lowest value is not below its highest",
        )
    names = [term.name for term in contract.external]
    _require(len(set(names)) == len(names), "observations has an external name twice")


def _require_timing(timing: Timing) -> None:
    _require(
        abs(timing.policy_dt - timing.decimation * timing.physics_dt) < 1e-9,
        "timing.policy_dt is not decimation * physics_dt",
    )
    for name in ("observation_latency", "action_latency"):
        low, high = getattr(timing, name)
        _require(low <= high, f"timing.{name} is not lowest and highest")


def _require_commands(commands: Commands) -> None:
    for name, low, high in zip(commands.names, commands.low, commands.high, strict=True):
        _require(low <= high, f"commands '{name}' has a lower bound above its upper bound")


def _require_clock(contract: Contract) -> None:
    if (clock := contract.gait_clock) is None:
        return
    _require(contract.commands is not None, "gait_clock needs commands, which is null")
    _require(
        clock.frequency_from in (None, *(term.name for term in contract.external)),
        f"gait_clock.frequency_from is '{clock.frequency_from}', which is no external observation",
    )
