"""The live stage on a Nucleus server: by NVIDIA's client where it is installed, and by a stand-in for it.

No server was at hand: both write to file URLs. The stand-in has the functions that the client documents.
"""

from __future__ import annotations

import enum
import sys
import time
import types
from pathlib import Path
from typing import Any

import pytest
from gaitway.preview.usd_live import nucleus
from gaitway.preview.usd_live.nucleus import Mirror, NucleusFolder
from pxr import Sdf, Usd, UsdUtils

from .waiting import until


class _Result(enum.Enum):
    OK = 0
    ERROR_ALREADY_EXISTS = 1
    ERROR_NOT_FOUND = 2


def _stand_in() -> types.ModuleType:
    def write_file_ex(url: str, content: bytes, message: str = "", skip_checkpoint: bool = False) -> Any:
        path = Path(url.removeprefix("file://"))
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        except OSError:
            return _Result.ERROR_NOT_FOUND, None
        return _Result.OK, None

    def create_folder(url: str) -> _Result:
        try:
            Path(url.removeprefix("file://")).mkdir()
        except FileExistsError:
            return _Result.ERROR_ALREADY_EXISTS
        except OSError:
            return _Result.ERROR_NOT_FOUND
        return _Result.OK

    client = types.ModuleType("omni.client")
    client.__dict__.update(
        Result=_Result,
        initialize=lambda: True,
        set_log_callback=lambda callback: None,
        set_retries=lambda max_ms, base_ms, jitter_ms: (120000, 100, 100),
        write_file_ex=write_file_ex,
        create_folder=create_folder,
    )
    return client


@pytest.fixture(params=["stand-in", "omniverseclient"])
def client(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "omniverseclient":
        pytest.importorskip(
            "omni.client", reason="omniverseclient is for Python 3.11 and glibc 2.35 or newer"
        )
        return
    package, module = types.ModuleType("omni"), _stand_in()
    package.__dict__["client"] = module
    monkeypatch.setitem(sys.modules, "omni", package)
    monkeypatch.setitem(sys.modules, "omni.client", module)


@pytest.fixture
def stage(tmp_path: Path) -> Path:
    """A root over a layer beside it, which refers to a file elsewhere."""
    here, elsewhere = tmp_path / "here", tmp_path / "elsewhere"
    for folder in (here, elsewhere):
        folder.mkdir()
    (elsewhere / "robot.usda").write_text(
        '#usda 1.0\n(defaultPrim = "R")\ndef "R"\n{\ndef Cube "c"\n{\n}\n}\n'
    )
    text = f'#usda 1.0\ndef "Robot" (references = @{elsewhere / "robot.usda"}@)\n{{\n}}\n'
    (here / "stage.usda").write_text(text)
    (here / "live.usda").write_text("#usda 1.0\n(subLayers = [@./stage.usda@])\n")
    return here / "live.usda"


@pytest.mark.usefixtures("client")
def test_everything_a_stage_needs_is_uploaded_and_found_there(stage: Path, tmp_path: Path) -> None:
    before = {file: file.read_bytes() for file in tmp_path.rglob("*.usda")}
    folder = NucleusFolder(f"file://{tmp_path}/server/")
    folder.upload(stage)
    copy = Usd.Stage.Open(str(tmp_path / "server" / "live.usda"))
    assert [str(prim.GetPath()) for prim in copy.Traverse()] == ["/Robot", "/Robot/c"]
    layers, _, missing = UsdUtils.ComputeAllDependencies(
        Sdf.AssetPath(str(tmp_path / "server" / "live.usda"))
    )
    assert not missing
    assert all(Path(layer.realPath).is_relative_to(tmp_path / "server") for layer in layers)
    assert {file: file.read_bytes() for file in before} == before


@pytest.mark.usefixtures("client")
def test_a_lasting_outage_is_one_line_and_the_newest_content_arrives(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    server = tmp_path / "server"
    mirror = Mirror(NucleusFolder(f"file://{server}"), "live_poses.usda")
    server.rmdir()
    server.write_text("no folder")
    for number in range(20):
        mirror.offer(b"%d" % number)
        time.sleep(0.002)
    server.unlink()
    assert until(lambda: bool(mirror.offer(b"newest")) or (server / "live_poses.usda").exists())
    mirror.close()
    assert (server / "live_poses.usda").read_bytes() == b"newest"
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and f"file://{server}/live_poses.usda: cannot be written" in said


@pytest.mark.usefixtures("client")
def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match=r"file/folder: cannot be made a folder \(.+\)\."):
        NucleusFolder(f"file://{tmp_path}/file/folder")


def test_a_server_that_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("omni.client", reason="omniverseclient is for Python 3.11 and glibc 2.35 or newer")
    monkeypatch.setattr(nucleus, "_RETRY_MS", (50, 10, 10))
    with pytest.raises(OSError, match=r"omniverse://127\.0\.0\.1/Projects: cannot be made a folder"):
        NucleusFolder("omniverse://127.0.0.1/Projects")


def test_without_the_client_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "omni.client", None)
    with pytest.raises(OSError, match="pip install omniverseclient"):
        NucleusFolder("omniverse://host/Projects")
