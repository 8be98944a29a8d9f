"""Forward kinematics and Jacobians as Warp kernels, one thread per configuration: for CUDA.

On the CPU `forward_numba` does the same many times as fast; there these kernels serve to hold both together.
"""

# Warp types `dtype` as float, and the arguments of kernels by their values.
# pyright: reportArgumentType=false, reportIndexIssue=false, reportInvalidTypeForm=false
# pyright: reportAssignmentType=false, reportGeneralTypeIssues=false
from __future__ import annotations

import numpy as np
import warp as wp
from numpy.typing import ArrayLike

from ..robot.group import JointGroup
from . import inputs


@wp.kernel
def _frames(
    q: wp.array2d(dtype=wp.float64),
    parent: wp.array(dtype=wp.int32),
    fixed: wp.array(dtype=wp.mat44d),
    turns: wp.array(dtype=wp.int32),
    dof: wp.array(dtype=wp.int32),
    multiplier: wp.array(dtype=wp.float64),
    offset: wp.array(dtype=wp.float64),
    pose: wp.array2d(dtype=wp.mat44d),
):
    """Poses (B, F) of a group's frames."""
    b = wp.tid()
    zero, one = wp.float64(0.0), wp.float64(1.0)
    pose[b, 0] = wp.identity(n=4, dtype=wp.float64)
    for f in range(1, parent.shape[0]):
        value = multiplier[f] * q[b, dof[f]] + offset[f]
        motion = wp.identity(n=4, dtype=wp.float64)
        if turns[f] == 1:
            c, s = wp.cos(value), wp.sin(value)
            motion = wp.mat44d(
                c, -s, zero, zero, s, c, zero, zero, zero, zero, one, zero, zero, zero, zero, one
            )
        else:
            motion[2, 3] = value
        pose[b, f] = pose[b, parent[f]] * fixed[f] * motion


@wp.kernel
def _links(
    pose: wp.array2d(dtype=wp.mat44d),
    link_frame: wp.array(dtype=wp.int32),
    link_offset: wp.array(dtype=wp.mat44d),
    out: wp.array2d(dtype=wp.mat44d),
):
    """Poses (B, L) of links in the frames that carry them."""
    b, link = wp.tid()
    out[b, link] = pose[b, link_frame[link]] * link_offset[link]


@wp.kernel
def _jacobians(
    pose: wp.array2d(dtype=wp.mat44d),
    parent: wp.array(dtype=wp.int32),
    turns: wp.array(dtype=wp.int32),
    dof: wp.array(dtype=wp.int32),
    multiplier: wp.array(dtype=wp.float64),
    tip_frame: wp.int32,
    tip_offset: wp.mat44d,
    out: wp.array3d(dtype=wp.float64),
):
    """Geometric Jacobians (B, 6, n) of the tip; out is zero before."""
    b = wp.tid()
    tip = pose[b, tip_frame] * tip_offset
    f = tip_frame
    while f > 0:
        own = pose[b, f]
        d = dof[f]
        z = multiplier[f] * wp.vec3d(own[0, 2], own[1, 2], own[2, 2])
        linear = z
        if turns[f] == 1:
            lever = wp.vec3d(tip[0, 3] - own[0, 3], tip[1, 3] - own[1, 3], tip[2, 3] - own[2, 3])
            linear = wp.cross(z, lever)
            for i in range(3):
                out[b, 3 + i, d] = out[b, 3 + i, d] + z[i]
        for i in range(3):
            out[b, i, d] = out[b, i, d] + linear[i]
        f = parent[f]


class WarpKinematics:
    """A group on a Warp device. All poses are in the group's base, as in `forward_numba`."""

    def __init__(self, group: JointGroup, device: str = "cuda:0") -> None:
        """Copy the group to a device such as "cuda:0" or "cpu"."""
        self.group, self.device = group, device
        self._parent = self._array(group.frame_parent, wp.int32)
        self._fixed = self._array(group.frame_fixed, wp.mat44d)
        self._turns = self._array(group.frame_turns, wp.int32)
        self._dof = self._array(group.frame_dof, wp.int32)
        self._multiplier = self._array(group.multiplier, wp.float64)
        self._offset = self._array(group.offset, wp.float64)
        self._link_frame = self._array(group.link_frame, wp.int32)
        self._link_offset = self._array(group.link_offset, wp.mat44d)

    def link_poses(self, q: ArrayLike) -> wp.array:
        """Poses (B, L) of all links, `mat44d` on the device, at configurations q (B, n).

        Raises:
            ConfigurationError: q has another number of joints, or values that are no numbers.
        """
        frames = self.frame_poses(q)
        links = len(self.group.link_frame)
        out = wp.empty((len(frames), links), dtype=wp.mat44d, device=self.device)
        inputs_ = [frames, self._link_frame, self._link_offset]
        wp.launch(_links, (len(frames), links), inputs_, [out], device=self.device)
        return out

    def tip_jacobians(self, q: ArrayLike) -> wp.array:
        """Geometric Jacobians (B, 6, n) of the tip on the device: linear rows, then angular ones.

        Raises:
            ConfigurationError: q has another number of joints, or values that are no numbers.
        """
        frames, group = self.frame_poses(q), self.group
        out = wp.zeros((len(frames), 6, group.dof), dtype=wp.float64, device=self.device)
        tip = [int(group.link_frame[group.tip]), wp.mat44d(*group.link_offset[group.tip].ravel())]
        inputs_ = [frames, self._parent, self._turns, self._dof, self._multiplier, *tip]
        wp.launch(_jacobians, len(frames), inputs_, [out], device=self.device)
        return out

    def frame_poses(self, q: ArrayLike) -> wp.array:
        """Poses (B, F) of the group's frames, `mat44d` on the device, at configurations q (B, n).

        Raises:
            ConfigurationError: q has another number of joints, or values that are no numbers.
        """
        values = self._array(inputs.configurations(self.group, q), wp.float64)
        out = wp.empty((len(values), len(self._parent)), dtype=wp.mat44d, device=self.device)
        inputs_ = [
            *(values, self._parent, self._fixed, self._turns),
            *(self._dof, self._multiplier, self._offset),
        ]
        wp.launch(_frames, len(values), inputs_, [out], device=self.device)
        return out

    def _array(self, values: np.ndarray, dtype: type) -> wp.array:
        return wp.array(np.ascontiguousarray(values), dtype=dtype, device=self.device)
