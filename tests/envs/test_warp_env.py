"""The CUDA path without a GPU: a whole env step on Warp's CPU device, and our kernels compiled for GPUs."""

from __future__ import annotations

import importlib
import struct
from pathlib import Path

import pytest
import torch
import warp as wp
from gaitway.envs.registration import load_cfg
from gaitway.envs.vector_env import GaitwayVectorEnv
from gaitway.envs.warp_setup import start_warp

_ROOT = Path(__file__).parents[2]
_WORLDS = 16
# A100, Orin, H100, Thor, RTX 50.
_ARCHITECTURES = (80, 87, 90, 110, 120)
_ELF, _CUDA_MACHINE = b"\x7fELF", 190
_FOLDERS = ("envs", "planning", "perception")


def _modules_with_kernels() -> list[str]:
    files = (path for folder in _FOLDERS for path in sorted((_ROOT / folder).rglob("*.py")))
    return [
        ".".join(("gaitway", *path.relative_to(_ROOT).with_suffix("").parts))
        for path in files
        if "@wp.kernel" in path.read_text()
    ]


def test_a_whole_step_is_the_same_on_both_executors() -> None:
    """Observation, reward, ends and resets of 15 steps, from the same draws, in the air.

    On the floor, a corner that touches in one and just not in the other parts two worlds: `test_worlds.py`
    compares contacts by themselves.
    """
    cfg = load_cfg("Gaitway/DroidVelocityFlat-v0")
    envs = [GaitwayVectorEnv(cfg, _WORLDS, device) for device in ("cpu", "warp")]
    for env in envs:
        env.reset(seed=0)
        env.episode_length[:4] = env.max_episode_length - 5  # they end, and start anew, on the way
    generator = torch.Generator().manual_seed(0)
    ended = 0
    for _ in range(15):
        qpos, qvel = (envs[0].world.view(name).float().double() for name in ("qpos", "qvel"))
        qpos[:, 2] = 2.0
        for env in envs:
            env.world.reset(torch.ones(_WORLDS, dtype=torch.bool), qpos.clone(), qvel.clone())
        actions = 0.3 * torch.randn(_WORLDS, envs[0].actions.size, generator=generator)
        expected, got = (env.step(actions) for env in envs)
        for theirs, ours in zip(expected[:2], got[:2], strict=True):
            # A joint that meets its limit in one, and just not yet in the other, is thrown back harder.
            assert (theirs - ours).abs().reshape(_WORLDS, -1).amax(dim=1).sort().values[-3] < 1e-3
        assert torch.equal(got[2], expected[2])
        assert torch.equal(got[3], expected[3])
        ended += int((expected[2] | expected[3]).sum())
    assert ended == 4


@pytest.mark.parametrize("module", _modules_with_kernels())
def test_our_kernels_compile_for_gpus(module: str, tmp_path: Path) -> None:
    """To machine code, not to PTX that a driver would finish: an ELF file for the CUDA machine.

    Names keep their hash: without it, this process would launch what the cache has by that name from then on,
    also code of another day with other arguments.
    """
    start_warp()
    kernels = importlib.import_module(module)
    before = dict(wp.get_module(module).options)
    assert set(_ARCHITECTURES) <= set(wp.get_cuda_supported_archs())
    for arch in _ARCHITECTURES:
        wp.compile_aot_module(kernels, arch=arch, module_dir=str(tmp_path), use_ptx=False)
        (cubin,) = tmp_path.glob(f"*sm{arch}.cubin")
        header = cubin.read_bytes()[:20]
        assert header[:4] == _ELF
        assert struct.unpack_from("<H", header, 18) == (_CUDA_MACHINE,)
    assert wp.get_module(module).options == before
