"""CUDA graphs over what torch and Warp do together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import warp as wp


class CudaCapture:
    """A torch capture with Warp's inside, so that the arrays of both come from the graph's own memory."""

    def __init__(self) -> None:
        self._graph = torch.cuda.CUDAGraph()
        self._warp_graph: wp.Graph | None = None  # keeps alive what Warp allocated

    def record(self, function: Callable[[], Any], generator: torch.Generator) -> Any:
        """Run `function` without effect; see `step_graph.Capture`."""
        self._graph.register_generator_state(generator)
        with torch.cuda.graph(self._graph, capture_error_mode="thread_local"):
            stream = wp.stream_from_torch(torch.cuda.current_stream(generator.device))
            with wp.ScopedCapture(stream=stream, force_module_load=False, external=True) as inner:
                result = function()
        self._warp_graph = inner.graph
        return result

    def replay(self) -> None:
        """Do all of it, in the same memory."""
        self._graph.replay()
