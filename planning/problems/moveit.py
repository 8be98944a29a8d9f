"""MotionBenchMaker's problems as MoveIt writes them: sceneNNNN.yaml, requestNNNN.yaml, in folders or a tar.

A folder of pairs is a scene's variations; its name, less the robot's, is the scene's. Boxes have full edge
lengths, cylinders height before radius, quaternions are x, y, z, w. Nothing is unpacked, and no tag of YAML
makes anything but numbers, texts, lists and mappings.
"""

from __future__ import annotations

import lzma
import re
import tarfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from ..collision.obstacles import Box, Cylinder, Obstacle, Sphere
from ..collision.world import World
from ..errors import ProblemError, WorldError
from .fields import Field
from .problem import Problem

_FILE = re.compile(r"(scene|request)(\d+)\.yaml$")
_LARGEST = 4_000_000  # bytes of one file: real ones have 5,000
_DIMENSIONS = {"box": 3, "cylinder": 2, "sphere": 1}


def read_moveit(path: Path) -> list[Problem]:
    """Read all pairs below a folder or in a tar file, ordered by scene and number.

    Raises:
        ProblemError: no pair, half a pair, no YAML, or a field that is missing or cannot be used.
    """
    pairs: dict[tuple[str, int], dict[str, tuple[str, bytes]]] = {}
    for name, data in _in_tar(path) if path.is_file() else _in_folder(path):
        match = _FILE.search(name)
        if match:
            key = (str(PurePosixPath(name).parent), int(match[2]))
            pairs.setdefault(key, {})[match[1]] = (f"{path}/{name}", data)
    if not pairs:
        raise ProblemError(f"{path}: holds no sceneNNNN.yaml with its requestNNNN.yaml.")
    problems = []
    for (folder, number), pair in sorted(pairs.items()):
        for kind in ("scene", "request"):
            if kind not in pair:
                raise ProblemError(f"{path}/{folder}: {kind}{number:04d}.yaml is missing.")
        folder_name = path.name if folder == "." else PurePosixPath(folder).name
        problems.append(_problem(folder_name, number, _parse(*pair["scene"]), _parse(*pair["request"])))
    return problems


def _in_folder(path: Path) -> Iterator[tuple[str, bytes]]:
    for file in sorted(path.rglob("*.yaml")):
        if file.stat().st_size > _LARGEST:
            raise ProblemError(f"{file}: has more than {_LARGEST} bytes; no scene or request has.")
        yield file.relative_to(path).as_posix(), file.read_bytes()


def _in_tar(path: Path) -> Iterator[tuple[str, bytes]]:
    try:
        with tarfile.open(path) as archive:
            for member in archive:
                content = archive.extractfile(member) if member.isfile() else None
                if content is None or not member.name.endswith(".yaml"):
                    continue
                if member.size > _LARGEST:
                    raise ProblemError(
                        f"{path}/{member.name}: has more than {_LARGEST} bytes; no scene or request has."
                    )
                yield member.name, content.read()
    except (tarfile.TarError, EOFError, zlib.error, lzma.LZMAError) as error:
        raise _no_tar(path, error) from error
    except OSError as error:
        if error.errno is not None:
            raise
        raise _no_tar(path, error) from error  # bzip2's word for broken data


def _no_tar(path: Path, error: Exception) -> ProblemError:
    why = str(error).partition("\n")[0].rstrip(":")  # then what each way of unpacking said, a line each
    return ProblemError(f"{path}: is no tar file that can be read ({why}).")


def _parse(name: str, data: bytes) -> Field:
    import yaml

    try:
        # The loader written in C, where there is one, is as safe and ten times as fast.
        value: Any = yaml.load(data, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except (yaml.YAMLError, ValueError, LookupError, AttributeError, RecursionError) as error:
        # A date or number that is none is whatever its conversion raises.
        raise ProblemError(f"{name}: is no YAML: {' '.join(str(error).split())}.") from error
    return Field(value, name)


def _problem(folder: str, number: int, scene: Field, request: Field) -> Problem:
    goal = request["goal_constraints"].items(1)[0]["joint_constraints"].items(1)
    joints = tuple(constraint["joint_name"].text() for constraint in goal)
    if len(set(joints)) < len(joints):
        request["goal_constraints"].refuse("names a joint twice")
    state = request["start_state"]["joint_state"]
    names = state["name"].texts()
    start = dict(zip(names, state["position"].numbers(len(names)).tolist(), strict=True))
    for joint in joints:
        if joint not in start:
            state["name"].refuse(f"lacks joint {joint}, for which there is a goal")
    robot = scene["robot_model_name"].text()
    _check_frames(scene)
    return Problem(
        f"{folder.removesuffix(f'_{robot}')}/{number:04d}",
        robot,
        joints,
        np.array([start.pop(joint) for joint in joints]),
        np.array([[constraint["position"].number() for constraint in goal]]),
        _world(scene),
        held=start,
    )


def _check_frames(scene: Field) -> None:
    """Obstacles are in the robot's root only if no frame is moved against it."""
    frames = scene.get("fixed_frame_transforms")
    for frame in frames.items() if frames else []:
        place = frame["transform"]
        moved = place["translation"].numbers(3).any() or place["rotation"].quaternion_xyzw()[1:].any()
        if moved:
            frame.refuse("is moved or turned against the robot's root; give obstacles in the root")


def _world(scene: Field) -> World:
    obstacles: dict[str, Obstacle] = {}
    for thing in scene["world"]["collision_objects"].items():
        name = thing["id"].text()
        if thing.get("meshes") or thing.get("planes"):
            thing.refuse(f"('{name}') has meshes or planes; boxes, cylinders and spheres can be read")
        shapes, poses = thing["primitives"].items(1), thing["primitive_poses"].items()
        if len(shapes) != len(poses):
            thing.refuse(f"('{name}') has {len(shapes)} primitives but {len(poses)} primitive_poses")
        base = thing.get("pose")
        for i, (shape, pose) in enumerate(zip(shapes, poses, strict=True)):
            own = name if len(shapes) == 1 else f"{name}.{i}"
            if own in obstacles:
                thing["id"].refuse(f"'{own}' is there twice")
            obstacles[own] = _obstacle(shape, *_pose(pose, base))
    return World(obstacles)


def _obstacle(shape: Field, centre: np.ndarray, quaternion: np.ndarray) -> Obstacle:
    kind = shape["type"].text()
    if kind not in _DIMENSIONS:
        shape["type"].refuse(f"is '{kind}'; it must be one of {', '.join(_DIMENSIONS)}")
    size = shape["dimensions"].numbers(_DIMENSIONS[kind])
    try:
        if kind == "box":
            return Box(centre, size, quaternion)
        if kind == "cylinder":
            return Cylinder(centre, float(size[1]), float(size[0]), quaternion)
        return Sphere(centre, float(size[0]))
    except WorldError as error:
        shape.refuse(f"is no obstacle: {str(error).rstrip('.')}")


def _pose(pose: Field, base: Field | None) -> tuple[np.ndarray, np.ndarray]:
    """Position and quaternion wxyz of a primitive, in the world."""
    p, q = pose["position"].numbers(3), pose["orientation"].quaternion_xyzw()
    if base is None:
        return p, q
    from scipy.spatial.transform import Rotation

    turn = Rotation.from_quat(base["orientation"].quaternion_xyzw(), scalar_first=True)
    inner = Rotation.from_quat(q, scalar_first=True)
    return base["position"].numbers(3) + turn.apply(p), (turn * inner).as_quat(scalar_first=True)
