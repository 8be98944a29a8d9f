"""Arrays of a model where torch computes, copied there once."""

from __future__ import annotations

from weakref import WeakKeyDictionary

import mujoco
import torch

_COPIED: WeakKeyDictionary[mujoco.MjModel, dict[tuple[str, torch.device], torch.Tensor]] = WeakKeyDictionary()


def model_constant(model: mujoco.MjModel, field: str, device: torch.device) -> torch.Tensor:
    """`model.<field>` as a tensor on `device`, float64 for real-valued fields; read-only.

    Copied at every step, it would make the host wait for a GPU.
    """
    copied = _COPIED.setdefault(model, {})
    if (field, device) not in copied:
        copied[field, device] = torch.as_tensor(getattr(model, field)).clone().to(device)
    return copied[field, device]
