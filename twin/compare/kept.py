"""Results of runs in a folder, so that a comparison that was interrupted goes on."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from ...assets.whole_file import whole_file
from .figures import FIGURES, Figures
from .job import Job


class Kept:
    """A folder with a file for each run; it is made when the first one is written.

    Args:
        folder: of the files; None keeps nothing.

    Raises:
        ValueError: a file is there.
    """

    def __init__(self, folder: Path | None) -> None:
        if folder is not None and folder.exists() and not folder.is_dir():
            raise ValueError(f"{folder} is no folder: give another one to keep results in.")
        self._folder = folder

    def read(self, job: Job) -> Figures | None:
        """The figures of a run that was made before, or None.

        Raises:
            ValueError: its file is no result.
        """
        if self._folder is None or not (path := self._folder / f"{job.key}.json").is_file():
            return None
        try:
            figures = json.loads(path.read_text())["figures"]
            if set(figures) != set(FIGURES):
                raise ValueError("other figures")
            return {key: None if value is None else float(value) for key, value in figures.items()}
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"{path} is no result ({error}); delete it to run it again.") from error

    def write(self, job: Job, figures: Figures) -> None:
        """Keep the figures of a run, with its scenario."""
        if self._folder is None:
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        with whole_file(self._folder / f"{job.key}.json") as partial:
            document = {"scenario": asdict(job.scenario), "figures": figures}
            partial.write_text(json.dumps(document, indent=1, default=str) + "\n")
