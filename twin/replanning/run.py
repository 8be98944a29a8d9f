"""One episode: a clock, an arm that does what it is told, and eyes that are late and not exact."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from ...planning.collision.body import CollisionBody
from ...planning.limits import Array
from ...planning.reactive.replanner import Decision, Replanner, ReplannerCfg, Search
from ...planning.reactive.swept import Moving
from .episodes import Episode
from .judge import STEP, Judge, Verdict
from .scene import ArmScene
from .tracks import Track

AGE = 0.03
"""s that a picture is old when it is used."""
NOISE = 0.003
"""m standard deviation of each coordinate that is seen."""
_SEEN = 5  # pictures from which velocities are estimated
LIMIT = 15.0
"""s after which an episode has failed."""
_BLIND = 8.0  # s that an arm is watched which looks at nothing


@dataclass(frozen=True, eq=False)
class Outcome:
    """What became of an episode.

    Attributes:
        arrived: whether the arm got to its goal in time.
        seconds: until then.
        verdict: of MuJoCo on the whole time.
        decisions: of every tick.
        times: (T,) of the ticks, s.
        positions: (N, 7) of the joints, every `STEP` s.
        centres: (N, 3) of what moved, by name.
        blind: m, how near MuJoCo finds an arm to come that moves as if nothing came; negative in contact.
    """

    arrived: bool
    seconds: float
    verdict: Verdict
    decisions: list[Decision]
    times: Array
    positions: Array
    centres: Mapping[str, Array]
    blind: float

    @property
    def succeeded(self) -> bool:
        """Arrived, came nowhere nearer than 1 cm, and kept all limits."""
        kept = max(self.verdict.of_limit) < 1 + 1e-3 and self.verdict.beyond <= 1e-9
        return self.arrived and self.verdict.clearance >= 0.01 and not self.verdict.touches_itself and kept


def run_episode(
    body: CollisionBody,
    episode: Episode,
    search: Search,
    cfg: ReplannerCfg,
    clock: Callable[[], float],
) -> Outcome:
    """Run an episode to its end and have it judged.

    Args:
        body: the arm.
        episode: what is around it.
        search: for paths.
        cfg: of the replanner.
        clock: s: what comes too late by it, comes too late in the episode.
    """
    rng = np.random.default_rng((episode.seed, 1))
    replanner = Replanner(body, episode.start, episode.goal, search, cfg, seed=episode.seed, clock=clock)
    decisions, times, positions = [], [], []
    now, looks = 0.0, 0
    eyes = {name: Eyes(track, rng) for name, track in episode.tracks.items()}
    while now < LIMIT and not (decisions and replanner.arrived(now)):
        moving = {name: one.look(now - AGE) for name, one in eyes.items()}
        decision = replanner.tick(now, episode.still, moving, now - AGE)
        decisions.append(decision)
        times.append(now)
        now += max(cfg.period, decision.seconds)
        grid = STEP * np.arange(looks, int(np.ceil(now / STEP - 1e-9)))
        positions.append(replanner.running.states(grid)[:, 0])
        looks += len(grid)
    done = np.concatenate(positions)
    grid = STEP * np.arange(len(done), dtype=np.float64)
    first = {name: track.shape for name, track in episode.tracks.items()}
    limits = body.group.limits
    rates = (limits.velocity, limits.acceleration, limits.jerk)
    scene = ArmScene(body.group.joint_names, episode.still.obstacles, first)
    judge, centres = Judge(scene), _centres(episode, grid)
    verdict = judge.judge(done, centres, rates)
    until = max(episode.first.duration, *(min(track.over, _BLIND) for track in episode.tracks.values()))
    grid = STEP * np.arange(int(until / STEP), dtype=np.float64)
    as_planned = episode.first.position(np.minimum(grid, episode.first.duration))
    blind = judge.judge(as_planned, _centres(episode, grid), rates).clearance
    return Outcome(replanner.arrived(now), now, verdict, decisions, np.array(times), done, centres, blind)


def _centres(episode: Episode, times: Array) -> dict[str, Array]:
    """(N, 3) of what moves, by name."""
    return {
        name: np.asarray(track.shape.centre) + track.offset(times) for name, track in episode.tracks.items()
    }


class Eyes:
    """Sees where something is, not quite, and tells its velocity from the last few looks."""

    def __init__(self, track: Track, rng: np.random.Generator) -> None:
        self._track, self._rng = track, rng
        self._times: list[float] = []
        self._centres: list[Array] = []

    def look(self, time: float) -> Moving:
        """What it is taken for at a time: the line that fits the last looks best."""
        shape = self._track.at(time)
        self._times.append(time)
        self._centres.append(np.asarray(shape.centre) + self._rng.normal(0.0, NOISE, 3))
        times, centres = np.array(self._times[-_SEEN:]), np.array(self._centres[-_SEEN:])
        since = times - times.mean()
        spread = float(since @ since)
        velocity = since @ centres / spread if spread > 0 else np.zeros(3)
        return Moving(replace(shape, centre=centres[-1]), velocity)
