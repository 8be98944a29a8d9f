"""VAMP's RRT-Connect as a peer of our planner, run by an interpreter that has `vamp`: `python FILE JOB.json`.

It needs numpy and vamp alone. As in VAMP's own evaluation, cylinders become capsules, and boxes in the scene
'box'; its robots are compiled into it, so only the Panda's problems can be given to it.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
from pathlib import Path
from typing import Any

# Not in the project's environment, so no tool may look for it there.
vamp: Any = importlib.import_module("vamp")
transformations: Any = importlib.import_module("vamp.transformations")


def main(job: Path) -> None:
    """Solve a job's problems and write what was found beside it."""
    problems = json.loads(job.with_name("problems.json").read_text())["problems"]
    robot, plan, settings, simplify = vamp.configure_robot_and_planner_with_kwargs("panda", "rrtc")
    answers = {}
    for problem in problems:
        sampler = robot.halton()
        world = _world(problem)
        processor = time.process_time()
        found = plan(problem["start"], problem["goals"], world, settings, sampler)
        if not found.solved:
            answers[problem["name"]] = {"solved": False}
            continue
        short = robot.simplify(found.path, world, simplify, sampler)
        processor = time.process_time() - processor
        answers[problem["name"]] = {
            "solved": True,
            "total_ms": 1e-6 * (found.nanoseconds + short.nanoseconds),
            "processor_ms": 1e3 * processor,  # through Python
            "path": [[float(value) for value in q] for q in short.path.numpy()],
        }
    job.with_name("answers.json").write_text(json.dumps(answers))


def _world(problem: dict[str, Any]) -> Any:
    """As `vamp.problem_dict_to_vamp` makes it."""
    world = vamp.Environment()
    is_box_scene = problem["name"].startswith("box/")
    for shape in problem.get("obstacles", {}).values():
        centre = shape["centre"]
        if shape["kind"] == "sphere":
            world.add_sphere(vamp.Sphere(centre, shape["radius"]))
            continue
        w, x, y, z = shape["quaternion"]
        turn = transformations.euler_from_quaternion([x, y, z, w])
        if shape["kind"] == "box":
            world.add_cuboid(vamp.Cuboid(centre, turn, [edge / 2 for edge in shape["size"]]))
        elif shape["kind"] == "cylinder" and is_box_scene:
            half = [shape["radius"], shape["radius"], shape["height"] / 2]
            world.add_cuboid(vamp.Cuboid(centre, turn, half))
        elif shape["kind"] == "cylinder":
            world.add_capsule(vamp.Cylinder(centre, turn, shape["radius"], shape["height"]))
        else:
            raise ValueError(f"VAMP is given no {shape['kind']}.")
    return world


if __name__ == "__main__":
    main(Path(sys.argv[1]))
