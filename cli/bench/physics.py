"""`gaitway bench physics`: physics alone against the whole environment, and beside other libraries."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from .report import machine_facts, on_machine, print_peers, print_table, write_json

_TASK = "Gaitway/DroidVelocityFlat-v0"
_HUMANOID_TASK = "Gaitway/HumanoidVelocityFlat-v0"


@dataclass
class Physics:
    """Measure how fast a task steps: physics alone and the whole environment in turns, medians.

    With --peers, measure our stepping of Humanoid-v5 beside theirs instead, in turns in one process.

    Attributes:
        task: registered task.
        num_envs: worlds stepped in parallel.
        seconds: how long to measure, for each comparison; with --peers, for each contestant.
        scene: a USD scene to put the robot into as well, to see what it costs.
        at: where in that scene it stands, x and y in m; choose a free spot.
        device: cpu, or a CUDA device such as cuda:0.
        peers: other libraries, separated by commas: envpool, gymnasium, mjwarp.
        json: file to write the figures to, with the facts of the machine.
    """

    task: str = _TASK
    num_envs: int = 512
    seconds: float = 10.0
    scene: Path | None = None
    at: tuple[float, float] = (0.0, 0.0)
    device: str = "cpu"
    peers: str = ""
    json: Path | None = None

    def run(self) -> None:
        """Measure, print and write."""
        if self.peers:
            self._beside_peers()
        else:
            self._task_alone()

    def _task_alone(self) -> None:
        # Loads torch: not before the arguments are known to be right.
        from ...envs.bench.task import measure_env, measure_scene
        from ...envs.registration import load_cfg

        cfg, machine = load_cfg(self.task), machine_facts()
        env = measure_env(cfg, self.num_envs, self.seconds, self.device)
        result: dict[str, Any] = {"task": self.task, "device": self.device, **asdict(env)}
        if self.scene is not None:
            speed = measure_scene(cfg, self.scene, self.num_envs, self.seconds, self.device, self.at)
            result["scene"] = str(self.scene)
            result |= {f"scene_{name}": value for name, value in asdict(speed).items()}
        title = f"{self.task}: {self.num_envs} worlds on {on_machine(machine)}"
        print_table(title, ("measure", "value", "unit"), _rows(result))
        write_json(self.json, result, machine)

    def _beside_peers(self) -> None:
        from ...envs.bench.peers import check_peers, measure_peers
        from ...envs.registration import load_cfg

        names = [name.strip() for name in self.peers.split(",")]
        check_peers(names)
        machine = machine_facts()
        result = measure_peers(names, self.num_envs, self.seconds, load_cfg(_HUMANOID_TASK))
        for key, what in (
            ("humanoid_v5", "Humanoid-v5, transitions of 5 physics steps with reset and observation"),
            ("robot_physics", f"{result.get('robot')}, env steps of physics alone"),
        ):
            if key in result:
                title = f"{what}: {self.num_envs} worlds on {on_machine(machine)}"
                print_peers(title, "per second", result[key])
        write_json(self.json, result, machine)


def _rows(result: dict[str, Any]) -> list[tuple[str, str, str]]:
    rows = [
        ("physics alone", f"{result['physics']:,.0f}", "env steps/s"),
        ("whole environment", f"{result['env']:,.0f}", "env steps/s"),
        ("environment's overhead", f"{result['overhead']:.1%}", "of its wall time"),
    ]
    if "scene" in result:
        rows += [
            ("physics, robot standing", f"{result['scene_own']:,.0f}", "env steps/s"),
            (f"the same in {Path(result['scene']).name}", f"{result['scene_other']:,.0f}", "env steps/s"),
            ("slowed down by the scene", f"{result['scene_slowdown']:.1%}", ""),
        ]
    return rows
