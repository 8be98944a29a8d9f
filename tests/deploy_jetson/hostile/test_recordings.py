"""Recordings with pickles, bombs and archives that lie."""

from __future__ import annotations

import io
import struct
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gaitway.deploy_jetson import golden as golden_module

from .refusal import Damage, assert_refused, redigest


def _arrays(**changes: Any) -> Damage:
    """Replaces arrays of the recording; None removes one."""

    def damage(bundle: Path) -> None:
        with np.load(bundle / "golden.npz") as file:
            arrays = {**file}
        for name, change in changes.items():
            value = change(arrays[name]) if callable(change) else change
            arrays[name] = value
        np.savez(bundle / "golden.npz", **{k: v for k, v in arrays.items() if v is not None})

    return damage


class _Touch:
    """Unpickled, it leaves a file."""

    def __reduce__(self) -> tuple:
        return (Path.touch, (Path("executed"),))


def _zip_entry(name: str, content: bytes) -> Damage:
    """Replaces a member of the archive by other bytes."""

    def damage(bundle: Path) -> None:
        with zipfile.ZipFile(bundle / "golden.npz") as file:
            members = {info: file.read(info) for info in file.namelist()}
        with zipfile.ZipFile(bundle / "golden.npz", "w") as file:
            for member, old in members.items():
                file.writestr(member, content if member == name else old)

    return damage


def _zip_byte(signature: bytes, offset: int, value: int) -> Damage:
    """Sets a byte in each of the archive's headers of a kind."""

    def damage(bundle: Path) -> None:
        content = bytearray((bundle / "golden.npz").read_bytes())
        at = content.find(signature)
        while at >= 0:
            content[at + offset] = value
            at = content.find(signature, at + 4)
        (bundle / "golden.npz").write_bytes(content)

    return damage


def _header(text: str) -> bytes:
    """An .npy file whose header is `text`."""
    raw = text.encode() + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(raw)) + raw


def _objects(array: np.ndarray) -> np.ndarray:
    return np.array([_Touch()] * len(array), dtype=object)


RECORDINGS: dict[str, Damage] = {
    "a pickle for gyro": _arrays(gyro=_objects),
    "a pickle for facts": _arrays(facts=_objects),
    "a pickle for start": _arrays(start=_objects),
    "a pickle for an unknown array": _arrays(more=np.array([_Touch()], dtype=object)),
    "a pickle for the file": lambda bundle: (bundle / "golden.npz").write_bytes(b"\x80\x04N."),
    "an unknown array": _arrays(more=np.zeros((60, 1), np.float32)),
    "no gyro": _arrays(gyro=None),
    "no facts": _arrays(facts=None),
    "no start": _arrays(start=None),
    "no actions": _arrays(actions=None),
    "no command": _arrays(command=None),
    "text for gyro": _arrays(gyro=lambda a: a.astype(str)),
    "complex gyro": _arrays(gyro=lambda a: a.astype(complex)),
    "gyro in degrees": _arrays(gyro=np.degrees),
    "NaN in gyro": _arrays(gyro=lambda a: a * np.nan),
    "NaN in actions": _arrays(actions=lambda a: a * np.nan),
    "NaN in observations": _arrays(observations=lambda a: a * np.nan),
    "infinity in joint_pos": _arrays(joint_pos=lambda a: a + np.inf),
    "huge joint_vel": _arrays(joint_vel=lambda a: a * np.float32(1e38)),
    "one number for start": _arrays(start=np.array(True)),
    "numbers for start": _arrays(start=lambda a: a.astype(np.float32)),
    "no first start": _arrays(start=lambda a: a & False),
    "half as many ticks": _arrays(gyro=lambda a: a[::2]),
    "no ticks": _arrays(
        **dict.fromkeys(
            (
                "gyro",
                "quat",
                "joint_pos",
                "joint_vel",
                "command",
                "phase",
                "observations",
                "actions",
                "start",
            ),
            lambda a: a[:0],
        )
    ),
    "gyro of 4": _arrays(gyro=lambda a: np.hstack((a, a[:, :1]))),
    "flat gyro": _arrays(gyro=lambda a: a[:, 0]),
    "quat of 3": _arrays(quat=lambda a: a[:, :3]),
    "three joints": _arrays(joint_pos=lambda a: np.hstack((a, a[:, :1]))),
    "wider actions": _arrays(actions=lambda a: np.hstack((a, a))),
    "narrower observations": _arrays(observations=lambda a: a[:, 1:]),
    "facts that are no JSON": _arrays(facts=np.frombuffer(b"{", np.uint8)),
    "facts that are deep": _arrays(facts=np.frombuffer(b"[" * 100_000, np.uint8)),
    "facts that are a list": _arrays(facts=np.frombuffer(b"[1]", np.uint8)),
    "facts with a hostile name": _arrays(facts=np.frombuffer(b'{"a\\n\\u001b[2J": 1}', np.uint8)),
    "facts as numbers": _arrays(facts=np.zeros(3)),
    "facts of another": _arrays(facts=np.frombuffer(b"{}", np.uint8)),
    "an array without end": _zip_entry(
        "gyro.npy", _header("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999, 3), }")
    ),
    "an array of negative size": _zip_entry(
        "gyro.npy", _header("{'descr': '<f4', 'fortran_order': False, 'shape': (-1, 3), }")
    ),
    "a header that runs": _zip_entry("gyro.npy", _header("__import__('os').system('touch executed')")),
    "a header of brackets": _zip_entry("gyro.npy", _header("(" * 9000)),
    "a member that is no array": _zip_entry("gyro.npy", b"text"),
    "a member of unknown compression": _zip_byte(b"PK\x01\x02", 10, 99),
    "a member with a password": _zip_byte(b"PK\x01\x02", 8, 1),
    "a wrong checksum": _zip_byte(b"PK\x01\x02", 16, 7),
    "an empty archive": lambda bundle: zipfile.ZipFile(bundle / "golden.npz", "w").close(),
    "no archive": lambda bundle: (bundle / "golden.npz").write_bytes(b"not an archive"),
    "nothing": lambda bundle: (bundle / "golden.npz").write_bytes(b""),
    "one array": lambda bundle: np.save((bundle / "golden.npz").open("wb"), np.zeros(3)),
}


@pytest.mark.parametrize("name", RECORDINGS)
def test_hostile_recordings_are_refused(
    bundle: Path, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(bundle)
    RECORDINGS[name](bundle)
    redigest(bundle)
    assert_refused(bundle, capsys, name)
    assert not (bundle / "executed").exists()


@pytest.mark.parametrize("share", [i / 20 for i in range(1, 20)])
def test_truncated_recordings_are_refused(bundle: Path, capsys: pytest.CaptureFixture, share: float) -> None:
    content = (bundle / "golden.npz").read_bytes()
    (bundle / "golden.npz").write_bytes(content[: int(share * len(content))])
    redigest(bundle)
    assert_refused(bundle, capsys, share)


def test_a_recording_is_not_unpacked_without_bounds(
    bundle: Path, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, gyro=np.zeros((10_000, 3), np.float32))
    assert len(buffer.getvalue()) < 2000
    monkeypatch.setattr(golden_module, "LARGEST", 100_000)
    (bundle / "golden.npz").write_bytes(buffer.getvalue())
    redigest(bundle)
    assert "more than 100,000 bytes" in assert_refused(bundle, capsys, "a bomb")
