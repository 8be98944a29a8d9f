"""Dockerfile and compose.yaml: what they copy and start exists, and a linter finds nothing."""

from __future__ import annotations

import functools
import importlib
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from gaitway.cli import main as cli
from gaitway.deploy_jetson import main as edge

from .conftest import FOLDER, ROOT, Stage

TARGETS = ("workstation", "cluster", "jetson")
COMPOSE = yaml.safe_load((FOLDER / "compose.yaml").read_text())


def parse(command: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Read a command line with the program's own parser, and start nothing; it exits if there is an error."""
    program, *arguments = command
    if program == "gaitway-edge":
        if arguments != ["--help"]:
            edge._parser().parse_args(arguments)
        return
    assert program == "gaitway"
    module = importlib.import_module(f"gaitway.cli.{cli.COMMANDS[arguments[0]]}")
    monkeypatch.setattr(module, "main", functools.wraps(module.main)(lambda *values, **options: 0))
    monkeypatch.setattr(sys, "argv", command)
    with pytest.raises(SystemExit) as end:
        cli.main()
    assert end.value.code == 0


def test_hadolint_finds_nothing() -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    done = subprocess.run([hadolint, FOLDER / "Dockerfile"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("target", TARGETS)
def test_images_run_as_nobody_special(stages: dict[str, Stage], target: str) -> None:
    (user,) = stages[target].all("USER")
    assert int(user) > 0
    names = [name for name, _ in stages[target].steps]
    assert "RUN" not in names[names.index("USER") :]


@pytest.mark.parametrize("target", TARGETS)
def test_installs_are_pinned_and_of_the_wheel(stages: dict[str, Stage], target: str) -> None:
    (install,) = [text for text in stages[target].all("RUN") if "pip install" in text]
    assert "/dist/*.whl" in install
    constraints = "edge-constraints.txt" if target == "jetson" else "constraints.txt"
    assert f"-c /dist/{constraints}" in install
    assert not stages[target].all("COPY")


def test_every_source_of_the_wheel_reaches_the_builder(stages: dict[str, Stage]) -> None:
    assert stages["wheel"].all("COPY") == [". ."]
    ignored = {line.strip("/") for line in (ROOT / ".dockerignore").read_text().splitlines()}
    copied = {path.name for path in ROOT.iterdir() if not path.name.startswith(".")} - ignored
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    sources = {line.split("/")[0] for line in tracked.splitlines() if "/__init__.py" in line} - {"tests"}
    assert {"assets", "envs", "deploy_jetson"} <= sources
    assert (
        sources | {"pyproject.toml", "setup.py", "constraints.txt", "gaitway.pth", "README.md", "LICENSE"}
        <= copied
    )
    assert {".*", "**/token*"} <= ignored, "the repository and secrets stay outside"


def test_shell_steps_are_shell(stages: dict[str, Stage]) -> None:
    steps = [text for stage in stages.values() for text in stage.all("RUN")]
    assert len(steps) >= 8
    for text in steps:
        script = text.removeprefix("--mount=type=bind,from=wheel,source=/dist,target=/dist ")
        done = subprocess.run(["sh", "-n"], input=script, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("target", TARGETS)
def test_what_an_image_starts_parses(
    stages: dict[str, Stage], target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    parse(stages[target].command(), monkeypatch)


@pytest.mark.parametrize("name", list(COMPOSE["services"]))
def test_what_a_service_starts_parses(
    name: str, stages: dict[str, Stage], monkeypatch: pytest.MonkeyPatch
) -> None:
    service: dict[str, Any] = COMPOSE["services"][name]
    entry = service.get("entrypoint") or stages[service["build"]["target"]].command()[:1]
    command = [*entry, *service["command"]]
    parse(command, monkeypatch)
    for word in command:
        if word.startswith("/bundles/"):
            assert (ROOT / "policies/zoo" / word.removeprefix("/bundles/") / "policy.json").is_file()


def test_compose_opens_nothing_to_the_network() -> None:
    for name, service in COMPOSE["services"].items():
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", [])), name
        assert service["cap_drop"] == ["ALL"]
        assert service["read_only"]
        build = service["build"]
        assert (FOLDER / build["context"]).resolve() == ROOT
        assert (ROOT / build["dockerfile"]).is_file()
        for volume in service["volumes"]:
            source = volume.split(":")[0]
            assert source in COMPOSE["volumes"] or (FOLDER / source).is_dir()


def test_the_commands_in_the_comments_name_what_there_is(stages: dict[str, Stage]) -> None:
    lines = (FOLDER / "Dockerfile").read_text().splitlines() + (
        FOLDER / "compose.yaml"
    ).read_text().splitlines()
    commands = [shlex.split(line[4:].split("&&")[0]) for line in lines if line.startswith("#   docker")]
    assert len(commands) >= 5
    for words in commands:
        assert (ROOT / words[words.index("-f") + 1]).is_file()
        if "--target" in words:
            assert words[words.index("--target") + 1] in stages
        else:
            assert COMPOSE["services"].keys() & set(words)
