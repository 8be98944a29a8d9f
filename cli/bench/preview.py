"""`gaitway bench preview`: how much a training is slowed by a browser window that watches it."""

from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .report import machine_facts, on_machine, print_table, write_json

_ITERATIONS = 8  # per turn, as in `bench training`
_ROUNDS = 5
_MAIN = "from gaitway.cli.main import main; main()"
_WATCH = "import sys; from gaitway.preview.window.spectator import watch; watch(sys.argv[1])"


@dataclass
class Preview:
    """Measure samples per second of a training alone, and watched by `gaitway preview RUN`, in turns.

    The window has one spectator, who draws nothing: that is the work of the machine with the browser.

    Attributes:
        task: registered task.
        num_envs: worlds that the training steps in parallel.
        worlds: how many the window shows.
        seconds: how long to measure each.
        json: file to write the figures to, with the facts of the machine.
    """

    task: str = "Gaitway/DroidVelocityFlat-v0"
    num_envs: int = 512
    worlds: int = 1
    seconds: float = 60.0
    json: Path | None = None

    def run(self) -> None:
        """Measure, print and write."""
        from ...envs.bench.turns import rates_in_turns, ratios, summary
        from ...envs.registration import load_cfg
        from ...envs.vector_env import GaitwayVectorEnv
        from ...policies.trainer import Trainer

        cfg, machine = load_cfg(self.task), machine_facts()
        with tempfile.TemporaryDirectory() as folder:
            trainer = Trainer(GaitwayVectorEnv(cfg, self.num_envs), cfg.agent, Path(folder), 0, "")
            trainer.save()

            def train() -> int:
                before, end = trainer.samples, trainer.iteration + _ITERATIONS
                trainer.train(lambda trainer: trainer.iteration >= end, lambda progress: None)
                return trainer.samples - before

            with _window(Path(folder), self.worlds) as processes:

                def alone() -> int:
                    _signal(processes, signal.SIGSTOP)
                    return train()

                def watched() -> int:
                    _signal(processes, signal.SIGCONT)
                    return train()

                rates = rates_in_turns({"alone": alone, "watched": watched}, self.seconds, _ROUNDS)
        slower = 1.0 - ratios(rates, "watched")["alone"]
        rows = [
            (name, f"{rate['median']:,.0f}", f"{rate['best']:,.0f}") for name, rate in summary(rates).items()
        ]
        rows.append(("slowed by", f"{100 * slower:.1f} %", ""))
        title = f"{self.task}, samples per second: {self.num_envs} worlds on {on_machine(machine)}"
        print_table(title, ("", "median", "best"), rows)
        result = {"task": self.task, "num_envs": self.num_envs, "worlds": self.worlds}
        write_json(self.json, {**result, "per_second": summary(rates), "slowed_by": slower}, machine)


@contextmanager
def _window(run: Path, worlds: int) -> Iterator[list[subprocess.Popen[str]]]:
    """`gaitway preview` of the run, and its spectator, as processes of their own."""
    preview = [sys.executable, "-c", _MAIN, "preview", str(run), "--port", "0", "--worlds", str(worlds)]
    processes = [subprocess.Popen(preview, stdout=subprocess.PIPE, text=True)]
    try:
        assert processes[0].stdout is not None
        line = processes[0].stdout.readline()
        if ": open " not in line:
            raise ValueError("the window did not open; see its message above.")
        address = line.partition(": open ")[2].split()[0]
        processes.append(subprocess.Popen([sys.executable, "-c", _WATCH, address], text=True))
        yield processes
    finally:
        for process in reversed(processes):
            process.kill()
            process.wait()


def _signal(processes: list[subprocess.Popen[str]], number: signal.Signals) -> None:
    for process in processes:
        process.send_signal(number)
