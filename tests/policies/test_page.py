"""Pages: what is said on them is text, and nothing comes from elsewhere."""

from __future__ import annotations

import base64
import re

import cv2
import numpy as np
import pytest
from gaitway.policies.page import Page, Picture, Table


def test_names_are_text_and_pictures_are_inside(tmp_path):
    done, png = cv2.imencode(".png", np.zeros((4, 4), np.uint8))
    assert done
    page = Page("a <b> & c", ["fact"], warnings=["<script>alert(1)</script>"], command="gaitway --out 'x y'")
    page.add("Table", Picture(png.tobytes(), "below", 'a "mark"'), table=Table(("", "%"), [("<i>", "1")]))
    page.write(tmp_path / "new" / "page.html")
    text = (tmp_path / "new" / "page.html").read_text()
    assert "a &lt;b&gt; &amp; c" in text and "<script>" not in text and "&lt;i&gt;" in text
    assert re.search(r'<td>&lt;i&gt;</td><td class="number">1</td>', text)
    (picture,) = re.findall(r"data:image/png;base64,([^\"]+)", text)
    assert base64.b64decode(picture) == png.tobytes()
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["page.html"]


def test_what_is_no_picture_is_refused():
    with pytest.raises(ValueError, match="The picture of a cat is neither PNG nor JPEG"):
        Picture(b"<svg onload=alert(1)>", "", "a cat")
