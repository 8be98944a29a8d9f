"""Rotations on batched torch tensors; quaternions are `wxyz`, vectors (..., 3)."""

from __future__ import annotations

import torch


def rotate(quat: torch.Tensor, vector: torch.Tensor) -> torch.Tensor:
    """Rotate `vector` (..., 3) by `quat` (..., 4): from the body frame into the world."""
    w, xyz = quat[..., :1], quat[..., 1:]
    t = 2.0 * torch.linalg.cross(xyz, vector)
    return vector + w * t + torch.linalg.cross(xyz, t)


def rotate_inverse(quat: torch.Tensor, vector: torch.Tensor) -> torch.Tensor:
    """Rotate `vector` (..., 3) by the inverse of `quat` (..., 4): from the world into the body frame."""
    w, xyz = quat[..., :1], quat[..., 1:]
    t = 2.0 * torch.linalg.cross(xyz, vector)
    return vector - w * t + torch.linalg.cross(xyz, t)


def projected_gravity(quat: torch.Tensor) -> torch.Tensor:
    """World -Z as a unit vector in the body frame: minus the third row of the rotation matrix, (..., 3)."""
    w, x, y, z = quat.unbind(-1)
    return torch.stack((2 * (w * y - x * z), -2 * (y * z + w * x), 2 * (x * x + y * y) - 1), dim=-1)


def yaw(quat: torch.Tensor) -> torch.Tensor:
    """Heading angle in rad, (...,): rotation about world Z of the body's X axis."""
    w, x, y, z = quat.unbind(-1)
    return torch.atan2(2 * (w * z + x * y), 1 - 2 * (y * y + z * z))


def from_yaw(angle: torch.Tensor) -> torch.Tensor:
    """Quaternion (..., 4) of a rotation by `angle` rad about world Z."""
    zero = torch.zeros_like(angle)
    return torch.stack((torch.cos(angle / 2), zero, zero, torch.sin(angle / 2)), dim=-1)
