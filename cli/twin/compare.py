"""`gaitway twin compare`: two scenarios over the same seeds, and which differences are more than chance."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tyro.conf import Positional

from ..bench.report import machine_facts, print_table, write_json

if TYPE_CHECKING:
    from ...twin.compare.compare import Comparison, Variant
    from ...twin.compare.figures import Figures
    from ...twin.compare.intervals import Difference
    from ...twin.compare.job import Engine, Job


@dataclass
class Compare:
    """What if: run two scenarios with the same seeds, on all cores, and tell differences from chance.

    Attributes:
        a, b: TOML files; docs/twin/scenario.md lists their keys. Their own seeds are not used.
        seeds: runs of each, with seeds 0, 1, ...
        json: file for all figures of all runs, with the facts of the machine.
        keep: folder for the result of each run; a run whose result is there is not made again.
        ray: address of a Ray cluster, HOST:PORT, that makes the runs in place of this machine.
        workers: processes on this machine; one for each core by default.
        halls: folder in which halls are kept once their cameras' views are drawn.
    """

    a: Positional[Path]
    b: Positional[Path]
    seeds: int = 10
    json: Path | None = None
    keep: Path | None = None
    ray: str | None = None
    workers: int | None = None
    halls: Path = Path("out/halls")

    def run(self) -> None:
        """Read, run, print, write."""
        from ...twin.compare.compare import Variant, compare
        from ...twin.warehouse.scenario import load_scenario

        if self.json is not None and self.json.is_dir():
            raise ValueError(f"--json {self.json} is a folder; give a file.")
        a, b = (Variant(str(path), load_scenario(path)) for path in (self.a, self.b))
        machine = machine_facts()
        comparison = compare(a, b, self.seeds, self._engine(), self.keep, _tell)
        _print(a, b, comparison)
        write_json(self.json, _document(a, b, comparison), machine)

    def _engine(self) -> Engine:
        if self.ray is not None:
            from ...twin.compare.cluster import on_cluster

            if self.workers is not None:
                raise ValueError(
                    "--workers is for this machine; a Ray cluster makes as many as it has cores."
                )
            return partial(on_cluster, halls=self.halls, address=self.ray)
        from ...twin.compare.processes import on_processes

        workers = len(os.sched_getaffinity(0)) if self.workers is None else self.workers
        if workers < 1:
            raise ValueError(f"--workers {workers}: must be 1 or more.")
        return partial(on_processes, halls=self.halls, workers=workers)


def _tell(job: Job, figures: Figures, left: int) -> None:
    done, contacts = figures["orders_done"], figures["contacts"]
    print(
        f"{job.source}, seed {job.scenario.seed}: {done:.0f} orders done, {contacts:.1f} contacts an hour; "
        f"runs left: {left}",
        flush=True,
    )


def _print(a: Variant, b: Variant, comparison: Comparison) -> None:
    from ...twin.compare.figures import FIGURES

    found = comparison.differences
    rows = []
    for key, difference in found.items():
        figure = FIGURES[key]
        plain, signed = f".{figure.digits}f", f"+z.{figure.digits}f"
        interval = f"{difference.low:{signed}} to {difference.high:{signed}}"
        means = (f"{difference.a:{plain}}", f"{difference.b:{plain}}", f"{difference.difference:{signed}}")
        rows.append((figure.label, *means, interval, _verdict(difference, figure.better)))
    seeds = len(comparison.a)
    print_table(
        f"A: {a.source}, B: {b.source}; {seeds} runs of each, in pairs",
        ("mean of a run", "A", "B", "B - A", "95 % interval", "B is"),
        rows,
    )
    if a.scenario.seconds != b.scenario.seconds:
        print(
            f"A lasts {a.scenario.seconds:g} s and B {b.scenario.seconds:g} s: "
            "compare what is counted an hour."
        )
    if missing := [figure.label for key, figure in FIGURES.items() if key not in found]:
        print(f"In fewer than two pairs of runs, and left out: {'; '.join(missing)}.")
    unsure = [
        FIGURES[key].label for key, one in found.items() if not (one.is_distinguishable or one.is_equal)
    ]
    if unsure:
        print(f"{seeds} runs cannot tell from chance: {'; '.join(unsure)}. More --seeds may.")
    print(
        "Intervals are Student's t of the pairs' differences, each by itself: "
        "of 20 figures that are equal in truth, one seems to differ."
    )


def _verdict(difference: Difference, better: int) -> str:
    if difference.is_equal:
        return "equal"
    if not difference.is_distinguishable:
        return "unclear"
    if not better:
        return "more" if difference.difference > 0 else "less"
    return "better" if difference.difference * better > 0 else "worse"


def _document(a: Variant, b: Variant, comparison: Comparison) -> dict[str, Any]:
    from ...twin.compare.intervals import LEVEL

    variants = {
        name: {"file": one.source, "scenario": asdict(one.scenario), "runs": runs}
        for name, one, runs in (("a", a, comparison.a), ("b", b, comparison.b))
    }
    for variant in variants.values():
        variant["scenario"]["start"] = variant["scenario"]["start"].isoformat()
    return {
        **variants,
        "seeds": len(comparison.a),
        "method": f"paired t, {LEVEL:.0%}, common random numbers",
        "differences": {key: asdict(one) for key, one in comparison.differences.items()},
    }
