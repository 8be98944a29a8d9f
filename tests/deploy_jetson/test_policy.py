from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from gaitway.deploy_jetson.contract import BundleError, Contract, Files, sha256
from gaitway.deploy_jetson.golden import Golden, replay
from gaitway.deploy_jetson.main import main
from gaitway.deploy_jetson.observations import SensorReading
from gaitway.deploy_jetson.policy import Policy


def _edit(path: Path, change: Callable[[dict], None]) -> None:
    data = json.loads(path.read_text())
    change(data)
    path.write_text(json.dumps(data))


def _flip_last_bit(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)


def _permute(bundle: Path) -> None:
    _edit(bundle / "policy.json", lambda data: data["joints"]["names"].reverse())


def _stiffen(bundle: Path) -> None:
    _edit(bundle / "policy.json", lambda data: data["joints"].update(kp=[81.0, 1 / 3]))


BAD = {
    "policy.json: joints.names was changed after the export": _permute,
    "policy.json: joints.kp was changed after the export": _stiffen,
    "golden.npz: is missing": lambda bundle: (bundle / "golden.npz").unlink(),
    "policy.onnx: is missing": lambda bundle: (bundle / "policy.onnx").unlink(),
    "policy.json: there is no such file": lambda bundle: (bundle / "policy.json").unlink(),
    "policy.onnx: was changed after the export": lambda bundle: _flip_last_bit(bundle / "policy.onnx"),
    "golden.npz: was changed after the export": lambda bundle: _flip_last_bit(bundle / "golden.npz"),
}


@pytest.mark.parametrize("sentence", BAD)
def test_edited_bundles_are_refused(bundle: Path, sentence: str, capsys: pytest.CaptureFixture) -> None:
    BAD[sentence](bundle)
    with pytest.raises(BundleError, match=re.escape(sentence)):
        Policy.load(bundle)
    with pytest.raises(SystemExit) as status:
        main(["check", str(bundle)])
    assert status.value.code == 1
    message = capsys.readouterr().err
    assert sentence in message and message.count("\n") == 1


def _redigest(bundle: Path) -> None:
    """Make the digests right again, as somebody would who edits a file and knows the format."""
    files = Files(*(sha256((bundle / name).read_bytes()) for name in ("policy.onnx", "golden.npz")))
    _edit(bundle / "policy.json", lambda data: data.update(files=dataclasses.asdict(files)))


def test_another_network_does_not_reproduce(bundle: Path, network_of: Callable) -> None:
    (bundle / "policy.onnx").write_bytes(network_of(np.zeros((17, 2), np.float32)))
    _redigest(bundle)
    with pytest.raises(BundleError, match=r"does not reproduce.*actions"):
        Policy.load(bundle)


def test_a_recording_of_other_units_does_not_reproduce(
    bundle: Path, contract: Contract, golden: Golden
) -> None:
    degrees = dataclasses.replace(golden, gyro=np.degrees(np.asarray(golden.gyro)))
    (bundle / "golden.npz").write_bytes(degrees.to_bytes())
    _redigest(bundle)
    with pytest.raises(BundleError, match="worst in 'base_ang_vel'"):
        Policy.load(bundle)


@pytest.mark.parametrize(
    ("shape", "sentence"),
    [
        ((16, 2), "'obs' has shape .* observation_size is 17"),
        ((17, 3), "'actions' has shape .* action_size is 2"),
    ],
)
def test_a_network_of_another_size_is_refused(
    bundle: Path, network_of: Callable, shape: tuple[int, int], sentence: str
) -> None:
    (bundle / "policy.onnx").write_bytes(network_of(np.zeros(shape, np.float32)))
    _redigest(bundle)
    with pytest.raises(BundleError, match=sentence):
        Policy.load(bundle)


