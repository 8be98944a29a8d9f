"""A roadmap as JSON, for programs that are not in Python."""

from __future__ import annotations

from typing import Any

import numpy as np

from .roadmap import Roadmap


def roadmap_document(roadmap: Roadmap) -> dict[str, Any]:
    """Cells with their places, moves between them with their costs, and sites; metres of the world."""
    here, heading = np.nonzero(roadmap.graph.ahead >= 0)
    moves = np.stack([here, roadmap.graph.ahead[here, heading], roadmap.weights[here, heading]], axis=1)
    return {
        "cell_m": round(roadmap.cell, 6),
        "robot_diameter_m": roadmap.rules.diameter,
        "cells": roadmap.positions.round(4).tolist(),
        "speed": roadmap.speed.round(4).tolist(),
        "moves": moves.tolist(),
        "sites": [
            {"name": site.name, "kind": site.kind, "position": list(site.position), "cell": int(vertex)}
            for site, vertex in zip(roadmap.rules.sites, roadmap.vertices, strict=True)
        ],
    }
