"""Plans as JSON files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def write_whole(file: Path, document: dict[str, Any]) -> None:
    """Write JSON on one line, whole or not at all."""
    from ...assets.whole_file import whole_file

    file.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(file) as temporary:
        temporary.write_text(json.dumps(document) + "\n")