@pytest.mark.parametrize("name", ["policy.onnx", "golden.npz"])
def test_garbage_is_refused(bundle: Path, name: str) -> None:
    (bundle / name).write_bytes(b"not what it should be")
    _redigest(bundle)
    with pytest.raises(BundleError, match=re.escape(str(bundle / name))):
        Policy.load(bundle)


def test_a_pickled_recording_is_not_executed(bundle: Path, tmp_path: Path) -> None:
    class Hostile:
        def __reduce__(self) -> tuple:
            return (Path.touch, (tmp_path / "executed",))

    with np.load(bundle / "golden.npz") as file:
        arrays = {**file, "gyro": np.array([Hostile()], dtype=object)}
    np.savez(bundle / "golden.npz", **arrays)
    _redigest(bundle)
    with pytest.raises(BundleError, match=r"golden\.npz"):
        Policy.load(bundle)
    assert not (tmp_path / "executed").exists()


def test_check_prints_the_differences(bundle: Path, capsys: pytest.CaptureFixture) -> None:
    with pytest.raises(SystemExit) as status:
        main(["check", str(bundle)])
    assert status.value.code == 0
    assert "60 golden ticks reproduce" in capsys.readouterr().out


def test_targets_are_scaled_clipped_offsets(bundle: Path, golden: Golden) -> None:
    policy = Policy.load(bundle)
    policy.reset(1, golden.phase[:1])
    reading = SensorReading(golden.gyro[:1], golden.quat[:1], golden.joint_pos[:1], golden.joint_vel[:1])
    targets = policy.act(reading, golden.command[:1])
    np.testing.assert_allclose(targets, golden.actions[:1] * [0.5, 0.25] + [0.15, -0.25], atol=1e-5)


def test_many_worlds_act_as_one_by_one(bundle: Path, golden: Golden) -> None:
    policy, single = Policy.load(bundle), Policy.load(bundle)
    policy.reset(20, golden.phase[:20])
    sensors = [getattr(golden, name)[:20] for name in ("gyro", "quat", "joint_pos", "joint_vel")]
    together = policy.act(SensorReading(*sensors), golden.command[:20])
    for i in range(20):
        row = slice(i, i + 1)
        single.reset(1, golden.phase[row])
        alone = single.act(SensorReading(*(sensor[row] for sensor in sensors)), golden.command[row])
        np.testing.assert_allclose(together[row], alone, atol=1e-6)


def test_commands_stay_within_what_was_trained(bundle: Path) -> None:
    policy = Policy.load(bundle)
    commands = [[2.0, -1.0, 0.1], [0.05, 0.05, 0.05], [-0.2, 0.1, 0.0]]
    np.testing.assert_allclose(
        policy.trained_command(np.array(commands)),
        [[0.6, -0.2, 0.1], [0.0, 0.0, 0.0], [-0.2, 0.1, 0.0]],
        atol=1e-7,
    )


def test_a_policy_that_amplifies_its_last_action_reproduces(contract: Contract, golden: Golden) -> None:
    """With a gain of 7 on its own last action, rounding grows to a whole range within 20 ticks."""
    start = sum(term.size for term in contract.observations[: _place(contract, "last_action")])
    term = contract.observations[_place(contract, "last_action")]
    columns = slice(start, start + term.size)

    def act(observations: np.ndarray) -> np.ndarray:
        return 0.9 * np.sin(7.0 * observations[:, columns] / term.scale + observations[:, :1])

    observations, actions, last = golden.observations.copy(), golden.actions.copy(), np.zeros(2)
    for t in range(len(golden)):
        last = np.zeros(2) if golden.start[t] else last
        observations[t, columns] = last * term.scale
        last = actions[t] = np.clip(act(observations[t : t + 1].astype(float))[0], [-1.0, -2.0], [1.0, 2.0])
    report = replay(contract, dataclasses.replace(golden, observations=observations, actions=actions), act)
    assert report.ok


def _place(contract: Contract, name: str) -> int:
    return [term.name for term in contract.observations].index(name)
