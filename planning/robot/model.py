"""What a planner needs of a robot, in one place: its tree, collision spheres, and the pairs that may meet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ..errors import RobotModelError
from .self_collision import pair_kinds
from .shape import RobotDescription
from .spheres import SphereFit, fit_spheres
from .tree import KinematicTree

DEFAULT_PROTRUSION = 0.02
"""m that spheres may stand out of a link: a human-sized arm then has about 60 of them."""


@dataclass(frozen=True, eq=False)
class RobotModel:
    """A robot as planners take it.

    Attributes:
        tree: links and joints.
        sphere_link: (S,) row of the link that carries each sphere, in the order of the links.
        sphere_centre: (S, 3) in m, in the link.
        sphere_radius: (S,) in m.
        bound_centre: (L, 3) of one sphere around all spheres of a link: what is checked first.
        bound_radius: (L,) in m; 0 for links without spheres.
        pairs: (L, L) symmetric, values of `self_collision`: `CHECK`, `ADJACENT`, `ALWAYS` or `NEVER`.
    """

    tree: KinematicTree
    sphere_link: np.ndarray
    sphere_centre: np.ndarray
    sphere_radius: np.ndarray
    bound_centre: np.ndarray
    bound_radius: np.ndarray
    pairs: np.ndarray

    def __post_init__(self) -> None:
        links = len(self.tree.link_names)
        shapes = {
            "sphere_centre": (len(self.sphere_link), 3),
            "sphere_radius": (len(self.sphere_link),),
            "bound_centre": (links, 3),
            "bound_radius": (links,),
            "pairs": (links, links),
        }
        for name, shape in shapes.items():
            values = getattr(self, name)
            if values.shape != shape or not np.isfinite(values).all():
                raise RobotModelError(f"robot {self.tree.name}: {name} must be {shape} finite numbers.")
        if len(self.sphere_link) and not 0 <= self.sphere_link.min() <= self.sphere_link.max() < links:
            raise RobotModelError(f"robot {self.tree.name}: a sphere is on a link that is not there.")
        if (self.sphere_radius <= 0).any():
            raise RobotModelError(f"robot {self.tree.name}: a sphere's radius is not positive.")


def fit_robot(
    description: RobotDescription, protrusion: float = DEFAULT_PROTRUSION, seed: int = 0
) -> tuple[RobotModel, Mapping[str, SphereFit]]:
    """Fit spheres to a robot's links and find which links may meet.

    Args:
        description: what its file says.
        protrusion: how far spheres may stand out of a link, in m.
        seed: of the points and configurations sampled.

    Returns:
        The model, and what each link's fit reached by the link's name; links without shapes are left out.

    Raises:
        PlanningError: the protrusion is not positive, or a mesh has no inside.
    """
    tree = description.tree
    fits = [fit_spheres(shapes, protrusion, seed) for shapes in description.shapes]
    bounding = [fit.bounding() for fit in fits]
    sphere_link = np.repeat(np.arange(len(fits)), [len(fit.radii) for fit in fits]).astype(np.int32)
    centres = np.concatenate([fit.centres for fit in fits])
    radii = np.concatenate([fit.radii for fit in fits])
    model = RobotModel(
        tree,
        sphere_link,
        centres,
        radii,
        np.array([centre for centre, _ in bounding]),
        np.array([radius for _, radius in bounding]),
        pair_kinds(tree, sphere_link, centres, radii, seed=seed),
    )
    return model, {name: fit for name, fit in zip(tree.link_names, fits, strict=True) if len(fit.radii)}
