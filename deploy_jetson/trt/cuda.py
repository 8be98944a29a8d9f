"""The few calls of the CUDA runtime that inference needs, by ctypes: JetPack brings all of it."""

from __future__ import annotations

import ctypes
import ctypes.util
from typing import Any

import numpy as np

MANAGED_GLOBAL = 1  # cudaMemAttachGlobal
COMPUTE_MAJOR, COMPUTE_MINOR, MULTIPROCESSORS = 75, 76, 16  # of enum cudaDeviceAttr
LIBRARIES = ("libcudart.so.13", "libcudart.so.12", "libcudart.so")


class CudaError(RuntimeError):
    """There is no usable CUDA here, or a call of it failed."""


class Cuda:
    """The CUDA runtime on device 0.

    Args:
        library: the loaded `libcudart`; found among the system's if None.

    Raises:
        CudaError: there is no CUDA runtime, no driver or no device.
    """

    def __init__(self, library: Any = None) -> None:
        self._library = _load() if library is None else library
        self._library.cudaGetErrorString.restype = ctypes.c_char_p
        count = ctypes.c_int()
        self._call("cudaGetDeviceCount", ctypes.byref(count))
        if count.value == 0:
            raise CudaError("CUDA finds no GPU here.")
        self._call("cudaSetDevice", ctypes.c_int(0))

    def device(self) -> str:
        """What an engine is built for, like `sm87-16sm`: compute capability and number of multiprocessors."""
        major, minor, count = (self._attribute(a) for a in (COMPUTE_MAJOR, COMPUTE_MINOR, MULTIPROCESSORS))
        return f"sm{major}{minor}-{count}sm"

    def array(self, shape: tuple[int, ...]) -> ManagedArray:
        """Float32 memory that both processor and GPU reach."""
        pointer = ctypes.c_void_p()
        size = ctypes.c_size_t(4 * int(np.prod(shape)))
        self._call("cudaMallocManaged", ctypes.byref(pointer), size, ctypes.c_uint(MANAGED_GLOBAL))
        return ManagedArray(self, int(pointer.value or 0), shape)

    def free(self, address: int) -> None:
        """Give memory of `array` back."""
        self._call("cudaFree", ctypes.c_void_p(address))

    def stream(self) -> int:
        """A new stream's handle."""
        handle = ctypes.c_void_p()
        self._call("cudaStreamCreate", ctypes.byref(handle))
        return int(handle.value or 0)

    def wait(self, stream: int) -> None:
        """Return when all work of `stream` is done: the processor may touch managed memory again."""
        self._call("cudaStreamSynchronize", ctypes.c_void_p(stream))

    def _attribute(self, attribute: int) -> int:
        value = ctypes.c_int()
        self._call("cudaDeviceGetAttribute", ctypes.byref(value), ctypes.c_int(attribute), ctypes.c_int(0))
        return value.value

    def _call(self, name: str, *arguments: Any) -> None:
        status = getattr(self._library, name)(*arguments)
        if status != 0:
            reason = self._library.cudaGetErrorString(ctypes.c_int(status)).decode(errors="replace")
            raise CudaError(f"CUDA's {name} failed: {reason} ({status}).")


class ManagedArray:
    """Memory of `Cuda.array`: `address` for the GPU, `values`, a float32 array on it, for the processor."""

    def __init__(self, cuda: Cuda, address: int, shape: tuple[int, ...]) -> None:
        self._cuda, self.address = cuda, address
        pointer = ctypes.cast(address, ctypes.POINTER(ctypes.c_float))
        self.values = np.ctypeslib.as_array(pointer, shape)

    def close(self) -> None:
        """Free the memory; `values` must not be touched after."""
        if self.address:
            self._cuda.free(self.address)
            self.address = 0


def _load() -> ctypes.CDLL:
    for name in (*LIBRARIES, ctypes.util.find_library("cudart")):
        try:
            return ctypes.CDLL(name) if name else ctypes.CDLL("libcudart.so")
        except OSError:
            continue
    raise CudaError("there is no CUDA runtime (libcudart) here; JetPack's 'cuda-cudart' package has it.")
