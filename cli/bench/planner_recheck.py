"""A second opinion on motions: coal on the shapes of the robot's file, a look at each centimetre of the way.

Nothing of the planner's checks is used: links are placed by plain products of matrices, shapes are those of
the file and not spheres, and coal tells whether they meet. All pairs of links are looked at but those that
touch by design.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy.interpolate import PPoly
from scipy.spatial.transform import Rotation

from ...planning.collision.obstacles import Box, Capsule, Cylinder, Obstacle, Sphere
from ...planning.collision.world import World
from ...planning.limits import Limits
from ...planning.robot.distance import bounds
from ...planning.robot.group import JointGroup
from ...planning.robot.self_collision import ADJACENT, ALWAYS
from ...planning.robot.shape import RobotDescription, Shape
from ...planning.robot.tree import FIXED, REVOLUTE
from ...planning.rotations import with_z
from ...planning.trajectory.trajectory import Trajectory

# A module of C++ without types, in a folder that a .pth file of its wheel names.
coal: Any = importlib.import_module("coal")

STEP = 0.01
"""m that no point of the robot moves farther than between looks."""
_FINE = 0.002  # m between the moments among which looks are chosen, about
_COARSE = 200  # moments at which the length of the way is estimated
_SAMPLES = 20000  # moments at which rates are compared with their limits


class Recheck:
    """A robot as coal sees it."""

    def __init__(
        self,
        description: RobotDescription,
        group: JointGroup,
        pairs: np.ndarray,
        held: Mapping[str, float],
    ) -> None:
        """Take the shapes of a robot's file.

        Args:
            description: of the file.
            group: joints that move.
            pairs: (L, L) of the robot's model: which links touch by design.
            held: values of other joints, in rad or m.
        """
        self._group, self._tree, self._held = group, description.tree, held
        rows = [(link, shape) for link, shapes in enumerate(description.shapes) for shape in shapes]
        self._link = np.array([link for link, _ in rows])
        self._offset = np.array([shape.pose for _, shape in rows])
        self._objects = [coal.CollisionObject(_shape(shape)) for _, shape in rows]
        self._moves = group.link_frame[self._link] > 0
        # A box around each shape, in its link: its corners bound how far any point of the shape moves.
        boxes = np.array([bounds([shape]) for _, shape in rows])
        self._corners = np.stack([np.where(mask, boxes[:, 1], boxes[:, 0]) for mask in _MASKS], axis=1)
        self._centre = boxes.mean(axis=1)
        self._radius = np.linalg.norm(boxes[:, 1] - boxes[:, 0], axis=1) / 2
        first, second = np.triu_indices(len(rows), 1)
        kinds = pairs[self._link[first], self._link[second]]
        may_meet = (kinds != ADJACENT) & (kinds != ALWAYS)
        self._first, self._second = first[may_meet], second[may_meet]

    def along(self, trajectory: Trajectory, world: World) -> str:
        """What a trajectory meets first, in words; empty if nothing."""
        return self._first_hit(lambda s: trajectory.position(s * trajectory.duration), world)

    def along_path(self, waypoints: np.ndarray, world: World) -> str:
        """What the straight motions between waypoints (m, n) meet first, in words; empty if nothing."""
        lengths = np.linalg.norm(np.diff(waypoints, axis=0), axis=1)
        at = np.concatenate([[0.0], np.cumsum(lengths)]) / max(lengths.sum(), 1e-12)
        return self._first_hit(
            lambda s: np.stack([np.interp(s, at, joint) for joint in waypoints.T], axis=1), world
        )

    def _first_hit(self, position: Any, world: World) -> str:
        """What is met first at positions (N, n) along parts (N,) of a way."""
        coarse = self._moved(position(np.linspace(0, 1, _COARSE + 1))).sum()
        s = np.linspace(0, 1, max(2, int(np.ceil(1.5 * coarse / _FINE))))
        moved = self._moved(position(s))
        way = np.concatenate([[0.0], np.cumsum(moved)])
        step = STEP - moved.max(initial=0.0)
        if step <= STEP / 2:
            raise ValueError("a way is too uneven to look at each centimetre of it")
        looks = np.unique(np.append(np.searchsorted(way, np.arange(0.0, way[-1], step)), len(s) - 1))
        poses = self._poses(position(s[looks]))
        return self._meets_world(poses, world, s[looks]) or self._meets_itself(poses, s[looks])

    def _moved(self, q: np.ndarray) -> np.ndarray:
        """(N - 1,) m that points of the robot move at most between neighbours of q (N, n)."""
        poses = self._poses(q)[:, self._link]
        corners = np.einsum("Nsij,scj->Nsci", poses[..., :3, :3], self._corners) + poses[:, :, None, :3, 3]
        return np.linalg.norm(np.diff(corners, axis=0), axis=-1).max(axis=(1, 2))

    def _poses(self, q: np.ndarray) -> np.ndarray:
        """(N, L, 4, 4) of the links in the base."""
        tree = self._tree
        out = np.tile(np.eye(4), (len(q), len(tree.parent), 1, 1))
        for row in range(1, len(tree.parent)):
            motion = _motions(int(tree.joint_type[row]), tree.axis[row], self._values(row, q))
            above = out[:, tree.parent[row]]
            out[:, row] = above @ tree.parent_to_joint[row] @ motion @ tree.joint_to_link[row]
        return np.linalg.inv(out[:, self._group.base])[:, None] @ out

    def _values(self, row: int, q: np.ndarray) -> np.ndarray:
        """(N,) of the joint above a link: planned, held, or as near to 0 as its limits let it be."""
        tree = self._tree
        leader = int(tree.leader[row])
        name = tree.joint_names[leader]
        if name in self._group.joint_names:
            value = q[:, self._group.joint_names.index(name)]
        else:
            rest = np.clip(0.0, tree.limits.lower[leader], tree.limits.upper[leader])
            value = np.full(len(q), self._held.get(name, rest))
        return tree.multiplier[row] * value + tree.offset[row]

    def _meets_world(self, poses: np.ndarray, world: World, s: np.ndarray) -> str:
        obstacles = {name: _placed(obstacle) for name, obstacle in world.obstacles.items()}
        if not obstacles:
            return ""
        manager = coal.DynamicAABBTreeCollisionManager()
        for placed in obstacles.values():
            placed.computeAABB()
            manager.registerObject(placed)
        manager.setup()
        low, high = (
            np.array([getattr(o.getAABB(), end) for o in obstacles.values()]) for end in ("min_", "max_")
        )
        centres = self._centres(poses)[:, :, None]
        outside = np.linalg.norm(np.maximum(np.maximum(low - centres, centres - high), 0), axis=3)
        near = (outside < self._radius[:, None]).any(axis=2) & self._moves
        for look, shape in np.argwhere(near).tolist():
            callback = coal.CollisionCallBackDefault()
            manager.collide(self._put(shape, poses[look]), callback)
            if callback.data.result.isCollision():
                met = [name for name, o in obstacles.items() if _meet(self._objects[shape], o)]
                return f"at {s[look]:.1%} '{self._name(shape)}' meets obstacle '{met[0]}'"
        return ""

    def _meets_itself(self, poses: np.ndarray, s: np.ndarray) -> str:
        centres = self._centres(poses)
        apart = np.linalg.norm(centres[:, self._first] - centres[:, self._second], axis=2)
        near = apart < self._radius[self._first] + self._radius[self._second]
        for look, pair in np.argwhere(near).tolist():
            a, b = int(self._first[pair]), int(self._second[pair])
            if _meet(self._put(a, poses[look]), self._put(b, poses[look])):
                return f"at {s[look]:.1%} '{self._name(a)}' meets '{self._name(b)}'"
        return ""

    def _centres(self, poses: np.ndarray) -> np.ndarray:
        """(N, S, 3) of balls around the shapes, in the base."""
        own = poses[:, self._link]
        return np.einsum("Nsij,sj->Nsi", own[..., :3, :3], self._centre) + own[..., :3, 3]

    def _put(self, shape: int, links: np.ndarray) -> Any:
        """coal's object of a shape, where it is for poses (L, 4, 4) of the links."""
        placed, pose = self._objects[shape], links[self._link[shape]] @ self._offset[shape]
        placed.setTransform(coal.Transform3s(pose[:3, :3], pose[:3, 3]))
        placed.computeAABB()
        return placed

    def _name(self, shape: int) -> str:
        return self._tree.link_names[self._link[shape]]


