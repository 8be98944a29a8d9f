"""A small bundle of two joints whose network, observations and clock are written out by hand here."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from gaitway.deploy_jetson.contract import (
    Commands,
    Contract,
    Files,
    GaitClock,
    Joints,
    ObservationTerm,
    Physics,
    Provenance,
    Robot,
    Timing,
    sha256,
)
from gaitway.deploy_jetson.golden import Golden
from onnx import TensorProto, helper
from scipy.spatial.transform import Rotation

TERMS = {
    "base_ang_vel": (3, 0.25),
    "projected_gravity": (3, 1.0),
    "joint_pos": (2, 1.0),
    "joint_vel": (2, 0.05),
    "last_action": (2, 1.0),
    "velocity_command": (3, 2.0),
    "gait_phase": (2, 1.0),
}
SIZE = sum(size for size, _ in TERMS.values())
TICKS = 60


def make_contract() -> Contract:
    return Contract(
        format_version=3,
        task="Test/TwoJoints-v0",
        robot=Robot("two_joints", "robots/two_joints.usda", "0" * 64, 0.4, (1.0, 0.0, 0.0, 0.0), True, False),
        quaternion_order="wxyz",
        joints=Joints(
            names=("left_knee", "right_knee"),
            drive=("position", "position"),
            relative=False,
            default_pos=(0.1, -0.2),
            action_offset=(0.15, -0.25),
            action_scale=(0.5, 0.25),
            action_clip=(1.0, 2.0),
            target_lower=(None, None),
            target_upper=(None, None),
            rate_limit=(None, None),
            kp=(80.0, 1 / 3),
            kd=(3.5, 0.1),
            effort_limit=(33.5, 23.7),
            velocity_limit=(20.0, None),
            lower=(-1.0, -1.5),
            upper=(1.0, 1.5),
        ),
        observations=tuple(
            ObservationTerm(name, "robot", size, scale, None, 1, "", "", "")
            for name, (size, scale) in TERMS.items()
        ),
        observation_size=SIZE,
        action_size=2,
        normalizer_folded=True,
        recurrent_state=None,
        timing=Timing(0.02, 0.005, 4, (0.0, 0.0), (0.0, 0.0)),
        physics=Physics("mujoco 4.0.0", "mjINT_IMPLICITFAST", "mjSOL_NEWTON", 4, 8),
        gait_clock=GaitClock(1.4, 0.5, None),
        commands=Commands(
            ("lin_vel_x", "lin_vel_y", "ang_vel_z"),
            (-0.3, -0.2, -0.7),
            (0.6, 0.2, 0.7),
            ("m/s", "m/s", "rad/s"),
            0.1,
        ),
        provenance=Provenance("training", "gaitway train", 0, 1, 2, 3.0, "abc", {"python": "3.11"}),
        files=Files("0" * 64, "0" * 64),
    )


def weights() -> np.ndarray:
    return np.random.default_rng(1).normal(size=(SIZE, 2)).astype(np.float32)


def make_network(matrix: np.ndarray) -> bytes:
    """`actions = obs @ matrix` as an ONNX model with a free batch size."""
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["obs", "w"], ["actions"])],
        "linear",
        [helper.make_tensor_value_info("obs", TensorProto.FLOAT, ["batch", matrix.shape[0]])],
        [helper.make_tensor_value_info("actions", TensorProto.FLOAT, ["batch", matrix.shape[1]])],
        [helper.make_tensor("w", TensorProto.FLOAT, matrix.shape, matrix.flatten().tolist())],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    onnx.checker.check_model(model)
    return model.SerializeToString()


def make_golden(contract: Contract) -> Golden:
    """A recording of random sensor values, with observations and actions worked out one by one in float64."""
    rng = np.random.default_rng(0)
    rotation = Rotation.from_quat(rng.normal(size=(TICKS, 4)))
    gyro, joint_pos, joint_vel = (rng.normal(size=(TICKS, size)) for size in (3, 2, 2))
    command = np.repeat([[0.4, 0.1, 0.2], [0.0, 0.0, 0.0], [-0.2, 0.0, 0.5]], TICKS // 3, axis=0)
    start = np.arange(TICKS) % 25 == 0
    gravity = rotation.inv().apply([0.0, 0.0, -1.0])
    phases, observations, actions = np.zeros(TICKS), np.zeros((TICKS, SIZE)), np.zeros((TICKS, 2))
    phase, last, matrix = 0.0, np.zeros(2), weights().astype(float)
    for t in range(TICKS):
        moving = np.linalg.norm(command[t]) > 0.1
        if start[t]:
            phase, last = rng.uniform() * moving, np.zeros(2)
        else:
            phase = (phase + 0.02 * (1.4 + 0.5 * np.hypot(*command[t, :2]))) % 1.0 if moving else 0.0
        phases[t] = phase
        clock = np.array([np.sin(2 * np.pi * phase), np.cos(2 * np.pi * phase)]) * moving
        parts = {
            "base_ang_vel": gyro[t],
            "projected_gravity": gravity[t],
            "joint_pos": joint_pos[t] - contract.joints.default_pos,
            "joint_vel": joint_vel[t],
            "last_action": last,
            "velocity_command": command[t],
            "gait_phase": clock,
        }
        observations[t] = np.concatenate([parts[name] * scale for name, (_, scale) in TERMS.items()])
        last = actions[t] = np.clip(observations[t] @ matrix, [-1.0, -2.0], [1.0, 2.0])
    arrays = {
        "gyro": gyro,
        "quat": rotation.as_quat(scalar_first=True),
        "joint_pos": joint_pos,
        "joint_vel": joint_vel,
        "command": command,
        "phase": phases,
        "observations": observations,
        "actions": actions,
    }
    arrays = {name: array.astype(np.float32) for name, array in arrays.items()}
    return Golden(start=start, facts=contract.facts(), **arrays)


def write(folder: Path, contract: Contract, network: bytes, golden: Golden) -> Path:
    recording = golden.to_bytes()
    (folder / "policy.onnx").write_bytes(network)
    (folder / "golden.npz").write_bytes(recording)
    files = Files(sha256(network), sha256(recording))
    dataclasses.replace(contract, files=files).save(folder / "policy.json")
    return folder


@pytest.fixture
def contract() -> Contract:
    return make_contract()


@pytest.fixture
def golden(contract: Contract) -> Golden:
    return make_golden(contract)


@pytest.fixture
def bundle(tmp_path: Path, contract: Contract, golden: Golden) -> Path:
    """A good bundle on disk."""
    return write(tmp_path, contract, make_network(weights()), golden)


@pytest.fixture
def rewrite() -> Callable[[Path, Contract, bytes, Golden], Path]:
    """Writes a bundle whose digests are in order, whatever its content."""
    return write


@pytest.fixture
def network_of() -> Callable[[np.ndarray], bytes]:
    return make_network
