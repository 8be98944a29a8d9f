"""A CUDA graph's stand-in without a GPU: operations on the same memory, done again without Python."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
import warp as wp
from gaitway.envs.sensors import cameras
from torch.utils import _pytree as pytree
from torch.utils._python_dispatch import TorchDispatchMode, _disable_current_modes


class ReplayedCapture:
    """Notes every torch operation, Warp launch and step of the physics with its operands.

    As in a graph, operands are memory: what was a new tensor at the recording is written at its old place by
    each replay, and a number of Python's stays what it was. The recording itself does all of it, which a
    graph's does not: it stands for the first replay.
    """

    def __init__(self, env: Any) -> None:
        self._env = env
        self._operations: list[Callable[[], object]] = []
        self._is_done = False

    def record(self, function: Callable[[], Any], generator: torch.Generator) -> Any:
        mode = _Recorder(self._operations)
        with pytest.MonkeyPatch.context() as patch:
            _watch_launches(patch, mode)
            _watch_world(patch, self._env.world, mode)
            _watch(patch, cameras, "_trace", mode)  # in threads of its own, which nobody looks into
            with mode:
                result = function()
        self._is_done = True
        return result

    def replay(self) -> None:
        if not self._is_done:
            for operation in self._operations:
                operation()
        self._is_done = False


class _Recorder(TorchDispatchMode):
    def __init__(self, operations: list[Callable[[], object]]) -> None:
        super().__init__()
        self.operations = operations
        self.is_paused = False

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        if not self.is_paused and not func.overloadpacket.__name__.startswith(("empty", "new_empty")):
            self.note(func, args, kwargs or {}, result)
        return result

    def note(self, func: Callable[..., Any], args: Any, kwargs: Any, result: Any) -> None:
        """Do `func` again at each replay, and put what is new of its results where it was at first."""
        operands = {t.untyped_storage().data_ptr() for t in _tensors((args, kwargs))}
        new = [t.untyped_storage().data_ptr() not in operands for t in _tensors(result)]

        def again() -> None:
            with torch.no_grad():
                for old, value, is_new in zip(
                    _tensors(result), _tensors(func(*args, **kwargs)), new, strict=True
                ):
                    if is_new:
                        old.copy_(value)

        self.operations.append(again)


def _tensors(tree: Any) -> list[torch.Tensor]:
    return [leaf for leaf in pytree.tree_leaves(tree) if isinstance(leaf, torch.Tensor)]


def _watch_launches(patch: pytest.MonkeyPatch, mode: _Recorder) -> None:
    """Warp kernels of ours: their arrays are the memory of tensors."""
    launch = wp.launch

    def watched(*args: Any, **kwargs: Any) -> None:
        launch(*args, **kwargs)
        if not mode.is_paused:
            mode.operations.append(lambda: launch(*args, **kwargs))

    patch.setattr(wp, "launch", watched)


def _watch_world(patch: pytest.MonkeyPatch, world: Any, mode: _Recorder) -> None:
    """What the executor does by itself, as one operation for each call."""
    own = ("_run",) if hasattr(world, "_run") else ("step", "reset", "set_ctrl", "set_velocity", "set_mocap")
    for name in own:
        _watch(patch, world, name, mode)


def _watch(patch: pytest.MonkeyPatch, owner: Any, name: str, mode: _Recorder) -> None:
    function = getattr(owner, name)

    def watched(*args: Any) -> Any:
        mode.is_paused = True
        with _disable_current_modes():
            result = function(*args)
        mode.is_paused = False
        mode.note(function, args, {}, result)
        return result

    patch.setattr(owner, name, watched)
