"""Where `--view` goes: without a file, to a page on this machine alone, which asks nothing of anybody."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import urllib.request

import pytest
from gaitway.cli.perceive.view.target import open_view

# A shell that runs the tests in the background makes its children deaf to Ctrl-C.
PROGRAM = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from gaitway.cli.perceive.view.target import IN_BROWSER, open_view
import rerun
with open_view(IN_BROWSER) as view:
    view.log("points", rerun.Points3D([[0.0, 0.0, 0.0]]))
"""


def test_a_page_of_this_machine_until_ctrl_c():
    pytest.importorskip("rerun")
    program = subprocess.Popen([sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, text=True)
    try:
        assert program.stdout is not None
        address = program.stdout.readline().split()[-1]
        assert program.stdout.readline().startswith("All is shown; Ctrl-C ends it")
        with urllib.request.urlopen(address) as answer:
            policy, content = answer.headers["Content-Security-Policy"], answer.read()
        assert b"re_viewer.js" in content
        sources = policy.partition("connect-src")[2].split()
        assert {source for source in sources if "//" in source} == {f"http://127.0.0.1:{port_of(address)}"}
        assert "default-src 'self'" in policy
    finally:
        program.send_signal(signal.SIGINT)
        try:
            assert program.wait(30) == 0
        finally:
            program.kill()
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.1", port_of(address)), 1.0)


def test_without_rerun_it_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "rerun", None)
    with pytest.raises(ValueError, match=r"pip install 'gaitway\[view\]'"), open_view(tmp_path / "run.rrd"):
        pass


def test_a_run_that_fails_leaves_no_file(tmp_path):
    rerun = pytest.importorskip("rerun")
    with pytest.raises(ZeroDivisionError), open_view(tmp_path / "run.rrd") as view:
        assert view is not None
        view.log("points", rerun.Points3D([[0.0, 0.0, 0.0]]))
        _ = 1 / 0
    assert not list(tmp_path.iterdir())


def port_of(address: str) -> int:
    """Where the page reads from."""
    return int(address.rpartition("%3A")[2].partition("%2F")[0])
