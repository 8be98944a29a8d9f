"""Checkpoints: the state of a run as one blob of the journal, from which another process goes on.

A checkpoint is committed in the same transaction as what happened until then, so that it and the journal
never differ, whenever the process is killed. Nothing is pickled: arrays are npz, the rest is JSON.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any

import numpy as np

_FORMAT = 1  # of what parts of a run keep; another one cannot be gone on from
_ARRAY = "array:"  # marks the name of an array in the JSON
_REST = "rest"


def pack(state: Mapping[str, Any]) -> bytes:
    """A blob of nested dicts and lists, whose leaves are arrays or what JSON can say."""
    arrays: dict[str, np.ndarray] = {}

    def take(leaf: Any) -> str:
        if not isinstance(leaf, np.ndarray):
            raise TypeError(f"A checkpoint cannot hold a {type(leaf).__name__}.")
        arrays[str(len(arrays))] = leaf
        return f"{_ARRAY}{len(arrays) - 1}"

    rest = json.dumps({"format": _FORMAT, "state": state}, default=take).encode()
    blob = io.BytesIO()
    np.savez(blob, allow_pickle=False, **arrays, **{_REST: np.frombuffer(rest, np.uint8)})
    return blob.getvalue()


def unpack(blob: bytes) -> dict[str, Any]:
    """The state that was packed.

    Raises:
        ValueError: the blob is no checkpoint.
    """
    try:
        with np.load(io.BytesIO(blob), allow_pickle=False) as arrays:
            rest = json.loads(arrays[_REST].tobytes())
            if rest["format"] != _FORMAT:
                raise ValueError(f"it is of format {rest['format']}, and this program's is {_FORMAT}")
            state = _with_arrays(rest["state"], arrays)
    except (OSError, EOFError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise ValueError(f"The journal's checkpoint cannot be gone on from: {error}.") from None
    return state


def _with_arrays(value: Any, arrays: Mapping[str, np.ndarray]) -> Any:
    if isinstance(value, dict):
        return {key: _with_arrays(inner, arrays) for key, inner in value.items()}
    if isinstance(value, list):
        return [_with_arrays(inner, arrays) for inner in value]
    if isinstance(value, str) and value.startswith(_ARRAY):
        return arrays[value.removeprefix(_ARRAY)]
    return value
