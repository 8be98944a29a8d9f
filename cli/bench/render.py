"""`gaitway bench render`: pictures and lidar scans per second."""

from __future__ import annotations

import os
from ctypes.util import find_library
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from .report import machine_facts, on_machine, print_peers, print_table, write_json

_LIDAR_TASK = "Gaitway/AmrNavigation-v0"
_LIDAR_WORLDS = 64
# Of each way to OpenGL, the library and Debian's packages of it.
_LIBRARIES = {"egl": ("EGL", "libegl1 libgl1-mesa-dri"), "osmesa": ("OSMesa", "libosmesa6")}


@dataclass
class Render:
    """Measure pictures per second of our tiled cameras and of MuJoCo's OpenGL renderer, in turns.

    And lidar scans per second, ours beside `mujoco-lidar`.

    Attributes:
        task: registered task, whose worlds are drawn.
        camera: the robot's camera.
        sizes: picture sizes, as WIDTHxHEIGHT.
        worlds: numbers of worlds.
        seconds: how long to measure each renderer at each size and number of worlds.
        gl: library that OpenGL draws by.
        json: file to write the figures to, with the facts of the machine.
    """

    task: str = "Gaitway/AmrNavigation-v0"
    camera: str = "stereo_left"
    sizes: tuple[str, ...] = ("32x24", "64x48", "160x120", "320x240")
    worlds: tuple[int, ...] = (1, 16, 64, 256)
    seconds: float = 1.0
    gl: Literal["egl", "osmesa"] = "egl"
    json: Path | None = None

    def run(self) -> None:
        """Measure, print and write."""
        sizes = [_size(text) for text in self.sizes]
        if min(self.worlds) < 1:
            raise ValueError(f"worlds is {min(self.worlds)}; there must be at least 1.")
        library, packages = _LIBRARIES[self.gl]
        # Read while mujoco is imported, which fails if it is told to load what is not there.
        os.environ["MUJOCO_GL"] = self.gl if find_library(library) else "disabled"
        from ...envs.bench.render import measure_render
        from ...envs.registration import load_cfg

        machine = machine_facts()
        cfg = load_cfg(self.task)
        results = list(measure_render(cfg, self.camera, sizes, self.worlds, self.seconds))
        title = f"Pictures per second of {self.task} ({self.gl}), {on_machine(machine)}"
        names = list(results[0]["per_second"])
        rows = [
            (
                f"{r['width']}x{r['height']}, {r['worlds']}",
                *(f"{r['per_second'][n]['best']:,.0f}" for n in names),
            )
            for r in results
        ]
        print_table(title, ("size, worlds", *names), rows)
        if error := results[0].get("opengl_error"):
            print(f"{library} cannot draw here ({error}); on Debian and Ubuntu: apt install {packages}")
        lidar = self._lidar()
        result = {"task": self.task, "camera": self.camera, "gl": self.gl, "results": results, "lidar": lidar}
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
