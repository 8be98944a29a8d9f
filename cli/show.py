"""Show a task's resolved config: observations, actions, commands, rewards, ends, events and all else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import tyro

from .overrides import Overrides

if TYPE_CHECKING:
    from ..envs.tables import ConfigTable

_HEAD = """# Tasks

What every registered task is made of, as it is built: any `field` is changed by `--env.field VALUE`, any
term is taken out by `--env.rewards.term off`. Weights are rewards per second, units SI.
[training.md](training.md) says how to use a task, [extend.md](extend.md) how to add one. This page is made by
`gaitway show --markdown > docs/tasks.md`.
"""


def main(
    task: Annotated[str | None, tyro.conf.Positional] = None, env: Overrides = (), markdown: bool = False
) -> None:
    """Show what defines a task.

    Args:
        task: registered task, such as Gaitway/DroidVelocityFlat-v0; all of them if none is given.
        env: changes of the config.
        markdown: print Markdown, as docs/tasks.md has it.
    """
    # Loads torch: not before the arguments are known to be right.
    from ..envs.registration import TASKS, load_cfg
    from ..envs.tables import task_tables
    from ..envs.vector_env import GaitwayVectorEnv

    if markdown and task is None:
        print(_HEAD)
    for name in [task] if task else TASKS:
        tables = task_tables(GaitwayVectorEnv(load_cfg(name, env), 1))
        if markdown:
            print(f"## {name}\n\n" + "\n\n".join(table.markdown() for table in tables) + "\n")
        else:
            _print(tables)


def _print(tables: list[ConfigTable]) -> None:
    from rich.console import Console
    from rich.table import Table

    for table in tables:
        printed = Table(title=table.title, title_justify="left")
        for column in table.columns:
            printed.add_column(column)
        for row in table.rows:
            printed.add_row(*row)
        Console().print(printed)
