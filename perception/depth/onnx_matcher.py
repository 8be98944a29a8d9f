"""A stereo network of your own, as an ONNX file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from .consistency import left_right_check, two_way_check
from .disparity import DisparityMap
from .matcher import grey_pair
from .uncertainty import checked_map

_THREADS = 2


@dataclass
class OnnxStereoMatcher:
    """Matches with a network that takes a rectified pair and gives the left picture's disparities.

    The network has two inputs, left then right, of shape (1, channels, height, width) float32, or one with
    both along its channels; channels are 1 (grey) or 3 (RGB). Its last output holds one disparity a pixel,
    px, at the size of its input. Where height and width are fixed, pictures are resized and disparities
    scaled back; where they are free, pictures are padded to a multiple of `multiple`.

    Attributes:
        file: the network.
        scale, shift: a grey level v enters as v * scale + shift; by default 0 to 1.
        multiple: of what the sizes that the network takes are, px.
        two_way: run the mirrored pair from right to left, too: fewer wrong disparities, twice the time.
        tolerance: by how much, in px, both views may differ in a valid disparity.

    Raises:
        ValueError: a file that is no network, or whose inputs are not as above.
    """

    file: Path
    scale: float = 1 / 255
    shift: float = 0.0
    multiple: int = 32
    two_way: bool = False
    tolerance: float = 1.0

    def __post_init__(self) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = _THREADS
        try:
            self._session = onnxruntime.InferenceSession(
                self.file, options, providers=onnxruntime.get_available_providers()
            )
        except Exception as error:  # onnxruntime raises several kinds of its own
            raise ValueError(
                f"{self.file} is no ONNX network that can run here: {str(error).splitlines()[0]}"
            ) from None
        self._inputs = self._session.get_inputs()
        shapes = [tuple(entry.shape) for entry in self._inputs]
        pictures = 3 - len(shapes)  # in each input
        self._channels = shapes[0][1] // pictures if len(shapes) in (1, 2) and _is_picture(shapes[0]) else 0
        if self._channels not in (1, 3) or any(shape != shapes[0] for shape in shapes):
            raise ValueError(
                f"{self.file} takes inputs of shape {shapes}; it needs left and right, (1, 1 or 3, height, "
                "width) each, or one input with both along its channels."
            )
        self._size = (shapes[0][3], shapes[0][2])  # names or None where free

    def __call__(self, left: np.ndarray, right: np.ndarray) -> DisparityMap:
        """Match two rectified pictures, grey (height, width) or RGB (height, width, 3) uint8.

        Raises:
            ValueError: pictures that are not a pair, or an output that is not one disparity a pixel.
        """
        grey_pair(left, right)  # refuses what is no pair
        disparity = self._match(left, right)
        if self.two_way:
            from_right = self._match(right[:, ::-1], left[:, ::-1])[:, ::-1]
            valid = two_way_check(disparity, from_right, self.tolerance)
        else:
            valid = left_right_check(disparity, self.tolerance)
        return checked_map(disparity, valid)

    def _match(self, left: np.ndarray, right: np.ndarray) -> np.ndarray:
        """(height, width) float32 in px, -1 where the network gave no number."""
        height, width = left.shape[:2]
        is_fixed = all(isinstance(size, int) for size in self._size)
        size = (
            self._size if is_fixed else tuple(-(-n // self.multiple) * self.multiple for n in (width, height))
        )
        tensors = [self._tensor(picture, size, is_fixed) for picture in (left, right)]
        if len(self._inputs) == 1:
            tensors = [np.concatenate(tensors, axis=1)]
        feed = {entry.name: tensor for entry, tensor in zip(self._inputs, tensors, strict=True)}
        output = np.asarray(self._session.run(None, feed)[-1])
        if output.size != size[0] * size[1]:
            raise ValueError(
                f"{self.file} gave {output.shape} for pictures of {size[0]} x {size[1]} px; one disparity a "
                "pixel is needed."
            )
        disparity = np.nan_to_num(
            output.reshape(size[1], size[0]).astype(np.float32), nan=-1, posinf=-1, neginf=-1
        )
        if is_fixed:
            return cv2.resize(disparity, (width, height)) * np.float32(width / size[0])
        return disparity[:height, :width]

    def _tensor(self, picture: np.ndarray, size: tuple[int, int], is_fixed: bool) -> np.ndarray:
        if picture.ndim == 2 and self._channels == 3:
            picture = cv2.cvtColor(picture, cv2.COLOR_GRAY2RGB)
        elif picture.ndim == 3 and self._channels == 1:
            picture = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
        if is_fixed:
            picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
        else:
            below, beside = size[1] - picture.shape[0], size[0] - picture.shape[1]
            picture = cv2.copyMakeBorder(picture, 0, below, 0, beside, cv2.BORDER_REPLICATE)
        values = picture.astype(np.float32) * np.float32(self.scale) + np.float32(self.shift)
        return np.ascontiguousarray(values.reshape(1, size[1], size[0], -1).transpose(0, 3, 1, 2))


def _is_picture(shape: tuple[object, ...]) -> bool:
    return len(shape) == 4 and isinstance(shape[1], int)
