"""A robot as collision checks see it: spheres in the frames that its joints move, and what it holds."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from ..errors import WorldError
from ..robot.group import JointGroup
from ..robot.model import RobotModel
from ..robot.self_collision import ADJACENT, CHECK
from ..robot.spheres import SphereFit
from .obstacles import spheres_of

BodyArrays: TypeAlias = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]
"""A body as compiled code takes it: part_frame, part_start, bounds with reach (K, 5), spheres, pairs."""


@dataclass(frozen=True, eq=False)
class CollisionBody:
    """K parts, each a link with spheres or an attached object, with S spheres in all.

    Attributes:
        robot: whose links these are.
        group: joints that move them.
        names: K names of links and objects.
        part_link: (K,) row of the link that is the part, or carries the object.
        part_frame: (K,) frame of the group that carries it. Parts in frame 0 stand still with the base: they
            are checked against other parts but not against the world, where no joint could help them.
        part_start: (K + 1,) first sphere of each part, and S.
        bounds: (K, 4) centre in the frame, and radius, of a sphere around the part.
        spheres: (S, 4) centre in the frame, and radius.
        pairs: (P, 2) parts that may meet.
    """

    robot: RobotModel
    group: JointGroup
    names: tuple[str, ...]
    part_link: np.ndarray
    part_frame: np.ndarray
    part_start: np.ndarray
    bounds: np.ndarray
    spheres: np.ndarray
    pairs: np.ndarray

    @cached_property
    def reach(self) -> np.ndarray:
        """How far (K,) in m from the base's origin each part is at most; inf where a joint slides.

        That is what the lengths between joints add up to.
        """
        out = np.linalg.norm(self.bounds[:, :3], axis=1) + self.bounds[:, 3]
        for part, frame in enumerate(self.part_frame):
            while frame > 0:
                out[part] += np.linalg.norm(self.group.frame_fixed[frame][:3, 3])
                if not self.group.frame_turns[frame]:
                    out[part] = np.inf
                frame = self.group.frame_parent[frame]
        return out

    @cached_property
    def arrays(self) -> BodyArrays:
        """For kernels."""
        bounds = np.column_stack([self.bounds, self.reach])
        return self.part_frame, self.part_start, bounds, self.spheres, self.pairs

    def part_of(self, sphere: int) -> int:
        """The part that a sphere belongs to."""
        return int(np.searchsorted(self.part_start, sphere, side="right")) - 1

    def attached(
        self, name: str, link: str, centres: ArrayLike, radii: ArrayLike, touching: Collection[str] = ()
    ) -> CollisionBody:
        """The body with an object held by a link.

        It may touch that link, those next to it, and other objects on the same; all else is checked.

        Args:
            name: of the object, for messages.
            link: that holds it.
            centres: (m, 3) of its spheres in the link, in m.
            radii: (m,) in m.
            touching: names of other parts it may touch.

        Raises:
            RobotModelError: no such link.
            WorldError: a part of this name is there, one to be touched is not, or the spheres are none.
        """
        row = self.robot.tree.link(link)
        if name in self.names:
            raise WorldError(f"object '{name}': a part of this name is there already; use another.")
        for other in touching:
            if other not in self.names:
                raise WorldError(f"object '{name}': no part '{other}' to touch; there are {self.names}.")
        try:
            spheres = spheres_of(centres, radii)
        except WorldError as error:
            raise WorldError(f"object '{name}': {error}") from error
        kinds = self.robot.pairs[row]
        met = [
            part
            for part, other in enumerate(self.part_link)
            if other != row and kinds[other] != ADJACENT and self.names[part] not in touching
        ]
        own = len(self.names)
        pairs = np.array([[part, own] for part in met], np.int64).reshape(-1, 2)
        in_frame = _in_frame(self.group, row, spheres)
        return replace(
            self,
            names=(*self.names, name),
            part_link=np.append(self.part_link, row),
            part_frame=np.append(self.part_frame, self.group.link_frame[row]),
            part_start=np.append(self.part_start, len(self.spheres) + len(spheres)),
            bounds=np.vstack([self.bounds, _bound(in_frame)]),
            spheres=np.vstack([self.spheres, in_frame]),
            pairs=np.vstack([self.pairs, pairs]),
        )

    def released(self, name: str) -> CollisionBody:
        """The body without an object that was attached.

        Raises:
            WorldError: there is no such object.
        """
        links = set(self.robot.tree.link_names)
        if name not in self.names or name in links:
            there = ", ".join(part for part in self.names if part not in links) or "none"
            raise WorldError(f"no object '{name}' is attached; attached are: {there}.")
        part = self.names.index(name)
        first, last = self.part_start[part], self.part_start[part + 1]
        pairs = self.pairs[(self.pairs != part).all(axis=1)]
        return replace(
            self,
            names=(*self.names[:part], *self.names[part + 1 :]),
            part_link=np.delete(self.part_link, part),
            part_frame=np.delete(self.part_frame, part),
            part_start=np.append(self.part_start[: part + 1], self.part_start[part + 2 :] - (last - first)),
            bounds=np.delete(self.bounds, part, axis=0),
            spheres=np.delete(self.spheres, slice(first, last), axis=0),
            pairs=pairs - (pairs > part),
        )


def collision_body(robot: RobotModel, group: JointGroup) -> CollisionBody:
    """The body of a robot, all of whose links with spheres are parts."""
    rows = np.unique(robot.sphere_link)
    own = [robot.sphere_link == row for row in rows]
    spheres = [np.column_stack([robot.sphere_centre[mask], robot.sphere_radius[mask]]) for mask in own]
    bounds = np.column_stack([robot.bound_centre[rows], robot.bound_radius[rows]])
    frames = group.link_frame[rows]
    first, second = np.nonzero(np.triu(robot.pairs[np.ix_(rows, rows)] == CHECK, 1))
    moves = frames[first] != frames[second]  # parts in the same frame never move against each other
    return CollisionBody(
        robot,
        group,
        tuple(robot.tree.link_names[row] for row in rows),
        rows.astype(np.int64),
        frames.astype(np.int64),
        np.cumsum([0, *map(len, spheres)]).astype(np.int64),
        np.vstack([_in_frame(group, row, bound[None]) for row, bound in zip(rows, bounds, strict=True)]),
        np.vstack([_in_frame(group, row, part) for row, part in zip(rows, spheres, strict=True)]),
        np.column_stack([first[moves], second[moves]]).astype(np.int64),
    )


def _in_frame(group: JointGroup, link: int, spheres: np.ndarray) -> np.ndarray:
    """Spheres (m, 4) of a link, in the frame that carries it."""
    offset = group.link_offset[link]
    return np.column_stack([spheres[:, :3] @ offset[:3, :3].T + offset[:3, 3], spheres[:, 3]])


def _bound(spheres: np.ndarray) -> np.ndarray:
    """A sphere (4,) around spheres (m, 4)."""
    centre, radius = SphereFit(spheres[:, :3], spheres[:, 3]).bounding()
    return np.array([*centre, radius])
