"""Sensors by naming convention, since UsdPhysics has no word for them.

- An Xform named `imu` or `*_imu` carries a gyroscope, an accelerometer and an orientation estimate:
  `imu_gyro` (rad/s), `imu_acc` (m/s^2) and `imu_quat` (`wxyz`), in its own frame.
- An Xform named `*_sole` marks the contact face of a foot: `<name>_pos` (m), `<name>_linvel` (m/s) and
  `<name>_zaxis` (unit) in the world, and `<name>_contact`: number of contacts of its body and net force (N).
- An Xform named `tool` or `*_tool` marks what an arm works with: `tool_pos` (m), `tool_quat` (`wxyz`) and
  `tool_linvel` (m/s) in the world.
- An Xform named `lidar` or `*_lidar` becomes a site, from which `envs/sensors/lidar.py` scans.

A rigid body, a shape or a camera of such a name means nothing; MuJoCo's own sites (`MjcSiteAPI`) do.
"""

from __future__ import annotations

import mujoco
from pxr import Usd, UsdPhysics

from .frames import local_pose, owner_body
from .report import StageReport

_SENSOR, _OBJECT = mujoco.mjtSensor, mujoco.mjtObj
_IMU = {
    "gyro": _SENSOR.mjSENS_GYRO,
    "acc": _SENSOR.mjSENS_ACCELEROMETER,
    "quat": _SENSOR.mjSENS_FRAMEQUAT,
}
_SOLE = {
    "pos": _SENSOR.mjSENS_FRAMEPOS,
    "linvel": _SENSOR.mjSENS_FRAMELINVEL,
    "zaxis": _SENSOR.mjSENS_FRAMEZAXIS,
}
_TOOL = {
    "pos": _SENSOR.mjSENS_FRAMEPOS,
    "quat": _SENSOR.mjSENS_FRAMEQUAT,
    "linvel": _SENSOR.mjSENS_FRAMELINVEL,
}
# Contact sensor: data is (found, force), reduced to the net force of all contacts of the body.
_CONTACT_DATA = (1 << int(mujoco.mjtConDataField.mjCONDATA_FOUND)) | (
    1 << int(mujoco.mjtConDataField.mjCONDATA_FORCE)
)
_REDUCE_NET_FORCE = 3


def add_sensors(stage: Usd.Stage, spec: mujoco.MjSpec, report: StageReport, meters_per_unit: float) -> None:
    """Add a site and its sensors for every Xform whose name asks for them."""
    for prim in stage.Traverse():
        name = prim.GetName()
        if _kinds(name) is None or not _is_mark(prim):
            continue
        body, body_prim = owner_body(spec, prim)
        if body_prim is None:
            report.lose(prim.GetPath(), "a sensor that is on no rigid body")
            continue
        _add_site(prim, body, body_prim, spec, meters_per_unit)
        report.count("sensors", sense(spec, name, body.name))


def sense(spec: mujoco.MjSpec, site: str, body: str) -> int:
    """Add the sensors that the name of a site on `body` asks for, and return how many."""
    kinds = _kinds(site) or {}
    for suffix, kind in kinds.items():
        spec.add_sensor(name=f"{site}_{suffix}", type=kind, objtype=_OBJECT.mjOBJ_SITE, objname=site)
    if kinds is not _SOLE:
        return len(kinds)
    spec.add_sensor(
        name=f"{site}_contact",
        type=_SENSOR.mjSENS_CONTACT,
        objtype=_OBJECT.mjOBJ_BODY,
        objname=body,
        intprm=[_CONTACT_DATA, _REDUCE_NET_FORCE, 1],
    )
    return len(kinds) + 1


def _kinds(name: str) -> dict[str, mujoco.mjtSensor] | None:
    """What MuJoCo measures at an Xform of this name, by the suffix of the sensor; None for most names."""
    if name == "imu" or name.endswith("_imu"):
        return _IMU
    if name == "tool" or name.endswith("_tool"):
        return _TOOL
    if name == "lidar" or name.endswith("_lidar"):
        return {}
    return _SOLE if name.endswith("_sole") else None


def _is_mark(prim: Usd.Prim) -> bool:
    """Whether `prim` is there to mark a place: no body, shape or camera that merely has such a name."""
    is_frame = prim.GetTypeName() == "Xform" and not prim.HasAPI(UsdPhysics.RigidBodyAPI)
    return is_frame or prim.HasAPI("MjcSiteAPI")


def _add_site(
    prim: Usd.Prim, body: mujoco.MjsBody, body_prim: Usd.Prim, spec: mujoco.MjSpec, meters_per_unit: float
) -> None:
    """Give the sensor's Xform a site of its name; an imported site of the same prim takes the name."""
    imported = spec.site(str(prim.GetPath()))
    if imported is not None:
        imported.name = prim.GetName()
        return
    position, quaternion = local_pose(prim, body_prim, meters_per_unit)
    body.add_site(name=prim.GetName(), pos=position, quat=quaternion, group=4)
