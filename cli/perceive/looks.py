"""How the result of any command of `gaitway perceive` is looked at: a page to keep, or a viewer."""

from __future__ import annotations

import shlex
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from tyro.constructors import PrimitiveConstructorSpec

from ..bench.report import on_machine
from .view.target import IN_BROWSER, open_view

if TYPE_CHECKING:
    from rerun import RecordingStream

    from ...policies.page import Page

# `--view` alone, or with a file.
ViewTarget = Annotated[
    Path | None,
    PrimitiveConstructorSpec(
        nargs=(0, 1),
        metavar="[FILE.rrd]",
        instance_from_str=lambda words: Path(words[0]) if words else IN_BROWSER,
        is_instance=lambda value: value is None or isinstance(value, Path),
        str_from_instance=lambda value: [] if value is None else [str(value)],
    ),
]


@dataclass(kw_only=True)
class Looks:
    """Options that all commands share.

    Attributes:
        report: page to write: one HTML file with tables, plots and pictures inside.
        view: look at it in rerun, from `pip install 'gaitway[view]'`: in a browser on this machine until
            Ctrl-C or, with FILE.rrd, in a file to look at later with `rerun FILE.rrd`.
    """

    report: Path | None = None
    view: ViewTarget = None
    warned: list[str] = field(init=False, default_factory=list)
    """What was said to have been assumed of the input."""

    def run(self) -> None:
        """Do what the command is for, and show it."""
        with open_view(self.view) as view:
            self.work(view)

    def work(self, view: RecordingStream | None) -> None:
        """What the command is for; shown in `view` if there is one."""
        raise NotImplementedError

    def page(self, title: str, machine: dict[str, Any]) -> Page:
        """The page to fill, with the command line, the machine and the warnings."""
        from ...policies.page import Page

        versions = machine["versions"]
        facts = [
            f"{on_machine(machine)}; {machine['system']}, Python {versions['python']}; Gaitway "
            f"{versions['gaitway']}, commit {machine['git_commit']}."
        ]
        command = shlex.join([Path(sys.argv[0]).name, *sys.argv[1:]])
        return Page(title, facts, warnings=list(self.warned), command=command)
