"""Opens a journal to read it, also while it is written."""

from __future__ import annotations

import sqlite3
from datetime import datetime, timedelta
from pathlib import Path

from .schema import APPLICATION_ID, VERSION


class Reading:
    """A journal that is only read; its rows can be used by name.

    Args:
        path: of the file.

    Attributes:
        database: to ask; it refuses to write.
        meta: facts about the run.

    Raises:
        ValueError: no journal of ours is there.
    """

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise ValueError(f"{path}: there is no such journal; `gaitway twin run` writes one.")
        self.database = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
        try:
            mark, version = self._pragma("application_id"), self._pragma("user_version")
        except sqlite3.DatabaseError as error:
            raise ValueError(f"{path} is no SQLite file ({error}).") from None
        if mark != APPLICATION_ID:
            raise ValueError(f"{path} is no journal of a twin.")
        if version != VERSION:
            raise ValueError(
                f"{path} is a journal of version {version}; this program reads version {VERSION}."
            )
        self.database.row_factory = sqlite3.Row
        self.meta: dict[str, str] = dict(self.database.execute("SELECT key, value FROM meta").fetchall())
        self._start = datetime.fromisoformat(self.meta["start"])

    def _pragma(self, name: str) -> int:
        return int(self.database.execute(f"PRAGMA {name}").fetchone()[0])

    @property
    def until(self) -> float:
        """Time of the last sample or event, s."""
        row = self.database.execute(
            "SELECT max(time) FROM (SELECT 0.0 AS time UNION ALL SELECT max(time) FROM samples"
            " UNION ALL SELECT max(time) FROM events)"
        ).fetchone()
        return float(row[0])

    def clock(self, time: float) -> datetime:
        """The clock time at `time` in s."""
        return self._start + timedelta(seconds=time)

    def seconds(self, clock: datetime) -> float:
        """The time in s at a clock time."""
        return (clock - self._start).total_seconds()

    def close(self) -> None:
        """Close the file."""
        self.database.close()
