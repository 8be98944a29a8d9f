"""Files of routing benchmarks: Solomon (goods from a depot) and Li & Lim (pickups before deliveries).

Times and distances are the same numbers, of straight lines between points; the speed in files of Li & Lim is
1 or 0 and means nothing.
Solomon: https://www.sintef.no/projectweb/top/vrptw/documentation2/
Li & Lim: https://www.sintef.no/projectweb/top/pdptw/documentation/
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ..errors import DispatchError
from ..maps.lines import Lines
from .problem import Job, Matrix, Stop, TourProblem, Vehicle

_MOST = 1_000_000
_CUSTOMER = ("customer", "x", "y", "demand", "ready time", "due date", "service time")
_TASK = (*_CUSTOMER, "pickup", "delivery")


@dataclass(frozen=True, eq=False)
class Instance:
    """A benchmark problem; row 0 is the depot.

    Attributes:
        name: of the problem.
        vehicles: how many there are at the most.
        capacity: of each.
        xy: (n + 1, 2) points.
        demand: (n + 1,) loads; of Li & Lim's deliveries below 0.
        ready: (n + 1,) earliest begin of service.
        due: (n + 1,) latest begin of service.
        service: (n + 1,) time that it takes.
        partner: (n + 1,) the delivery of each pickup, 0 elsewhere; none for Solomon's files.
    """

    name: str
    vehicles: int
    capacity: float
    xy: npt.NDArray[np.float64]
    demand: npt.NDArray[np.float64]
    ready: npt.NDArray[np.float64]
    due: npt.NDArray[np.float64]
    service: npt.NDArray[np.float64]
    partner: npt.NDArray[np.int64] | None = None

    def problem(self) -> TourProblem:
        """Its jobs and vehicles."""
        distance = np.hypot(*(self.xy[:, None] - self.xy[None]).transpose(2, 0, 1))
        stops = [
            Stop(place, *map(float, (self.ready[place], self.due[place], self.service[place])))
            for place in range(len(self.xy))
        ]
        if self.partner is None:
            jobs = [Job(stops[i], load=float(self.demand[i]), name=f"{i}") for i in range(1, len(stops))]
        else:
            pairs = [(i, int(j)) for i, j in enumerate(self.partner) if j]
            jobs = [Job(stops[j], stops[i], float(self.demand[i]), name=f"{i}-{j}") for i, j in pairs]
        vehicle = Vehicle(0, 0, self.capacity, float(self.ready[0]), float(self.due[0]))
        return TourProblem(distance, distance, jobs, [vehicle] * self.vehicles)


def read_instance(file: Path) -> Instance:
    """Read a file of either kind.

    Raises:
        DispatchError: it is missing or broken; the sentence names file, line and field.
    """
    lines = Lines(file, DispatchError)
    rows = [index for index, text in enumerate(lines.text) if text.strip()]
    if not rows:
        raise DispatchError(f"{file}: is empty; it must be a problem of Solomon or of Li and Lim.")
    if len(rows) > 1 and lines.text[rows[1]].split()[0].upper() == "VEHICLE":
        return _solomon(lines, rows)
    return _li_lim(lines, rows)


def _solomon(lines: Lines, rows: list[int]) -> Instance:
    end = len(lines)
    rows = [*rows, *([end] * 5)]
    for row, word in ((rows[2], "NUMBER"), (rows[4], "CUSTOMER"), (rows[5], "CUST")):
        text = lines.at(row, word)
        if not text.upper().startswith(word):
            lines.refuse(row, f"is {text[:40]!r}; it must begin with {word}")
    vehicles, capacity = _numbers(lines, rows[3], ("number of vehicles", "capacity"))
    table = _table(lines, [row for row in rows[6:] if row < end], _CUSTOMER)
    name = lines.text[rows[0]].strip()
    return Instance(
        name,
        _count(lines, rows[3], vehicles),
        _positive(lines, rows[3], "capacity", capacity),
        *_columns(table),
    )


def _li_lim(lines: Lines, rows: list[int]) -> Instance:
    vehicles, capacity, _ = _numbers(lines, rows[0], ("number of vehicles", "capacity", "speed"))
    table = _table(lines, rows[1:], _TASK)
    partner = np.zeros(len(table), np.int64)
    for task in range(1, len(table)):
        row, values = rows[1 + task], table[task]
        pickup, delivery = values[7:9]
        if (pickup == 0) == (delivery == 0):
            lines.refuse(row, "one of pickup and delivery must be 0, and the other not")
        other = pickup or delivery
        if (
            not (other.is_integer() and 0 < other < len(table))
            or table[int(other), 7 if delivery else 8] != task
        ):
            lines.refuse(row, f"its partner is {other:g}; that task must exist and name this one")
        if table[int(other), 3] != -values[3] or (values[3] > 0) != bool(delivery):
            lines.refuse(
                row, f"demand is {values[3]:g}; a pickup's is above 0, and its delivery's the opposite"
            )
        if delivery:
            partner[task] = int(delivery)
    return Instance(
        lines.file.stem,
        _count(lines, rows[0], vehicles),
        _positive(lines, rows[0], "capacity", capacity),
        *_columns(table),
        partner,
    )


def _columns(table: Matrix) -> tuple[Matrix, Matrix, Matrix, Matrix, Matrix]:
    demand, ready, due, service = table[:, 3:7].T
    return table[:, 1:3], demand, ready, due, service


def _count(lines: Lines, row: int, value: float) -> int:
    if not value.is_integer() or not 1 <= value <= _MOST:
        lines.refuse(row, f"number of vehicles is {value:g}; it must be a whole number from 1 to {_MOST}")
    return int(value)


def _positive(lines: Lines, row: int, field: str, value: float) -> float:
    if value <= 0:
        lines.refuse(row, f"{field} is {value:g}; it must be above 0")
    return value


def _numbers(lines: Lines, row: int, fields: tuple[str, ...]) -> list[float]:
    words = lines.at(row, ", ".join(fields)).split()
    if len(words) != len(fields):
        lines.refuse(row, f"has {len(words)} numbers; {len(fields)} must stand here: {', '.join(fields)}")
    values = []
    for name, word in zip(fields, words, strict=True):
        try:
            value = float(word)
        except ValueError:
            value = float("nan")
        if not isfinite(value) or "_" in word:
            lines.refuse(row, f"{name} is {word[:40]!r}; it must be a number")
        values.append(value)
    return values


def _table(lines: Lines, rows: list[int], fields: tuple[str, ...]) -> npt.NDArray[np.float64]:
    table = []
    for index, row in enumerate(rows):
        values = _numbers(lines, row, fields)
        number, ready, due, service = values[0], *values[4:7]
        if number != index:
            lines.refuse(row, f"customer is {number:g}; {index} comes next, and 0 is the depot")
        if not (0 <= ready <= due and service >= 0):
            lines.refuse(
                row, f"ready time {ready:g}, due date {due:g} and service time {service:g} do not fit"
            )
        if len(fields) == len(_CUSTOMER) and values[3] < 0:
            lines.refuse(row, f"demand is {values[3]:g}; it must be 0 or more")
        table.append(values)
    if len(table) < 2:
        raise DispatchError(f"{lines.file}: has no customer; the depot and one must be there.")
    return np.array(table)


def write_instance(file: Path, instance: Instance) -> None:
    """Write a problem, in Li & Lim's form if it has pickups, else in Solomon's."""
    numbers = np.arange(len(instance.xy))
    columns = [numbers, *instance.xy.T, instance.demand, instance.ready, instance.due, instance.service]
    if instance.partner is None:
        head = [instance.name, "", "VEHICLE", "NUMBER     CAPACITY"]
        head += [f"{instance.vehicles:6d}{instance.capacity:13.12g}", "", "CUSTOMER"]
        head += ["CUST NO.  XCOORD.   YCOORD.    DEMAND   READY TIME  DUE DATE   SERVICE TIME", ""]
        lines = ["".join(f"{value:11.12g}" for value in row) for row in zip(*columns, strict=True)]
    else:
        pickup = np.zeros_like(instance.partner)
        pickup[instance.partner[instance.partner > 0]] = numbers[instance.partner > 0]
        head = [f"{instance.vehicles}\t{instance.capacity:.12g}\t1"]
        columns += [pickup, instance.partner]
        lines = ["\t".join(f"{value:.12g}" for value in row) for row in zip(*columns, strict=True)]
    file.write_text("\n".join([*head, *lines]) + "\n", encoding="utf-8")
