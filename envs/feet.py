"""Finds a robot's feet: what is at the end of its legs and reaches the ground in its stance."""

from __future__ import annotations

from dataclasses import dataclass

import mujoco
import numpy as np

from .contact_points import lowest_points

_LEG_JOINTS = 2  # at least: one would be a flap
_LEVEL, _LEVEL_SHARE = 0.02, 0.15  # feet end within 2 cm of the lowest, or 15 % of the base's height
_FACE = 0.005  # m: what is not higher above the lowest point belongs to the contact face
_LEVEL_AXIS = 0.5  # an axle's Z is less than this,
_AXLE = 0.1  # and it misses the middle of its wheel by less than this share of the wheel's radius
_MIDDLE = 0.01  # m to the side of the base, within which a foot is on no side


@dataclass(frozen=True)
class Foot:
    """One foot: the site to mark its contact face, in the frame of `body`, and the joints of its leg.

    `position` in m and `quaternion` `wxyz`; Z is up out of the ground in the stance.
    """

    site: str
    body: str
    position: np.ndarray
    quaternion: np.ndarray
    joints: list[str]


def find_feet(model: mujoco.MjModel, data: mujoco.MjData, base: int) -> list[Foot]:
    """Feet of the robot on `base`, posed as it stands; sites named `*_sole` decide if there are any.

    Else what ends a chain of joints and reaches the ground is a foot, unless it is a wheel or only slides.
    """
    marked = [site for site in range(model.nsite) if model.site(site).name.endswith("_sole")]
    if marked:
        return [_marked_foot(model, site, base) for site in marked]
    ends = []
    for link in _end_links(model, base):
        joints = _leg(model, link[0], base)
        points = lowest_points(model, data, _colliders(model, link))
        steps = len(joints) >= _LEG_JOINTS and _turns(model, joints) and not _is_wheel(model, data, link)
        if steps and len(points):
            ends.append((link[0], joints, _face(points)))
    if not ends:
        return []
    own = np.flatnonzero(model.body_rootid == model.body_rootid[base]).tolist()
    ground = lowest_points(model, data, _colliders(model, own))[:, 2].min()
    level = max(_LEVEL, _LEVEL_SHARE * (data.xpos[base, 2] - ground))
    ends = [end for end in ends if end[2][2] < ground + level]
    sides = _sides(data, base, [face for *_, face in ends])
    names = [side or model.body(body).name for side, (body, *_) in zip(sides, ends, strict=True)]
    return [
        _foot(model, data, f"{name}_sole", *end)
        for name, end in sorted(zip(names, ends, strict=True), key=lambda pair: pair[0])
    ]


def _marked_foot(model: mujoco.MjModel, site: int, base: int) -> Foot:
    body = int(model.site_bodyid[site])
    joints = _leg(model, body, base)
    name = model.site(site).name
    return Foot(name, model.body(body).name, model.site_pos[site], model.site_quat[site], joints)


def _end_links(model: mujoco.MjModel, base: int) -> list[list[int]]:
    """Bodies with joints of which no other such body hangs, each with what is welded to it."""
    links: dict[int, list[int]] = {}
    for body in range(1, model.nbody):
        if model.body_rootid[body] == model.body_rootid[base]:
            links.setdefault(int(model.body_weldid[body]), []).append(body)
    inner = {int(model.body_weldid[model.body_parentid[link]]) for link in links}
    return [bodies for link, bodies in links.items() if link not in inner]


def _leg(model: mujoco.MjModel, body: int, base: int) -> list[str]:
    """Joints between the base and a body, from the base outwards."""
    joints: list[str] = []
    while body not in (0, base):
        start = int(model.body_jntadr[body])
        own = [model.joint(start + i).name for i in range(model.body_jntnum[body])]
        joints = own + joints
        body = int(model.body_parentid[body])
    return joints


def _turns(model: mujoco.MjModel, joints: list[str]) -> bool:
    return any(model.jnt_type[model.joint(joint).id] != mujoco.mjtJoint.mjJNT_SLIDE for joint in joints)


def _is_wheel(model: mujoco.MjModel, data: mujoco.MjData, link: list[int]) -> bool:
    """Whether a link turns without end about a level axis through the middle of all its colliders."""
    joint = int(model.body_jntadr[link[0]])
    is_endless = model.jnt_type[joint] == mujoco.mjtJoint.mjJNT_HINGE and not model.jnt_limited[joint]
    axis, colliders = data.xaxis[joint], _colliders(model, link)
    if not is_endless or abs(axis[2]) > _LEVEL_AXIS:
        return False
    offsets = np.cross(data.geom_xpos[colliders] - data.xanchor[joint], axis)
    return bool((np.linalg.norm(offsets, axis=1) < _AXLE * model.geom_rbound[colliders]).all())


def _colliders(model: mujoco.MjModel, bodies: list[int]) -> list[int]:
    colliding = (model.geom_contype != 0) | (model.geom_conaffinity != 0)
    return np.flatnonzero(np.isin(model.geom_bodyid, bodies) & colliding).tolist()


def _face(points: np.ndarray) -> np.ndarray:
    """Middle of the lowest points, (3,)."""
    low = points[points[:, 2] < points[:, 2].min() + _FACE]
    return (low.min(0) + low.max(0)) / 2


def _sides(data: mujoco.MjData, base: int, faces: list[np.ndarray]) -> list[str]:
    """`left` and `right` of two feet, `left_front` ... of four, else nothing."""
    local = [(face - data.xpos[base]) @ data.xmat[base].reshape(3, 3) for face in faces]
    if len(faces) not in (2, 4) or any(abs(point[1]) < _MIDDLE for point in local):
        return [""] * len(faces)
    sides = ["left" if point[1] > 0 else "right" for point in local]
    if len(faces) == 4:
        middle = np.mean([point[0] for point in local])
        ends = ["front" if point[0] > middle else "rear" for point in local]
        sides = [f"{side}_{end}" for side, end in zip(sides, ends, strict=True)]
    return sides if len(set(sides)) == len(sides) else [""] * len(faces)


def _foot(
    model: mujoco.MjModel, data: mujoco.MjData, site: str, body: int, joints: list[str], face: np.ndarray
) -> Foot:
    rotation = data.xmat[body].reshape(3, 3)
    upright = np.empty(4)
    mujoco.mju_negQuat(upright, data.xquat[body])
    return Foot(site, model.body(body).name, rotation.T @ (face - data.xpos[body]), upright, joints)