def largest_part_of_limits(trajectory: Trajectory, limits: Limits) -> float:
    """The greatest of velocity, acceleration and jerk, as parts of their limits, by SciPy's derivatives; inf
    where position, velocity or acceleration step from one piece to the next."""
    poly = PPoly(trajectory.coefficients.transpose(1, 0, 2)[::-1], trajectory.times)
    times = np.union1d(np.linspace(0, trajectory.duration, _SAMPLES), trajectory.times[:-1])
    part = 0.0
    bounds_of = (np.inf, limits.velocity, limits.acceleration, limits.jerk)
    for order, bound in enumerate(bounds_of):
        values = poly(times, order)
        part = max(part, float((np.abs(values) / bound).max()))
        if order < 3:
            before = poly(np.nextafter(trajectory.times[1:-1], 0), order)
            if len(before) and np.abs(before - poly(trajectory.times[1:-1], order)).max() > 1e-6:
                return float("inf")
    return part


_MASKS = np.array(np.meshgrid([False, True], [False, True], [False, True])).reshape(3, 8).T


def _motions(joint_type: int, axis: np.ndarray, values: np.ndarray) -> np.ndarray:
    """(N, 4, 4) of a joint at values (N,)."""
    out = np.tile(np.eye(4), (len(values), 1, 1))
    if joint_type == REVOLUTE:
        out[:, :3, :3] = Rotation.from_rotvec(values[:, None] * axis).as_matrix()
    elif joint_type != FIXED:
        out[:, :3, 3] = values[:, None] * axis
    return out


