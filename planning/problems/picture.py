"""A picture of a planning problem, from three sides: obstacles, and the robot's spheres at start and goal."""

from __future__ import annotations

import io

import numpy as np

from ..collision.body import CollisionBody
from ..collision.obstacles import Box, Capsule, Cloud, Cylinder, DistanceGrid, Obstacle, Sphere
from ..kinematics.forward_numba import link_poses
from .problem import Problem, in_order

_VIEWS = {"from the side": (0, 2), "from the front": (1, 2), "from above": (0, 1)}
_CIRCLE = np.linspace(0, 2 * np.pi, 24, endpoint=False)


def draw_problem(body: CollisionBody, problem: Problem, title: str) -> bytes:
    """A PNG: obstacles grey, the robot blue at the start and orange at its first goal, crosses at poses."""
    from matplotlib.collections import PatchCollection, PolyCollection
    from matplotlib.figure import Figure
    from matplotlib.patches import Circle

    start, goals = in_order(problem, body.group)
    outlines = [points for o in problem.world.obstacles.values() for points in _outlines(o)]
    figure = Figure(figsize=(15, 6), layout="constrained")
    figure.suptitle(title, wrap=True)
    for axes, (view, (x, y)) in zip(figure.subplots(1, 3), _VIEWS.items(), strict=True):
        hulls = [_hull(points[:, [x, y]]) for points in outlines]
        axes.add_collection(PolyCollection(hulls, facecolor="0.8", edgecolor="0.4", alpha=0.4, linewidth=0.7))
        for colour, configurations in (("C0", start[None]), ("C1", goals[:1])):
            circles = [Circle((s[x], s[y]), s[3]) for q in configurations for s in spheres_at(body, q)]
            axes.add_collection(
                PatchCollection(circles, facecolor=colour, alpha=0.25, edgecolor=colour, linewidth=0.5)
            )
        for pose in problem.poses:
            axes.plot(*pose[[x, y]], "x", color="C1")
        axes.set(title=view, xlabel=f"{'xyz'[x]} (m)", ylabel=f"{'xyz'[y]} (m)", aspect="equal")
        axes.autoscale_view()
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=110)
    return file.getvalue()


def spheres_at(body: CollisionBody, q: np.ndarray) -> np.ndarray:
    """(S, 4) centres in the base and radii at one configuration (n,)."""
    group = body.group
    poses = link_poses(group, q)[0]
    out = body.spheres.copy()
    for part, link in enumerate(body.part_link):
        rows = slice(body.part_start[part], body.part_start[part + 1])
        pose = poses[link] @ np.linalg.inv(group.link_offset[link])  # of the frame that carries the part
        out[rows, :3] = out[rows, :3] @ pose[:3, :3].T + pose[:3, 3]
    return out


def _outlines(obstacle: Obstacle) -> list[np.ndarray]:
    """Points (m, 3) whose hulls are the obstacle, nearly for round ones; of a grid none."""
    if isinstance(obstacle, DistanceGrid):
        return []
    if isinstance(obstacle, Sphere | Cloud):
        return [_ball(ball[:3], ball[3]) for ball in np.atleast_2d(obstacle.row())]
    return [_outline(obstacle)]


def _outline(obstacle: Box | Capsule | Cylinder) -> np.ndarray:
    row = obstacle.row()
    if isinstance(obstacle, Capsule):
        return np.concatenate(
            [_ball(np.asarray(end, float), row[15]) for end in (obstacle.start, obstacle.end)]
        )
    centre, turn = row[:3], row[3:12].reshape(3, 3)
    if isinstance(obstacle, Box):
        corners = np.array(np.meshgrid([-1, 1], [-1, 1], [-1, 1])).reshape(3, 8).T * row[12:15]
        return centre + corners @ turn.T
    rim = np.stack([np.cos(_CIRCLE), np.sin(_CIRCLE)], axis=1) * row[12]
    ends = [np.column_stack([rim, np.full(len(rim), side * row[13])]) for side in (-1, 1)]
    return centre + np.concatenate(ends) @ turn.T


def _ball(centre: np.ndarray, radius: float) -> np.ndarray:
    """Points (m, 3) on circles about all three axes."""
    flat = radius * np.stack([np.cos(_CIRCLE), np.sin(_CIRCLE), np.zeros(len(_CIRCLE))], axis=1)
    return centre + np.concatenate([np.roll(flat, k, axis=1) for k in range(3)])


def _hull(points: np.ndarray) -> np.ndarray:
    """The convex outline (k, 2) of points (m, 2)."""
    from scipy.spatial import ConvexHull

    return points[ConvexHull(points).vertices]
