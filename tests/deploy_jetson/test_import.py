"""Policies in the forms of mjlab and unitree_rl_lab, made here, against their layouts written out by hand."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gaitway.deploy_jetson.contract import BundleError, Contract
from gaitway.deploy_jetson.importing.complete import complete
from gaitway.deploy_jetson.importing.mjlab import read_mjlab
from gaitway.deploy_jetson.importing.unitree import read_unitree
from gaitway.deploy_jetson.main import main
from gaitway.deploy_jetson.observations import SensorReading
from gaitway.deploy_jetson.policy import Policy
from scipy.spatial.transform import Rotation

from .other_formats import (
    DEFAULT,
    DEPLOY_YAML,
    FACTS,
    LEGS,
    MJLAB_FACTS,
    MOTORS,
    SCALE,
    SDK_NAMES,
    SIZE,
    TERMS,
    UNITREE_FACTS,
    mjlab_metadata,
    policy_network,
    policy_weights,
)


@pytest.fixture
def mjlab(tmp_path: Path) -> Path:
    (tmp_path / "velocity.onnx").write_bytes(policy_network(24, mjlab_metadata()))
    return tmp_path / "velocity.onnx"


@pytest.fixture
def unitree(tmp_path: Path) -> Path:
    for folder in ("params", "exported"):
        (tmp_path / folder).mkdir()
    (tmp_path / "exported/policy.onnx").write_bytes(policy_network(SIZE))
    (tmp_path / "params/deploy.yaml").write_text(DEPLOY_YAML)
    return tmp_path / "params/deploy.yaml"


def _import(file: Path, facts: dict[str, Any] | None) -> tuple[int, Path]:
    out = file.parent / "bundle"
    arguments = ["import", str(file), "--out", str(out)]
    if facts is not None:
        (file.parent / "facts.json").write_text(json.dumps(facts))
        arguments += ["--missing", str(file.parent / "facts.json")]
    with pytest.raises(SystemExit) as status:
        main(arguments)
    return int(status.value.code or 0), out


def _readings(ticks: int) -> list[dict[str, np.ndarray]]:
    rng = np.random.default_rng(5)
    return [
        {
            "gyro": 2.0 * rng.normal(size=3),
            "gravity": np.zeros(3),
            "quat": rng.normal(size=4),
            "pos": rng.normal(size=4),
            "vel": rng.normal(size=4),
            "lin_vel": rng.normal(size=3),
            "command": np.array([0.4, -0.1, 0.1]) if tick < ticks // 2 else np.zeros(3),
        }
        for tick in range(ticks)
    ]


def _targets(bundle: Path, readings: list[dict[str, np.ndarray]], external: str | None) -> np.ndarray:
    policy = Policy.load(bundle)
    policy.reset()
    targets = []
    for values in readings:
        values["quat"] /= np.linalg.norm(values["quat"])
        values["gravity"] = Rotation.from_quat(values["quat"], scalar_first=True).inv().apply([0, 0, -1.0])
        gyro, quat, pos, vel = (values[name][None] for name in ("gyro", "quat", "pos", "vel"))
        outside = {} if external is None else {external: values["lin_vel"][None]}
        reading = SensorReading(gyro, quat, pos, vel, external=outside)
        targets.append(policy.act(reading, values["command"][None])[0])
    return np.array(targets)


def test_an_mjlab_policy_acts_as_its_layout_says(mjlab: Path, capsys: pytest.CaptureFixture) -> None:
    status, bundle = _import(mjlab, MJLAB_FACTS)
    assert status == 0, capsys.readouterr().err
    printed = capsys.readouterr().out
    assert "assumed: joints.action_offset = [0.123, -0.5, 0.2, -0.6]" in printed
    assert "assumed: scale of 'joint_vel' = 1" in printed and "nobody recorded" in printed
    readings = _readings(30)
    targets = _targets(bundle, readings, "base_lin_vel")
    default, last = np.round(DEFAULT, 3), np.zeros(4)
    for values, target in zip(readings, targets, strict=True):
        parts = (values["lin_vel"], values["gyro"], values["gravity"], values["pos"] - default, values["vel"])
        last = np.tanh(np.concatenate((*parts, last, values["command"])) @ policy_weights(24))
        np.testing.assert_allclose(target, default + last * SCALE, atol=1e-5)
    contract = Contract.load(bundle / "policy.json")
    assert contract.joints.names == tuple(LEGS) and contract.joints.kp == (80.0, 80.0, 60.5, 60.5)
    assert contract.provenance.origin == "import" and contract.robot.file is None
    assert contract.timing.decimation == 4 and contract.task == "Imported/team/velocity/abc"


def test_a_unitree_policy_acts_as_its_layout_says(unitree: Path, capsys: pytest.CaptureFixture) -> None:
    status, bundle = _import(unitree, UNITREE_FACTS)
    assert status == 0, capsys.readouterr().err
    contract = Contract.load(bundle / "policy.json")
    # Stiffness and damping are in motor order, and so are the names; the network has an order of its own.
    assert contract.joints.names == tuple(SDK_NAMES[motor] for motor in MOTORS)
    assert contract.joints.kp == (30.0, 10.0, 40.0, 20.0) and contract.joints.kd == (3.0, 1.0, 4.0, 2.0)
    readings = _readings(30)
    targets = _targets(bundle, readings, None)
    past: dict[str, list[np.ndarray]] = {}
    last = np.zeros(4)
    for tick, (values, target) in enumerate(zip(readings, targets, strict=True)):
        angle = 2 * np.pi * 0.02 * tick / 0.8
        now = {
            "gyro": 0.2 * np.clip(values["gyro"], -1.0, 0.8),
            "gravity": values["gravity"],
            "command": values["command"],
            "pos": values["pos"] - DEFAULT,
            "vel": 0.05 * values["vel"],
            "last": last,
            "phase": np.array([np.sin(angle), np.cos(angle)]),
        }
        columns = []
        for name, value in now.items():
            length = {"vel": 2, "phase": 1}.get(name, 3)
            past[name] = [*past.get(name, [value] * length), value][-length:]
            columns += past[name]
        last = np.tanh(np.concatenate(columns) @ policy_weights(SIZE))
        wanted = np.array([0.1, -0.5, 0.2, -0.6]) + last * SCALE
        np.testing.assert_allclose(target, np.clip(wanted, [-0.4, -1, -9, -9], [0.4, 0, 9, 9]), atol=1e-5)


def test_check_repeats_what_the_import_computed(mjlab: Path, capsys: pytest.CaptureFixture) -> None:
    _, bundle = _import(mjlab, MJLAB_FACTS)
    capsys.readouterr()
    assert sorted(path.name for path in bundle.iterdir()) == ["golden.npz", "policy.json", "policy.onnx"]
    with pytest.raises(SystemExit) as status:
        main(["check", str(bundle)])
    assert status.value.code == 0
    printed = capsys.readouterr().out
    assert "200 golden ticks reproduce" in printed and "computed at the import" in printed


def test_a_fact_may_have_more_digits_than_the_file(mjlab: Path) -> None:
    facts = MJLAB_FACTS | {"joints": {**MJLAB_FACTS["joints"], "default_pos": DEFAULT, "action_clip": 0.5}}
    status, bundle = _import(mjlab, facts)
    assert status == 0
    joints = Contract.load(bundle / "policy.json").joints
    assert joints.default_pos == tuple(DEFAULT) and joints.action_clip == (0.5,) * 4


def test_what_is_missing_is_named(mjlab: Path, unitree: Path, capsys: pytest.CaptureFixture) -> None:
    for file, names in (
        (mjlab, ("joints.lower", "timing.policy_dt", "commands.low", "observations.base_lin_vel.frame")),
        (unitree, ("joint_sdk_names", "joints.effort_limit", "timing.physics_dt", "robot.base_height")),
    ):
        status, bundle = _import(file, None)
        message = capsys.readouterr().err
        assert status == 1 and message.count("\n") == 1 and not bundle.exists()
        assert all(name in message for name in names) and "--missing" in message
        assert "joints.kp" not in message and "action_scale" not in message


def _without(facts: dict[str, Any], section: str, field: str) -> dict[str, Any]:
    return facts | {section: {name: value for name, value in facts[section].items() if name != field}}


BAD_FACTS = {
    "does not say joints.lower;": _without(MJLAB_FACTS, "joints", "lower"),
    "says another joints.kp than --missing": MJLAB_FACTS | {"joints": {**FACTS["joints"], "kp": 81.0}},
    "has no observation 'lidar'": MJLAB_FACTS | {"observations": {"lidar": {}}},
    "joints.torque is not a field": MJLAB_FACTS | {"joints": {**FACTS["joints"], "torque": 1.0}},
    "joints.lower of 'FL_hip' is not below": MJLAB_FACTS | {"joints": {**FACTS["joints"], "lower": 3.0}},
    "'timing' of --missing is not as in policy.json": MJLAB_FACTS | {"timing": 4},
    "timing.physics_dt is 0.0, not above 0": MJLAB_FACTS
    | {"timing": {**MJLAB_FACTS["timing"], "physics_dt": 0}},
    "'base_lin_vel': history is 'x', not a whole number": MJLAB_FACTS
    | {"observations": {"base_lin_vel": {**MJLAB_FACTS["observations"]["base_lin_vel"], "history": "x"}}},
    "'base_lin_vel': scale is None, not a number": MJLAB_FACTS
    | {"observations": {"base_lin_vel": {**MJLAB_FACTS["observations"]["base_lin_vel"], "scale": None}}},
    "numbers no motors": MJLAB_FACTS | {"joint_sdk_names": LEGS},
    "observation_size is 72": MJLAB_FACTS
    | {"observations": {"base_lin_vel": {**MJLAB_FACTS["observations"]["base_lin_vel"], "history": 17}}},
}


@pytest.mark.parametrize("sentence", BAD_FACTS)
def test_bad_facts_are_refused(mjlab: Path, sentence: str, capsys: pytest.CaptureFixture) -> None:
    _refused(mjlab, BAD_FACTS[sentence], sentence, capsys)


def _refused(file: Path, facts: Any, sentence: str, capsys: pytest.CaptureFixture) -> None:
    status, bundle = _import(file, facts)
    message = capsys.readouterr().err
    assert status == 1 and sentence in message, message
    assert message.count("\n") == 1 and message.startswith("gaitway-edge import: ")
    assert not bundle.exists() and not list(file.parent.glob(".bundle*"))


BAD_METADATA: dict[str, dict[str, str | None]] = {
    "has no 'joint_names' in its metadata": {"joint_names": None},
    "'joint_stiffness' in its metadata has 3 numbers for 4 joints": {"joint_stiffness": "1,2,3"},
    "'action_scale' in its metadata is no list of numbers": {"action_scale": "a,b,c,d"},
    "joints.names has a name twice": {"joint_names": "a,a,b,c"},
    "joints.kp of 'FL_hip' is -1.0, less than 0": {"joint_stiffness": "-1,1,1,1"},
    "joints.kd of 'FL_hip' is nan": {"joint_damping": "nan,1,1,1"},
    "observation_size is 21": {"observation_names": ",".join(TERMS[:-1])},
    "does not say observations.scan.size, observations.scan.layout": {
        "observation_names": "base_lin_vel,scan"
    },
}


@pytest.mark.parametrize("sentence", BAD_METADATA)
def test_bad_metadata_are_refused(tmp_path: Path, sentence: str, capsys: pytest.CaptureFixture) -> None:
    metadata = mjlab_metadata() | BAD_METADATA[sentence]
    kept = {name: value for name, value in metadata.items() if value is not None}
    (tmp_path / "a.onnx").write_bytes(policy_network(24, kept))
    _refused(tmp_path / "a.onnx", MJLAB_FACTS, sentence, capsys)


BAD_YAML: dict[str, Callable[[str], str]] = {
    "is no YAML of plain values": lambda text: text + "x: !!python/object/apply:os.system ['touch executed']",
    "is no YAML of plain values (while": lambda text: text + "\n  - : [",
    "is no YAML of plain values (a slice": lambda text: text.replace("[null, null, null]", "[0, 2, null]"),
    "its content is not a mapping of names": lambda text: "- 1\n- 2\n",
    "step_dt is missing": lambda text: text.replace("step_dt", "dt"),
    "stiffness has 3 entries, not 4": lambda text: text.replace("[10.0, 20.0, 30.0, 40.0]", "[1, 2, 3]"),
    "damping has 'stiff' where a finite number": lambda text: text.replace("[1.0, 2.0,", "[stiff, 2.0,"),
    "damping has 'inf' where a finite number": lambda text: text.replace("[1.0, 2.0,", "[.inf, 2.0,"),
    "joint_ids_map does not name every motor once": lambda text: text.replace("[2, 0, 3, 1]", "[2, 0, 3, 5]"),
    "actions is not one 'JointPositionAction'": lambda text: text.replace("JointPosition", "JointVelocity"),
    "actions.JointPositionAction.joint_ids drives some joints only": lambda text: re.sub(
        "joint_ids: .*", "joint_ids: [0, 1]", text
    ),
    "clip is not a list of 4 pairs": lambda text: re.sub(r"clip: \[\[.*", "clip: [[-1, 1]]", text),
    "observations.base_ang_vel.scale differs": lambda text: text.replace(
        "[0.2, 0.2, 0.2]", "[0.2, 0.2, 0.3]"
    ),
    "observations.joint_pos_rel.params picks joints": lambda text: text.replace(
        "joint_pos_rel: {params: {}", "joint_pos_rel: {params: {asset_cfg: {joint_ids: [0, 1]}}"
    ),
    "gait_phase.params.period is not above 0": lambda text: text.replace("period: 0.8", "period: 0.0"),
    "use_gym_history mixes": lambda text: text.replace(
        "observations:", "observations:\n  use_gym_history: true"
    ),
    "does not say observations.height_scan.layout": lambda text: text.replace("base_ang_vel", "height_scan"),
    "'obs' has shape [1, 61], observation_size is 58": lambda text: text.replace(
        "base_velocity}, clip: null, scale: [1.0, 1.0, 1.0]", "base_velocity}, clip: null, scale: [1.0, 1.0]"
    ),
}


@pytest.mark.parametrize("sentence", BAD_YAML)
def test_bad_yaml_is_refused(
    unitree: Path, sentence: str, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(unitree.parent)
    unitree.write_text(BAD_YAML[sentence](DEPLOY_YAML))
    _refused(unitree, UNITREE_FACTS, sentence, capsys)
    assert not Path("executed").exists()


def test_files_that_are_no_policies_are_refused(unitree: Path, capsys: pytest.CaptureFixture) -> None:
    (unitree.parent / "garbage.onnx").write_bytes(b"\x00garbage")
    _refused(unitree.parent / "garbage.onnx", None, "is not an ONNX model", capsys)
    _refused(unitree.parent / "nothing.onnx", None, "cannot be read (No such file", capsys)
    _refused(unitree.parent / "policy.pt", None, "is neither an .onnx file of mjlab nor", capsys)
    (unitree.parent / "../exported/policy.onnx").unlink()
    _refused(unitree, UNITREE_FACTS, "there is no policy.onnx beside it; say where with --network", capsys)


def test_a_folder_with_other_things_is_left_alone(mjlab: Path, capsys: pytest.CaptureFixture) -> None:
    (mjlab.parent / "bundle").mkdir()
    (mjlab.parent / "bundle/thesis.tex").write_text("years of work")
    status, bundle = _import(mjlab, MJLAB_FACTS)
    assert status == 1 and "exists and is not a bundle" in capsys.readouterr().err
    assert [path.name for path in bundle.iterdir()] == ["thesis.tex"]


def _mutants(facts: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every section and every field replaced by what it should not be."""
    for section, fields in facts.items():
        for value in (None, True, -1, 10**400, "x", [], {}, [[1.0]], {"a": {"b": 1}}):
            yield facts | {section: value}
            for field in fields if isinstance(fields, dict) else ():
                yield facts | {section: fields | {field: value}}


def test_no_addition_ends_in_a_traceback(mjlab: Path, unitree: Path) -> None:
    refused, provenance = 0, dict.fromkeys(["seed", "iteration", "samples", "seconds", "git_commit"])
    provenance |= {"origin": "import", "command": "", "versions": {}}
    for source, facts in ((read_mjlab(mjlab), MJLAB_FACTS), (read_unitree(unitree), UNITREE_FACTS)):
        for mutant in _mutants(facts):
            try:
                complete(source, mutant, provenance)
            except BundleError as error:
                assert "\n" not in str(error)
                refused += 1
    assert refused > 150
