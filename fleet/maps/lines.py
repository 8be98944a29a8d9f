"""Lines of a text file that know where they stand, so that each refusal names file, line and field."""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn

from ..errors import FleetError

MAX_BYTES = 64 << 20
"""Files above this are refused: no map or scenario of the benchmarks comes near."""


class Lines:
    """A text file by lines.

    Attributes:
        file: for messages.
        text: lines without their ends, from the first.
    """

    def __init__(self, file: Path, error: type[FleetError]) -> None:
        """Read the file.

        Raises:
            FleetError: of the given class; the file is missing, too large, or no text.
        """
        self.file, self._error = file, error
        try:
            if file.stat().st_size > MAX_BYTES:
                raise error(f"{file}: is larger than {MAX_BYTES >> 20} MiB; that is no map or scenario.")
            self.text = file.read_text(encoding="utf-8").splitlines()
        except OSError as problem:
            raise error(f"{file}: {problem.strerror or problem}.") from None
        except UnicodeDecodeError:
            raise error(f"{file}: is no text file.") from None

    def __len__(self) -> int:
        return len(self.text)

    def refuse(self, index: int, why: str) -> NoReturn:
        """Raise the file's error: file, line from 1, and why."""
        raise self._error(f"{self.file}, line {index + 1}: {why}.")

    def at(self, index: int, what: str) -> str:
        """A line without blanks around it that must be there."""
        if index >= len(self.text):
            self.refuse(index, f"the file ends; {what} must stand here")
        return self.text[index].strip()

    def whole(self, index: int, field: str, text: str, least: int, most: int) -> int:
        """A whole number of a range."""
        digits = text.strip()
        # int() takes underscores and digits of every script; a file of numbers has neither.
        if not (digits.isascii() and digits.removeprefix("-").isdigit() and len(digits) < 12):
            self.refuse(index, f"{field} is {text.strip()[:40]!r}; it must be a whole number")
        number = int(digits)
        if not least <= number <= most:
            self.refuse(index, f"{field} is {number}; it must be from {least} to {most}")
        return number
