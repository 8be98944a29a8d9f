"""Reads a log back into arrays."""

from __future__ import annotations

import json
import os
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from ..contract import Contract, parse
from ..schema import SchemaError
from ..ticklog import LogError

_MAGIC = b"\x89MCAP0\r\n"


@dataclass(frozen=True)
class RunLog:
    """T ticks of n joints, as `loop.py` wrote them.

    start, late, work, time (T,): s, as in `/gaitway/tick`, `time` on the robot's clock. state, cause, fault:
    T strings, empty where there is no cause. joint_pos, joint_vel, targets, torque (T, n): `torque` is what
    the targets ask for. gyro (T, 3), quat (T, 4) `wxyz`, command (T, 3), truth_pos (T, 3), truth_quat (T, 4)
    and truth_vel (T, 6) are None where the robot or the policy has none. external: (T, size) by name.
    """

    contract: Contract
    start: np.ndarray
    late: np.ndarray
    work: np.ndarray
    time: np.ndarray
    state: list[str]
    cause: list[str]
    fault: list[str]
    joint_pos: np.ndarray
    joint_vel: np.ndarray
    targets: np.ndarray
    torque: np.ndarray
    gyro: np.ndarray | None
    quat: np.ndarray | None
    command: np.ndarray | None
    truth_pos: np.ndarray | None
    truth_quat: np.ndarray | None
    truth_vel: np.ndarray | None
    external: dict[str, np.ndarray]

    @staticmethod
    def load(path: Path) -> RunLog:
        """Read an MCAP file of a run.

        Raises:
            LogError: it is missing, no MCAP file, cut off, damaged, or not of a run of Gaitway.
        """
        if not path.is_file():
            raise LogError(f"{path}: there is no such file.")
        topics = _read(path)
        try:
            contract = parse(json.loads(topics["/gaitway/contract"][0].data))
            return _assemble(contract, topics)
        except (KeyError, IndexError, ValueError, SchemaError) as error:
            raise LogError(
                f"{path}: is no log of a run of Gaitway, or of another version ({error})."
            ) from error


def _read(path: Path) -> dict[str, list[Any]]:
    """Every message of the file by topic, in the order it was written."""
    try:
        from mcap.reader import SeekingReader
        from mcap_ros2.decoder import DecoderFactory
    except ImportError as error:
        raise LogError(f"reading logs needs more packages ({error}): pip install 'gaitway[log]'.") from error
    topics: dict[str, list[Any]] = defaultdict(list)
    with path.open("rb") as file:
        _require_whole(path, file)
        try:
            reader = SeekingReader(file, validate_crcs=True, decoder_factories=[DecoderFactory()])
            for _, channel, _, message in reader.iter_decoded_messages(log_time_order=False):
                topics[channel.topic].append(message)
        except Exception as error:  # the packages' own exception classes share no base
            raise LogError(f"{path}: is damaged ({' '.join(str(error).split())}).") from error
    return topics


def _require_whole(path: Path, file: BinaryIO) -> None:
    """Refuse a file that does not begin and end as MCAP files do."""
    beginning = file.read(len(_MAGIC))
    file.seek(-min(len(_MAGIC), path.stat().st_size), os.SEEK_END)
    end = file.read()
    file.seek(0)
    if beginning != _MAGIC:
        raise LogError(f"{path}: is no MCAP file.")
    if end != _MAGIC:
        raise LogError(
            f"{path}: is cut off (its run was killed, or its copy is incomplete); "
            "'mcap recover' of the MCAP command line tool saves what is whole."
        )


def _assemble(contract: Contract, topics: dict[str, list[Any]]) -> RunLog:
    ticks, states, targets = (topics[name] for name in ("/gaitway/tick", "/joint_states", "/joint_targets"))
    if not len(ticks) == len(states) == len(targets) > 0:
        raise ValueError(f"{len(ticks)} ticks, {len(states)} joint states, {len(targets)} targets")
    order = _order(states[0].name, contract)
    sent = [_floats(targets, name)[:, order] for name in ("position", "velocity", "effort")]
    is_position = np.array([drive == "position" for drive in contract.joints.drive])
    imu, pose, speed = topics["/imu"], topics["/truth/pose"], topics["/truth/twist"]
    return RunLog(
        contract=contract,
        **{name: _floats(ticks, name) for name in ("start", "late", "work")},
        time=_floats(ticks, "robot_time"),
        state=[tick.state for tick in ticks],
        cause=[tick.cause for tick in ticks],
        fault=[tick.fault for tick in ticks],
        joint_pos=_floats(states, "position")[:, order],
        joint_vel=_floats(states, "velocity")[:, order],
        targets=np.where(is_position, sent[0], sent[1]),
        torque=sent[2],
        gyro=_vectors(imu, "angular_velocity", "xyz"),
        quat=_vectors(imu, "orientation", "wxyz"),
        command=_commands(topics["/cmd_vel"]),
        truth_pos=_vectors(pose, "pose.position", "xyz"),
        truth_quat=_vectors(pose, "pose.orientation", "wxyz"),
        truth_vel=_beside(_vectors(speed, "twist.linear", "xyz"), _vectors(speed, "twist.angular", "xyz")),
        external=_external(ticks, contract),
    )


def _external(ticks: list[Any], contract: Contract) -> dict[str, np.ndarray]:
    """(T, size) by name; NaN in the ticks where a value was missing, which is a fault."""
    sizes = [term.size for term in contract.external]
    rows = np.full((len(ticks), sum(sizes)), np.nan)
    for row, tick in zip(rows, ticks, strict=True):
        if len(tick.external_values) == row.size:
            row[:] = tick.external_values
    parts = np.split(rows, np.cumsum(sizes)[:-1], axis=1) if sizes else []
    return {term.name: part for term, part in zip(contract.external, parts, strict=True)}


def _order(names: list[str], contract: Contract) -> list[int]:
    if set(names) != set(contract.joints.names):
        raise ValueError("the joints are not the contract's")
    return [list(names).index(name) for name in contract.joints.names]


def _floats(rows: list[Any], name: str) -> np.ndarray:
    return np.array([getattr(row, name) for row in rows], float)


def _vectors(rows: list[Any], path: str, axes: str) -> np.ndarray | None:
    """(T, len(axes)) of a field, or of a field's field; None if there are no messages."""
    if not rows:
        return None
    for name in path.split("."):
        rows = [getattr(row, name) for row in rows]
    return np.array([[getattr(row, axis) for axis in axes] for row in rows], float)


def _beside(left: np.ndarray | None, right: np.ndarray | None) -> np.ndarray | None:
    return None if left is None or right is None else np.hstack((left, right))


def _commands(rows: list[Any]) -> np.ndarray | None:
    return np.array([[row.linear.x, row.linear.y, row.angular.z] for row in rows]) if rows else None