def _shape(shape: Shape) -> Any:
    """coal's shape of a robot's; a mesh as it is, not its hull."""
    if shape.kind == "box":
        return coal.Box(2 * np.array(shape.size))
    if shape.kind == "sphere":
        return coal.Sphere(shape.size[0])
    if shape.kind == "mesh":
        mesh = coal.BVHModelOBBRSS()
        mesh.beginModel(len(shape.faces), len(shape.vertices))
        mesh.addVertices(np.ascontiguousarray(shape.vertices, float))
        mesh.addTriangles(np.ascontiguousarray(shape.faces, np.int64))
        mesh.endModel()
        return mesh
    radius, half = shape.size
    return coal.Cylinder(radius, 2 * half) if shape.kind == "cylinder" else coal.Capsule(radius, 2 * half)


def _placed(obstacle: Obstacle) -> Any:
    """coal's object of an obstacle, where it stands."""
    if isinstance(obstacle, Sphere):
        return _at(coal.Sphere(obstacle.radius), np.eye(3), obstacle.centre)
    if isinstance(obstacle, Capsule):
        start, end = np.asarray(obstacle.start, float), np.asarray(obstacle.end, float)
        length = float(np.linalg.norm(end - start))
        turn = with_z(end - start) if length else np.eye(3)
        return _at(coal.Capsule(obstacle.radius, length), turn, (start + end) / 2)
    if not isinstance(obstacle, Box | Cylinder):
        raise ValueError(f"coal is not asked about a {type(obstacle).__name__}.")
    turn = Rotation.from_quat(np.asarray(obstacle.quaternion, float), scalar_first=True).as_matrix()
    if isinstance(obstacle, Box):
        return _at(coal.Box(np.asarray(obstacle.size, float)), turn, obstacle.centre)
    return _at(coal.Cylinder(obstacle.radius, obstacle.height), turn, obstacle.centre)


def _at(shape: Any, turn: np.ndarray, centre: Any) -> Any:
    return coal.CollisionObject(shape, coal.Transform3s(turn, np.asarray(centre, float)))


def _meet(a: Any, b: Any) -> bool:
    result = coal.CollisionResult()
    coal.collide(a, b, coal.CollisionRequest(), result)
    return bool(result.isCollision())
