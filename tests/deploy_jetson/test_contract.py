from __future__ import annotations

import dataclasses
import json
import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from gaitway.deploy_jetson.contract import BundleError, Contract


def test_every_digit_survives(contract: Contract, tmp_path: Path) -> None:
    exact = dataclasses.replace(
        contract,
        joints=dataclasses.replace(contract.joints, kp=(math.pi, 0.1 + 0.2), default_pos=(5e-324, 1 / 3)),
    )
    exact.save(tmp_path / "policy.json")
    assert Contract.load(tmp_path / "policy.json") == exact


def test_a_person_can_read_the_joint_table(contract: Contract, tmp_path: Path) -> None:
    contract.save(tmp_path / "policy.json")
    assert '"names": ["left_knee", "right_knee"],' in (tmp_path / "policy.json").read_text()


def _change(*path: str, value: Any) -> Callable[[dict], None]:
    def change(data: dict) -> None:
        for key in path[:-1]:
            data = data[key]
        data[path[-1]] = value

    return change


BAD = {
    "joints.kp is missing": lambda d: d["joints"].pop("kp"),
    "joints.torque is not a field": _change("joints", "torque", value=[1.0, 1.0]),
    "joints.kp has 1 entries, action_size is 2": _change("joints", "kp", value=[1.0]),
    "joints.kp of 'right_knee' is 'stiff', not a number": _change("joints", "kp", value=[1.0, "stiff"]),
    "joints.kp of 'left_knee' is -1.0, less than 0": _change("joints", "kp", value=[-1.0, 1.0]),
    "joints.kp is not a list": _change("joints", "kp", value=3.0),
    "joints.effort_limit of 'right_knee' is 0.0, not above 0": _change(
        "joints", "effort_limit", value=[1.0, 0.0]
    ),
    "joints.lower of 'left_knee' is not below joints.upper": _change("joints", "lower", value=[1.0, -1.0]),
    "joints.names has a name twice": _change("joints", "names", value=["a", "a"]),
    "quaternion_order is 'xyzw', not 'wxyz'": _change("quaternion_order", value="xyzw"),
    "normalizer_folded is False, not true": _change("normalizer_folded", value=False),
    "normalizer_folded is 1, not true or false": _change("normalizer_folded", value=1),
    "recurrent_state is 64, not null": _change("recurrent_state", value=64),
    "action_size is 2.5, not a whole number": _change("action_size", value=2.5),
    "observation_size is 18, but size * history of observations add up to 17": _change(
        "observation_size", value=18
    ),
    "timing.policy_dt is not decimation * physics_dt": _change("timing", "decimation", value=5),
    "commands 'lin_vel_x' has a lower bound above its upper bound": _change(
        "commands", "low", value=[0.7, -0.2, -0.7]
    ),
    "commands.high does not have 3 entries": _change("commands", "high", value=[0.7]),
    "format_version is '1', this runtime reads 3": _change("format_version", value=1),
    "gait_clock.frequency is nan": _change("gait_clock", "frequency", value=math.nan),
    "joints is not a JSON object": _change("joints", value=[]),
    "files.policy_onnx is malformed": _change("files", "policy_onnx", value="abc"),
    "'base_ang_vel': history is 0, less than 1": lambda d: d["observations"][0].update(history=0),
    "but size * history of observations add up to 23": lambda d: d["observations"][0].update(history=3),
    "observations 'base_ang_vel' has a clip": lambda d: d["observations"][0].update(clip=[1.0, 1.0]),
    "joints.rate_limit of 'right_knee' is 0.0, not above 0": _change("joints", "rate_limit", value=[None, 0]),
    "joints.target_lower of 'left_knee' is not below joints.target_upper": lambda d: d["joints"].update(
        target_lower=[1.0, None], target_upper=[1.0, None]
    ),
    "robot.file must not be '../secret.usda'": _change("robot", "file", value="../secret.usda"),
    "robot.file must not be '/etc/passwd'": _change("robot", "file", value="/etc/passwd"),
    "robot.file and robot.sha256 are not both null": _change("robot", "file", value=None),
    "task has a control character in it": _change("task", value="two\nlines"),
    "timing.policy_dt is inf, not a finite number": _change("timing", "policy_dt", value=10**400),
    "origin is 'dream', not 'training' or 'import'": _change("provenance", "origin", value="dream"),
}


@pytest.mark.parametrize("sentence", BAD)
def test_bad_fields_are_named(contract: Contract, tmp_path: Path, sentence: str) -> None:
    path = tmp_path / "policy.json"
    contract.save(path)
    data = json.loads(path.read_text())
    BAD[sentence](data)
    path.write_text(json.dumps(data))
    with pytest.raises(BundleError, match=re.escape(sentence)) as error:
        Contract.load(path)
    assert str(error.value).startswith(str(path))
    assert "\n" not in str(error.value)


def test_what_is_no_json_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "policy.json"
    with pytest.raises(BundleError, match="there is no such file"):
        Contract.load(path)
    for content in ("{", "[]", '"text"'):
        path.write_text(content)
        with pytest.raises(BundleError, match=re.escape(str(path))):
            Contract.load(path)
