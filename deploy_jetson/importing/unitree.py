"""unitree_rl_lab's deploy.yaml (https://github.com/unitreerobotics/unitree_rl_lab) and its policy.onnx.

Two orders of joints are in that file: `stiffness` and `damping` are in the order of the robot's motors, all
else in that of the network, and `joint_ids_map` has each network joint's motor.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..bundle_files import LARGEST, NETWORK_FILE, BundleError, read_up_to
from .source import EXTERNAL, Source, Term
from .tree import Tree
from .yaml_file import load_yaml

_QUANTITIES = {
    "base_ang_vel": "base_ang_vel",
    "projected_gravity": "projected_gravity",
    "joint_pos_rel": "joint_pos",
    "joint_vel_rel": "joint_vel",
    "last_action": "last_action",
    "velocity_commands": "velocity_command",
    "gait_phase": "gait_phase",
}
_ACTION = "JointPositionAction"
_VELOCITY = ("lin_vel_x", "lin_vel_y", "ang_vel_z")
_NETWORKS = (NETWORK_FILE, f"../exported/{NETWORK_FILE}")
"""Where the network lies from the YAML file's folder."""


def read_unitree(path: Path, network: Path | None = None) -> Source:
    """Read a deploy.yaml and its network, which is looked for near it unless given.

    Raises:
        BundleError: a file is missing or unreadable, or asks for what the runtime does not do.
    """
    tree = Tree(load_yaml(path), path)
    motors = [int(number) for number in tree.numbers("joint_ids_map")]
    n = len(motors)
    if sorted(motors) != list(range(n)):
        raise BundleError(
            f"{path}: joint_ids_map does not name every motor once; a robot with motors that the policy does "
            "not drive cannot be imported."
        )
    action = tree.only("actions", _ACTION)
    said = {
        "action_size": n,
        "timing.policy_dt": tree.number("step_dt"),
        "joints.kp": _by_network(tree.numbers("stiffness", n), motors),
        "joints.kd": _by_network(tree.numbers("damping", n), motors),
        "joints.default_pos": tree.numbers("default_joint_pos", n),
        "joints.action_scale": action.numbers("scale", n),
        "joints.action_offset": action.numbers("offset", n),
        "joints.action_clip": None,
        **_target_limits(action, n),
        **_commands(tree),
    }
    if (ids := action.get("joint_ids")) is not None and ids != list(range(n)):
        raise BundleError(f"{action.where('joint_ids')} drives some joints only, which cannot be imported.")
    terms, clock = _terms(tree, n)
    where = network or _find_network(path)
    content = read_up_to(where, LARGEST[NETWORK_FILE])
    assumed = {"task": f"Imported/{path.stem}"}
    return Source(path, content, where, terms, said | clock, assumed, motors)


def _by_network(values: list[float], motors: list[int]) -> list[float]:
    return [values[motor] for motor in motors]


def _target_limits(action: Tree, n: int) -> dict[str, Any]:
    if action.get("clip") is None:
        return {}
    pairs = action.pairs("clip", n)
    return {
        "joints.target_lower": [low for low, _ in pairs],
        "joints.target_upper": [high for _, high in pairs],
    }


def _commands(tree: Tree) -> dict[str, Any]:
    if tree.get("commands") is None:
        return {}
    ranges = tree.only("commands", "base_velocity").below("ranges")
    pairs = [ranges.numbers(name, 2) for name in _VELOCITY]
    return {"commands.low": [low for low, _ in pairs], "commands.high": [high for _, high in pairs]}


def _terms(tree: Tree, n: int) -> tuple[list[Term], dict[str, Any]]:
    """The observations, and the gait clock if one of them shows it."""
    observations = tree.below("observations")
    if observations.get("use_gym_history"):
        raise BundleError(
            f"{observations.where('use_gym_history')} mixes histories tick by tick: unsupported."
        )
    terms: list[Term] = []
    clock: dict[str, Any] = {}
    for name in observations.names:
        if name == "use_gym_history":
            continue
        terms.append(_term(observations.below(name), name, n))
        if terms[-1].quantity == "gait_phase":
            params = observations.below(name).below("params")
            if (period := params.number("period")) <= 0:
                raise BundleError(f"{params.where('period')} is not above 0.")
            clock = {"frequency": 1 / period, "frequency_per_speed": 0.0, "frequency_from": None}
    return terms, {f"gait_clock.{name}": value for name, value in clock.items()}


def _term(tree: Tree, name: str, n: int) -> Term:
    params = tree.below("params") if tree.get("params") else None
    picked = params.below("asset_cfg").get("joint_ids") if params and params.get("asset_cfg") else None
    if picked is not None and picked != list(range(n)):
        raise BundleError(f"{tree.where('params')} picks joints, which cannot be imported.")
    scale = tree.numbers("scale")
    if len(set(scale)) != 1:
        raise BundleError(f"{tree.where('scale')} differs between its values, which cannot be imported.")
    clip = None
    if tree.get("clip") is not None:
        low, high = tree.numbers("clip", 2)
        clip = (low, high)
    history = int(tree.number("history_length")) if tree.get("history_length") is not None else 1
    return Term(name, _QUANTITIES.get(name, EXTERNAL), len(scale), scale[0], clip, max(history, 1))


def _find_network(path: Path) -> Path:
    for name in _NETWORKS:
        if (path.parent / name).is_file():
            return path.parent / name
    raise BundleError(f"{path}: there is no {NETWORK_FILE} beside it; say where with --network.")
