"""Checkpoint -> bundle: network, contract and golden recording, checked against each other, then written."""

from __future__ import annotations

import io
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import onnx
import torch
from rsl_rl.models import MLPModel

from ..deploy_jetson.bundle_files import (
    CONTRACT_FILE,
    GOLDEN_FILE,
    NETWORK_FILE,
    BundleError,
    require_bundle_or_nothing,
    write_folder,
)
from ..deploy_jetson.contract import Contract, Provenance
from ..deploy_jetson.golden import TOLERANCE, GoldenReport, replay
from ..deploy_jetson.network import Network
from ..envs.registration import load_cfg
from ..envs.vector_env import GaitwayVectorEnv
from .checkpoint import Checkpoint
from .describe import describe, with_files
from .evaluation import Policy
from .leapp import LEAPP_FILE, leapp_yaml
from .onnx_metadata import with_metadata
from .ppo import observations
from .provenance import git_commit, library_versions
from .recording import eventful, record

WORLDS = 4
TICKS = 1000
OPSET = 18


@dataclass
class ExportReport:
    """Where the bundle lies and how well it matches training over `WORLDS` recordings of `TICKS` ticks."""

    path: Path
    samples: int
    ticks: int
    observation_error: float
    action_error: float


def export_bundle(checkpoint_path: Path, out: Path, seed: int = 0) -> ExportReport:
    """Write the bundle of a checkpoint into folder `out`, or nothing at all.

    `seed` is that of the recording.

    Raises:
        CheckpointError: the checkpoint is unreadable or does not fit its task.
        BundleError: the exported policy does not act as the trained one, or `out` holds something else.
    """
    require_bundle_or_nothing(out)
    checkpoint = Checkpoint.load(checkpoint_path)
    env = GaitwayVectorEnv(eventful(load_cfg(checkpoint.task, checkpoint.overrides)), WORLDS)
    actor = trained_actor(env, checkpoint, checkpoint_path)
    contract = describe(env, _provenance(checkpoint))
    network = with_metadata(to_onnx(actor), contract)
    recordings = record(env, as_policy(actor), TICKS, seed, contract)
    session = Network(network, contract, out / NETWORK_FILE)
    reports = [replay(contract, recording, session) for recording in recordings]
    report = _worst(reports)
    golden = recordings[0].to_bytes()
    write_bundle(out, with_files(contract, network, golden), network, golden)
    return ExportReport(
        out, checkpoint.samples, sum(r.ticks for r in reports), report.observation_error, report.action_error
    )


def trained_actor(env: GaitwayVectorEnv, checkpoint: Checkpoint, path: Path) -> MLPModel:
    """The checkpoint's actor, in evaluation mode. `env` must be of its task; `path` is named in errors.

    Raises:
        CheckpointError: task, sizes or version differ.
    """
    env.reset(seed=0)
    _, algorithm = checkpoint.restore(path, env)
    algorithm.eval_mode()
    return algorithm.get_policy()  # type: ignore[return-value]


def as_policy(actor: MLPModel) -> Policy:
    """The actor's mean action as a function of the env."""
    return lambda env: actor(observations(env))


def to_onnx(actor: MLPModel) -> bytes:
    """The actor's mean action as an ONNX model: raw `obs` (batch, size) -> `actions` (batch, joints)."""
    module = actor.as_onnx(verbose=False).cpu().eval()
    with _quiet():
        program = torch.onnx.export(
            module,
            module.get_dummy_inputs(),  # type: ignore[operator]
            input_names=["obs"],
            output_names=["actions"],
            dynamic_shapes={"x": {0: torch.export.Dim("batch")}},
            opset_version=OPSET,
            dynamo=True,
            verbose=False,
        )
    model = program.model_proto  # type: ignore[union-attr]
    # The exporter notes its source lines, with this machine's paths.
    for node in model.graph.node:
        del node.metadata_props[:]
        node.doc_string = ""
    onnx.checker.check_model(model)
    return model.SerializeToString()


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the exporter's progress and its notes about optional packages to itself."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings(), redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)


def _provenance(checkpoint: Checkpoint) -> Provenance:
    return Provenance(
        origin="training",
        command=checkpoint.command,
        seed=checkpoint.seed,
        iteration=checkpoint.iteration,
        samples=checkpoint.samples,
        seconds=checkpoint.seconds,
        git_commit=git_commit(),
        versions=library_versions(),
    )


def _worst(reports: list[GoldenReport]) -> GoldenReport:
    """The report with the largest error, if even that is small enough."""
    worst = max(reports, key=lambda report: max(report.observation_error, report.action_error))
    if not worst.ok:
        raise BundleError(
            f"The exported policy differs from the trained one: observations by up to "
            f"{worst.observation_error:.1e} (worst in '{worst.worst_term}'), actions by up to "
            f"{worst.action_error:.1e}, more than {TOLERANCE:.0e}; nothing was written."
        )
    return worst


def write_bundle(out: Path, contract: Contract, network: bytes, golden: bytes) -> None:
    """Write a bundle's files together, and LEAPP's description of it; replaces an older bundle.

    Raises:
        BundleError: the disk is full or not writable; `out` is then as it was.
    """
    files = {NETWORK_FILE: network, GOLDEN_FILE: golden, CONTRACT_FILE: contract.to_json().encode()}
    files[LEAPP_FILE] = leapp_yaml(contract, network, OPSET).encode()
    write_folder(out, files)
