"""MJCF or URDF -> one self-contained USD layer, through MuJoCo's own MJCF reader for USD.

That reader writes only the first joint of a body, and its frame at the parent with any turn about the axis;
stops at what refers to the others, mixes up what has no name, passes over what stands in default classes, and
leaves things out. So `mjcf.py` first spells the file
out, a body with several joints is read as a chain of bodies with one joint each, which is folded again here,
and `mjc_prims.py` writes what is still missing.
"""

from __future__ import annotations

import tempfile
import warnings
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path

import mujoco
import mujoco._usd
from pxr import Gf, Sdf, Tf, Usd, UsdGeom, UsdPhysics, UsdShade, UsdUtils

from .mjc_prims import write_what_the_reader_lacks
from .mjcf import chain_joints, leave_to_us, spell_out
from .raw_meshes import write_raw_meshes

mujoco._usd.register_plugins()

_AXES = {"X": Gf.Vec3d(1, 0, 0), "Y": Gf.Vec3d(0, 1, 0), "Z": Gf.Vec3d(0, 0, 1)}
_POINT_RADIUS = 1e-3  # m: radius of gyration of a body without inertia, for readers of USD's words alone


class ConversionError(ValueError):
    """A robot file cannot be converted; the sentence names it."""


class UnreadableError(ConversionError):
    """MuJoCo itself cannot read the file; the sentence says why."""


@dataclass
class Conversion:
    """A robot as a USD layer, and what it came from.

    Attributes:
        layer: the robot in the words of USD's and MuJoCo's schemas.
        spelled: the robot spelled out; its elements have the names of their prims.
        original: the model that MuJoCo makes of the file itself.
    """

    layer: Sdf.Layer
    spelled: mujoco.MjSpec
    original: mujoco.MjModel


