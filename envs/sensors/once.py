"""Objects that belong to an environment and are built when a term first asks for them."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING, Any, TypeVar
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from ..vector_env import GaitwayVectorEnv

T = TypeVar("T")
_BUILT: WeakKeyDictionary[Any, dict[Hashable, Any]] = WeakKeyDictionary()


def once_per_env(env: GaitwayVectorEnv, key: Hashable, build: Callable[[], T]) -> T:
    """What `build()` returned for this env and key; it goes when the env goes."""
    built = _BUILT.setdefault(env, {})
    if key not in built:
        built[key] = build()
    return built[key]
