"""mjlab's ONNX files: what their metadata say (https://github.com/mujocolab/mjlab)."""

from __future__ import annotations

from pathlib import Path

from ..bundle_files import LARGEST, NETWORK_FILE, BundleError, read_up_to
from ..onnx_file import OnnxError, read
from . import mjlab_names as names
from .source import EXTERNAL, Source, Term

_QUANTITIES = {theirs: ours for ours, theirs in names.OBSERVATIONS.items()}
_WIDTHS = {"base_ang_vel": 3, "projected_gravity": 3, "velocity_command": 3}


def read_mjlab(path: Path) -> Source:
    """Read an ONNX file that mjlab's exporter wrote.

    Raises:
        BundleError: it is no ONNX model, has no such metadata, or they contradict each other.
    """
    content = read_up_to(path, LARGEST[NETWORK_FILE])
    try:
        metadata = read(content).metadata
    except OnnxError as error:
        raise BundleError(f"{path}: {error}.") from error
    entries = _Entries(path, metadata)
    joints = entries.words(names.JOINT_NAMES)
    n = len(joints)
    said = {"joints.names": joints, "action_size": n}
    for field, key in {
        "joints.kp": names.STIFFNESS,
        "joints.kd": names.DAMPING,
        "joints.default_pos": names.DEFAULT_POS,
        "joints.action_scale": names.ACTION_SCALE,
    }.items():
        said[field] = entries.numbers(key, n)
    commands = entries.words(names.COMMAND_NAMES)
    terms = [_term(name, commands, n) for name in entries.words(names.OBSERVATION_NAMES)]
    assumed = {
        "task": f"Imported/{metadata.get(names.RUN_PATH) or path.stem}",
        "joints.action_offset": said["joints.default_pos"],
        "joints.action_clip": None,
    }
    return Source(path, content, path, terms, said, assumed)


def _term(name: str, commands: list[str], joints: int) -> Term:
    quantity = _QUANTITIES.get(name, EXTERNAL)
    if quantity == "velocity_command" and commands != [names.VELOCITY_COMMAND]:
        quantity = EXTERNAL  # of another task: a motion to track, for one
    if name == "base_lin_vel":
        return Term(name, EXTERNAL, width=3)
    width = None if quantity == EXTERNAL else _WIDTHS.get(quantity, joints)
    return Term(name, quantity, width)


class _Entries:
    """The metadata's comma-separated lists."""

    def __init__(self, path: Path, metadata: dict[str, str]) -> None:
        self._path, self._metadata = path, metadata

    def words(self, key: str) -> list[str]:
        if key not in self._metadata:
            raise BundleError(
                f"{self._path}: has no '{key}' in its metadata, where mjlab's exporter writes it; a policy "
                "of unitree_rl_lab is imported by its deploy.yaml."
            )
        text = self._metadata[key]
        return [word.strip() for word in text.split(",")] if text.strip() else []

    def numbers(self, key: str, count: int) -> list[float]:
        """As many numbers as there are joints; one alone is each one's."""
        try:
            values = [float(word) for word in self.words(key)]
        except ValueError as error:
            raise BundleError(f"{self._path}: '{key}' in its metadata is no list of numbers.") from error
        if len(values) == 1:
            values *= count
        if len(values) != count:
            raise BundleError(
                f"{self._path}: '{key}' in its metadata has {len(values)} numbers for {count} joints; joints "
                "without a drive cannot be imported."
            )
        return values
