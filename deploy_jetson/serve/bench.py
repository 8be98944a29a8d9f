"""`gaitway-edge bench-serve`: throughput and latency of the HTTP service under many clients at once."""

from __future__ import annotations

import argparse
import http.client
import json
import os
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ..contract import BundleError, Contract
from ..machine import describe_machine

_WARM_UP_S = 1.0


def add(commands: Any) -> None:
    """Add the command to argparse's subparsers."""
    parser = commands.add_parser(
        "bench-serve",
        help="measure the HTTP service under many clients",
        description="Starts 'gaitway-edge serve' in a process of its own and asks it for actions from many "
        "clients, each with a connection that stays open and its next request as soon as it has the answer.",
    )
    parser.set_defaults(function=run)
    parser.add_argument("bundle", type=Path, help="folder made by 'gaitway export'")
    parser.add_argument("--clients", type=_positive, default=64, help="at once (default: 64)")
    parser.add_argument("--batch", type=_positive, default=1, help="observations a request (default: 1)")
    parser.add_argument("--seconds", type=_positive, default=10, help="of measuring (default: 10)")
    parser.add_argument("--json", type=Path, help="write what was measured to this file")


def _positive(text: str) -> int:
    if (value := int(text)) < 1:
        raise argparse.ArgumentTypeError(f"{text} is below 1")
    return value


@dataclass
class Client:
    """One connection: the durations of its answers, s, and what went wrong, if anything did."""

    port: int
    body: bytes
    durations: list[float] = field(default_factory=list)
    problem: str = ""

    def ask(self, begin: float, end: float) -> None:
        """Ask until `end`, counting from `begin` on; both by `time.perf_counter`."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        headers = {"Content-Type": "application/json"}
        try:
            while (start := time.perf_counter()) < end:
                connection.request("POST", "/v1/act", self.body, headers)
                answer = connection.getresponse()
                answer.read()
                if answer.status != 200:
                    raise http.client.HTTPException(f"status {answer.status}")
                if start >= begin:
                    self.durations.append(time.perf_counter() - start)
        except (OSError, http.client.HTTPException) as error:
            self.problem = str(error) or type(error).__name__
        finally:
            connection.close()


def run(options: argparse.Namespace) -> int:
    """Measure and print; returns the exit status."""
    size = Contract.load(options.bundle / "policy.json").observation_size
    body = json.dumps({"observations": [[0.0] * size] * options.batch}).encode()
    load = os.getloadavg()[0]
    command = [
        sys.executable,
        "-m",
        "gaitway.deploy_jetson.main",
        "serve",
        str(options.bundle),
        "--port",
        "0",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            port = _port(server)
            clients = [Client(port, body) for _ in range(options.clients)]
            _ask_all(clients, options.seconds)
        finally:
            server.terminate()
    if problems := [client.problem for client in clients if client.problem]:
        raise BundleError(f"{len(problems)} of {len(clients)} clients were not answered ({problems[0]}).")
    durations = np.concatenate([client.durations for client in clients])
    if not len(durations):
        raise BundleError(f"no request was answered within {options.seconds} s: give more --seconds.")
    p50, p99 = np.percentile(durations, [50, 99])
    result = {
        "bundle": options.bundle.name,
        "machine": describe_machine(),
        "cores": os.cpu_count(),
        "load_before": load,
        "clients": options.clients,
        "batch": options.batch,
        "seconds": options.seconds,
        "requests": len(durations),
        "requests_per_s": len(durations) / options.seconds,
        "observations_per_s": len(durations) * options.batch / options.seconds,
        "latency": {"p50": float(p50), "p99": float(p99), "max": float(durations.max())},
    }
    print(
        f"{options.clients} clients, {options.batch} observations a request: {result['requests_per_s']:.0f} "
        f"requests/s, p50 {1e3 * p50:.1f} ms, p99 {1e3 * p99:.1f} ms"
    )
    if options.json:
        options.json.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    return 0


def _port(server: subprocess.Popen[str]) -> int:
    """The port that the server's first line names; the server's own sentence is on stderr if it ends."""
    assert server.stdout is not None
    line = server.stdout.readline()
    if not line.startswith("Serving on http://"):
        raise BundleError("the service did not start; its reason stands above.")
    return int(line.split(";")[0].rpartition(":")[2])


def _ask_all(clients: list[Client], seconds: float) -> None:
    begin = time.perf_counter() + _WARM_UP_S
    threads = [threading.Thread(target=client.ask, args=(begin, begin + seconds)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
