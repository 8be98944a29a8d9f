"""Drawings in SVG whose colours and sizes come from the page's style sheet, and whose texts stay texts."""

from __future__ import annotations

from collections.abc import Iterable
from xml.etree import ElementTree

import numpy as np
from markupsafe import Markup

Point = tuple[float, float]


class Drawing:
    """A picture of `width` x `height` px from `corner` on, its top left; `label` tells readers what it is.

    Every mark takes `css`, the classes that style it, and `tip`, the text that it shows under a pointer.
    """

    def __init__(self, width: float, height: float, label: str, css: str, corner: Point = (0.0, 0.0)) -> None:
        self._root = ElementTree.Element(
            "svg",
            {
                "viewBox": f"{corner[0]:.1f} {corner[1]:.1f} {width:.1f} {height:.1f}",
                "role": "img",
                "aria-label": _plain(label),
                "class": css,
            },
        )
        self._into = self._root

    def group(self, css: str) -> None:
        """What is drawn from now on belongs to a group of its own."""
        self._into = ElementTree.SubElement(self._root, "g", {"class": css})

    def _add(self, tag: str, css: str, tip: str | None, **values: float | str) -> ElementTree.Element:
        texts = {
            name.replace("_", "-"): value if isinstance(value, str) else f"{value:.4g}"
            for name, value in values.items()
        }
        element = ElementTree.SubElement(self._into, tag, {"class": css, **texts})
        if tip is not None:
            ElementTree.SubElement(element, "title").text = _plain(tip)
        return element

    def line(self, a: Point, b: Point, css: str) -> None:
        """A straight line."""
        self._add("line", css, None, x1=a[0], y1=a[1], x2=b[0], y2=b[1])

    def rect(self, x: float, y: float, width: float, height: float, css: str, tip: str | None = None) -> None:
        """A box by its top left corner."""
        self._add("rect", css, tip, x=x, y=y, width=max(width, 0.0), height=max(height, 0.0))

    def circle(self, at: Point, radius: float, css: str, tip: str | None = None) -> None:
        """A disc."""
        self._add("circle", css, tip, cx=at[0], cy=at[1], r=radius)

    def polyline(self, points: np.ndarray, css: str) -> None:
        """An open line through points (n, 2)."""
        self._add("polyline", css, None, points=_points(points))

    def polygon(self, points: np.ndarray, css: str, tip: str | None = None) -> None:
        """A closed shape with corners (n, 2)."""
        self._add("polygon", css, tip, points=_points(points))

    def text(self, at: Point, text: str, css: str, turned: bool = False) -> None:
        """A line of text; the style sheet says how it is aligned; `turned` reads from the bottom up."""
        extra = {"transform": f"rotate(-90 {at[0]:.4g} {at[1]:.4g})"} if turned else {}
        self._add("text", css, None, x=at[0], y=at[1], **extra).text = _plain(text)

    def image(self, x: float, y: float, width: float, height: float, source: str, css: str) -> None:
        """A picture by its data URI, stretched over a box."""
        self._add(
            "image", css, None, x=x, y=y, width=width, height=height, href=source, preserveAspectRatio="none"
        )

    def markup(self) -> Markup:
        """The drawing, to be put into a page as it is: ElementTree has escaped all texts."""
        return Markup(ElementTree.tostring(self._root, encoding="unicode"))


def _points(points: Iterable[Iterable[float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)


def _plain(text: str) -> str:
    """Text without the control characters that XML does not know."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)
