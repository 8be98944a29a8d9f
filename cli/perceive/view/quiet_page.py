"""rerun's page, handed on with an order to the browser to ask nothing of anybody but this machine.

The page as it comes asks for a font, the newest release and examples, and sends counts of its use.
"""

from __future__ import annotations

import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

_HOST = "127.0.0.1"
_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'wasm-unsafe-eval' blob:; "
    "worker-src 'self' blob:; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "connect-src 'self' data: blob: {source}"
)
_PASSED_ON = ("Content-Type", "Content-Encoding")


@contextmanager
def quiet_page(page_port: int, source_port: int) -> Iterator[str]:
    """Address of the page that rerun serves at a port, allowed to read from another port of this machine."""
    policy = _POLICY.format(source=f"http://{_HOST}:{source_port}")

    class Handler(BaseHTTPRequestHandler):
        """Fetches what is asked for from rerun, and adds the policy."""

        def do_GET(self) -> None:
            request = urllib.request.Request(f"http://{_HOST}:{page_port}{self.path}")
            try:
                with urllib.request.urlopen(request) as answer:
                    status, headers, content = answer.status, answer.headers, answer.read()
            except OSError:
                self.send_error(502)
                return
            self.send_response(status)
            for name in _PASSED_ON:
                if name in headers:
                    self.send_header(name, headers[name])
            self.send_header("Content-Security-Policy", policy)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing on the terminal."""

    with ThreadingHTTPServer((_HOST, 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://{_HOST}:{server.server_address[1]}"
        finally:
            server.shutdown()
