"""Contracts that were tampered with, and files that are not what they were."""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from .refusal import FILES, Damage, assert_refused, check, redigest, reseal


def _leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Every value of the contract: lists of plain values count as one."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _leaves(inner, (*path, name))
    elif isinstance(value, list) and value and isinstance(value[0], dict):
        for i, inner in enumerate(value):
            yield from _leaves(inner, (*path, i))
    else:
        yield path, value


def _altered(value: Any) -> Any:
    """Another value of the same type."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, (int, float)):
        return value + 1
    if isinstance(value, str):
        return f"{value}x"
    if isinstance(value, list):
        return [*reversed(value)] if value != value[::-1] else [_altered(item) for item in value]
    return 1.0


def _wrong_type(value: Any) -> Any:
    return {"text": "text"} if not isinstance(value, dict) else []


def _with(data: dict, path: tuple[Any, ...], value: Any, remove: bool = False) -> dict:
    data = copy.deepcopy(data)
    place: Any = data
    for key in path[:-1]:
        place = place[key]
    if remove:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return data


def test_every_field_altered_removed_and_of_another_type(bundle: Path, capsys: pytest.CaptureFixture) -> None:
    """None of 300 bundles is accepted; the sentence names the field."""
    path = bundle / "policy.json"
    good = json.loads(path.read_text())
    count = 0
    for leaf, value in _leaves(good):
        for mutant in (
            _with(good, leaf, _altered(value)),
            _with(good, leaf, None, remove=True),
            _with(good, leaf, _wrong_type(value)),
        ):
            path.write_text(json.dumps(mutant))
            message = assert_refused(bundle, capsys, (leaf, value))
            name = next(part for part in reversed(leaf) if isinstance(part, str))
            assert name.split("_")[0] in message, (leaf, message)
            count += 1
    assert count > 300
    path.write_text(json.dumps(good))
    assert check(bundle, capsys)[0] == 0, "the bundle was a good one"


MEANINGFUL: dict[str, Any] = {
    "joints.default_pos": [0.2, -0.2],
    "joints.action_clip": [0.5, None],
    "joints.names": ["right_knee", "right_knee"],
    "observations.0.scale": 0.5,
    "observations.2.clip": [-0.1, 0.1],
    "observations.3.history": 2,
    "observations.0.name": "projected_gravity",
    "timing.physics_dt": 0.006,
    "gait_clock.frequency": 1.5,
    "gait_clock.frequency_per_speed": 0.0,
    "gait_clock": None,
    "commands": None,
    "commands.standing_threshold": 0.7,
    "robot.imu": False,
    "observation_size": 18,
    "action_size": 3,
}
"""What changes observations or actions: no repair of digests and copies hides it."""


@pytest.mark.parametrize("name", MEANINGFUL)
def test_a_repaired_bundle_still_has_to_reproduce(
    bundle: Path, capsys: pytest.CaptureFixture, name: str
) -> None:
    path = bundle / "policy.json"
    place = tuple(int(part) if part.isdigit() else part for part in name.split("."))
    path.write_text(json.dumps(_with(json.loads(path.read_text()), place, MEANINGFUL[name])))
    reseal(bundle)
    assert_refused(bundle, capsys, name)


def _text(content: str | bytes) -> Damage:
    def damage(bundle: Path) -> None:
        raw = content if isinstance(content, bytes) else content.encode()
        (bundle / "policy.json").write_bytes(raw)

    return damage


def _replaced(old: str, new: str) -> Damage:
    def damage(bundle: Path) -> None:
        text = (bundle / "policy.json").read_text()
        assert old in text
        (bundle / "policy.json").write_text(text.replace(old, new, 1))

    return damage


def _linked(name: str) -> Damage:
    """The file is where it belongs, but through a link that leaves the bundle."""

    def damage(bundle: Path) -> None:
        outside = bundle.parent / f"outside_{name}"
        (bundle / name).rename(outside)
        (bundle / name).symlink_to(outside)

    return damage


def _folder(name: str) -> Damage:
    def damage(bundle: Path) -> None:
        (bundle / name).unlink()
        (bundle / name).mkdir()

    return damage


def _pipe(name: str) -> Damage:
    def damage(bundle: Path) -> None:
        (bundle / name).unlink()
        os.mkfifo(bundle / name)

    return damage


CONTRACTS: dict[str, Damage] = {
    "empty": _text(""),
    "zeros": _text(b"\x00" * 64),
    "not UTF-8": _text(b"\xff\xfe{\x00}\x00"),
    "cut in half": lambda bundle: os.truncate(bundle / "policy.json", 900),
    "deep": _text("[" * 100_000),
    "deep objects": _text('{"a":' * 50_000),
    "a list": _text("[1, 2]"),
    "a number": _text("3"),
    "a long number": _text('{"format_version": ' + "9" * 5000 + "}"),
    "huge": _text(b" " * ((4 << 20) + 1)),
    "older": _replaced('"format_version": 3', '"format_version": 2'),
    "newer": _replaced('"format_version": 3', '"format_version": 4'),
    "newer by a half": _replaced('"format_version": 3', '"format_version": 3.5'),
    "version as text": _replaced('"format_version": 3', '"format_version": "3"'),
    "newer, with a new field": _replaced('"format_version": 3', '"format_version": 4, "brain": []'),
    "a new field": _replaced('"format_version": 3', '"format_version": 3, "brain": []'),
    "a hostile field name": _replaced('"format_version": 3', '"format_version": 3, "a\\n\\u001b[2Jb": 1'),
    "a field twice": _replaced('"imu": true', '"imu": true, "imu": true'),
    "NaN": _replaced('"relative": false', '"relative": NaN'),
    "a gain beyond a float": _replaced('"kp": [80.0', '"kp": [1e999'),
    "a whole number beyond a float": _replaced('"kp": [80.0', '"kp": [1' + "0" * 400),
    "minus infinity": _replaced('"kd": [3.5', '"kd": [-Infinity'),
    "a control character": _replaced('"left_knee"', '"left\\u001b[2Jknee"'),
    "half a surrogate": _replaced('"left_knee"', '"left\\ud800knee"'),
    "a line separator": _replaced('"left_knee"', '"left\\u2028knee"'),
    "an absolute path": _replaced("robots/two_joints.usda", "/etc/passwd"),
    "a path that climbs": _replaced("robots/two_joints.usda", "robots/../../secret.usda"),
    "a path that climbs on Windows": _replaced("robots/two_joints.usda", "robots\\\\..\\\\secret.usda"),
    "no joints": _replaced('"names": ["left_knee", "right_knee"]', '"names": []'),
    "a million ticks of history": _replaced('"history": 1', '"history": 1000000'),
    "memory": _replaced('"recurrent_state": null', '"recurrent_state": {"size": 64}'),
    "x, y, z, w": _replaced("wxyz", "xyzw"),
}
CONTRACTS |= {f"{name} is linked": _linked(name) for name in FILES}
CONTRACTS |= {f"{name} is a folder": _folder(name) for name in FILES}
CONTRACTS |= {f"{name} is a pipe": _pipe(name) for name in FILES}
CONTRACTS |= {f"{name} is gone": lambda bundle, name=name: (bundle / name).unlink() for name in FILES}
CONTRACTS |= {
    f"{name} cut at {share:.0%}": lambda bundle, name=name, share=share: os.truncate(
        bundle / name, int(share * (bundle / name).stat().st_size)
    )
    for name in FILES
    for share in (0.0, 0.01, 0.5, 0.9)
}


@pytest.mark.parametrize("name", CONTRACTS)
def test_damaged_files_are_refused(bundle: Path, capsys: pytest.CaptureFixture, name: str) -> None:
    # In a folder of its own, so that there is an outside.
    inner = bundle / "bundle"
    inner.mkdir()
    for file in FILES:
        (bundle / file).rename(inner / file)
    CONTRACTS[name](inner)
    assert_refused(inner, capsys, name)


@pytest.mark.parametrize("name", ["policy.onnx", "golden.npz"])
def test_flipped_bits_never_end_in_a_traceback(
    bundle: Path, capsys: pytest.CaptureFixture, name: str
) -> None:
    """Some bits mean nothing, such as those of a node's name; then the bundle still has to reproduce."""
    rng = np.random.default_rng(0)
    content = (bundle / name).read_bytes()
    refused = 0
    for _ in range(80):
        damaged = bytearray(content)
        for place in rng.integers(len(content), size=3):
            damaged[place] ^= 1 << rng.integers(8)
        (bundle / name).write_bytes(damaged)
        redigest(bundle)
        status, message = check(bundle, capsys)
        assert (status, message.count("\n")) in ((0, 0), (1, 1)), message
        refused += status
    assert refused > 25
