"""Which requests come from our own page: a browser says of which site the page is that asks."""

from __future__ import annotations

from email.message import Message
from urllib.parse import urlsplit

HOST = "127.0.0.1"
_LOOPBACK = (HOST, "localhost")


def is_ours(headers: Message, port: int) -> bool:
    """Whether a request is to this server by a name of this machine, and from a page of it or from no page.

    A foreign name could have been made to point here; a page of another site could send what a form sends.
    """
    asked = headers.get("Host", "")
    try:
        target = urlsplit(f"//{asked}")
        if target.hostname not in _LOOPBACK or (target.port or 80) != port:
            return False
    except ValueError:  # no port
        return False
    if headers.get("Sec-Fetch-Site", "none") not in ("same-origin", "none"):
        return False
    origin = headers.get("Origin")
    return origin is None or origin == f"http://{asked}"
