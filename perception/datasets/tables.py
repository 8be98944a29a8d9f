"""Text files of numbers, a row a line: read with the line of whatever is wrong."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..poses import Array


@dataclass(frozen=True)
class Table:
    """The rows of a text file, without comments and empty lines.

    Attributes:
        path: of the file.
        lines: the number of each row's line, from 1.
        rows: the words of each.
    """

    path: Path
    lines: list[int]
    rows: list[list[str]]

    def __len__(self) -> int:
        return len(self.rows)

    def column(self, k: int) -> list[str]:
        """The words of one column."""
        return [row[k] for row in self.rows]

    def numbers(self, first: int, end: int) -> Array:
        """(rows, end - first) of the columns `first` to before `end`.

        Raises:
            ValueError: a word that is no finite number; by line.
        """
        try:
            table = np.array([row[first:end] for row in self.rows], float).reshape(len(self), end - first)
        except ValueError:
            table = np.array([[_number(word) for word in row[first:end]] for row in self.rows])
        if (bad := np.argwhere(~np.isfinite(table))).size:
            row, column = bad[0]
            word = self.rows[row][first + column]
            raise ValueError(
                f"{self.where(row)}: '{word}' in column {first + column + 1} is no finite number."
            )
        return table

    def where(self, row: int) -> str:
        """File and line of a row, for messages."""
        return f"{self.path}, line {self.lines[row]}"

    def times(self, unit: float) -> Array:
        """(rows,) the first column in s, of stamps in `unit` s.

        Raises:
            ValueError: a stamp that is missing, given twice, or before the one above it; by line.
        """
        times = self.numbers(0, 1)[:, 0]
        late = np.flatnonzero(np.diff(times) <= 0)
        if late.size:
            row = int(late[0]) + 1
            what = "is there twice" if times[row] == times[row - 1] else "comes before the line above it"
            raise ValueError(
                f"{self.where(row)}: time stamp {self.rows[row][0]} {what}; "
                "sort the file and keep one row of each time."
            )
        return times * unit


def _number(word: str) -> float:
    try:
        return float(word)
    except ValueError:
        return np.nan


def read_table(path: Path, columns: int, separator: str | None = None) -> Table:
    """Read a file whose rows have at least `columns` words between separators, white space by default.

    Raises:
        ValueError: no such file, no row, or a row with too few words; by line.
    """
    if not path.is_file():
        raise ValueError(f"{path} is missing.")
    lines, rows = [], []
    for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        words = [word.strip() for word in line.split(separator)]
        if len(words) < columns or not all(words[:columns]):
            raise ValueError(
                f"{path}, line {number}: has {len(words)} values, and needs {columns} that are not empty."
            )
        lines.append(number)
        rows.append(words)
    if not rows:
        raise ValueError(f"{path} holds no row.")
    return Table(path, lines, rows)
