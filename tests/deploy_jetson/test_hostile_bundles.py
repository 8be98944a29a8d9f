"""Bundles that were tampered with: each is refused in one sentence, and nothing in them runs."""

from __future__ import annotations

import copy
import io
import json
import os
import struct
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from gaitway.deploy_jetson import golden as golden_module
from gaitway.deploy_jetson.contract import sha256
from gaitway.deploy_jetson.main import main
from onnx import TensorProto, helper

Damage = Callable[[Path], object]
FILES = ("policy.json", "policy.onnx", "golden.npz")


def _check(bundle: Path, capsys: pytest.CaptureFixture) -> tuple[int, str]:
    capsys.readouterr()
    with pytest.raises(SystemExit) as status:
        main(["check", str(bundle)])
    return int(status.value.code or 0), capsys.readouterr().err


def _assert_refused(bundle: Path, capsys: pytest.CaptureFixture, what: object) -> str:
    status, message = _check(bundle, capsys)
    assert status == 1, what
    assert message.startswith("gaitway-edge check: ") and message.count("\n") == 1, (what, message)
    assert "Traceback" not in message and len(message) < 700 and message.isprintable() is False, (
        what,
        message,
    )
    assert message.rstrip("\n").isprintable(), (what, message)
    return message


def _reseal(bundle: Path) -> None:
    """Make digests and the recording's copy of the contract right, as one does who knows the format."""
    data = json.loads((bundle / "policy.json").read_text())
    facts = {name: value for name, value in data.items() if name != "files"}
    with np.load(bundle / "golden.npz") as file:
        arrays = {**file, "facts": np.frombuffer(json.dumps(facts).encode(), np.uint8)}
    np.savez(bundle / "golden.npz", **arrays)
    _redigest(bundle)


def _redigest(bundle: Path) -> None:
    data = json.loads((bundle / "policy.json").read_text())
    data["files"] = {
        "policy_onnx": sha256((bundle / "policy.onnx").read_bytes()),
        "golden_npz": sha256((bundle / "golden.npz").read_bytes()),
    }
    (bundle / "policy.json").write_text(json.dumps(data))


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
            message = _assert_refused(bundle, capsys, (leaf, value))
            name = next(part for part in reversed(leaf) if isinstance(part, str))
            assert name.split("_")[0] in message, (leaf, message)
            count += 1
    assert count > 300
    path.write_text(json.dumps(good))
    assert _check(bundle, capsys)[0] == 0, "the bundle was a good one"


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
    _reseal(bundle)
    _assert_refused(bundle, capsys, name)


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
    _assert_refused(inner, capsys, name)


def _model(
    nodes: list[Any], size: int = 17, inputs: int = 1, kind: int = TensorProto.FLOAT, **more: Any
) -> Any:
    names = ["obs", *(f"more{i}" for i in range(1, inputs))]
    graph = helper.make_graph(
        nodes,
        "hostile",
        [helper.make_tensor_value_info(name, kind, ["batch", size]) for name in names],
        [helper.make_tensor_value_info("actions", kind, ["batch", 2])],
        more.pop("initializers", [_weights()]),
    )
    opsets = [helper.make_opsetid("", more.pop("opset", 18)), helper.make_opsetid("evil", 1)]
    opsets.append(helper.make_opsetid("com.microsoft", 1))
    return helper.make_model(graph, opset_imports=opsets, **{"ir_version": 10} | more)


def _weights(value: float | None = None, kind: Any = np.float32) -> Any:
    matrix = np.ones((17, 2)) if value is None else np.full((17, 2), value)
    return onnx.numpy_helper.from_array(matrix.astype(kind), "w")


MATMUL = helper.make_node("MatMul", ["obs", "w"], ["actions"])


def _external(location: str, in_attribute: bool = False) -> bytes:
    """Weights that lie in another file, as an initializer or as the value of a Constant node."""
    tensor = _weights()
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    for key, value in (("location", location), ("offset", "0"), ("length", "136")):
        tensor.external_data.add(key=key, value=value)
    if in_attribute:
        constant = helper.make_node("Constant", [], ["w"], value=tensor)
        return _model([constant, MATMUL], initializers=[]).SerializeToString()
    return _model([MATMUL], initializers=[tensor]).SerializeToString()


def _branching() -> bytes:
    body = helper.make_graph(
        [helper.make_node("Identity", ["go"], ["go_on"])],
        "body",
        [
            helper.make_tensor_value_info("i", TensorProto.INT64, []),
            helper.make_tensor_value_info("go", TensorProto.BOOL, []),
        ],
        [helper.make_tensor_value_info("go_on", TensorProto.BOOL, [])],
    )
    forever = helper.make_node("Loop", ["", "yes"], [], body=body)
    yes = helper.make_node(
        "Constant", [], ["yes"], value=helper.make_tensor("t", TensorProto.BOOL, [], [True])
    )
    return _model([yes, forever, MATMUL]).SerializeToString()


def _own_function() -> bytes:
    model = _model([helper.make_node("Mine", ["obs"], ["h"], domain="evil"), MATMUL])
    function = helper.make_function(
        "evil", "Mine", ["x"], ["y"], [helper.make_node("Relu", ["x"], ["y"])], [helper.make_opsetid("", 18)]
    )
    model.functions.append(function)
    return model.SerializeToString()


def _unlimited() -> bytes:
    shape = helper.make_tensor("s", TensorProto.INT64, [2], [1 << 40, 1 << 20])
    nodes = [
        helper.make_node("ConstantOfShape", ["s"], ["big"]),
        helper.make_node("ReduceSum", ["big"], ["sum"]),
        helper.make_node("MatMul", ["obs", "w"], ["h"]),
        helper.make_node("Add", ["h", "sum"], ["actions"]),
    ]
    return _model(nodes, initializers=[_weights(), shape]).SerializeToString()


