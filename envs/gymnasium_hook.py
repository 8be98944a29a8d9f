"""Registers Gaitway's environments the moment Gymnasium is imported, so that users need no import of ours.

Gymnasium 1.0 dropped its plug-in entry points. `gaitway.pth`, installed beside the package, imports this
file at interpreter start; it does nothing but wait for `import gymnasium`, and imports nothing but the
standard library.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType

_TARGET = "gymnasium.envs"


class _RegisteringLoader(Loader):
    """Gymnasium's own loader for `gymnasium.envs`, followed by our registration."""

    def __init__(self, wrapped: Loader) -> None:
        self._wrapped = wrapped

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._wrapped.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        self._wrapped.exec_module(module)
        from .registration import register_envs

        register_envs()


class GymnasiumHook(MetaPathFinder):
    """Finds `gymnasium.envs` once, with the loader above; leaves every other import alone."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The spec of `gymnasium.envs`, None for any other module."""
        if fullname != _TARGET:
            return None
        spec = PathFinder.find_spec(fullname, path)
        if spec is not None and spec.loader is not None:
            spec.loader = _RegisteringLoader(spec.loader)
        return spec


if _TARGET not in sys.modules and not any(isinstance(finder, GymnasiumHook) for finder in sys.meta_path):
    sys.meta_path.insert(0, GymnasiumHook())
