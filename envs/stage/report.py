"""What happened to a stage on its way into a model."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any


class StageError(ValueError):
    """A stage cannot be compiled; the sentence names file and prim and says what to do."""


@dataclass
class StageReport:
    """Everything a stage's author should know of its way into a model.

    Attributes:
        file: the stage.
        conversions: changes of unit and up axis.
        added: how many things of a kind Gaitway carries beyond MuJoCo's importer.
        not_carried: prim path -> what of it is not in the model, and why.
        remarks: other messages of the importer and the compiler.
    """

    file: str
    conversions: list[str] = field(default_factory=list)
    added: dict[str, int] = field(default_factory=dict)
    not_carried: dict[str, str] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)

    def count(self, kind: str, number: int = 1) -> None:
        """Note that `number` things of a kind were added."""
        if number:
            self.added[kind] = self.added.get(kind, 0) + number

    def lose(self, prim_path: object, reason: str) -> None:
        """Note that something at `prim_path` is not in the model."""
        path = str(prim_path)
        self.not_carried[path] = f"{self.not_carried[path]}; {reason}" if path in self.not_carried else reason

    def absorb(self, other: StageReport) -> None:
        """Take in the report of a stage that was put into this one."""
        self.conversions += [f"{other.file}: {line}" for line in other.conversions]
        self.remarks += [f"{other.file}: {line}" for line in other.remarks]
        for kind, number in other.added.items():
            self.count(kind, number)
        for path, reason in other.not_carried.items():
            self.not_carried[f"{other.file}:{path}"] = reason

    def warnings(self) -> list[str]:
        """One line per conversion, per prim that was not carried and per remark."""
        lost = [f"{path}: {reason}" for path, reason in self.not_carried.items()]
        return [*self.conversions, *lost, *self.remarks]

    def to_json(self) -> dict[str, Any]:
        """The report as plain values."""
        return asdict(self)
