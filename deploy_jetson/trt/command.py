"""`gaitway-edge build-trt`."""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from pathlib import Path
from typing import Any

PRECISIONS = ("fp32", "fp16", "int8")


def add(commands: Any) -> None:
    """Add the command to argparse's subparsers."""
    parser = commands.add_parser(
        "build-trt",
        help="build a bundle's TensorRT engine for this machine's GPU, and check it",
        description="Build a bundle's TensorRT engine for this machine's GPU, check it against the golden "
        "recording and keep it in ~/.cache/gaitway/engines. Exit status 1: no engine; ONNX Runtime serves.",
    )
    parser.set_defaults(function=run)
    parser.add_argument("bundle", type=Path, help="folder made by 'gaitway export'")
    parser.add_argument("--precision", choices=PRECISIONS, default="fp32", help="of the matrix products")
    parser.add_argument(
        "--max-error", type=float, help="largest difference in an action (default: fp32 1e-4, fp16 1e-2)"
    )
    parser.add_argument("--max-batch", type=int, default=1, help="observations at once, at most (default: 1)")
    parser.add_argument(
        "--dry-run", action="store_true", help="check graph and precision only: needs no TensorRT and no GPU"
    )
    parser.add_argument("--json", type=Path, help="write what was measured to this file")


def run(options: argparse.Namespace) -> int:
    """Do as told; returns the exit status."""
    from .build import build, prepare
    from .builder import TensorRtError
    from .cuda import CudaError

    graph = prepare(options.bundle, options.precision, options.max_error)
    result: dict[str, Any] = {"bundle": options.bundle.name, "precision": options.precision}
    result["emulated_action_error"] = graph.action_error
    print(f"{options.bundle}: {options.precision}, emulated: actions within {graph.action_error:.1e}")
    if not options.dry_run:
        try:
            built = build(graph, options.max_batch)
        except (TensorRtError, CudaError) as error:
            print(f"gaitway-edge build-trt: {error} No engine: ONNX Runtime serves.", file=sys.stderr)
            return 1
        result |= dataclasses.asdict(built.key) | {"action_error": built.action_error}
        verb = "built" if built.fresh else "was there"
        print(f"{built.path}: {verb}; on this GPU actions are within {built.action_error:.1e}")
    if options.json:
        options.json.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    return 0
