"""The page of `gaitway perceive grasp`: the hand where it would hold, and what each grasp is worth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import cv2
import numpy as np
from matplotlib.figure import Figure

from ....perception.camera import Camera
from ....perception.grasp.parallel import Grasps
from ....perception.mesh_picture import Outlook
from ....perception.pose.overlay import depth_in_grey
from ....perception.poses import Array
from ....policies.figure_style import BLUE, GREY, ORANGE, light_grid, new_figure, png_of
from ....policies.page import Page, Picture, Table
from ..hands import strips_of
from .pictures import drawing, photo

if TYPE_CHECKING:
    from ..grasp import Found, Hand
    from ..held import Held

_DRAWN = 8  # hands in a picture
_BEST, _OTHERS, _SURFACE = (30, 150, 70), (120, 120, 120), np.array([225.0, 205.0, 170.0])
_SIDES = {"Aslant.": (-0.6, -1.0, 0.7), "From above.": (0.0, -0.01, 1.0)}
_PIXELS = 560


def add_grasps(
    page: Page,
    table: tuple[str, Sequence[str], Sequence[Sequence[str]]],
    held: Mapping[int, Held],
    found: Mapping[int, Found],
    hand: Hand,
    seen: tuple[np.ndarray, np.ndarray, Camera] | None,
) -> None:
    """Fill the page.

    Args:
        page: to fill.
        table: title, columns and rows.
        held: objects by instance.
        found: grasps of each, the best first.
        hand: what is to hold them.
        seen: depth, labels and camera, if there is a picture.
    """
    title, columns, rows = table
    page.add(title, table=Table(columns, rows, texts=()))
    if seen is not None:
        depth, _, camera = seen
        drawn = cv2.cvtColor(depth_in_grey(depth), cv2.COLOR_GRAY2RGB)
        for grasps in found.values():
            strips = [camera.project(strip) for strip in strips_of(grasps, hand, _DRAWN)]
            drawn = _with_strips(drawn, strips)
        page.add("In the picture", photo(drawn, _PICTURE, "grasps in the picture"))
    for k, grasps in found.items():
        if not len(grasps):
            page.add(f"Instance {k}", text=_NONE)
            continue
        views = [
            drawing(_seen_from(towards, held[k], grasps, hand), name, f"grasps {name.lower()}")
            for name, towards in _SIDES.items()
        ]
        page.add(f"Instance {k}", *views, text=_HANDS)
        page.add("", Picture(png_of(_scores(grasps)), _SCORES, "scores"))


_PICTURE = "Depth, near white, far dark, with the best hands: the first is green."
_HANDS = "Points of the surface and the best hands: the first is green, the stem is where it comes from."
_SCORES = "What the scores are made of, by rank; the lever is the distance of the centre of mass."
_NONE = "No way to hold it: too wide, nowhere flat enough, or no way past what is beside it."


def _seen_from(towards: tuple[float, ...], held: Held, grasps: Found, hand: Hand) -> np.ndarray:
    """The surface's points, far ones first, and the hands."""
    up = np.array([0.0, 0.0, 1.0]) if held.down is None else -held.down
    east = np.cross(up, [0.0, 1.0, 0.0] if abs(up[1]) < 0.9 else [0.0, 0.0, 1.0])
    east /= np.linalg.norm(east)
    frame = np.stack([east, np.cross(up, east), up], axis=1)
    surface, strips = held.surface, strips_of(grasps, hand, _DRAWN)
    outlook = Outlook.of(np.concatenate([surface.points, *strips]), frame @ towards, up, _PIXELS, 0.05)
    picture = np.full((outlook.height, outlook.width, 3), 255, np.uint8)
    facing = 0.45 + 0.55 * np.abs(surface.normals @ outlook.axes[2])
    radius = max(1, round(0.6 * surface.spacing * outlook.scale))
    pixels = outlook.pixels(surface.points).round().astype(int)
    for k in np.argsort(surface.points @ outlook.axes[2]):
        cv2.circle(picture, pixels[k].tolist(), radius, (facing[k] * _SURFACE).tolist(), -1, cv2.LINE_AA)
    return _with_strips(picture, [outlook.pixels(strip) for strip in strips])


def _with_strips(picture: np.ndarray, strips: Sequence[Array]) -> np.ndarray:
    """Lines of pixels (n, 2) over a picture, the best last and green."""
    for rank in reversed(range(len(strips))):
        points = strips[rank].round().astype(np.int32).reshape(-1, 1, 2)
        colour, width = (_BEST, 3) if rank == 0 else (_OTHERS, 1)
        cv2.polylines(picture, [points], False, colour, width, cv2.LINE_AA)
    return picture


def _scores(grasps: Found) -> Figure:
    figure = new_figure(2.8)
    scores, levers = figure.subplots(1, 2, sharex=True)
    ranks = np.arange(1, len(grasps) + 1)
    scores.plot(ranks, grasps.scores, color=BLUE, label="score")
    if isinstance(grasps, Grasps):
        scores.plot(ranks, grasps.margins, ".", ms=3, color=ORANGE, label="margin in the friction cone")
        levers.plot(ranks, 1e3 * grasps.clearances, ".", ms=3, color=ORANGE, label="clearance")
    else:
        levers.plot(ranks, 1e3 * grasps.gaps, ".", ms=3, color=ORANGE, label="gap under the lip")
    levers.plot(ranks, 1e3 * grasps.levers, ".", ms=3, color=GREY, label="lever")
    scores.set(xlabel="rank", ylim=(0, 1.05))
    levers.set(xlabel="rank", ylabel="mm", ylim=(0, None))
    for axis in (scores, levers):
        axis.legend(fontsize="small")
        light_grid(axis)
    return figure
