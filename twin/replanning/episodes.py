"""Episodes: a table, an arm with a way to go, and one or two things that come into that way.

An episode counts as avoidable, and is kept, if

- an arm that followed its first motion blindly would be hit,
- the start and the goal stay free, by `ROOM`, of all that each thing passes on its whole way: an arm that
  waited at its start until all has come to rest is never touched,
- things keep `BASE` from the arm's axis, where no joint helps, and are `AWAY` from the arm at the beginning,
- there is a path from start to goal, by `ROOM`, once all has come to rest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

from ...planning.collision.body import CollisionBody
from ...planning.collision.distance_numba import distances
from ...planning.collision.free_numba import is_free
from ...planning.collision.obstacles import Box, Cylinder, Obstacle, Sphere
from ...planning.collision.world import World
from ...planning.errors import PlanningError
from ...planning.kinematics.forward_numba import link_poses
from ...planning.kinematics.inverse import InverseKinematics
from ...planning.limits import Array
from ...planning.reactive.replanner import Search
from ...planning.reactive.swept import box_row, grown, swept
from ...planning.trajectory.retime import retime
from ...planning.trajectory.trajectory import Trajectory
from .tracks import Track

ROOM = 0.05
"""m."""
BASE, AWAY = 0.3, 0.3
"""m."""
_HOME = (0.0, -0.785, 0.0, -2.356, 0.0, 1.571, 0.785)
_TABLE = Box((0.45, 0.0, -0.03), (1.1, 1.6, 0.06))
_LEAST_WAY = 0.5  # m between tips at start and goal
_MEETS = ("link4", "link5", "link7", "hand", "finger_left", "finger_right")
_TRIES, _TRACKS = 500, 20
_SPEEDS = (0.2, 0.8)  # m/s
_DEEP = 0.025  # m: spheres stand out of links by 0.02
_TWO = 0.4  # of the episodes


@dataclass(frozen=True, eq=False)
class Episode:
    """seed; still: what stands on the table and the table; tracks: of what moves, by name; start, goal: (7,);
    first: the motion that nothing was in the way of."""

    seed: int
    still: World
    tracks: Mapping[str, Track]
    start: Array
    goal: Array
    first: Trajectory


def make_episode(body: CollisionBody, search: Search, seed: int) -> Episode:
    """The episode of a seed.

    Raises:
        RuntimeError: none was found, which no seed has shown.
    """
    rng = np.random.default_rng(seed)
    solver = InverseKinematics(body.group)
    for _ in range(_TRIES):
        still = _tabletop(rng)
        ends = _ends(body, solver, grown_world(still, ROOM), rng)
        if ends is None:
            continue
        start, goal = ends
        try:
            path = search(body, grown_world(still, 0.03), start, goal)
        except PlanningError:
            continue
        first = retime(path, body.group.limits.rates).trajectory
        for _ in range(_TRACKS):
            tracks = _tracks(body, first, rng)
            if _is_avoidable(body, search, still, tracks, first):
                return Episode(seed, still, tracks, start, goal, first)
    raise RuntimeError(f"No episode was found for seed {seed} in {_TRIES} tries.")


def grown_world(world: World, margin: float) -> World:
    """Every obstacle larger by a margin in m."""
    return World({name: grown(obstacle, margin) for name, obstacle in world.obstacles.items()})


def _tabletop(rng: np.random.Generator) -> World:
    """A table, its top at the foot of the arm, and two to four things on it."""
    obstacles: dict[str, Obstacle] = {"table": _TABLE}
    for number in range(rng.integers(2, 5)):
        x, y = rng.uniform((0.3, -0.6), (0.8, 0.6))
        height, wide = rng.uniform(0.08, 0.35), rng.uniform(0.03, 0.08)
        if rng.random() < 0.5:
            obstacles[f"can {number}"] = Cylinder((x, y, height / 2), wide, height)
        else:
            yaw = rng.uniform(0, np.pi)
            turn = (np.cos(yaw / 2), 0.0, 0.0, np.sin(yaw / 2))
            size = (2 * wide, rng.uniform(0.06, 0.2), height)
            obstacles[f"box {number}"] = Box((x, y, height / 2), size, turn)
    return World(obstacles)


def _ends(
    body: CollisionBody, solver: InverseKinematics, world: World, rng: np.random.Generator
) -> tuple[Array, Array] | None:
    """A start and a goal with the hand pointing down to the table, more or less, far from each other."""
    positions = rng.uniform((0.3, -0.55, 0.08), (0.65, 0.55, 0.5), (2, 3))
    if np.linalg.norm(positions[1] - positions[0]) < _LEAST_WAY:
        return None
    tilt = Rotation.from_rotvec(rng.uniform(-0.4, 0.4, (2, 3)))
    down = Rotation.from_euler("x", np.pi) * Rotation.from_euler("z", rng.uniform(-1.5, 1.5, (2, 1)))
    turns = (tilt * down).as_quat(scalar_first=True)
    ends: list[Array] = []
    for position, turn in zip(positions, turns, strict=True):
        near = ends[-1] if ends else np.array(_HOME)
        found = solver.solve(
            position, turn, solutions=4, reference=near, is_free=lambda q: is_free(body, world, q)
        )
        if not found.found[0]:
            return None
        ends.append(found.q[0, 0])
    return ends[0], ends[1]


def _tracks(body: CollisionBody, first: Trajectory, rng: np.random.Generator) -> dict[str, Track]:
    """One or two things that come to where the arm would be."""
    tracks = {}
    for number in range(2 if rng.random() < _TWO else 1):
        kind = rng.choice(["ball", "parcel", "worker's arm"])
        size, shape = _shape(kind, rng)
        when = rng.uniform(0.3, 0.95) * first.duration
        link = body.group.tree.link(str(rng.choice(_MEETS)))
        met = link_poses(body.group, first.position(when), link)[0, 0, :3, 3]
        met = met + rng.uniform(-0.03, 0.03, 3)
        met[2] = max(met[2], size[2] / 2 + 0.02)
        azimuth, slope = rng.uniform(-1.8, 1.8), rng.uniform(0.0, 0.25)
        inwards = -np.array([np.cos(azimuth), np.sin(azimuth), slope])
        inwards /= np.linalg.norm(inwards)
        speed = rng.uniform(*_SPEEDS)
        passes = kind != "worker's arm" and rng.random() < 0.5
        to_met = rng.uniform(0.9, 1.3)
        # Of a long thing, the tip comes first.
        start = met - inwards * (to_met + size[0] / 2)
        turn = Rotation.align_vectors(inwards[None], [[1.0, 0.0, 0.0]])[0].as_quat(scalar_first=True)
        placed = Sphere(start, shape) if isinstance(shape, float) else Box(start, shape, turn)
        early = rng.uniform(0.0, 0.3)  # s before the arm
        begin = when - early - to_met / speed - speed / 3.0
        stay = rng.uniform(0.5, 2.0) if kind == "worker's arm" and rng.random() < 0.6 else np.inf
        length = to_met + (rng.uniform(0.8, 1.2) if passes else 0.0)
        tracks[f"{kind} {number}"] = Track(placed, inwards, length, float(speed), float(begin), float(stay))
    return tracks


def _shape(kind: str, rng: np.random.Generator) -> tuple[Array, float | Array]:
    """Edges (3,) in m, and a radius or the same edges."""
    if kind == "ball":
        radius = float(rng.uniform(0.05, 0.1))
        return np.full(3, 2 * radius), radius
    wide = rng.uniform(0.08, 0.16, 3) if kind == "parcel" else np.array([0.6, *rng.uniform(0.08, 0.11, 2)])
    return wide, wide


def _is_avoidable(
    body: CollisionBody, search: Search, still: World, tracks: Mapping[str, Track], first: Trajectory
) -> bool:
    """See the head of this file."""
    ends = np.stack([first.position(0.0), first.position(first.duration)])
    for track in tracks.values():
        # What is under way at 0 has been elsewhere before: nobody was there to be hit.
        now, last = track.offset(np.array([0.0]))[0], track.length * track.direction
        way = swept(box_row(track.at(0.0), track.direction), last - now, ROOM)
        passed = World({str(number): shape for number, shape in enumerate(way)})
        if not is_free(body, passed, ends).all() or _nears_base(track):
            return False
        if distances(body, World({"it": track.at(0.0)}), ends[:1]).distance[0, 0] < AWAY:
            return False
    if not _hits(body, tracks, first):
        return False
    resting = {name: track.at(track.over) for name, track in tracks.items()}
    try:
        search(body, grown_world(World({**still.obstacles, **resting}), ROOM), ends[0], ends[1])
    except PlanningError:
        return False
    return True


def _nears_base(track: Track) -> bool:
    """Whether its middle line, less its half width, comes to the arm's axis below the shoulder."""
    row = track.shape.row()
    wide = row[3] if isinstance(track.shape, Sphere) else float(np.linalg.norm(row[13:15]))
    ahead = 0.0 if isinstance(track.shape, Sphere) else row[12]
    way = np.linspace(-ahead, track.length + ahead, 100)[:, None] * track.direction
    line = np.asarray(track.shape.centre) + way
    return bool((np.hypot(line[:, 0], line[:, 1]) - wide < BASE)[line[:, 2] < 0.6].any())


def _hits(body: CollisionBody, tracks: Mapping[str, Track], first: Trajectory) -> bool:
    """Whether an arm that follows the motion, and then stands, is hit."""
    until = max(first.duration, *(min(track.over, 10.0) for track in tracks.values()))
    for time in np.arange(0.0, until, 0.01):
        world = World({name: track.at(float(time)) for name, track in tracks.items()})
        if distances(body, world, first.position(min(time, first.duration))).distance[0, 0] < -_DEEP:
            return True
    return False
