"""Objects to hold: from their mesh, from what a depth picture shows of them, or from both."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np

from ...perception.camera import Camera
from ...perception.grasp.seen import surface_seen, surroundings
from ...perception.grasp.standing import with_sides
from ...perception.grasp.surface import Surface, surface_of_mesh
from ...perception.pose.estimate import PoseEstimator
from ...perception.pose.model import CadModel
from ...perception.pose.segment import support_plane
from ...perception.poses import Array, transform


@dataclass(frozen=True, eq=False)
class Held:
    """An object to hold: its surface, gravity (3,), and points (n, 3) of what is in the way, if known."""

    surface: Surface
    down: Array | None
    obstacles: Array | None = None


def held_by_mesh(model: CadModel, down: Array | None) -> Held:
    """An object alone in space, in its own frame; `down` (3,) is where gravity goes, if it is known."""
    return Held(surface_of_mesh(model.vertices, model.faces), down)


def held_in_picture(
    depth: np.ndarray,
    labels: np.ndarray,
    camera: Camera,
    model: CadModel | None,
    down: Array | None,
    has_fingers: bool,
) -> dict[int, Held]:
    """Instances as a picture shows them, or as their mesh is where it shows them, in the camera's frame.

    Args:
        depth: (height, width) in m, 0 where there is none.
        labels: (height, width), 0 is background, every other value an instance.
        camera: without distortion.
        model: whose instances they are, if it is known.
        down: (3,) direction of gravity; without, they are taken to stand on the largest plane and, if it is
            fingers that are to hold what no mesh is known of, their unseen sides to go straight down. A cup
            seals on what is seen.
        has_fingers: whether it is.
    """
    masks = {k: labels == k for k in np.unique(labels[labels > 0]).tolist()}
    surfaces = {k: surface_seen(depth, mask, camera) for k, mask in masks.items()}  # checks the units, too
    if model is not None:
        estimator = PoseEstimator(model)
        surfaces = {k: _where_found(estimator, depth, mask, camera, k) for k, mask in masks.items()}
    if down is not None:
        return {
            k: Held(surface, down, surroundings(depth, masks[k], camera, surface))
            for k, surface in surfaces.items()
        }
    plane = support_plane(depth, camera)
    needs_sides = model is None and has_fingers
    _say_what_is_assumed(-plane[:3], needs_sides)
    held = {}
    for k, surface in surfaces.items():
        obstacles = surroundings(depth, masks[k], camera, surface, plane)
        held[k] = Held(with_sides(surface, plane) if needs_sides else surface, -plane[:3], obstacles)
    return held


def _say_what_is_assumed(down: Array, of_sides: bool) -> None:
    direction = ", ".join(f"{x:.2f}" for x in down)
    sides = ", and their unseen sides to go straight down" if of_sides else ""
    warnings.warn(
        f"objects are taken to stand on the largest plane, gravity to be ({direction}){sides}.", stacklevel=3
    )


def _where_found(
    estimator: PoseEstimator, depth: np.ndarray, mask: np.ndarray, camera: Camera, instance: int
) -> Surface:
    estimate = estimator.estimate(depth, mask, camera)
    if not estimate.found:
        warnings.warn(
            f"instance {instance}: {estimator.model.name} fits with a score of {estimate.score:.2f} only; "
            "its grasps are of a pose that may be wrong.",
            stacklevel=2,
        )
    model = estimator.model
    return surface_of_mesh(transform(estimate.pose, model.vertices), model.faces)
