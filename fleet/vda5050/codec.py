"""Messages as bytes on a topic, held to the schema of their version both ways."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable
from datetime import datetime, timezone
from functools import cache
from pathlib import Path
from typing import Any

import fastjsonschema

from .documents import read, write
from .messages import TOPICS, Header, Message, MessageError
from .wording import from_version_2, to_version_2

LARGEST = 1_000_000
"""Bytes; longer messages are refused unread."""
DEEPEST = 32
"""Objects and lists within each other; no message of the standard has more than 9."""

_SCHEMAS = Path(__file__).with_name("schemas")


def major(version: str) -> str:
    """The topic's level for a version: `v2` or `v3`.

    Raises:
        MessageError: another version.
    """
    level = "v" + version.split(".", 1)[0]
    if level not in ("v2", "v3"):
        raise MessageError(f"VDA 5050 version {version!r:.40}: must be 2.1.0 or 3.0.0.")
    return level


@cache
def _validator(level: str, topic: str) -> Callable[[Any], Any]:
    schema = json.loads((_SCHEMAS / level / f"{topic}.schema").read_text("utf-8"))
    return fastjsonschema.compile(schema)


def encode(message: Message, header: Header) -> bytes:
    """A message in the words of its header's version.

    Raises:
        MessageError: it does not fit that version's schema; a bug or a bad value of the caller.
    """
    topic, level = TOPICS[type(message)], major(header.version)
    document = write(message)
    if level == "v2":
        document = to_version_2(topic, document)
    document = _write_header(header) | document
    _hold(topic, level, document)
    try:
        return _ENCODER.encode(document).encode()
    except ValueError as error:
        raise MessageError(f"{topic}: a number is NaN or infinite.") from error


def decode(topic: str, level: str, payload: bytes) -> tuple[Header, Message]:
    """What a payload on a topic (`order`, `state`, ...) of a version (`v2`, `v3`) says.

    Raises:
        MessageError: one sentence about what is wrong with it.
    """
    document = _parse(topic, payload)
    _hold(topic, level, document)
    header = _read_header(topic, document)
    if level == "v2":
        document = from_version_2(topic, document)
    return header, read(topic, document)


def _hold(topic: str, level: str, document: Any) -> None:
    """Hold a document to its schema."""
    try:
        _validator(level, topic)(document)
    except fastjsonschema.JsonSchemaValueException as error:
        where = (error.name or "data").removeprefix("data").lstrip(".")
        rule = (error.message or "").split(" ", 1)[-1]
        raise MessageError(f"{topic}: {where or 'the message'} {rule}"[:300] + ".") from None


def _parse(topic: str, payload: bytes) -> Any:
    if len(payload) > LARGEST:
        raise MessageError(f"{topic}: longer than {LARGEST} bytes.")
    try:
        document = _DECODER.decode(payload.decode("utf-8"))
    except RecursionError:
        raise MessageError(f"{topic}: nested deeper than {DEEPEST} levels.") from None
    except UnicodeDecodeError:
        raise MessageError(f"{topic}: not UTF-8.") from None
    except json.JSONDecodeError as error:
        raise MessageError(
            f"{topic}: no JSON at line {error.lineno}, column {error.colno}: {error.msg}."
        ) from None
    except ValueError as error:
        raise MessageError(f"{topic}: {error}") from None
    _refuse_depth(topic, document)
    return document


def _refuse_constant(word: str) -> None:
    raise ValueError(f"{word} is no number of JSON.")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"the number {text:.40} is too large.")
    return value


def _integer(text: str) -> int:
    if len(text) > 19:
        raise ValueError(f"the number {text:.40} is too large.")
    return int(text)


def _refuse_depth(topic: str, document: Any) -> None:
    layer = [document]
    for _ in range(DEEPEST + 1):
        layer = [part for whole in layer for part in _parts(whole)]
        if not layer:
            return
    raise MessageError(f"{topic}: nested deeper than {DEEPEST} levels.")


def _parts(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


_ENCODER = json.JSONEncoder(separators=(",", ":"), allow_nan=False)
_DECODER = json.JSONDecoder(parse_constant=_refuse_constant, parse_float=_finite, parse_int=_integer)


def _write_header(header: Header) -> dict[str, Any]:
    moment = datetime.fromtimestamp(header.timestamp, timezone.utc).isoformat(timespec="milliseconds")
    return {
        "headerId": header.header_id,
        "timestamp": moment.replace("+00:00", "Z"),
        "version": header.version,
        "manufacturer": header.manufacturer,
        "serialNumber": header.serial,
    }


def _read_header(topic: str, document: dict[str, Any]) -> Header:
    # Version 2 leaves some fields out of visualizations and factsheets.
    text = document.get("timestamp", "1970-01-01T00:00:00Z")
    try:
        moment = datetime.fromisoformat(text.upper().replace("Z", "+00:00"))
        stamp = (moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)).timestamp()
    except (ValueError, OverflowError):
        raise MessageError(f"{topic}: timestamp {text!r:.60} is no time of ISO 8601.") from None
    return Header(
        document.get("headerId", 0),
        stamp,
        document.get("version", ""),
        document.get("manufacturer", ""),
        document.get("serialNumber", ""),
    )
