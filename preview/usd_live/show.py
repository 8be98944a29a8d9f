"""A running policy as a live USD stage, in real time."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from ...envs.vector_env import GaitwayVectorEnv
from ..rollout import Moment
from .live import LiveStage
from .roots import LIVE, RECORDING


def show(
    moments: Iterable[Moment],
    env: GaitwayVectorEnv,
    folder: Path,
    rate: float,
    seconds: float | None,
    nucleus: str | None = None,
) -> None:
    """Show the worlds of `env`, which `moments` steps, in `folder` until they end, `seconds` or Ctrl-C.

    Raises:
        OSError: the folder or the server cannot be written to, or the recording could not.
    """
    moments = iter(moments)
    next(moments)
    live = LiveStage(env, folder, min(rate, 1 / env.step_dt), env.step_dt, nucleus)
    print(
        f"Open {folder / LIVE} in a USD viewer. Ctrl-C ends this and writes {folder / RECORDING}.", flush=True
    )
    try:
        _run(moments, env.step_dt, live, math.inf if seconds is None else seconds)
    except KeyboardInterrupt:
        print(file=sys.stderr)  # after the terminal's ^C
    finally:
        report = live.close()
    if report.recording_error:
        raise OSError(report.recording_error)
    print(f"{folder / RECORDING}: {report.received + 1} frames.")


def _run(moments: Iterator[Moment], step_dt: float, live: LiveStage, seconds: float) -> None:
    begin = time.perf_counter() - step_dt
    for step, _ in enumerate(moments, start=2):
        live.publish(step * step_dt)
        if (step + 0.5) * step_dt > seconds:
            return
        time.sleep(max(0.0, begin + step * step_dt - time.perf_counter()))
