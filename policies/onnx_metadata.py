"""What an exported network says of itself: metadata inside the ONNX file, in the form that mjlab writes."""

from __future__ import annotations

import json
from collections.abc import Iterable

import onnx

from ..deploy_jetson.contract import Contract
from ..deploy_jetson.importing import mjlab_names as mjlab

ACTION_OFFSET = "action_offset"
"""Beside mjlab's entries: its readers take `default_joint_pos`, which is not what holds a pose up."""

CONTRACT = "gaitway_contract"
"""All facts of the contract, as JSON."""


def with_metadata(network: bytes, contract: Contract) -> bytes:
    """The ONNX model `network` with the contract's facts in its metadata, at full precision."""
    model = onnx.load_model_from_string(network)
    onnx.helper.set_model_props(model, metadata(contract))
    return model.SerializeToString()


def metadata(contract: Contract) -> dict[str, str]:
    """mjlab's entries and two of our own, by key; lists are separated by commas."""
    joints = contract.joints
    names = (mjlab.OBSERVATIONS.get(term.name, term.name) for term in contract.observations)
    return {
        mjlab.RUN_PATH: contract.task,
        mjlab.JOINT_NAMES: _row(joints.names),
        mjlab.STIFFNESS: _row(joints.kp),
        mjlab.DAMPING: _row(joints.kd),
        mjlab.DEFAULT_POS: _row(joints.default_pos),
        mjlab.COMMAND_NAMES: mjlab.VELOCITY_COMMAND if contract.commands else "",
        mjlab.OBSERVATION_NAMES: _row(names),
        mjlab.ACTION_SCALE: _row(joints.action_scale),
        ACTION_OFFSET: _row(joints.action_offset),
        CONTRACT: json.dumps(contract.facts()),
    }


def _row(values: Iterable[str | float]) -> str:
    return ",".join(value if isinstance(value, str) else repr(value) for value in values)
