"""Sensors by naming convention, since UsdPhysics has no word for them.

- An Xform named `imu` or `*_imu` carries a gyroscope, an accelerometer and an orientation estimate:
  `imu_gyro` (rad/s), `imu_acc` (m/s^2) and `imu_quat` (`wxyz`), in its own frame.
- An Xform named `*_sole` marks the contact face of a foot: `<name>_pos` (m), `<name>_linvel` (m/s) and
  `<name>_zaxis` (unit) in the world, and `<name>_contact`: number of contacts of its body and net force (N).
"""

from __future__ import annotations

import mujoco
from pxr import Usd, UsdGeom

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
# Contact sensor: data is (found, force), reduced to the net force of all contacts of the body.
_CONTACT_DATA = (1 << int(mujoco.mjtConDataField.mjCONDATA_FOUND)) | (
    1 << int(mujoco.mjtConDataField.mjCONDATA_FORCE)
)
_REDUCE_NET_FORCE = 3


def add_sensors(stage: Usd.Stage, spec: mujoco.MjSpec, report: StageReport, meters_per_unit: float) -> None:
    """Add a site and its sensors for every Xform whose name asks for them."""
    for prim in stage.Traverse():
        name = prim.GetName()
        is_imu = name == "imu" or name.endswith("_imu")
        is_sole = name.endswith("_sole")
        if not (is_imu or is_sole) or not prim.IsA(UsdGeom.Xformable):
            continue
        body, body_prim = owner_body(spec, prim)
        if body_prim is None:
            report.lose(prim.GetPath(), "a sensor that is on no rigid body")
            continue
        _add_site(prim, body, body_prim, spec, meters_per_unit)
        kinds = _IMU if is_imu else _SOLE
        for suffix, kind in kinds.items():
            spec.add_sensor(name=f"{name}_{suffix}", type=kind, objtype=_OBJECT.mjOBJ_SITE, objname=name)
        if is_sole:
            spec.add_sensor(
                name=f"{name}_contact",
                type=_SENSOR.mjSENS_CONTACT,
                objtype=_OBJECT.mjOBJ_BODY,
                objname=body.name,
                intprm=[_CONTACT_DATA, _REDUCE_NET_FORCE, 1],
            )
        report.count("sensors", len(kinds) + is_sole)


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
