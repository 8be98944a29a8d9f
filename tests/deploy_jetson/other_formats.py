"""Files as mjlab and unitree_rl_lab write them, with all that they do not say."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper

LEGS = ["FL_hip", "FL_knee", "FR_hip", "FR_knee"]
DEFAULT = [0.123456, -0.5, 0.2, -0.6]
SCALE = [0.25, 0.25, 0.5, 0.5]
MOTORS = [2, 0, 3, 1]
SDK_NAMES = ["FR_0", "FR_1", "FL_0", "FL_1"]

TERMS = ("base_lin_vel", "base_ang_vel", "projected_gravity", "joint_pos", "joint_vel", "actions", "command")

FACTS: dict[str, Any] = {
    "robot": {"base_height": 0.3},
    "joints": {"effort_limit": 23.7, "velocity_limit": None, "lower": -2.0, "upper": [2.0, 2.0, 2.5, 2.5]},
    "timing": {"physics_dt": 0.005, "observation_latency": [0.0, 0.0], "action_latency": [0.0, 0.02]},
}
MJLAB_FACTS = FACTS | {
    "timing": {**FACTS["timing"], "policy_dt": 0.02},
    "commands": {"low": [-1.0, -0.5, -1.0], "high": [1.0, 0.5, 1.0]},
    "observations": {"base_lin_vel": {"layout": "x, y, z", "frame": "base", "unit": "m/s"}},
}
UNITREE_FACTS = FACTS | {"joint_sdk_names": SDK_NAMES}

DEPLOY_YAML = """
joint_ids_map: [2, 0, 3, 1]
step_dt: 0.02
stiffness: [10.0, 20.0, 30.0, 40.0]
damping: [1.0, 2.0, 3.0, 4.0]
default_joint_pos: [0.123456, -0.5, 0.2, -0.6]
commands:
  base_velocity:
    ranges: {lin_vel_x: [-0.5, 1.0], lin_vel_y: [-0.3, 0.3], ang_vel_z: [-0.2, 0.2], heading: null}
actions:
  JointPositionAction:
    clip: [[-0.4, 0.4], [-1.0, 0.0], [-9.0, 9.0], [-9.0, 9.0]]
    joint_names: [.*]
    scale: [0.25, 0.25, 0.5, 0.5]
    offset: [0.1, -0.5, 0.2, -0.6]
    joint_ids: !!python/object/apply:builtins.slice [null, null, null]
observations:
  base_ang_vel: {params: {}, clip: [-1.0, 0.8], scale: [0.2, 0.2, 0.2], history_length: 3}
  projected_gravity: {params: {}, clip: null, scale: [1.0, 1.0, 1.0], history_length: 3}
  velocity_commands:
    {params: {command_name: base_velocity}, clip: null, scale: [1.0, 1.0, 1.0], history_length: 3}
  joint_pos_rel: {params: {}, clip: null, scale: [1.0, 1.0, 1.0, 1.0], history_length: 3}
  joint_vel_rel: {params: {}, clip: null, scale: [0.05, 0.05, 0.05, 0.05], history_length: 2}
  last_action: {params: {}, clip: null, scale: [1.0, 1.0, 1.0, 1.0], history_length: 3}
  gait_phase: {params: {period: 0.8}, clip: null, scale: [1.0, 1.0], history_length: 1}
"""
SIZE = 3 * (3 + 3 + 3 + 4 + 4) + 2 * 4 + 2


def policy_weights(size: int) -> np.ndarray:
    """What `policy_network` multiplies observations of `size` values by, (size, 4)."""
    return np.random.default_rng(size).normal(size=(size, 4), scale=0.3).astype(np.float32)


def policy_network(size: int, metadata: dict[str, str] | None = None) -> bytes:
    """`actions = tanh(obs @ weights)` for one robot at a time, as both projects' exporters write it."""
    weights = policy_weights(size)
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["obs", "w"], ["h"]), helper.make_node("Tanh", ["h"], ["actions"])],
        "policy",
        [helper.make_tensor_value_info("obs", TensorProto.FLOAT, [1, size])],
        [helper.make_tensor_value_info("actions", TensorProto.FLOAT, [1, 4])],
        [helper.make_tensor("w", TensorProto.FLOAT, weights.shape, weights.flatten().tolist())],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 11)], ir_version=8)
    helper.set_model_props(model, metadata or {})
    onnx.checker.check_model(model)
    return model.SerializeToString()


def mjlab_metadata() -> dict[str, str]:
    """As mjlab's exporter writes them, three decimals and all."""
    return {
        "run_path": "team/velocity/abc",
        "joint_names": ",".join(LEGS),
        "joint_stiffness": "80.000,80.000,60.500,60.500",
        "joint_damping": "2.000,2.000,1.500,1.500",
        "default_joint_pos": ",".join(f"{value:.3f}" for value in DEFAULT),
        "command_names": "twist",
        "observation_names": ",".join(TERMS),
        "action_scale": ",".join(f"{value:.3f}" for value in SCALE),
    }
