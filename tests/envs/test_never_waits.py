"""Steps that leave everything to the device: nothing in them waits for it, and they do as others do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
import torch
from gaitway.envs.registration import TASKS
from gaitway.envs.vector_env import GaitwayVectorEnv
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

from .busy_env import WORLDS, busy_env, random_actions

_ON_WARP = ("Gaitway/DroidVelocityFlat-v0", "Gaitway/AmrNavigation-v0")
# A GPU's stream would be waited for, or read by the host, or written from its memory.
_WAITING_OPS = ("_local_scalar_dense", "nonzero", "is_nonzero", "masked_select", "lift_fresh", "equal")
_WAITING_CALLS = (
    "numpy",
    "item",
    "tolist",
    "cpu",
    "__bool__",
    "__float__",
    "__int__",
    "tensor",
    "from_numpy",
)


class Waited(AssertionError):
    """Something asked the device."""


class _NoWaitingOps(TorchDispatchMode):
    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        name = func.overloadpacket.__name__
        indices = args[1] if name in ("index", "index_put", "index_put_") else ()
        if name in _WAITING_OPS or any(i is not None and i.dtype == torch.bool for i in indices):
            raise Waited(f"aten.{name}")
        return func(*args, **(kwargs or {}))


class _NoWaitingCalls(TorchFunctionMode):
    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        name = getattr(func, "__name__", "")
        if name in _WAITING_CALLS:
            raise Waited(name)
        if name in ("__getitem__", "__setitem__"):
            index = args[1] if isinstance(args[1], tuple) else (args[1],)
            if any(isinstance(part, list | np.ndarray) for part in index):
                raise Waited(f"{name} by a list, which is copied to the device")
        return func(*args, **(kwargs or {}))


@contextmanager
def nothing_waits() -> Iterator[None]:
    with _NoWaitingCalls(), _NoWaitingOps():
        yield


class _OtherWorld:
    """Stands for an executor that does not wait either: what the threads' one does is not watched."""

    def __init__(self, world: Any) -> None:
        self._world = world

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._world, name)
        if not callable(found):
            return found

        def unwatched(*args: Any) -> Any:
            with torch._C.DisableTorchFunction(), torch.utils._python_dispatch._disable_current_modes():
                return found(*args)

        return unwatched


def _start(env: GaitwayVectorEnv) -> None:
    env.reset(seed=0)
    env.episode_length[:4] = env.max_episode_length - torch.tensor([3, 4, 4, 9])


def _run_watched(env: GaitwayVectorEnv) -> None:
    env.never_waits = True
    _start(env)
    ended = torch.zeros(WORLDS, dtype=torch.long)
    for keeps in (True, False):
        env.keeps_final_obs = keeps
        for actions in random_actions(env, 6):
            with nothing_waits():
                _, _, terminated, truncated, info = env.step(actions)
            ended += terminated | truncated
            assert ("final_obs" in info) == keeps
    assert (ended[:4] > 0).all() and env.take_log()


@pytest.mark.parametrize("task", TASKS)
def test_no_task_waits_for_the_device(task: str) -> None:
    env = busy_env(task)
    env.world = _OtherWorld(env.world)  # type: ignore[assignment]
    _run_watched(env)


@pytest.mark.parametrize("task", _ON_WARP)
def test_no_step_of_warp_waits_for_the_device(task: str) -> None:
    _run_watched(busy_env(task, "warp"))


@pytest.mark.parametrize(
    "what",
    [
        lambda x: x[x > 0],
        lambda x: x.nonzero(),
        lambda x: float(x[0]),
        lambda x: bool((x > 0).any()),
        lambda x: x[[0, 1]],
        lambda x: x.masked_fill_(x > 0, 1)[torch.tensor([1])],
        lambda x: x.numpy(),
    ],
)
def test_the_watch_sees_who_waits(what: Any) -> None:
    x = torch.arange(4.0)
    with pytest.raises(Waited), nothing_waits():
        what(x)


# Pictures of some worlds differ from those of all in a few pixels at edges: the depth task is left out.
@pytest.mark.parametrize("task", [task for task in TASKS if "Depth" not in task])
def test_steps_that_never_wait_do_the_same(task: str) -> None:
    """Bit for bit, with random numbers that depend on the step alone and not on who drew before."""
    envs = [busy_env(task, noise=False) for _ in range(2)]
    for env, never_waits in zip(envs, (False, True), strict=True):
        _draw_by_step(env)
        env.never_waits = never_waits
        _start(env)
    ended = 0
    for step, actions in enumerate(random_actions(envs[0], 12)):
        for env in envs:
            env.step_number = step  # type: ignore[attr-defined]
        asked, masked = (env.step(actions) for env in envs)
        for theirs, ours in zip(asked[:4], masked[:4], strict=True):
            assert torch.equal(theirs, ours)
        if "final_obs" in asked[4]:
            assert torch.equal(asked[4]["final_obs"], masked[4]["final_obs"])
        for name, group in envs[0].observation_groups.items():
            assert torch.equal(group, envs[1].observation_groups[name])
        ended += int((asked[2] | asked[3]).sum())
    assert ended >= 4
    assert envs[0].take_log() == pytest.approx(envs[1].take_log(), rel=1e-5)


def _draw_by_step(env: GaitwayVectorEnv) -> None:
    env.step_number = -1  # type: ignore[attr-defined]

    def uniform(shape: tuple[int, ...]) -> torch.Tensor:
        generator = torch.Generator().manual_seed(1000 * (env.step_number + 1) + int(np.prod(shape)))  # type: ignore[attr-defined]
        return torch.rand(shape, generator=generator)

    env.uniform = uniform  # type: ignore[method-assign]
