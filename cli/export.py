"""Turn a training run into a bundle for a robot: ONNX network, contract, golden recording."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import tyro


def main(run: Annotated[Path, tyro.conf.Positional], out: Path, seed: int = 0) -> None:
    """Export the last checkpoint of a run.

    Args:
        run: folder made by 'gaitway train', or one checkpoint file.
        out: folder to write policy.onnx, policy.json and golden.npz to; an older bundle there is replaced.
        seed: of the golden recording.
    """
    from ..policies.export import export_bundle
    from ..policies.run_dir import last_checkpoint

    report = export_bundle(last_checkpoint(run), out, seed=seed)
    print(f"{report.path}: trained on {report.samples:,} samples.")
    print(f"{report.ticks:,} recorded ticks replayed by the edge runtime: observations within ", end="")
    print(f"{report.observation_error:.1e}, actions within {report.action_error:.1e} of training's.")
    print(f"Next: gaitway-edge run {report.path} --robot sim")
