"""The HTTP service: observations in, actions out, by the packaged model of one bundle."""

from __future__ import annotations

import hmac
import json
import math
import threading
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from fastapi import Body, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from pydantic import BaseModel, ConfigDict, Field

from ..policy import Policy

MAX_BATCH = 1024
LARGEST = 1e6
"""Scaled observations stay far below; much larger ones would overflow in the network."""
MAX_BODY_BYTES = 4 << 20
BUCKETS = (1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 1e-2, 2e-2, 5e-2, 0.1, 1.0)
OPEN_PATHS = ("/v1/health", "/v1/health/ready")

Handler = Callable[[Request], Awaitable[Response]]


class ActRequest(BaseModel):
    """Observations as the network takes them: terms in the contract's order, each already scaled."""

    model_config = ConfigDict(extra="forbid", strict=True)
    observations: Annotated[
        list[list[Annotated[float, Field(allow_inf_nan=False, ge=-LARGEST, le=LARGEST)]]],
        Field(min_length=1, max_length=MAX_BATCH, description="One row per robot."),
    ]


class ActResponse(BaseModel):
    """`actions`: the network's output, clipped. `targets`: joint targets; null if they depend on the
    pose or on the targets before."""

    actions: list[list[float]]
    targets: list[list[float]] | None


class Health(BaseModel):
    """`status` is "ok" in a service that answers."""

    status: str
    task: str


class Problem(BaseModel):
    """Why a request was refused, in a sentence."""

    detail: str


REFUSALS: dict[int | str, dict[str, Any]] = {
    status: {"model": Problem, "description": text}
    for status, text in (
        (400, "The body is no JSON."),
        (401, "The bearer token is missing or wrong."),
        (413, "The body is too large."),
        (422, "A value is missing, not a finite number, or of another shape."),
    )
}


def make_app(policy: Policy, token: str | None = None) -> FastAPI:
    """The service of a loaded bundle. With `token`, all but the health paths ask for it as a bearer token."""
    contract = policy.contract
    app = FastAPI(
        title=f"Gaitway: {contract.task}",
        description="The policy of a bundle: observations in, actions out.",
        version="1",
        docs_url="/docs",
        redoc_url=None,
    )
    metrics = Metrics()
    clip, lock = policy.builder.clip, threading.Lock()

    @app.post("/v1/act", responses=REFUSALS)
    def act(request: Annotated[ActRequest, Body()]) -> ActResponse:
        """Actions for a batch of observations. The service keeps no state: give the last action yourself."""
        sizes = {len(row) for row in request.observations}
        if sizes != {contract.observation_size}:
            raise Refused(422, f"observations must have {contract.observation_size} values each")
        with lock:  # an engine's buffers are shared; one processor core would gain nothing anyway
            raw = policy.network(np.array(request.observations, np.float32))
        if not np.isfinite(raw).all():
            raise Refused(422, "the network's answer to these observations is not finite")
        actions = np.clip(raw, -clip, clip)
        stateless = not policy.targets.needs_past
        targets = policy.targets.wanted(policy.action_offset, actions).tolist() if stateless else None
        metrics.observations.inc(len(actions))
        return ActResponse(actions=actions.tolist(), targets=targets)

    @app.get("/v1/health")
    @app.get("/v1/health/ready")
    def health() -> Health:
        """Answers once the bundle is loaded and its golden recording has reproduced."""
        return Health(status="ok", task=contract.task)

    @app.get("/v1/metadata", responses={401: REFUSALS[401]})
    def metadata() -> dict[str, Any]:
        """The contract, and how well the recording reproduced on this machine."""
        report = policy.report
        return {
            "contract": contract.facts(),
            "golden": {"ticks": report.ticks, "action_error": report.action_error},
        }

    @app.get("/metrics", response_class=Response, responses={401: REFUSALS[401]})
    def prometheus() -> Response:
        """Requests, their durations and observations answered, in Prometheus' text format."""
        return Response(generate_latest(metrics.registry), media_type=CONTENT_TYPE_LATEST)

    @app.exception_handler(Refused)
    async def refuse(request: Request, refusal: Refused) -> Response:
        return JSONResponse({"detail": refusal.reason}, refusal.status)

    @app.exception_handler(RequestValidationError)
    async def say_what_is_wrong(request: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])[:200]
        return JSONResponse({"detail": f"{where}: {first['msg']}"}, 422)

    @app.middleware("http")
    async def guard(request: Request, handle: Handler) -> Response:
        start = time.perf_counter()
        response = _refusal(request, token) or await _checked_body(request) or await handle(request)
        path = request.url.path if request.url.path in PATHS else "other"
        metrics.requests.labels(path, str(response.status_code)).inc()
        metrics.seconds.labels(path).observe(time.perf_counter() - start)
        return response

    # The API's page says how long a row is: only the bundle knows.
    request = app.openapi()["components"]["schemas"]["ActRequest"]
    size = contract.observation_size
    request["properties"]["observations"]["items"] |= {"minItems": size, "maxItems": size}
    return app


PATHS = ("/v1/act", *OPEN_PATHS, "/v1/metadata", "/metrics", "/docs", "/openapi.json")


class Refused(Exception):
    """A request that is answered with `status` and a sentence."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status, self.reason = status, reason


class Metrics:
    """What `/metrics` shows."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter("gaitway_requests", "Requests.", ["path", "status"], registry=self.registry)
        self.observations = Counter("gaitway_observations", "Observations answered.", registry=self.registry)
        self.seconds = Histogram(
            "gaitway_request_seconds", "Duration.", ["path"], buckets=BUCKETS, registry=self.registry
        )


def _refusal(request: Request, token: str | None) -> Response | None:
    """A response to a request without the token, or None."""
    if token is None or request.url.path in OPEN_PATHS:
        return None
    given = request.headers.get("authorization", "")
    if hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
        return None
    headers = {"WWW-Authenticate": "Bearer"}
    return JSONResponse({"detail": "a bearer token is needed"}, 401, headers)


async def _checked_body(request: Request) -> Response | None:
    """A response to a body that is too large or no JSON of finite numbers, or None.

    Read piece by piece: a body is given up at the limit, whatever its header says of its length.
    """
    if request.method != "POST":
        return None
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > MAX_BODY_BYTES:
            return JSONResponse({"detail": f"the body is larger than {MAX_BODY_BYTES >> 20} MiB"}, 413)
    try:
        json.loads(bytes(body), parse_constant=_refuse_constant, parse_float=_finite)
    except (ValueError, RecursionError) as error:
        return JSONResponse({"detail": f"the body is no JSON of finite numbers ({error})"}, 400)
    request._body = bytes(body)  # what the handler reads, as Request.body() would leave it
    return None


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not a number")


def _finite(text: str) -> float:
    if not math.isfinite(value := float(text)):
        raise ValueError(f"{text} is too large")
    return value


def load_token(path: Path) -> str:
    """The bearer token in a file.

    Raises:
        ValueError: it cannot be read, or is shorter than 16 characters.
    """
    try:
        token = path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ValueError(f"{path}: the token cannot be read ({error.strerror}).") from error
    if len(token) < 16:
        raise ValueError(f"{path}: the token has {len(token)} characters; 16 is the least.")
    return token
