"""What the tests of the container files share: the Dockerfile's stages, read by a library."""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from dockerfile_parse import DockerfileParser

ROOT = Path(__file__).resolve().parents[3]
FOLDER = ROOT / "deploy_jetson/containers"


@dataclass
class Stage:
    """One `FROM` and what follows, in order: (instruction, its text without comments and line ends)."""

    name: str
    steps: list[tuple[str, str]] = field(default_factory=list)

    def all(self, instruction: str) -> list[str]:
        return [text for name, text in self.steps if name == instruction]

    def command(self) -> list[str]:
        """What `docker run` without arguments starts."""
        return [
            word for part in ("ENTRYPOINT", "CMD") for text in self.all(part) for word in json.loads(text)
        ]


@pytest.fixture(scope="session")
def stages() -> dict[str, Stage]:
    parser = DockerfileParser(str(FOLDER / "Dockerfile"))
    found: dict[str, Stage] = {}
    for step in parser.structure:
        if step["instruction"] == "FROM":
            name = shlex.split(step["value"])[-1]
            found[name] = Stage(name)
        elif found and step["instruction"] != "COMMENT":
            list(found.values())[-1].steps.append((step["instruction"], step["value"]))
    return found
