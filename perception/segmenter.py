"""Marks known objects in pictures with a network from an ONNX file."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from .network_card import read_card

SHIPPED = Path(__file__).parent / "models" / "warehouse_objects.onnx"
"""Trained on pictures of `gaitway dataset` alone: the ten objects of the catalogue, as one class."""


class Segmenter:
    """A network that says of each pixel whether it shows an object.

    Nothing in a file is executed but ONNX's own operators.

    Args:
        path: ONNX file with one input (1, 3, h, w), float32 RGB from 0 to 1, and one output (1, 1, h, w) of
            logits. If there is a card beside it (`network_card.py`), the file is held to it.
        threads: of the CPU.

    Attributes:
        card: what is known about the network, None if there is no card.

    Raises:
        ValueError: onnxruntime is missing, the file is no such network, or not the one of its card.
    """

    def __init__(self, path: Path = SHIPPED, threads: int = 2) -> None:
        try:
            import onnxruntime
        except ImportError as error:
            raise ValueError("A segmenter needs onnxruntime: pip install onnxruntime.") from error
        if not path.is_file():
            raise ValueError(f"{path} is missing; give an ONNX network.")
        content = path.read_bytes()
        self.card = read_card(path, content)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 4  # what is fatal is raised, too
        try:
            self._session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # onnxruntime's exceptions share no base
            raise ValueError(
                f"{path} is no ONNX network that loads ({' '.join(str(error).split())})."
            ) from error
        self._input, self._size = self._checked_ports(path)

    def _checked_ports(self, path: Path) -> tuple[str, tuple[int, int]]:
        """Name and size (width, height) of the input."""
        inputs, outputs = self._session.get_inputs(), self._session.get_outputs()
        shape = inputs[0].shape
        if len(inputs) != 1 or len(shape) != 4 or shape[1] != 3 or inputs[0].type != "tensor(float)":
            raise ValueError(
                f"{path} has an input of {inputs[0].type}, shape {shape}; float32 of shape (1, 3, height, "
                "width) must be all that it takes."
            )
        if not all(isinstance(size, int) for size in shape[2:]):
            raise ValueError(f"{path} takes pictures of any size; export it for one, such as 240 x 320.")
        if len(outputs) != 1 or outputs[0].shape != [1, 1, *shape[2:]]:
            raise ValueError(
                f"{path} has outputs of shape {[port.shape for port in outputs]}; one of logits, "
                f"{[1, 1, *shape[2:]]}, must be all that it gives."
            )
        size = shape[3], shape[2]
        if self.card and size != (self.card.width, self.card.height):
            raise ValueError(
                f"{path} takes pictures of {size[0]} x {size[1]} px, its card says {self.card.width} x "
                f"{self.card.height}."
            )
        return inputs[0].name, size

    def __call__(self, rgb: np.ndarray) -> np.ndarray:
        """Probability (height, width) that a pixel of `rgb` (height, width, 3) uint8 shows an object."""
        small = cv2.resize(rgb, self._size, interpolation=cv2.INTER_AREA)
        planes = np.ascontiguousarray(small.transpose(2, 0, 1)[None], np.float32) / np.float32(255.0)
        logits = np.asarray(self._session.run(None, {self._input: planes})[0])[0, 0]
        height, width = rgb.shape[:2]
        large = cv2.resize(logits.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR)
        return 1.0 / (1.0 + np.exp(-large))
