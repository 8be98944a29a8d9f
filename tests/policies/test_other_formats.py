"""What bundles say in other projects' formats is the contract's own, to the last digit."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import onnxruntime
import pytest
import yaml
from gaitway.deploy_jetson.contract import Contract
from gaitway.policies import ZOO
from gaitway.policies.leapp import LEAPP_FILE

BUNDLES = sorted(path.parent for path in ZOO.glob("*/policy.json"))


@pytest.fixture(params=BUNDLES, ids=lambda path: path.name)
def bundle(request: pytest.FixtureRequest) -> Path:
    return request.param


def test_the_network_says_what_mjlabs_readers_ask_for(bundle: Path) -> None:
    contract = Contract.load(bundle / "policy.json")
    session = onnxruntime.InferenceSession(bundle / "policy.onnx")
    found = session.get_modelmeta().custom_metadata_map
    joints = contract.joints
    assert tuple(found["joint_names"].split(",")) == joints.names
    for key, values in {
        "joint_stiffness": joints.kp,
        "joint_damping": joints.kd,
        "default_joint_pos": joints.default_pos,
        "action_scale": joints.action_scale,
        "action_offset": joints.action_offset,
    }.items():
        assert tuple(map(float, found[key].split(","))) == values
    assert found["command_names"] == ("twist" if contract.commands else "")
    names = {"last_action": "actions", "velocity_command": "command"}
    wanted = [names.get(term.name, term.name) for term in contract.observations]
    assert found["observation_names"].split(",") == wanted
    assert json.loads(found["gaitway_contract"]) == contract.facts()


def test_leapps_file_describes_the_network(bundle: Path) -> None:
    contract = Contract.load(bundle / "policy.json")
    described = yaml.safe_load((bundle / LEAPP_FILE).read_text())
    assert list(described) == ["models", "pipeline", "system information"]
    (name, model), *others = described["models"].items()
    assert not others
    network = (bundle / model["parameters"]["model_path"]).read_bytes()
    assert model["parameters"]["sha256sum"] == hashlib.sha256(network).hexdigest()
    assert model["parameters"]["md5sum"] == hashlib.md5(network).hexdigest()
    session = onnxruntime.InferenceSession(network)
    for ports, tensors in (
        (model["inputs"], session.get_inputs()),
        (model["outputs"], session.get_outputs()),
    ):
        (port,), (tensor,) = ports, tensors
        assert (port["name"], port["shape"][1]) == (tensor.name, tensor.shape[1])
        assert port["element_names"][0] is None and len(set(port["element_names"][1])) == tensor.shape[1]
    assert tuple(model["outputs"][0]["element_names"][1]) == contract.joints.names
    pipeline = described["pipeline"]
    assert pipeline["inputs"] == {name: ["obs"]} and pipeline["outputs"] == {name: ["actions"]}
    assert pipeline["configs"]["frequency"] == 1 / contract.timing.policy_dt
    assert pipeline["configs"]["gaitway"] == contract.facts()
