"""Around every endpoint: who asks, may they, how long it took, and the headers of the answer."""

from __future__ import annotations

import itertools
import logging
import re
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from fastapi import Request, Response
from pydantic_core import to_json

from tenure.serving.access import HEADERS
from tenure.serving.desk import Desk
from tenure.serving.refusals import Refusal

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
App: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]
Endpoint: TypeAlias = Callable[[Request], Awaitable[Response]]

ASKED = "tenure.request_id"
"""Where the scope of a request holds its id."""
JSON = "application/json"

OPEN = frozenset({"/health", "/ready", "/metrics"})
"""Paths for probes: no token, no limit."""
_PATHS = OPEN | {"/predict", "/stream", "/batch", "/model", "/log", "/emptyLog", "/openapi.json"}
_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_LOG = logging.getLogger("tenure.serving.gate")

FAILED = Refusal(500, "failed", "the server failed; its log says why, under the id of the request")


@dataclass(frozen=True, slots=True)
class Gate:
    """The application as a client meets it.

    Parameters
    ----------
    app
        What answers.
    desk
        Whose tokens, limits and numbers hold.
    scoring
        What answers a POST to these paths, in the place of `app`: half of the time of a request would be
        spent on finding the way there.
    """

    app: App
    desk: Desk
    scoring: Mapping[str, Endpoint]
    _boot: str = field(default_factory=lambda: secrets.token_hex(6))
    _numbers: itertools.count[int] = field(default_factory=itertools.count)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        start = time.perf_counter()
        authorisation, request_id = self._read(scope)
        scope[ASKED] = request_id
        status = 500

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], *HEADERS, (b"x-request-id", request_id.encode())]
            await send(message)

        try:
            self._admit(scope, authorisation)
            endpoint = self.scoring.get(scope["path"]) if scope["method"] == "POST" else None
            if endpoint is None:
                await self.app(scope, receive, sending)
            else:
                response = await _answer(endpoint, Request(scope, receive))
                await response(scope, receive, sending)
        except Refusal as refusal:
            await refused(refusal, request_id)(scope, receive, sending)
        finally:
            self._measure(scope["path"], status, start)

    def _read(self, scope: Scope) -> tuple[bytes | None, str]:
        """What the client presents, and the id of its request: its own, or one of ours."""
        presented, own = None, None
        for name, value in scope["headers"]:
            if name == b"authorization":
                presented = value
            elif name == b"x-request-id":
                own = value
        if own is not None and _ID.fullmatch(own):
            return presented, own.decode()
        return presented, f"{self._boot}-{next(self._numbers):x}"

    def _admit(self, scope: Scope, authorisation: bytes | None) -> None:
        if scope["path"] in OPEN:
            return
        client = scope.get("client")
        self.desk.limit.take(client[0] if client else "")
        self.desk.tokens.check_client(authorisation)

    def _measure(self, path: str, status: int, start: float) -> None:
        endpoint = path if path in _PATHS else "other"
        model = self.desk.incumbent.model
        version = "none" if model is None else str(model.version)
        self.desk.metrics.count(endpoint, status, version).inc()
        self.desk.metrics.took(endpoint).observe(time.perf_counter() - start)


async def _answer(endpoint: Endpoint, request: Request) -> Response:
    try:
        return await endpoint(request)
    except Refusal as refusal:
        return refused(refusal, request.scope[ASKED])
    except Exception:  # noqa: BLE001 - the client gets an answer, the log the reason
        _LOG.exception("request %s failed", request.scope[ASKED])
        return refused(FAILED, request.scope[ASKED])


def refused(refusal: Refusal, request_id: str) -> Response:
    """The answer that is none."""
    body = to_json(refusal.to_json(request_id))
    return Response(body, refusal.status, headers=refusal.headers, media_type=JSON)
