"""Import every robot that packages ship, each in a process of its own, and keep what came of it."""

from __future__ import annotations

import multiprocessing
import os
import re
import resource
import tempfile
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from fnmatch import fnmatch
from functools import partial
from pathlib import Path
from typing import Any

_SECONDS = 120  # of CPU time for one file
_ROOT = re.compile(rb"<mujoco[\s>]")
_SHOWN = 3  # differences per file


@dataclass(frozen=True)
class SurveyRow:
    """What came of one file.

    Attributes:
        status: `passes`; `differs`, with the first fields in `detail`; `refused` by us; `unreadable`: MuJoCo
            itself cannot compile the file (a fragment that others include, or the package lacks files);
            `static`: nothing in it moves.
        motion_error: largest difference in `qpos` over 2 s of random control, m or rad.
    """

    package: str
    file: str
    status: str
    detail: str = ""
    bodies: int = 0
    joints: int = 0
    motion_error: float | None = None


def survey(packages: list[Path], files: str = "*") -> Iterator[SurveyRow]:
    """Try every MJCF and URDF file of matching path in wheels, unpacked to a temporary folder, or folders.

    Files are tried in order, as many at a time as there are cores.
    """
    for package in packages:
        with tempfile.TemporaryDirectory() as temporary:
            folder = package
            if package.suffix == ".whl":
                folder = Path(temporary)
                with zipfile.ZipFile(package) as wheel:
                    wheel.extractall(folder)
            name = "-".join(package.stem.split("-")[:2]) if package.suffix == ".whl" else package.name
            found = [file for file in sorted(folder.rglob("*")) if _is_robot(file)]
            shown = [str(file.relative_to(folder)) for file in found]
            chosen = [entry for entry in zip(found, shown, strict=True) if fnmatch(entry[1], files)]
            with ThreadPoolExecutor(os.cpu_count()) as pool:
                for row in pool.map(partial(_try_in_process, name), *zip(*chosen, strict=True)):
                    yield replace(row, detail=row.detail.replace(f"{folder}/", ""))


def _is_robot(file: Path) -> bool:
    if file.suffix == ".urdf":
        return True
    return file.suffix == ".xml" and file.is_file() and bool(_ROOT.search(file.read_bytes()[:4096]))


def _try_in_process(package: str, file: Path, shown: str) -> SurveyRow:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["gaitway.envs.import_robot"])
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_try, args=(file, sender))
    process.start()
    sender.close()
    try:
        result = receiver.recv()
    except EOFError:
        result = _failed(f"the process died, or took more than {_SECONDS} s")
    process.join()
    return SurveyRow(package, shown, **result)


def _failed(reason: str) -> dict[str, Any]:
    return {"status": "refused", "detail": reason}


def _try(file: Path, sender: Any) -> None:
    """Import one file and send the fields of its row."""
    resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
    sender.send(_outcome(file))


def _outcome(file: Path) -> dict[str, Any]:
    from ..assets.convert import UnreadableError
    from .import_robot import import_robot

    with tempfile.TemporaryDirectory() as folder:
        try:
            imported = import_robot(file, Path(folder) / "robot.usdc")
        except UnreadableError as error:
            return {"status": "unreadable", "detail": str(error).replace(str(file), file.name)}
        except Exception as error:  # the survey goes on, whatever a file does to us
            reason = f"{type(error).__name__}: {error}"
            return _failed(reason.replace(str(file), file.name).replace(f"{folder}/", ""))
    if imported.original.nv == 0:
        return {"status": "static"}
    fields = [f"{d.kind} {d.name}: {d.field}" for d in imported.differences]
    more = f" and {len(fields) - _SHOWN} more" if len(fields) > _SHOWN else ""
    return {
        "status": "passes" if imported.passes else "differs",
        "detail": "; ".join(fields[:_SHOWN]) + more,
        "bodies": imported.original.nbody - 1,
        "joints": imported.original.njnt,
        "motion_error": imported.motion_error,
    }