NETWORKS: dict[str, Callable[[], bytes]] = {
    "weights beside it": lambda: _external("weights.bin"),
    "weights outside the bundle": lambda: _external("../weights.bin"),
    "weights at an absolute path": lambda: _external("/etc/passwd"),
    "weights of the working directory": lambda: _external("here.bin"),
    "a constant outside the bundle": lambda: _external("../weights.bin", in_attribute=True),
    "weights in memory": lambda: _external("*/_ORT_MEM_ADDR_/*"),
    "a custom operator": lambda: _model(
        [helper.make_node("Shell", ["obs"], ["actions"], domain="evil")]
    ).SerializeToString(),
    "an operator of Microsoft's": lambda: _model(
        [helper.make_node("FusedMatMul", ["obs", "w"], ["actions"], domain="com.microsoft")]
    ).SerializeToString(),
    "an operator that there is not": lambda: _model(
        [helper.make_node("Shell", ["obs"], ["actions"])]
    ).SerializeToString(),
    "a function of its own": _own_function,
    "an endless loop": _branching,
    "a constant of a million terabytes": _unlimited,
    "a newer opset": lambda: _model([MATMUL], opset=999).SerializeToString(),
    "a newer format": lambda: _model([MATMUL], ir_version=999).SerializeToString(),
    "two inputs": lambda: _model([MATMUL], inputs=2).SerializeToString(),
    "an input of another size": lambda: _model([MATMUL], size=18).SerializeToString(),
    "double precision": lambda: _model(
        [MATMUL], kind=TensorProto.DOUBLE, initializers=[_weights(kind=np.float64)]
    ).SerializeToString(),
    "weights that are NaN": lambda: _model([MATMUL], initializers=[_weights(np.nan)]).SerializeToString(),
    "weights that are infinite": lambda: _model(
        [MATMUL], initializers=[_weights(np.inf)]
    ).SerializeToString(),
    "weights that overflow": lambda: _model([MATMUL], initializers=[_weights(3e38)]).SerializeToString(),
    "other weights": lambda: _model([MATMUL]).SerializeToString(),
    "no weights": lambda: _model([MATMUL], initializers=[]).SerializeToString(),
    "no nodes": lambda: _model([]).SerializeToString(),
    "nothing": lambda: b"",
    "zeros": lambda: b"\x00" * 1000,
    "a picture": lambda: b"\x89PNG\r\n\x1a\n" + b"\x00" * 100,
    "a pickle": lambda: b"\x80\x04\x95\x10\x00\x00\x00\x00\x00\x00\x00\x8c\x02os\x94\x8c\x06system",
    "ONNX Runtime's own format": lambda: b"\x18\x00\x00\x00ORTM" + b"\x00" * 100,
    "a tag beyond 32 bits": lambda: b"\xff" * 9 + b"\x01" + b"\x00" * 10,
    "a length beyond the file": lambda: b"\x3a\xff\xff\xff\xff\x0f" + b"\x00" * 10,
    "a group": lambda: b"\x3b" * 30,
}


@pytest.mark.parametrize("name", NETWORKS)
def test_hostile_networks_are_refused(
    bundle: Path, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    # Wherever external weights are looked for, they are there: only the check keeps them out.
    for folder in (bundle, bundle.parent):
        (folder / "weights.bin").write_bytes(np.ones((17, 2), np.float32).tobytes())
    (bundle / "here.bin").write_bytes(np.ones((17, 2), np.float32).tobytes())
    monkeypatch.chdir(bundle)
    (bundle / "policy.onnx").write_bytes(NETWORKS[name]())
    _redigest(bundle)
    message = _assert_refused(bundle, capsys, name)
    if "weights of" in name or "outside" in name:
        assert "keeps weights in another file" in message


@pytest.mark.parametrize("share", [i / 20 for i in range(1, 20)])
def test_truncated_networks_are_refused(bundle: Path, capsys: pytest.CaptureFixture, share: float) -> None:
    content = (bundle / "policy.onnx").read_bytes()
    (bundle / "policy.onnx").write_bytes(content[: int(share * len(content))])
    _redigest(bundle)
    _assert_refused(bundle, capsys, share)


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
    _redigest(bundle)
    _assert_refused(bundle, capsys, name)
    assert not (bundle / "executed").exists()


@pytest.mark.parametrize("share", [i / 20 for i in range(1, 20)])
def test_truncated_recordings_are_refused(bundle: Path, capsys: pytest.CaptureFixture, share: float) -> None:
    content = (bundle / "golden.npz").read_bytes()
    (bundle / "golden.npz").write_bytes(content[: int(share * len(content))])
    _redigest(bundle)
    _assert_refused(bundle, capsys, share)


def test_a_recording_is_not_unpacked_without_bounds(
    bundle: Path, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, gyro=np.zeros((10_000, 3), np.float32))
    assert len(buffer.getvalue()) < 2000
    monkeypatch.setattr(golden_module, "LARGEST", 100_000)
    (bundle / "golden.npz").write_bytes(buffer.getvalue())
    _redigest(bundle)
    assert "more than 100,000 bytes" in _assert_refused(bundle, capsys, "a bomb")


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
        _redigest(bundle)
        status, message = _check(bundle, capsys)
        assert (status, message.count("\n")) in ((0, 0), (1, 1)), message
        refused += status
    assert refused > 25
