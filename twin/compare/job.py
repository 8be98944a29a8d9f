"""One run of a comparison: a variant with a seed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

from ..ceiling.hall import Hall
from ..journal.journal import Journal
from ..journal.reading import Reading
from ..warehouse.scenario import Scenario
from .figures import Figures


@dataclass(frozen=True)
class Job:
    """A run that is to be made: `source` is the file of its scenario, for messages."""

    source: str
    scenario: Scenario

    @property
    def key(self) -> str:
        """Names what comes out: equal for equal scenarios, whatever their names, of a version."""
        alike = replace(self.scenario, name="", seed=0)
        text = json.dumps([version("gaitway"), asdict(alike)], default=str, sort_keys=True)
        return f"{hashlib.sha256(text.encode()).hexdigest()[:12]}_{self.scenario.seed:04d}"


Engine = Callable[[Sequence[Job]], Iterator[tuple[Job, Figures]]]
"""Makes runs somewhere, and yields each with its figures as it ends, in any order."""


def run_job(hall: Hall, job: Job) -> Figures:
    """Make one run in `hall`; its journal is thrown away.

    Raises:
        ValueError: the scenario does not fit its hall; the sentence names its file.
    """
    from ..report.facts import read_shift
    from ..warehouse.run import Run
    from .figures import figures_of

    with TemporaryDirectory() as folder:
        path = Path(folder) / "journal.sqlite"
        try:
            with Journal(path, {"start": job.scenario.start.isoformat()}) as journal:
                Run(job.scenario, hall, journal).run()
        except ValueError as error:
            raise ValueError(f"{job.source}: {error}") from error
        reading = Reading(path)
        figures = figures_of(read_shift(reading))
        reading.close()
        return figures
