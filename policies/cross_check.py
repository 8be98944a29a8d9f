"""The same policy in other physics: does it depend on the simulator it was trained in?

Each variant repeats the same episodes (commands, noise, randomization) with another solver, time step,
integrator or friction cone, or on the other executor. A policy that then falls has learnt its simulator.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import mujoco
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from ..envs.config import EnvCfg
from ..envs.vector_env import GaitwayVectorEnv
from .candidate import Candidate
from .evaluation import run_episodes
from .score import number, texts
from .scoring import scorer_class
from .scoring.episodes import Score, score
from .scoring.intervals import Estimate

TOLERANCE = 0.05
"""Survival, or success, may change by this much."""
_BESIDE = ("lin_vel_error", "yaw_rate_error", "final_distance", "power_mean")
_WARP_EPISODES, _WARP_SECONDS = 64, 8.0
"""Of a task of 200 Hz, mujoco_warp steps these in about a minute on one CPU."""


@dataclass(frozen=True)
class Variant:
    """A change of the physics: fields of `MjModel`, or of the task's config."""

    name: str
    options: dict[str, int]
    configure: Callable[[EnvCfg], None] = lambda cfg: None
    device: str = "cpu"


def _half_step(cfg: EnvCfg) -> None:
    cfg.sim.timestep /= 2
    cfg.sim.decimation *= 2


_TO_THE_END = {"opt.iterations": 100, "opt.ls_iterations": 50}
# Elliptic cones take more iterations than the tasks': with 6, feet slide that would hold.
_ELLIPTIC = {"opt.cone": int(mujoco.mjtCone.mjCONE_ELLIPTIC), **_TO_THE_END}
VARIANTS = (
    Variant("CG solver", {"opt.solver": int(mujoco.mjtSolver.mjSOL_CG), "opt.iterations": 50}),
    Variant("100 iterations", _TO_THE_END),
    Variant("half the time step", {}, _half_step),
    Variant("Euler integrator", {"opt.integrator": int(mujoco.mjtIntegrator.mjINT_EULER)}),
    Variant("elliptic cones", _ELLIPTIC),
    Variant("hard elliptic", {**_ELLIPTIC, "opt.impratio": 100}),
)
_OWN = Variant("own", {})
WARP = Variant("mujoco_warp", {}, device="warp")


@dataclass(frozen=True)
class Comparison:
    """One variant beside the task's own physics, over the same `episodes` of `seconds`."""

    variant: str
    episodes: int
    seconds: float
    own: Score
    other: Score
    headline: str

    @property
    def change(self) -> float:
        """By how much the rate that counts changes."""
        return self.other[self.headline].value - self.own[self.headline].value

    @property
    def transfers(self) -> bool:
        """Whether it changes by no more than `TOLERANCE`."""
        return abs(self.change) <= TOLERANCE

    def to_json(self) -> dict[str, Any]:
        """A flat record: the other physics' values and their changes."""
        return {
            "variant": self.variant,
            "episodes": self.episodes,
            "seconds": self.seconds,
            "change": self.change,
            "transfers": self.transfers,
            "interval": [number(self.other[self.headline].low), number(self.other[self.headline].high)],
            **{
                name: {"own": number(self.own[name].value), "other": number(estimate.value)}
                for name, estimate in self.other.items()
            },
        }


def cross_check(candidate: Candidate, episodes: int, seed: int) -> list[Comparison]:
    """Compare all variants; mujoco_warp by fewer and shorter episodes, since on a CPU it is slow."""
    own = _run(candidate, _OWN, episodes, seed)
    headline = scorer_class(candidate.cfg().scorer).headline
    seconds = candidate.cfg().episode_s
    found = [
        Comparison(v.name, episodes, seconds, own, _run(candidate, v, episodes, seed), headline)
        for v in VARIANTS
    ]
    seconds, few = min(seconds, _WARP_SECONDS), min(episodes, _WARP_EPISODES)
    own, other = (_run(candidate, variant, few, seed, seconds) for variant in (_OWN, WARP))
    return [*found, Comparison(WARP.name, few, seconds, own, other, headline)]


def _run(
    candidate: Candidate, variant: Variant, episodes: int, seed: int, seconds: float | None = None
) -> Score:
    cfg = candidate.cfg()
    cfg.episode_s = seconds or cfg.episode_s
    variant.configure(cfg)
    env = GaitwayVectorEnv(cfg, episodes, device=variant.device)
    for field, value in variant.options.items():
        env.world.parameter(field)[:] = value
    return score(run_episodes(env, candidate.policy(episodes).act, seed))


def print_comparisons(comparisons: Sequence[Comparison]) -> None:
    """Print each variant below the same episodes in the task's own physics."""
    headline = comparisons[0].headline
    others = [name for name in _BESIDE if name in comparisons[0].own]
    table = Table(
        title=f"Transfers if {headline} changes by {TOLERANCE:g} or less", title_justify="left", box=SIMPLE
    )
    table.add_column("physics", no_wrap=True)
    for column in (headline, "change", *others):
        table.add_column(column.replace("_", " "), justify="right", no_wrap=column == headline)
    shown = None
    for one in comparisons:
        if one.own is not shown:
            shown = one.own
            name = f"own, {one.episodes} x {one.seconds:g} s"
            table.add_row(name, _rate(shown[headline]), "", *(texts(shown[n])[0] for n in others))
        verdict = f"{one.change:+.3f}" + ("" if one.transfers else " !")
        values = [texts(one.other[name])[0] for name in others]
        table.add_row(one.variant, _rate(one.other[headline]), verdict, *values)
    Console().print(table)


def _rate(estimate: Estimate) -> str:
    return f"{estimate.value:.3f} ({estimate.low:.2f}-{estimate.high:.2f})"
