"""Values of a parsed file that know where they stand in it, so that each refusal names file and field."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np

from ..errors import ProblemError


@dataclass(frozen=True)
class Field:
    """A value of JSON or YAML.

    Attributes:
        value: what a parser made of it.
        file: for messages.
        name: path to it in the file, as `world.collision_objects[3].id`; empty for the whole.
    """

    value: Any
    file: str
    name: str = ""

    def __getitem__(self, key: str) -> Field:
        """A field of a mapping that must be there."""
        found = self.get(key)
        if found is None:
            self.refuse(f"has no field '{key}'")
        return found

    def get(self, key: str) -> Field | None:
        """A field of a mapping, or None."""
        if not isinstance(self.value, dict):
            self.refuse("must be a mapping of names to values")
        if self.value.get(key) is None:
            return None
        return Field(self.value[key], self.file, f"{self.name}.{key}" if self.name else key)

    def named(self) -> Iterator[tuple[str, Field]]:
        """Names and values of a mapping."""
        if not isinstance(self.value, dict):
            self.refuse("must be a mapping of names to values")
        for key in self.value:
            if not isinstance(key, str):
                self.refuse(f"has the name {key!r}, which is no text")
            yield key, Field(self.value[key], self.file, f"{self.name}.{key}" if self.name else key)

    def items(self, least: int = 0) -> list[Field]:
        """Values of a list of at least so many."""
        if not isinstance(self.value, list) or len(self.value) < least:
            self.refuse(f"must be a list of {least} or more" if least else "must be a list")
        return [Field(value, self.file, f"{self.name}[{i}]") for i, value in enumerate(self.value)]

    def text(self) -> str:
        """A text that is not empty."""
        if not isinstance(self.value, str) or not self.value:
            self.refuse(f"is {self.value!r}; it must be a text")
        return self.value

    def texts(self) -> tuple[str, ...]:
        """A list of texts, each once."""
        texts = tuple(item.text() for item in self.items(1))
        if len(set(texts)) < len(texts):
            self.refuse("names something twice")
        return texts

    def number(self) -> float:
        """A finite number."""
        # YAML 1.1 reads 1e-3 as text for want of a dot; a file that says so means the number.
        value = self.value
        try:
            number = float("nan") if isinstance(value, bool) else float(value)
        except (TypeError, ValueError, OverflowError):
            number = float("nan")
        if not np.isfinite(number):
            self.refuse(f"is {value!r}; it must be a finite number")
        return number

    def truth(self) -> bool:
        """True or false."""
        if not isinstance(self.value, bool):
            self.refuse(f"is {self.value!r}; it must be true or false")
        return self.value

    def numbers(self, count: int) -> np.ndarray:
        """A list of so many finite numbers."""
        items = self.items()
        if len(items) != count:
            self.refuse(f"has {len(items)} numbers; it must have {count}")
        return np.array([item.number() for item in items])

    def quaternion_xyzw(self) -> np.ndarray:
        """A unit quaternion wxyz, from x, y, z, w as ROS writes it."""
        return self._unit(np.roll(self.numbers(4), 1))

    def quaternion_wxyz(self) -> np.ndarray:
        """A unit quaternion wxyz."""
        return self._unit(self.numbers(4))

    def _unit(self, quaternion: np.ndarray) -> np.ndarray:
        length = np.linalg.norm(quaternion)
        if abs(length - 1) > 1e-3:
            self.refuse(f"is a quaternion of length {length:.4g}; normalise it")
        return quaternion / length

    def refuse(self, why: str) -> NoReturn:
        """Raise a ProblemError: file, field, and why."""
        raise ProblemError(f"{self.file}: {self.name or 'the whole'} {why}.")
