"""A file appears whole or not at all, whoever of our two writes it."""

from __future__ import annotations

from pathlib import Path

import pytest
from gaitway.assets import whole_file as shared
from gaitway.perception import whole_file as perceptions


@pytest.mark.parametrize("module", [shared, perceptions])
def test_a_write_that_fails_leaves_what_was_there(module, tmp_path: Path) -> None:
    target = tmp_path / "map.pgm"
    with module.whole_file(target) as temporary:
        temporary.write_text("old")
    with pytest.raises(OSError, match="full"), module.whole_file(target) as temporary:
        temporary.write_text("ne")
        raise OSError("the disk is full")
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]
