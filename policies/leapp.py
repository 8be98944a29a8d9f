"""A bundle's network described as LEAPP does, so that its InferenceManager and Isaac ROS can load it.

LEAPP (https://nvidia-isaac.github.io/leapp) is how Isaac Lab hands policies on: a YAML file beside the
network that names its ports. Ours is one port in, the whole observation, and one out, the raw actions. What
makes an observation of sensors and targets of actions is not part of the network: it is in the contract, of
which `pipeline.configs.gaitway` is a copy.
"""

from __future__ import annotations

import hashlib
from typing import Any

import yaml

from ..deploy_jetson.bundle_files import NETWORK_FILE
from ..deploy_jetson.contract import Contract, ObservationTerm, sha256

LEAPP_FILE = "leapp.yaml"
CONFIG_VERSION = "1.3"
"""Of LEAPP 0.7's format."""

NODE = "policy"


def leapp_yaml(contract: Contract, network: bytes, opset: int) -> str:
    """The content of `leapp.yaml` for the ONNX model `network`, with every digit of every number."""
    names = [name for term in contract.observations for name in _columns(term, contract.joints.names)]
    description = {
        "models": {
            NODE: {
                "inputs": [_port("obs", contract.observation_size, names)],
                "outputs": [_port("actions", contract.action_size, list(contract.joints.names))],
                "parameters": {
                    "backend": "onnx",
                    "model_path": NETWORK_FILE,
                    "md5sum": hashlib.md5(network, usedforsecurity=False).hexdigest(),
                    "sha256sum": sha256(network),
                    "opset_version": opset,
                },
            }
        },
        "pipeline": {
            "data_flow": {},
            "feedback_flow": {},
            "inputs": {NODE: ["obs"]},
            "outputs": {NODE: ["actions"]},
            "configs": {"frequency": 1 / contract.timing.policy_dt, "gaitway": contract.facts()},
        },
        "system information": {"leapp config version": CONFIG_VERSION, **contract.provenance.versions},
    }
    return yaml.safe_dump(description, sort_keys=False, default_flow_style=None, width=110)


def _port(name: str, size: int, elements: list[str]) -> dict[str, Any]:
    shape = {"dtype": "float32", "shape": [1, size], "type": "tensor"}
    return {"name": name, **shape, "element_names": [None, elements]}


def _columns(term: ObservationTerm, joints: tuple[str, ...]) -> list[str]:
    """A name for each column of a term, with its age in ticks if the term has a history."""
    parts = joints if term.layout == "joints" and len(joints) == term.size else range(term.size)
    ages = [f"@{age}" if age else "" for age in range(term.history - 1, -1, -1)]
    return [f"{term.name}.{part}{age}" for age in ages for part in parts]
