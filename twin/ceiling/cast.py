"""Who is in a scenario: robots with and without loads, people of many heights, and what falls."""

from __future__ import annotations

import numpy as np

from .shapes import (
    Mesh,
    Shape,
    amr_mesh,
    box,
    forklift_mesh,
    joined,
    puddle,
    recoloured,
    scaled,
    shape_of,
    worker_meshes,
)

_VEST = np.array([0.72, 0.90, 0.10])  # of worker.usda
_VESTS = [(0.72, 0.90, 0.10), (0.95, 0.45, 0.05), (0.90, 0.10, 0.12), (0.15, 0.35, 0.85), (0.80, 0.80, 0.82)]
_STATURE = (0.93, 1.07)  # of a worker, as a share of the drawn one's
_LOADS = [(0.05, 0.22, 0.50), (0.33, 0.35, 0.37), (0.52, 0.08, 0.06), (0.62, 0.45, 0.28), (0.78, 0.77, 0.73)]
_WOOD, _BOARD = np.array([0.60, 0.44, 0.25]), np.array([0.72, 0.53, 0.33])
_SPILLS = [(0.10, 0.45, 0.28), (0.42, 0.24, 0.04), (0.12, 0.22, 0.60)]
_SHOULDERS = 0.45  # width of a person with arms, m


def amr(rng: np.random.Generator) -> Shape:
    """An AMR, most of them with a tote or carton on the deck."""
    mesh = amr_mesh()
    if rng.random() < 0.6:
        height, colour = float(rng.uniform(0.2, 0.5)), _one_of(_LOADS, rng)
        mesh = joined(mesh, box((0.0, 0.0, 0.31 + height / 2), (0.56, 0.42, height), colour))
    return shape_of("amr", (mesh,))


def forklift(rng: np.random.Generator) -> Shape:
    """A fork truck, half of them with a pallet on the forks."""
    mesh = forklift_mesh()
    if rng.random() < 0.5:
        height = float(rng.uniform(0.5, 1.2))
        pallet = box((0.80, 0.0, 0.15), (0.8, 1.2, 0.144), _WOOD)
        mesh = joined(
            mesh, pallet, box((0.80, 0.0, 0.22 + height / 2), (0.76, 1.12, height), _one_of(_LOADS, rng))
        )
    return shape_of("forklift", (mesh,))


def worker(rng: np.random.Generator) -> Shape:
    """A worker of one of many heights in a vest of one of five colours."""
    factor, vest = float(rng.uniform(*_STATURE)), _one_of(_VESTS, rng)
    meshes = tuple(recoloured(scaled(mesh, factor), _VEST, vest) for mesh in worker_meshes())
    # Arms and legs swing; a person is where the hips are.
    height = shape_of("worker", meshes).height
    return Shape("worker", meshes, np.zeros(2), np.full(2, _SHOULDERS * factor), height)


def fallen(person: Shape) -> Shape:
    """A worker who lies on his face, his middle where he stood, his head ahead."""
    upright = min(person.meshes, key=lambda mesh: float(np.ptp(mesh.vertices[:, 0])))
    x, y, z = upright.vertices.T
    prone = np.column_stack([z - z.max() / 2, y, x.max() - x])
    # A turn about Y: the triangles' outer sides stay outside.
    return shape_of("worker", (Mesh(prone, upright.faces, upright.colours),))


def carton(rng: np.random.Generator) -> Shape:
    """A carton that fell off a load."""
    return shape_of("obstacle", (box((0, 0, 0.2), (0.6, 0.4, 0.4), rng.uniform(0.6, 1.0) * _BOARD),))


def fallen_pallet(rng: np.random.Generator) -> Shape:
    """A pallet with its load spread about it: too wide to pass in an aisle."""
    load = box((0, 0, 0.5), (1.9, 1.2, 0.8), rng.uniform(0.6, 1.0) * _BOARD)
    return shape_of("obstacle", (joined(box((0, 0, 0.07), (1.2, 0.8, 0.144), _WOOD), load),))


def spill(rng: np.random.Generator) -> Shape:
    """A puddle."""
    return shape_of("obstacle", (puddle(0.5, _one_of(_SPILLS, rng), rng),))


def _one_of(colours: list[tuple[float, float, float]], rng: np.random.Generator) -> np.ndarray:
    return np.array(colours[rng.integers(len(colours))])
