"""The card of a bundle: what the policy is, how it was made, how good it is and what it cannot do."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from ..deploy_jetson.contract import CONTRACT_FILE, BundleError, Commands, Contract
from ..deploy_jetson.outside import Outside
from ..envs.config import EnvCfg
from . import ZOO
from .candidate import Candidate
from .checkpoint import Checkpoint
from .curve import plot_curve
from .frame_sheet import FRAMES, Rollout, draw_sheet, record_rollout
from .run_dir import last_checkpoint
from .score import EvalResult, score_policy, texts
from .scoring.intervals import CONFIDENCE

CARD_FILE, CURVE_FILE, FRAMES_FILE, SCORE_FILE = "README.md", "curve.png", "frames.png", "score.json"


class CardError(ValueError):
    """A card cannot be written; the sentence says which run or bundle is wrong and what to do."""


@dataclass(frozen=True)
class _Facts:
    """All that a card says; `name` is what it calls the bundle, `machine` where it was scored."""

    name: str
    contract: Contract
    checkpoint: Checkpoint
    cfg: EnvCfg
    result: EvalResult
    rollout: Rollout
    machine: str


def write_card(bundle: Path, run: Path, episodes: int, machine: str, seeds: int = 3) -> Path:
    """Write `README.md`, `curve.png`, `frames.png` and `score.json` into a bundle's folder; returns the card.

    Args:
        bundle: folder made by `gaitway export`.
        run: the run or the checkpoint that it was exported from.
        episodes: how many to score for each seed.
        machine: this machine, in words.
        seeds: how many.

    Raises:
        CardError: the bundle does not come from this run, or no episode of the run has finished.
        ValueError: bundle or run are unreadable, or do not fit their task.
    """
    contract = Contract.load(bundle / CONTRACT_FILE)
    path = last_checkpoint(run)
    checkpoint = Checkpoint.load(path)
    _require_same_origin(bundle, contract, path, checkpoint)
    candidate = Candidate(contract.task, bundle, checkpoint.overrides)
    result = score_policy(contract.task, bundle, episodes, 0, seeds, checkpoint.overrides)
    rollout = record_rollout(candidate, seed=0)
    folder = bundle.resolve()
    name = f"policies/zoo/{folder.name}" if folder.parent == ZOO else folder.name
    facts = _Facts(name, contract, checkpoint, candidate.disturbed_cfg(), result, rollout, machine)
    with tempfile.TemporaryDirectory(
        prefix=f".{bundle.resolve().name}.", dir=bundle.resolve().parent
    ) as staging:
        new = Path(staging)
        plot_curve({contract.task: path.parent}, new / CURVE_FILE)
        draw_sheet(candidate, rollout, new / FRAMES_FILE)
        (new / CARD_FILE).write_text(_markdown(facts), encoding="utf-8")
        result.write(new / SCORE_FILE)
        for file in (CURVE_FILE, FRAMES_FILE, SCORE_FILE, CARD_FILE):
            (new / file).replace(bundle / file)
    return bundle / CARD_FILE


def _require_same_origin(bundle: Path, contract: Contract, path: Path, checkpoint: Checkpoint) -> None:
    made = contract.provenance
    pairs = {
        "task": (contract.task, checkpoint.task),
        "command": (made.command, checkpoint.command),
        "iteration": (made.iteration, checkpoint.iteration),
        "samples": (made.samples, checkpoint.samples),
    }
    for name, (exported, trained) in pairs.items():
        if exported != trained:
            raise CardError(
                f"{bundle}: was exported from {name} {exported}, {path} is of {trained}; "
                "give the run it comes from, or export again."
            )


def _markdown(facts: _Facts) -> str:
    contract = facts.contract
    sections = [
        f"# {Path(facts.name).name}",
        f"Drives {contract.action_size} joints of the `{contract.robot.name}` in `{contract.task}` at "
        f"{1 / contract.timing.policy_dt:g} Hz: {contract.observation_size} observations in, "
        f"{contract.action_size} actions out. `policy.json` is the contract with the robot; "
        f"{_first_command(facts)}.",
        f"![{FRAMES} frames of a rollout]({FRAMES_FILE})",
        _caption(facts.rollout),
        *_training(facts),
        *_evaluation(facts.result, facts.name),
        "## What it cannot do",
        "\n".join(f"- {line}" for line in _limits(facts.cfg, contract)),
    ]
    return "\n\n".join(sections) + "\n"


def _training(facts: _Facts) -> list[str]:
    made, run = facts.contract.provenance, facts.checkpoint
    versions = ", ".join(f"{name} {version}" for name, version in made.versions.items())
    rows = [
        ("wall time", f"{run.seconds / 60:.1f} minutes"),
        ("samples", f"{run.samples:,} env steps, {run.samples / run.seconds:,.0f} a second"),
        ("seed", str(made.seed)),
        ("code", f"`{made.git_commit}`"),
        ("versions", versions),
        ("machine of this card", facts.machine),
    ]
    curve = f"![Return, episode length and rewards over training]({CURVE_FILE})"
    return ["## Training", f"```\n{made.command}\n```", _table(("", ""), rows), curve]


def _first_command(facts: _Facts) -> str:
    """What a reader can do with the bundle at once."""
    try:
        Outside(facts.contract)
    except BundleError:
        return f"`gaitway-edge check {facts.name}` repeats its recording; `--robot sim` does not see enough"
    return f"`gaitway-edge run {facts.name} --robot sim` runs it"


def _evaluation(result: EvalResult, name: str) -> list[str]:
    seeds = len(result.by_seed)
    command = f"gaitway eval {result.task} --policy {name} --episodes {result.episodes} --seeds {seeds}"
    command += "".join(f" --env.{one.replace('=', ' ', 1)}" for one in result.overrides)
    return [
        "## Evaluation",
        f"{result.episodes} episodes for each of {seeds} seeds through the edge runtime's own code, with "
        "sensor noise and the task's randomization, without pushes:",
        f"```\n{command}\n```",
        _table(
            ("measure", "value", f"{CONFIDENCE:.0%} interval", "unit"),
            [(f"`{measure}`", *texts(one), one.unit) for measure, one in result.score.items()],
        ),
    ]


def _caption(rollout: Rollout) -> str:
    if rollout.command is None:
        asked = "as the task draws its commands"
    else:
        asked = f"told to go forward at {rollout.command[0]:g} m/s"
    spacing = f", {rollout.times[1]:.2g} s apart" if len(rollout.times) > 1 else ""
    return f"One rollout of this bundle, {asked}, from the start of an episode{spacing}."


def _limits(cfg: EnvCfg, contract: Contract) -> list[str]:
    asked = _ranges(contract.commands)
    ground = "Its ground was a flat floor: no stairs, slopes or soft soil."
    if cfg.terrain is not None:
        kinds = cfg.terrain.kinds.items()
        ground = (
            "Its ground was " + ", ".join(f"{n} up to {kind.hardest:g}" for n, kind in kinds) + " (m or rad)."
        )
    sees = ", ".join(f"`{term.name}`" for term in contract.observations)
    pushes = [name for name, term in cfg.events.items() if term.mode == "interval"]
    shaken = f"disturbed by {', '.join(pushes)}" if pushes else "never pushed"
    return [
        *([f"Commands outside of {', '.join(asked)}: training never asked for them."] if asked else []),
        f"{ground} In training it was {shaken}.",
        f"It knows nothing but {sees}.",
        "It has moved no real robot: training and evaluation are simulation.",
    ]


def _ranges(commands: Commands | None) -> list[str]:
    """Each command with the range it was trained in; none where there are no commands."""
    if commands is None:
        return []
    rows = zip(commands.names, commands.low, commands.high, commands.units, strict=True)
    return [f"`{name}` {low:g} to {high:g} {unit}" for name, low, high, unit in rows]


def _table(columns: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [columns, ("---",) * len(columns), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
