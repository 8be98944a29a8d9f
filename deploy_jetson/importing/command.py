"""`gaitway-edge import`."""

from __future__ import annotations

import argparse
import dataclasses
import json
from pathlib import Path
from typing import Any

from ..bundle_files import (
    CONTRACT_FILE,
    GOLDEN_FILE,
    NETWORK_FILE,
    BundleError,
    read_up_to,
    require_bundle_or_nothing,
    write_folder,
)
from ..contract import Contract, Files, sha256
from ..golden import GoldenReport, replay
from ..network import Network
from .complete import assumptions, complete
from .mjlab import read_mjlab
from .recording import record
from .source import Source
from .unitree import read_unitree

_LARGEST_ADDITION = 4 << 20


def add(commands: Any) -> None:
    """Add the command to argparse's subparsers."""
    parser = commands.add_parser(
        "import",
        help="make a bundle of another project's policy",
        description="Make a bundle of a policy that mjlab exported (an ONNX file with its metadata) or "
        "unitree_rl_lab (deploy.yaml with its policy.onnx). What the file does not say is named, and taken "
        "from a JSON file with the names of policy.json.",
    )
    parser.set_defaults(function=run)
    parser.add_argument("file", type=Path, help="mjlab's .onnx, or unitree_rl_lab's deploy.yaml")
    parser.add_argument("--out", type=Path, required=True, help="folder of the new bundle")
    parser.add_argument("--missing", type=Path, help="JSON file of what the file does not say")
    parser.add_argument("--network", type=Path, help="ONNX file of a deploy.yaml, if not near it")


def run(options: argparse.Namespace) -> int:
    """Do as told; returns the exit status."""
    given = _read_given(options.missing) if options.missing else {}
    require_bundle_or_nothing(options.out)
    source = _read_source(options.file, options.network)
    contract, report = import_bundle(source, given, options.out)
    sizes = f"{contract.action_size} joints, {contract.observation_size} observations"
    print(f"{options.out}: {contract.task}, {sizes}")
    for line in assumptions(source, given, contract):
        print(f"assumed: {line}")
    print(
        f"Two evaluations of the layout agree within {report.observation_error:.1e} on {report.ticks} random "
        "readings. Whether that is how it was trained, nobody recorded: compare with its own simulator first."
    )
    return 0


def import_bundle(source: Source, given: dict[str, Any], out: Path) -> tuple[Contract, GoldenReport]:
    """Write the bundle of an imported policy into folder `out`, or nothing at all.

    `given` is what is added to what the file says.

    Raises:
        BundleError: something is missing, contradicts the file or cannot be represented.
    """
    contract = complete(source, given, _provenance(source))
    network = Network(source.network, contract, source.network_path)
    golden = record(source, contract, network)
    report = replay(contract, golden, network)
    if not report.ok:
        raise BundleError(
            f"{source.path}: two evaluations of its layout differ by up to {report.observation_error:.1e} "
            f"(worst in '{report.worst_term}') and {report.action_error:.1e} in actions; nothing was written."
        )
    recording = golden.to_bytes()
    contract = dataclasses.replace(contract, files=Files(sha256(source.network), sha256(recording)))
    files = {NETWORK_FILE: source.network, GOLDEN_FILE: recording, CONTRACT_FILE: contract.to_json().encode()}
    write_folder(out, files)
    return contract, report


def _read_source(file: Path, network: Path | None) -> Source:
    if file.suffix in (".yaml", ".yml"):
        return read_unitree(file, network)
    if file.suffix == ".onnx":
        if network is not None:
            raise BundleError(f"{file}: is a network itself; leave out --network.")
        return read_mjlab(file)
    raise BundleError(f"{file}: is neither an .onnx file of mjlab nor a deploy.yaml of unitree_rl_lab.")


def _read_given(path: Path) -> dict[str, Any]:
    content = read_up_to(path, _LARGEST_ADDITION)
    try:
        given = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise BundleError(f"{path}: is not JSON ({error}).") from error
    if not isinstance(given, dict):
        raise BundleError(f"{path}: is not a JSON object.")
    return given


def _provenance(source: Source) -> dict[str, Any]:
    unknown = dict.fromkeys(("seed", "iteration", "samples", "seconds", "git_commit"))
    return {
        "origin": "import",
        "command": f"gaitway-edge import {source.path.name}",
        **unknown,
        "versions": {},
    }
