"""`gaitway bench ik`: how many poses an arm's inverse kinematics reaches, and how fast, beside mink."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .report import machine_facts, on_machine, print_table, write_json

if TYPE_CHECKING:
    from ...planning.robot.group import JointGroup

_SINGLE = 500  # poses that are also solved one by one


@dataclass
class Ik:
    """Bring an arm's tip to random poses that it can reach, to 1 mm and 0.5 degrees.

    Attributes:
        robot: USD or URDF file; our arm by default.
        base: link that poses are given in.
        tip: link to bring there.
        poses: how many, of configurations uniform within the joints' limits.
        mink: how many of them mink solves, too; 0 leaves it out. Only for robots in USD.
        seed: of the poses.
        json: file to write the figures to, with the facts of the machine.
    """

    robot: Path | None = None
    base: str = "link0"
    tip: str = "hand"
    poses: int = 10000
    mink: int = 100
    seed: int = 0
    json: Path | None = None

    def run(self) -> None:
        """Solve, print and write."""
        from ...assets import ASSETS
        from ...planning.robot.group import select_group
        from ...planning.robot.read import read_robot

        if self.poses < 1 or not 0 <= self.mink <= self.poses:
            raise ValueError(
                f"--poses {self.poses} --mink {self.mink}: there must be a pose, and mink gets them at most."
            )
        machine = machine_facts()
        robot = self.robot or ASSETS / "robots" / "arm.usda"
        group = select_group(read_robot(robot).tree, self.base, self.tip)
        positions, quaternions = _reachable(group, self.poses, self.seed)
        solvers = {
            f"gaitway, {k} solution{'s' * (k > 1)} each": _ours(group, positions, quaternions, k)
            for k in (1, 8)
        }
        single = _one_by_one(group, positions[:_SINGLE], quaternions[:_SINGLE])
        if self.mink:
            from .ik_peer import Mink

            peer = Mink(robot, group)
            peer.solve(positions[:1], quaternions[:1])
            solvers["mink"] = _timed(peer.solve, positions[: self.mink], quaternions[: self.mink])
        _print(f"Inverse kinematics of {group.tree.name}, {on_machine(machine)}", solvers)
        print(f"one pose alone: median {single['median_us']:.0f} µs, 95 % within {single['p95_us']:.0f} µs")
        settings = {
            "robot": robot.name,
            "base": self.base,
            "tip": self.tip,
            "poses": self.poses,
            "seed": self.seed,
        }
        write_json(self.json, {**settings, "solvers": solvers, "one_by_one": single}, machine)


def _reachable(group: JointGroup, count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Positions (count, 3) and quaternions wxyz of tips at random configurations."""
    from scipy.spatial.transform import Rotation

    from ...planning.kinematics.forward_numba import tip_poses

    low = np.where(np.isfinite(group.limits.lower), group.limits.lower, -np.pi)
    high = np.where(np.isfinite(group.limits.upper), group.limits.upper, np.pi)
    poses = tip_poses(group, np.random.default_rng(seed).uniform(low, high, (count, group.dof)))
    return poses[:, :3, 3].copy(), np.roll(Rotation.from_matrix(poses[:, :3, :3]).as_quat(), 1, axis=1)


def _ours(group: JointGroup, positions: np.ndarray, quaternions: np.ndarray, count: int) -> dict[str, Any]:
    from ...planning.kinematics.inverse import InverseKinematics

    solver = InverseKinematics(group)
    solver.solve(positions[:64], quaternions[:64], solutions=count)  # compiles
    return _timed(lambda p, q: solver.solve(p, q, solutions=count).found, positions, quaternions)


def _timed(solve: Any, positions: np.ndarray, quaternions: np.ndarray) -> dict[str, Any]:
    """Run a solver that returns how many solutions each pose has."""
    wall, processor = time.perf_counter(), time.process_time()
    found = solve(positions, quaternions)
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    return {
        "poses": len(positions),
        "solved": float((found > 0).mean()),
        "solutions": int(found.sum()),
        "solutions_per_s": float(found.sum() / wall),
        "solutions_per_cpu_s": float(found.sum() / processor),
    }


def _one_by_one(group: JointGroup, positions: np.ndarray, quaternions: np.ndarray) -> dict[str, float]:
    """Times of single calls in µs."""
    from ...planning.kinematics.inverse import InverseKinematics

    solver, times = InverseKinematics(group), []
    for p, q in zip(positions, quaternions, strict=True):
        start = time.perf_counter()
        solver.solve(p, q)
        times.append(1e6 * (time.perf_counter() - start))
    return {"median_us": float(np.median(times)), "p95_us": float(np.percentile(times, 95))}


def _print(title: str, solvers: dict[str, dict[str, Any]]) -> None:
    rows = [
        (
            name,
            f"{row['poses']:,}",
            f"{row['solved']:.2%}",
            f"{row['solutions_per_s']:,.0f}",
            f"{row['solutions_per_cpu_s']:,.0f}",
        )
        for name, row in solvers.items()
    ]
    print_table(title, ("solver", "poses", "solved", "solutions a second", "a CPU second"), rows)
