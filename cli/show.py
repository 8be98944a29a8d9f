"""Show a task's resolved config: observations, actions, commands, rewards, ends, events and all else."""

from __future__ import annotations

from typing import Annotated

import tyro

from .overrides import Overrides


def main(task: Annotated[str, tyro.conf.Positional], env: Overrides = (), markdown: bool = False) -> None:
    """Show what defines a task.

    Args:
        task: registered task, such as Gaitway/DroidVelocityFlat-v0; 'gaitway list' shows them.
        env: changes of the config.
        markdown: print Markdown, as docs/tasks.md has it.
    """
    # Loads torch: not before the arguments are known to be right.
    from ..envs.registration import load_cfg
    from ..envs.tables import task_tables
    from ..envs.vector_env import GaitwayVectorEnv

    tables = task_tables(GaitwayVectorEnv(load_cfg(task, env), 1))
    if markdown:
        print("\n\n".join(table.markdown() for table in tables))
        return
    from rich.console import Console
    from rich.table import Table

    for table in tables:
        printed = Table(title=table.title, title_justify="left")
        for column in table.columns:
            printed.add_column(column)
        for row in table.rows:
            printed.add_row(*row)
        Console().print(printed)
