"""`gaitway bench render`: pictures and lidar scans per second."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from .report import machine_facts, on_machine, print_peers, print_table, write_json

_LIDAR_TASK = "Gaitway/AmrNavigation-v0"
_LIDAR_WORLDS = 64


@dataclass
class Render:
    """Measure pictures per second of our ray tracer and of MuJoCo's OpenGL renderer, in turns.

    And lidar scans per second, ours beside `mujoco-lidar`.

    Attributes:
        task: registered task, whose robot and scene are drawn.
        sizes: picture sizes, as WIDTHxHEIGHT.
        worlds: numbers of worlds.
        seconds: how long to measure each renderer at each size and number of worlds.
        gl: library that OpenGL draws by.
        json: file to write the figures to, with the facts of the machine.
    """

    task: str = "Gaitway/DroidVelocityFlat-v0"
    sizes: tuple[str, ...] = ("64x64", "160x120", "320x240", "640x480")
    worlds: tuple[int, ...] = (1, 16)
    seconds: float = 3.0
    gl: Literal["egl", "osmesa"] = "egl"
    json: Path | None = None

    def run(self) -> None:
        """Measure, print and write."""
        sizes = [_size(text) for text in self.sizes]
        if min(self.worlds) < 1:
            raise ValueError(f"worlds is {min(self.worlds)}; there must be at least 1.")
        os.environ["MUJOCO_GL"] = self.gl  # read while mujoco is imported
        from ...envs.bench.render import measure_render
        from ...envs.model import compile_model
        from ...envs.registration import load_cfg

        model, machine = compile_model(load_cfg(self.task), visuals=True), machine_facts()
        results = [
            measure_render(model, *size, worlds, self.seconds) for size in sizes for worlds in self.worlds
        ]
        title = f"Pictures per second of {self.task} ({self.gl}), {on_machine(machine)}"
        names = list(results[0]["per_second"])
        rows = [
            (
                f"{r['width']}x{r['height']}, {r['worlds']}",
                *(f"{r['per_second'][n]['best']:,.1f}" for n in names),
            )
            for r in results
        ]
        print_table(title, ("size, worlds", *names), rows)
        if error := results[0].get("opengl_error"):
            packages = {"egl": "libegl1 libgl1-mesa-dri", "osmesa": "libosmesa6"}[self.gl]
            print(f"OpenGL could not draw ({error}); on Debian and Ubuntu: apt install {packages}")
        lidar = self._lidar()
        result = {"task": self.task, "gl": self.gl, "results": results, "lidar": lidar}
        write_json(self.json, result, machine)

    def _lidar(self) -> dict[str, Any]:
        from ...envs.bench.lidar import INSTALL, has_mujoco_lidar, measure_lidar
        from ...envs.registration import load_cfg

        result = measure_lidar(load_cfg(_LIDAR_TASK), _LIDAR_WORLDS, self.seconds)
        title = f"Lidar, {result['rays']} rays in {result['worlds']} worlds of {result['geoms']} geoms"
        print_peers(title, "scans per second", result)
        if not has_mujoco_lidar():
            print(f"mujoco-lidar is not installed: {INSTALL}")
        return result


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.partition("x")
    if not (width.isdecimal() and height.isdecimal() and int(width) and int(height)):
        raise ValueError(f"'{text}' is no picture size; write it as 320x240.")
    return int(width), int(height)
