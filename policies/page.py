"""A page of facts, tables and pictures, all in one HTML file: it can be sent to somebody."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ..assets.whole_file import whole_file

_TYPES = {b"\x89PNG": "image/png", b"\xff\xd8\xff": "image/jpeg"}


@dataclass(frozen=True)
class Table:
    """Texts in rows.

    Attributes:
        columns: their names; none for a table without a head.
        rows: a text for each column.
        texts: columns that are words, on the left; all others are figures, on the right.
    """

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    texts: tuple[int, ...] = (0,)


@dataclass(frozen=True)
class Picture:
    """A PNG or JPEG file's content, what to say about it, and in a word or two what it is.

    Raises:
        ValueError: the content of another kind of file.
    """

    content: bytes
    caption: str
    alt: str

    def __post_init__(self) -> None:
        if not self.content.startswith(tuple(_TYPES)):
            raise ValueError(f"The picture of {self.alt} is neither PNG nor JPEG.")

    @property
    def source(self) -> str:
        """The picture as a data URI."""
        kind = next(kind for start, kind in _TYPES.items() if self.content.startswith(start))
        return f"data:{kind};base64,{base64.b64encode(self.content).decode('ascii')}"


@dataclass
class Section:
    """A heading, if it needs one, and what is below it, in this order."""

    title: str = ""
    text: str = ""
    table: Table | None = None
    pictures: list[Picture] = field(default_factory=list)


@dataclass
class Page:
    """What a page says.

    Attributes:
        title: of the page.
        facts: small print under it, a paragraph each.
        sections: in their order.
        warnings: what to know before one believes it; shown before all else.
        command: line that makes the page again.
    """

    title: str
    facts: list[str] = field(default_factory=list)
    sections: list[Section] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    command: str = ""

    def add(self, title: str, *pictures: Picture, text: str = "", table: Table | None = None) -> None:
        """One more section."""
        self.sections.append(Section(title, text, table, list(pictures)))

    def write(self, path: Path) -> None:
        """Write the page with its pictures inside, whole or not at all."""
        import jinja2  # where commands run that write no page, it may be missing

        environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader(Path(__file__).parent),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        text = environment.get_template("page.html").render(page=self)
        path.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(path) as temporary:
            temporary.write_text(text, encoding="utf-8")
