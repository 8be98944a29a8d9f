"""Typed access to values of a parsed file, which may hold anything."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from ..bundle_files import BundleError


class Tree:
    """A mapping in a parsed file; messages name file and key, like `deploy.yaml: actions.scale`."""

    def __init__(self, value: Any, path: Path, name: str = "") -> None:
        self._path, self._name = path, name
        if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
            raise BundleError(f"{path}: {name or 'its content'} is not a mapping of names.")
        self._values = value

    def where(self, key: str) -> str:
        """File and full name of an entry, for a message."""
        return f"{self._path}: {self._name}{key}"

    def get(self, key: str) -> Any:
        """An entry, or None."""
        return self._values.get(key)

    @property
    def names(self) -> list[str]:
        """Keys of all entries, in order."""
        return list(self._values)

    def below(self, key: str) -> Tree:
        """The mapping under a key."""
        return Tree(self._needed(key), self._path, f"{self._name}{key}.")

    def only(self, key: str, inner: str) -> Tree:
        """The mapping under `key` and `inner`, beside which there is no other."""
        tree = self.below(key)
        if tree.names != [inner]:
            raise BundleError(f"{self.where(key)} is not one '{inner}', which is all that can be imported.")
        return tree.below(inner)

    def number(self, key: str) -> float:
        """A finite number."""
        return self._number(key, self._needed(key))

    def numbers(self, key: str, count: int | None = None) -> list[float]:
        """A list of finite numbers, `count` of them if given."""
        values = self._needed(key)
        if not isinstance(values, list) or not values:
            raise BundleError(f"{self.where(key)} is not a list of numbers.")
        if count is not None and len(values) != count:
            raise BundleError(f"{self.where(key)} has {len(values)} entries, not {count}.")
        return [self._number(key, value) for value in values]

    def pairs(self, key: str, count: int) -> list[tuple[float, float]]:
        """A list of `count` pairs of numbers."""
        values = self._needed(key)
        if not isinstance(values, list) or len(values) != count:
            raise BundleError(f"{self.where(key)} is not a list of {count} pairs.")
        rows = [
            Tree({"pair": value}, self._path, f"{self._name}{key}.").numbers("pair", 2) for value in values
        ]
        return [(low, high) for low, high in rows]

    def _needed(self, key: str) -> Any:
        if key not in self._values:
            raise BundleError(f"{self.where(key)} is missing.")
        return self._values[key]

    def _number(self, key: str, value: Any) -> float:
        try:
            number = math.nan if isinstance(value, (bool, str)) else float(value)
        except (TypeError, ValueError, OverflowError):
            number = math.nan
        if not math.isfinite(number):
            raise BundleError(f"{self.where(key)} has {str(value)[:40]!a} where a finite number should be.")
        return number
