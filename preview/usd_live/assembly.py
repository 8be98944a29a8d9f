"""The stage that is shown: the task's scene as a sublayer, its robot by reference, further worlds beside it.

Neither file is changed or copied. What a viewer needs besides them is authored here, in one layer.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pxr import Gf, Sdf, Tf, Usd, UsdGeom, UsdPhysics, UsdSemantics

from ...envs.stage import StageError
from ...envs.stage.units import stage_to_model

_MARK_RADIUS, _MARK_COLOR = 0.04, (0.95, 0.2, 0.1)  # m, RGB

BodyPrims = dict[str, tuple[Path, str]]
"""Body of the model -> the file and path of the prim that it was."""


@dataclass(frozen=True)
class Assembly:
    """The layer that composes the worlds, and where in it things are.

    `bodies` are names of the model's bodies that have a prim. `moving_paths` are the prims of each world that
    move: those of the bodies, in that order, then the mark if there is one. `robot_paths` are the robots.
    """

    stage: Usd.Stage
    bodies: tuple[str, ...]
    moving_paths: tuple[tuple[Sdf.Path, ...], ...]
    robot_paths: tuple[Sdf.Path, ...]

    @property
    def layer(self) -> Sdf.Layer:
        """What was authored here, scene and robot not among it."""
        return self.stage.GetRootLayer()


def assemble(
    scene_file: Path, robot_file: Path, body_prims: BodyPrims, offsets: np.ndarray, has_mark: bool = False
) -> Assembly:
    """Compose worlds of a scene and a robot, each moved by its offset (worlds, 3) in m in the model's frame.

    `body_prims` is what `load_stage` says of the same two files. With `has_mark`, a ball in each world shows
    where the robot should get to.

    Raises:
        StageError: scene or robot has no default prim, or a body lies outside of it.
    """
    scene, robot = (Usd.Stage.Open(str(file)) for file in (scene_file, robot_file))
    scene_root, robot_root = _root_of(scene_file, scene), _root_of(robot_file, robot)
    stage = Usd.Stage.CreateInMemory("stage.usda")
    copy_metadata(scene.GetRootLayer(), stage.GetRootLayer())
    stage.GetRootLayer().subLayerPaths.append(str(Path(scene_file).resolve()))
    to_stage = np.linalg.inv(stage_to_model(scene))
    from_root = np.linalg.inv(UsdGeom.XformCache().GetLocalToWorldTransform(scene.GetPrimAtPath(scene_root)))
    roots, robots = [], []
    for world, offset in enumerate(offsets):
        root = scene_root
        if world > 0:
            place = UsdGeom.Xform.Define(stage, f"{scene_root}_{world}")
            place.AddTranslateOp().Set(Gf.Vec3d(*(np.array([*offset, 0.0]) @ to_stage)[:3]))
            root = place.GetPath().AppendChild("Scene")
            _refer(stage, root, scene_file)
        roots.append(root)
        robots.append(_add_robot(stage, root, robot_file, stage_to_model(robot) @ to_stage @ from_root))
    paths = []
    for here in zip(roots, robots, strict=True):
        moves = {scene_file: (scene_root, here[0]), robot_file: (robot_root, here[1])}
        bodies = [_moved(file, path, *moves[file]) for file, path in body_prims.values()]
        for path in bodies:
            _hand_over(stage, path)
        mark = [_add_mark(stage, here[0])] if has_mark else []
        paths.append((*bodies, *mark))
    return Assembly(stage, tuple(body_prims), tuple(paths), tuple(robots))


def copy_metadata(source: Sdf.Layer, target: Sdf.Layer) -> None:
    """Units, up axis and default prim: USD reads them from the root layer alone."""
    target.defaultPrim = source.defaultPrim
    for key in ("metersPerUnit", "kilogramsPerUnit", "upAxis"):
        if source.pseudoRoot.HasInfo(key):
            target.pseudoRoot.SetInfo(key, source.pseudoRoot.GetInfo(key))


def _root_of(file: Path, stage: Usd.Stage) -> Sdf.Path:
    if not stage.GetDefaultPrim():
        raise StageError(f"{file}: has no default prim to refer to; set defaultPrim in its metadata.")
    return stage.GetDefaultPrim().GetPath()


def _refer(stage: Usd.Stage, path: Sdf.Path, file: Path) -> Usd.Prim:
    prim = stage.DefinePrim(path)
    prim.GetReferences().AddReference(str(Path(file).resolve()))
    return prim


def _add_robot(stage: Usd.Stage, root: Sdf.Path, file: Path, transform: np.ndarray) -> Sdf.Path:
    """Put the robot below `root`, in the stage's units and up axis; says what it is, for segmentation."""
    holder = UsdGeom.Xform.Define(stage, root.AppendChild("Robots"))
    if not np.allclose(transform, np.eye(4)):
        holder.AddTransformOp().Set(Gf.Matrix4d(transform.tolist()))
    name = Tf.MakeValidIdentifier(Path(file).stem)
    robot = _refer(stage, holder.GetPath().AppendChild(name), file)
    UsdSemantics.LabelsAPI.Apply(robot, "class").CreateLabelsAttr(["robot"])
    return robot.GetPath()


def _add_mark(stage: Usd.Stage, root: Sdf.Path) -> Sdf.Path:
    ball = UsdGeom.Sphere.Define(stage, root.AppendChild("Mark"))
    ball.CreateRadiusAttr(_MARK_RADIUS / UsdGeom.GetStageMetersPerUnit(stage))
    ball.CreateDisplayColorAttr([_MARK_COLOR])
    UsdSemantics.LabelsAPI.Apply(ball.GetPrim(), "class").CreateLabelsAttr(["mark"])
    return ball.GetPath()


def _moved(file: Path, path: str, old: Sdf.Path, new: Sdf.Path) -> Sdf.Path:
    if not Sdf.Path(path).HasPrefix(old):
        raise StageError(f"{file}: body {path} is not below the default prim {old}, so it cannot be shown.")
    return Sdf.Path(path).ReplacePrefix(old, new)


def _hand_over(stage: Usd.Stage, path: Sdf.Path) -> None:
    """Let a body be moved from outside: no instance around it, and no physics of the viewer's own."""
    for prefix in path.GetPrefixes():
        if stage.GetPrimAtPath(prefix).IsInstance():
            stage.GetPrimAtPath(prefix).SetInstanceable(False)
    UsdPhysics.RigidBodyAPI(stage.GetPrimAtPath(path)).CreateRigidBodyEnabledAttr(False)