def convert_robot(path: Path) -> Conversion:
    """Convert an MJCF or URDF file.

    Raises:
        ConversionError: the file is missing, or MuJoCo (`UnreadableError`) or its USD reader refuses it.
    """
    if not path.is_file():
        raise ConversionError(f"{path}: there is no such file.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of deprecated attributes
            spelled = spell_out(path)
            spec = mujoco.MjSpec.from_string(ET.tostring(spelled.mjcf, encoding="unicode"))
            model = spec.compile()
    except ValueError as error:
        raise UnreadableError(f"{path}: MuJoCo cannot read it: {' '.join(str(error).split())}.") from error
    mjcf = leave_to_us(spelled.mjcf)
    stubs = chain_joints(mjcf)
    stage = _read_as_usd(path, ET.tostring(mjcf, encoding="unicode"))
    _hang_all(stage, _fold_chains(stage, stubs), model)
    _split_bindings(stage)
    _drop_empty_textures(stage)
    _thicken_points(stage)
    _name_meshes(stage)
    write_raw_meshes(stage, spec)
    write_what_the_reader_lacks(stage, spec, model)
    return Conversion(stage.GetRootLayer(), spec, spelled.original)


def _read_as_usd(path: Path, mjcf: str) -> Usd.Stage:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"{Tf.MakeValidIdentifier(path.stem)}.xml"
        file.write_text(mjcf)
        diagnostics = UsdUtils.CoalescingDiagnosticDelegate()
        try:
            stage = Usd.Stage.Open(str(file))
            return Usd.Stage.Open(stage.Flatten(addSourceFileComment=False))
        except Tf.ErrorException as error:
            detail = " ".join(error.args[0].commentary.split())
            raise ConversionError(f"{path}: MuJoCo's USD reader cannot read it: {detail}.") from error
        finally:
            diagnostics.TakeUncoalescedDiagnostics()


def _fold_chains(stage: Usd.Stage, stubs: dict[str, str]) -> dict[Sdf.Path, Usd.Prim]:
    """Make stubs plain frames again; gives the bodies they stand for."""
    bodies = {
        prim.GetCustomData().get("mujoco:body_name"): prim
        for prim in stage.Traverse()
        if prim.HasAPI(UsdPhysics.RigidBodyAPI)
    }
    for stub, body in stubs.items():
        prim = bodies[stub]
        if prim.HasAPI(UsdPhysics.ArticulationRootAPI):
            UsdPhysics.ArticulationRootAPI.Apply(bodies[body])
        for schema in (UsdPhysics.ArticulationRootAPI, UsdPhysics.RigidBodyAPI, UsdPhysics.MassAPI):
            prim.RemoveAPI(schema)
        prim.ClearCustomData()
        stage.RemovePrim(prim.GetPath().AppendChild(Tf.MakeValidIdentifier(f"{stub}_geom")))
    return {bodies[stub].GetPath(): bodies[body] for stub, body in stubs.items()}


def _hang_all(stage: Usd.Stage, stands_for: dict[Sdf.Path, Usd.Prim], model: mujoco.MjModel) -> None:
    """Hang every joint between its body, or the one its stub stands for, and the body above."""
    values = {
        model.joint(row).name: float(model.qpos0[model.jnt_qposadr[row]])
        for row in range(model.njnt)
        if mujoco.mjtJoint(model.jnt_type[row]) in (mujoco.mjtJoint.mjJNT_HINGE, mujoco.mjtJoint.mjJNT_SLIDE)
    }
    for prim in stage.Traverse():
        joint = UsdPhysics.Joint(prim) if prim.IsA(UsdPhysics.Joint) else None
        targets = joint.GetBody1Rel().GetTargets() if joint else []
        if joint and targets:
            body = stands_for.get(targets[0]) or stage.GetPrimAtPath(targets[0])
            _hang(joint, body, _parent_body(body), values.get(prim.GetName(), 0.0))


def _parent_body(body: Usd.Prim) -> Usd.Prim | None:
    ancestor = body.GetParent()
    while ancestor and not ancestor.HasAPI(UsdPhysics.RigidBodyAPI):
        ancestor = ancestor.GetParent()
    return ancestor or None


def _hang(joint: UsdPhysics.Joint, body: Usd.Prim, parent: Usd.Prim | None, value: float) -> None:
    """Join `body` to `parent` (None: the world); the frame in the body stays, as stubs coincide with it.

    In UsdPhysics a joint is at zero where its two frames coincide; where bodies stand, it has `value`.
    """
    cache = UsdGeom.XformCache()
    to_parent = cache.GetLocalToWorldTransform(body)
    if parent:
        to_parent *= cache.GetLocalToWorldTransform(parent).GetInverse()
        joint.GetBody0Rel().SetTargets([parent.GetPath()])
    else:
        joint.GetBody0Rel().ClearTargets(True)
    joint.GetBody1Rel().SetTargets([body.GetPath()])
    rotation, position = Gf.Rotation(joint.GetLocalRot1Attr().Get()), Gf.Vec3d(joint.GetLocalPos1Attr().Get())
    frame = _motion(joint.GetPrim(), -value) * Gf.Matrix4d(rotation, position) * to_parent
    joint.GetLocalPos0Attr().Set(Gf.Vec3f(frame.ExtractTranslation()))
    joint.GetLocalRot0Attr().Set(Gf.Quatf(frame.ExtractRotationQuat().GetNormalized()))


def _motion(prim: Usd.Prim, value: float) -> Gf.Matrix4d:
    """How a hinge or slide moves its frame, by rad or m."""
    if hinge := UsdPhysics.RevoluteJoint(prim):
        turn = Gf.Rotation(_AXES[hinge.GetAxisAttr().Get()], Gf.RadiansToDegrees(value))
        return Gf.Matrix4d(turn, Gf.Vec3d(0))
    if slide := UsdPhysics.PrismaticJoint(prim):
        return Gf.Matrix4d(1).SetTranslate(value * _AXES[slide.GetAxisAttr().Get()])
    return Gf.Matrix4d(1)


def _split_bindings(stage: Usd.Stage) -> None:
    """The reader binds looks and friction by one relationship; USD wants the latter bound for physics."""
    for prim in stage.Traverse():
        relation = prim.GetRelationship("material:binding")
        targets = relation.GetTargets() if relation else []
        physics = [t for t in targets if stage.GetPrimAtPath(t).HasAPI(UsdPhysics.MaterialAPI)]
        if not physics:
            continue
        looks = [target for target in targets if target not in physics]
        prim.RemoveProperty("material:binding")
        binding = UsdShade.MaterialBindingAPI.Apply(prim)
        binding.Bind(UsdShade.Material.Get(stage, physics[0]), materialPurpose="physics")
        if looks:
            binding.Bind(UsdShade.Material.Get(stage, looks[0]))


def _drop_empty_textures(stage: Usd.Stage) -> None:
    """MuJoCo's built-in textures have no file, and its unset numbers are -1: neither means a thing in USD."""
    for prim in list(stage.Traverse()):
        if not prim.IsA(UsdShade.Shader):
            continue
        file = prim.GetAttribute("inputs:file")
        if file and not file.Get().path:
            surface = stage.GetPrimAtPath(prim.GetParent().GetPath().AppendChild("PreviewSurface"))
            surface.RemoveProperty("inputs:diffuseColor")
            stage.RemovePrim(prim.GetPath())
            continue
        for name in ("inputs:metallic", "inputs:roughness"):
            if prim.HasAttribute(name) and prim.GetAttribute(name).Get() < 0:
                prim.RemoveProperty(name)


def _thicken_points(stage: Usd.Stage) -> None:
    """A body fast on another may be a point; a moment of inertia of zero says nothing in USD."""
    for prim in stage.Traverse():
        inertia = prim.GetAttribute("physics:diagonalInertia")
        if inertia and inertia.HasAuthoredValue():
            least = prim.GetAttribute("physics:mass").Get() * _POINT_RADIUS**2
            inertia.Set(Gf.Vec3f(*(moment or least for moment in inertia.Get())))


def _name_meshes(stage: Usd.Stage) -> None:
    """The reader puts every mesh geom into a frame of its name, as `Mesh`: give it its own name."""
    edits = Sdf.BatchNamespaceEdit()
    for prim in stage.Traverse():
        if prim.IsA(UsdGeom.Mesh) and prim.GetName() == "Mesh":
            edits.Add(Sdf.NamespaceEdit.Rename(prim.GetPath(), prim.GetParent().GetName()))
    stage.GetRootLayer().Apply(edits)
