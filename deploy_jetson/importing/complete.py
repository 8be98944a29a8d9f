"""From what a file says, what its project takes for granted, and what somebody adds, to a contract.

What is added has the names and values of `policy.json`. A value for all joints may stand for a list of equal
ones, and `observations` maps the file's names of observations to what is to be said of each.
"""

from __future__ import annotations

import json
import math
from typing import Any

from ..bundle_files import BundleError
from ..contract import FORMAT_VERSION, Contract, Joints, parse
from ..quantities import QUANTITIES
from ..schema import SchemaError, fields_of
from .source import EXTERNAL, Source, Term

MOTOR_NAMES = "joint_sdk_names"
"""What may be added in place of `joints.names` where the file numbers motors: joints in motor order."""

_NEEDED = ("joints.names", "joints.effort_limit", "joints.velocity_limit", "joints.lower", "joints.upper")
_NEEDED += ("robot.base_height", "timing.policy_dt", "timing.physics_dt")
_NEEDED += ("timing.observation_latency", "timing.action_latency")
_NEEDED_OF_COMMANDS = ("commands.low", "commands.high")

_ASSUMED = {
    "robot.name": "imported",
    "robot.file": None,
    "robot.sha256": None,
    "robot.base_quat": [1.0, 0.0, 0.0, 0.0],
    "robot.falls": False,
    "joints.drive": "position",
    "joints.relative": False,
    "joints.target_lower": None,
    "joints.target_upper": None,
    "joints.rate_limit": None,
}
_ASSUMED_OF_COMMANDS = {"commands.standing_threshold": -1.0}
_ALWAYS_OF_COMMANDS = {
    "commands.names": ["lin_vel_x", "lin_vel_y", "ang_vel_z"],
    "commands.units": ["m/s", "m/s", "rad/s"],
}
_ASSUMED_OF_TERMS = {"scale": 1.0, "clip": None, "history": 1}
_WORDS = ("layout", "frame", "unit")
_PER_JOINT = tuple(name for name, (hint, _) in fields_of(Joints).items() if hint is not bool)
_SECTIONS = ("robot", "joints", "timing", "physics", "gait_clock", "commands")


def complete(source: Source, given: dict[str, Any], provenance: dict[str, Any]) -> Contract:
    """The contract of an imported policy, with empty file digests.

    Args:
        source: what the file says.
        given: what is added, parsed from JSON.
        provenance: that part of the contract.

    Raises:
        BundleError: something is missing, and all of it is named; or what is added contradicts the file, or
            is not of the contract's format.
    """
    follows = any(term.quantity in ("velocity_command", "gait_phase") for term in source.terms)
    added = _by_name(given, source)
    facts = (
        _ASSUMED
        | (_ALWAYS_OF_COMMANDS | _ASSUMED_OF_COMMANDS if follows else {})
        | source.assumed
        | source.said
    )
    for name, value in added.items():
        _require_agreement(source, name, value)
        facts[name] = value
    if not follows:
        facts = {name: value for name, value in facts.items() if not name.startswith("commands.")}
    terms, unsaid = _terms(source, given.get("observations", {}))
    needed = _NEEDED + (_NEEDED_OF_COMMANDS if follows else ())
    missing = [name for name in needed if name not in facts]
    if "joints.names" in missing and source.motors is not None:
        missing[missing.index("joints.names")] = f"{MOTOR_NAMES} (the joints in motor order)"
    if missing or unsaid:
        raise BundleError(
            f"{source.path}: does not say {', '.join((*missing, *unsaid))}; write that into a JSON file and "
            "give it with --missing (docs/contract.md)."
        )
    data = _nested(_for_every_joint(facts))
    data["timing"].setdefault("decimation", _decimation(data["timing"]))
    data["robot"]["imu"] = any(
        term.quantity in ("base_ang_vel", "projected_gravity") for term in source.terms
    )
    if data["robot"]["base_height"] is None:
        data["robot"]["base_quat"] = None
    data |= {
        "format_version": FORMAT_VERSION,
        "quaternion_order": "wxyz",
        "observations": terms,
        "observation_size": _columns(terms),
        "normalizer_folded": True,
        "recurrent_state": None,
        "physics": data.get("physics"),
        "gait_clock": data.get("gait_clock"),
        "commands": data.get("commands"),
        "provenance": provenance,
        "files": {"policy_onnx": "0" * 64, "golden_npz": "0" * 64},
    }
    try:
        return parse(data)
    except SchemaError as error:
        raise BundleError(f"{source.path}: with what --missing adds, {error}.") from error


