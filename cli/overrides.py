"""The option by which commands change a task's config."""

from __future__ import annotations

from typing import Annotated

import tyro

Overrides = Annotated[
    tuple[str, ...],
    tyro.conf.UseAppendAction,
    tyro.conf.arg(
        name="env",
        metavar="PATH VALUE...",
        help="change a field of the task's config, such as --env.commands.lin_vel_x 0 1; "
        "'off' removes a term; 'gaitway show TASK' lists them.",
    ),
]
