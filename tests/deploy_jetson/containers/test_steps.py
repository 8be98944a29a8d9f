"""The Dockerfile's RUN steps, executed in a scratch root made of this machine's system folders.

What needs the network is left out: apt-get, and the packages that the wheel depends on. Those are lent by
the environment of the tests.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from importlib import metadata
from pathlib import Path

import pytest

from .conftest import ROOT, Stage

MOUNT = "--mount=type=bind,from=wheel,source=/dist,target=/dist "
IGNORED = (".*", "*.egg-info", "__pycache__", "build", "dist", "out", "runs", "tests", "docs", "gaitway")
ACCOUNTS = {
    "passwd": "root:x:0:0::/:/bin/sh\n",
    "group": "root:x:0:\n",
    "shadow": "root:*:::::::\n",
    "gshadow": "",
}
# Python of the scratch root: the one that the tests' environment was made of.
PYTHON = Path(sys._base_executable).parent  # type: ignore[attr-defined]

# The system's folders can be read, not written. Everything else is this mount's own, and gone at the end.
SCRATCH = r"""
root=$1; shift
for folder in bin sbin lib lib64 usr; do
  [ -L "/$folder" ] && cp -P "/$folder" "$root/$folder" && continue
  [ -d "/$folder" ] || continue
  mkdir -p "$root/$folder"
  mount --bind "/$folder" "$root/$folder"
  mount -o remount,bind,ro "$root/$folder"
done
for pair in "$@"; do
  mkdir -p "$root${pair#*:}" && mount --rbind "${pair%%:*}" "$root${pair#*:}"
done
exec chroot "$root" sh -e /steps.sh
"""


def execute(root: Path, script: str, lent: dict[Path, str]) -> str:
    """Run a script in a root of its own, as the root user of it."""
    (root / "steps.sh").write_text(script)
    pairs = [
        f"{source}:{target}"
        for source, target in {Path("/dev"): "/dev", Path("/proc"): "/proc", **lent}.items()
    ]
    command = ["unshare", "--map-root-user", "--mount", "sh", "-ec", SCRATCH, "sh", str(root), *pairs]
    environment = {
        "PATH": f"{PYTHON}:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
        "HOME": "/root",
        "PIP_NO_INDEX": "1",
        "PIP_NO_DEPS": "1",
        "PIP_FIND_LINKS": "/lent",
        "PIP_CONFIG_FILE": os.devnull,
    }
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def make_root(folder: Path) -> Path:
    for name in ("etc", "tmp", "root", "opt"):
        (folder / name).mkdir(parents=True)
    for name, text in ACCOUNTS.items():
        (folder / "etc" / name).write_text(text)
    for name in ("ld.so.cache", "ld.so.conf", "login.defs"):
        if Path("/etc", name).is_file():
            shutil.copy(Path("/etc", name), folder / "etc")
    return folder


def pack_installed(name: str, folder: Path) -> None:
    """Make a wheel of an installed distribution."""
    distribution = metadata.distribution(name)
    with zipfile.ZipFile(folder / f"{name}-{distribution.version}-py3-none-any.whl", "w") as wheel:
        for file in distribution.files or []:
            if ".." not in file.parts and file.suffix != ".pyc" and file.locate().is_file():
                wheel.write(str(file.locate()), str(file))


def steps(stage: Stage) -> str:
    """The stage's RUN steps as one script; what `apt-get` brings is on this machine."""
    scripts = [text.removeprefix(MOUNT) for text in stage.all("RUN") if not text.startswith("apt-get ")]
    return "\n".join(f"sh -c {shlex.quote(script)}" for script in scripts)


@pytest.fixture(scope="module")
def dist(stages: dict[str, Stage], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the stage `wheel` leaves to the others."""
    root = make_root(tmp_path_factory.mktemp("wheel"))
    (workdir,) = stages["wheel"].all("WORKDIR")
    shutil.copytree(ROOT, root / workdir[1:], ignore=shutil.ignore_patterns(*IGNORED))
    (root / "lent").mkdir()
    pack_installed("setuptools", root / "lent")
    execute(root, f"cd {workdir}\n{steps(stages['wheel'])}", {})
    assert len(list((root / "dist").glob("*.whl"))) == 1
    return root / "dist"


@pytest.mark.parametrize(
    ("target", "answer"),
    [("workstation", "Gaitway/DroidVelocityFlat-v0"), ("cluster", "usage"), ("jetson", "usage")],
)
def test_an_image_s_steps_end_in_a_program_that_starts(
    stages: dict[str, Stage], dist: Path, tmp_path: Path, target: str, answer: str
) -> None:
    stage = stages[target]
    root = make_root(tmp_path / "root")
    (user,) = stage.all("USER")
    (workdir,) = stage.all("WORKDIR")
    command = stage.command() if target == "workstation" else [stage.command()[0], "--help"]
    check = f"""
{steps(stage)}
getent passwd {user} || grep {user} /etc/passwd
cd {workdir}
test -k {workdir}
PYTHONPATH=/lent HOME={workdir} PATH=/opt/gaitway/bin:$PATH {shlex.join(command)}
"""
    lent = {dist: "/dist", Path(sysconfig.get_path("purelib")): "/lent"}
    output = execute(root, check, lent)
    assert answer in output
    assert f":{user}:" in output