def assumptions(source: Source, given: dict[str, Any], contract: Contract) -> list[str]:
    """What the contract takes for granted without file or addition saying so, each in a few words."""
    added, facts = _by_name(given, source), contract.facts()
    taken = _ASSUMED | _ASSUMED_OF_COMMANDS | source.assumed
    lines = []
    for name in taken:
        section, _, field = name.rpartition(".")
        part = facts[section] if section else facts
        if name not in added and name not in source.said and part is not None:
            value = part[field]
            same = isinstance(value, list) and section == "joints" and len({str(item) for item in value}) == 1
            lines.append(f"{name} = {json.dumps(value[0] if same else value)}")
    for term in source.terms:
        of_term = given.get("observations", {}).get(term.name, {})
        unsaid = [
            name for name in ("scale", "history") if getattr(term, name) is None and name not in of_term
        ]
        lines += [f"{name} of '{term.name}' = {_ASSUMED_OF_TERMS[name]:g}" for name in unsaid]
    return lines


def _by_name(given: dict[str, Any], source: Source) -> dict[str, Any]:
    """What is added, by dotted name, observations aside."""
    added: dict[str, Any] = {}
    for name, value in given.items():
        if name == "observations":
            continue
        if name == MOTOR_NAMES:
            added["joints.names"] = _names_by_network(value, source)
        elif (name in _SECTIONS) != isinstance(value, dict):
            raise BundleError(f"{source.path}: {name!a} of --missing is not as in policy.json.")
        elif isinstance(value, dict):
            added |= {f"{name}.{inner}": item for inner, item in value.items()}
        else:
            added[name] = value
    return added


def _names_by_network(names: Any, source: Source) -> list[Any]:
    motors = source.motors
    if motors is None:
        raise BundleError(f"{source.path}: numbers no motors, so {MOTOR_NAMES} of --missing is of no use.")
    if not isinstance(names, list) or len(names) != len(motors):
        raise BundleError(
            f"{source.path}: {MOTOR_NAMES} of --missing does not name its {len(motors)} motors."
        )
    return [names[motor] for motor in motors]


def _require_agreement(source: Source, name: str, value: Any) -> None:
    """What is added may be more exact than the file, whose numbers have three digits or decimals."""
    if name in source.said and not _agree(source.said[name], value):
        raise BundleError(f"{source.path}: says another {name} than --missing does.")


def _agree(said: Any, value: Any) -> bool:
    if isinstance(said, list):
        values = value if isinstance(value, list) else [value] * len(said)
        return len(said) == len(values) and all(map(_agree, said, values))
    if isinstance(said, float) and isinstance(value, (int, float)):
        return math.isclose(said, value, rel_tol=5e-3, abs_tol=5e-4)
    return said == value


def _terms(source: Source, given: Any) -> tuple[list[dict[str, Any]], list[str]]:
    """The contract's observations, and what is missing for them."""
    names = [term.name for term in source.terms]
    if not isinstance(given, dict) or not all(isinstance(added, dict) for added in given.values()):
        raise BundleError("observations of --missing does not map names to what is to be said of each.")
    for name in given:
        if name not in names:
            raise BundleError(f"{source.path}: has no observation {name!a}; it has {', '.join(names)}.")
    terms, missing = [], []
    for term in source.terms:
        said = {"size": term.width, "scale": term.scale, "clip": term.clip, "history": term.history}
        said = {name: value for name, value in said.items() if value is not None}
        added = given.get(term.name, {})
        for name, value in added.items():
            if name in said and not _agree(said[name], value):
                raise BundleError(f"{source.path}: says another {name} of '{term.name}' than --missing does.")
        facts = {**_ASSUMED_OF_TERMS, **_identity(term), **said, **added}
        if isinstance(facts.get("clip"), tuple):
            facts["clip"] = list(facts["clip"])
        needed = ("size", *(_WORDS if term.quantity == EXTERNAL else ()))
        missing += [f"observations.{term.name}.{name}" for name in needed if name not in facts]
        terms.append(facts)
    return terms, missing


def _identity(term: Term) -> dict[str, Any]:
    if term.quantity == EXTERNAL:
        return {"name": term.name, "source": EXTERNAL}
    return {"name": term.quantity, "source": "robot", **QUANTITIES[term.quantity]._asdict()}


def _for_every_joint(facts: dict[str, Any]) -> dict[str, Any]:
    """One value of a per-joint field becomes a list."""
    n = facts["action_size"]
    return {
        name: [value] * n
        if name.startswith("joints.") and name[7:] in _PER_JOINT and not isinstance(value, list)
        else value
        for name, value in facts.items()
    }


def _nested(facts: dict[str, Any]) -> dict[str, Any]:
    data: dict[str, Any] = {}
    for name, value in facts.items():
        section, _, field = name.rpartition(".")
        (data.setdefault(section, {}) if section else data)[field] = value
    return data


def _columns(terms: list[dict[str, Any]]) -> Any:
    try:
        return sum(term["size"] * term["history"] for term in terms)
    except TypeError:
        return 1  # the reader says which of them is no number


def _decimation(timing: dict[str, Any]) -> Any:
    """How many physics steps are in a tick, as nearly as they are."""
    try:
        return round(timing["policy_dt"] / timing["physics_dt"])
    except (TypeError, ZeroDivisionError, ValueError, OverflowError):
        return 1  # the reader says what is wrong with the two
