"""Camera pictures per second: tiled cameras of all worlds beside MuJoCo's OpenGL renderer, world by world."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import cycle
from typing import Any, cast

import mujoco
import torch

from ..config import EnvCfg
from ..model import compile_model
from ..one_thread import one_thread
from ..sensors.cameras import CameraCfg, Output, TiledCamera
from ..vector_env import GaitwayVectorEnv
from ..world import World
from .turns import rates_in_turns, ratios, summary

# A turn of many worlds at a large size takes seconds: more rounds would take minutes. So would more pixels
# in a call, and rates do not depend on the number of worlds there any more.
_ROUNDS = 3
_MOST_PIXELS = 5_000_000
_PEERS: dict[Output, str] = {"depth": "opengl depth", "rgb": "opengl rgb"}

Contestants = dict[str, Callable[[], int]]


class _FirstWorlds:
    """What a camera reads of the first `num_worlds` worlds of an env."""

    def __init__(self, env: GaitwayVectorEnv, num_worlds: int) -> None:
        self.model, self.device, self.num_worlds = env.model, env.device, num_worlds
        self._world = env.world

    def view(self, name: str) -> torch.Tensor:
        return self._world.view(name)[: self.num_worlds]


@one_thread()
def measure_render(
    cfg: EnvCfg, camera: str, sizes: Sequence[tuple[int, int]], worlds: Sequence[int], seconds: float
) -> list[dict[str, Any]]:
    """Pictures per second by size and number of worlds, up to 5 million pixels in all.

    All see the same scenes, those that `cfg` resets its worlds to, by the robot's `camera`. `gaitway depth`
    and `gaitway rgb` draw every world in one call; `opengl depth` and `opengl rgb` are `mujoco.Renderer`,
    one world after the other, without shadows and reflections, which ours do not have either. They are
    missing where there is no EGL or OSMesa, and `opengl_error` then says why.

    Raises:
        ValueError: the task's robot has no such camera.
    """
    env = GaitwayVectorEnv(cfg, max(worlds))
    env.reset(seed=0)
    seen = compile_model(cfg, visuals=True)
    _tiled(seen, env, CameraCfg(camera), 1)  # says that there is no such camera before OpenGL fails for it
    results = []
    for width, height in sizes:
        opengl, error = _try_opengl(seen, env, camera, width, height)
        for count in worlds:
            if count > 1 and count * width * height > _MOST_PIXELS:
                continue
            ours = _tiled(seen, env, CameraCfg(camera, width, height), count)
            rates = rates_in_turns(ours | opengl, seconds, _ROUNDS)
            result: dict[str, Any] = {"width": width, "height": height, "worlds": count}
            result["geoms"] = seen.ngeom
            result["per_second"] = summary(rates)
            result["gaitway_is_faster_by"] = {
                peer: ratios(rates, f"gaitway {output}")[peer]
                for output, peer in _PEERS.items()
                if peer in opengl
            }
            results.append(result if error is None else result | {"opengl_error": error})
    return results


def _tiled(seen: mujoco.MjModel, env: GaitwayVectorEnv, cfg: CameraCfg, count: int) -> Contestants:
    world, ids = cast(World, _FirstWorlds(env, count)), torch.arange(count, device=env.device)

    def drawn_by(camera: TiledCamera) -> Callable[[], int]:
        return lambda: len(next(iter(camera.render(ids).values())))

    return {f"gaitway {output}": drawn_by(TiledCamera(seen, world, cfg, (output,))) for output in _PEERS}


def _try_opengl(
    seen: mujoco.MjModel, env: GaitwayVectorEnv, camera: str, width: int, height: int
) -> tuple[Contestants, str | None]:
    """MuJoCo's renderers and None, or none of them and why."""
    try:
        return {
            peer: _opengl(seen, env, camera, width, height, output == "depth")
            for output, peer in _PEERS.items()
        }, None
    except Exception as failure:  # of many kinds: a missing library, a missing driver, no context
        return {}, f"{type(failure).__name__}: {failure}"


def _opengl(
    seen: mujoco.MjModel, env: GaitwayVectorEnv, camera: str, width: int, height: int, depth: bool
) -> Callable[[], int]:
    """Draws the next world at each call; the environment variable MUJOCO_GL says by which library."""
    renderer = mujoco.Renderer(seen, height, width)
    for flag in (mujoco.mjtRndFlag.mjRND_SHADOW, mujoco.mjtRndFlag.mjRND_REFLECTION):
        renderer.scene.flags[flag] = False
    if depth:
        renderer.enable_depth_rendering()
    data = mujoco.MjData(seen)
    states = [env.world.view(name).double().cpu().numpy() for name in ("qpos", "mocap_pos", "mocap_quat")]
    turn = cycle(range(env.num_envs))

    def draw() -> int:
        row = next(turn)
        data.qpos[:], data.mocap_pos[:], data.mocap_quat[:] = (state[row] for state in states)
        mujoco.mj_kinematics(seen, data)
        mujoco.mj_camlight(seen, data)
        renderer.update_scene(data, camera)
        renderer.render()
        return 1

    draw()  # drivers fail here at the latest
    return draw
