"""Marks known objects in pictures with a network from an ONNX file."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

SHIPPED = Path(__file__).parent / "models" / "warehouse_objects.onnx"
"""Trained on pictures of `gaitway dataset` alone: the ten objects of the catalogue, as one class."""


class Segmenter:
    """A network that says of each pixel whether it shows an object.

    Args:
        path: ONNX file with one input (1, 3, h, w), float32 RGB from 0 to 1, and one output (1, 1, h, w) of
            logits.
        threads: of the CPU.

    Raises:
        ValueError: onnxruntime is missing, or the file is no such network.
    """

    def __init__(self, path: Path = SHIPPED, threads: int = 2) -> None:
        try:
            import onnxruntime
        except ImportError as error:
            raise ValueError("A segmenter needs onnxruntime: pip install onnxruntime.") from error
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        try:
            self._session = onnxruntime.InferenceSession(
                str(path), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # onnxruntime's exceptions share no base
            raise ValueError(
                f"{path} is no ONNX network that loads ({' '.join(str(error).split())})."
            ) from error
        inputs, outputs = self._session.get_inputs(), self._session.get_outputs()
        shape = inputs[0].shape
        if len(inputs) != 1 or len(outputs) != 1 or len(shape) != 4 or shape[1] != 3:
            raise ValueError(f"{path} has an input of shape {shape}; it must be (1, 3, height, width) alone.")
        if not all(isinstance(size, int) for size in shape[2:]):
            raise ValueError(f"{path} takes pictures of any size; export it for one, such as 240 x 320.")
        self._input, self._size = inputs[0].name, (shape[3], shape[2])

    def __call__(self, rgb: np.ndarray) -> np.ndarray:
        """Probability (height, width) that a pixel of `rgb` (height, width, 3) uint8 shows an object."""
        small = cv2.resize(rgb, self._size, interpolation=cv2.INTER_AREA)
        planes = np.ascontiguousarray(small.transpose(2, 0, 1)[None], np.float32) / np.float32(255.0)
        logits = np.asarray(self._session.run(None, {self._input: planes})[0])[0, 0]
        height, width = rgb.shape[:2]
        large = cv2.resize(logits.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR)
        return 1.0 / (1.0 + np.exp(-large))
