"""Any policy by its path: a training run, one of its checkpoints, or an exported bundle."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..deploy_jetson.contract import CONTRACT_FILE
from ..envs.vector_env import GaitwayVectorEnv
from .checkpoint import Checkpoint
from .edge_policy import EdgePolicy
from .evaluation import Policy
from .export import as_policy, trained_actor
from .run_dir import last_checkpoint


@dataclass
class LoadedPolicy:
    """`act` maps an observed env to actions; `samples` is how many env steps trained it."""

    act: Policy
    samples: int
    is_bundle: bool


def trained_overrides(path: Path) -> tuple[str, ...]:
    """What training the run or checkpoint at `path` changed of its task's config; a bundle does not say.

    Raises:
        CheckpointError: the run or checkpoint is unreadable.
    """
    if (path / CONTRACT_FILE).is_file():
        return ()
    return tuple(Checkpoint.load(last_checkpoint(path)).overrides)


def load_policy(path: Path, env: GaitwayVectorEnv) -> LoadedPolicy:
    """Load the policy at `path` for `env`; a bundle acts through the edge runtime's own code.

    Raises:
        CheckpointError: the run or checkpoint is unreadable, or of another task or size.
        BundleError: the bundle is damaged or was made for another task.
    """
    if (path / CONTRACT_FILE).is_file():
        edge = EdgePolicy(path, env)
        return LoadedPolicy(edge, edge.policy.contract.provenance.samples or 0, is_bundle=True)
    file = last_checkpoint(path)
    checkpoint = Checkpoint.load(file)
    actor = trained_actor(env, checkpoint, file)
    return LoadedPolicy(as_policy(actor), checkpoint.samples, is_bundle=False)
