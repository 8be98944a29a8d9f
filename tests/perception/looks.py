"""Reads what `--report` and `--view` wrote, independently of what wrote it."""

from __future__ import annotations

import base64
import html
import re
from pathlib import Path

import cv2
import numpy as np
import pytest


def text_of(page: Path, least_pictures: int) -> str:
    """What a page says, after making sure that it is one small file that asks for nothing from elsewhere."""
    source = page.read_text(encoding="utf-8")
    assert len(source) < 3_000_000
    pictures = re.findall(r'<img [^>]*src="data:image/(?:png|jpeg);base64,([^"]+)"', source)
    assert len(pictures) == source.count("<img ") >= least_pictures
    assert not re.search(r'(?:src|href)="(?!data:)|<script|url\(|@import', source)
    for picture in pictures:
        decoded = cv2.imdecode(np.frombuffer(base64.b64decode(picture), np.uint8), cv2.IMREAD_COLOR)
        assert decoded is not None and decoded.std() > 1
    return html.unescape(re.sub(r"<[^>]+>", " ", re.sub(r"<style>.*?</style>", "", source, flags=re.S)))


def logged(path: Path, entity: str, column: str) -> list:
    """Values of a column of an entity in a `.rrd` file, in the order in which they were logged."""
    pytest.importorskip("rerun")
    from rerun.chunk import RrdReader

    values = []
    for chunk in RrdReader(path).stream():
        if chunk.entity_path == entity:
            batch = chunk.to_record_batch()
            if column in batch.schema.names:
                values += batch.column(column).to_pylist()
    return values
