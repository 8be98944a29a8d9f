"""A picture of a robot's links and the spheres that cover them, from three sides."""

from __future__ import annotations

import io

import numpy as np

from ..kinematics.forward_numba import link_poses
from .distance import LinkDistance, bounds
from .group import all_joints
from .model import RobotModel
from .shape import RobotDescription

_VIEWS = {"from the side": (0, 2), "from the front": (1, 2), "from above": (0, 1)}
_POINTS = 3000  # of each link


def draw_spheres(description: RobotDescription, model: RobotModel) -> bytes:
    """A PNG with all joints in the middle of their ranges: links as dots, their spheres as circles."""
    from matplotlib.collections import PatchCollection
    from matplotlib.figure import Figure
    from matplotlib.patches import Circle

    poses = _middle(model)
    dots = _dots(description, poses)
    centres = np.einsum("sij,sj->si", poses[model.sphere_link, :3, :3], model.sphere_centre)
    centres += poses[model.sphere_link, :3, 3]
    figure = Figure(figsize=(15, 5.6), layout="constrained")
    name = f"{model.tree.name}: {len(centres)} spheres on {len(set(model.sphere_link.tolist()))} links"
    figure.suptitle(name)
    for axes, (view, (x, y)) in zip(figure.subplots(1, 3), _VIEWS.items(), strict=True):
        for link, points in dots.items():
            colour = f"C{link % 10}"
            axes.scatter(points[:, x], points[:, y], s=0.4, color=colour, linewidths=0, rasterized=True)
            own = model.sphere_link == link
            circles = [
                Circle((c[x], c[y]), r) for c, r in zip(centres[own], model.sphere_radius[own], strict=True)
            ]
            axes.add_collection(PatchCollection(circles, facecolor="none", edgecolor=colour, linewidth=0.7))
        axes.set(title=view, xlabel=f"{'xyz'[x]} (m)", ylabel=f"{'xyz'[y]} (m)", aspect="equal")
        axes.autoscale_view()
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=110)
    return file.getvalue()


def _middle(model: RobotModel) -> np.ndarray:
    """Poses (L, 4, 4) of the links with joints in the middle of their ranges, endless ones at 0."""
    group = all_joints(model.tree)
    middle = (group.limits.lower + group.limits.upper) / 2
    return link_poses(group, np.where(np.isfinite(middle), middle, 0.0))[0]


def _dots(description: RobotDescription, poses: np.ndarray) -> dict[int, np.ndarray]:
    """For each link with shapes, points (n, 3) inside it, in the robot's root."""
    rng = np.random.default_rng(0)
    dots = {}
    for link, shapes in enumerate(description.shapes):
        if shapes:
            low, high = bounds(shapes)
            trial = rng.uniform(low, high, (_POINTS, 3))
            points = trial[LinkDistance(shapes)(trial) < 0]
            dots[link] = points @ poses[link, :3, :3].T + poses[link, :3, 3]
    return dots
