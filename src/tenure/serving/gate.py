"""Around every endpoint: who asks, may they, how long it took, and the headers of the answer."""

from __future__ import annotations

import itertools
import logging
import re
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeAlias

from fastapi import Response
from pydantic_core import to_json

from tenure.serving.access import HEADERS
from tenure.serving.desk import Desk
from tenure.serving.refusals import Refusal

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
App: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

ASKED = "tenure.request_id"
"""Where the scope of a request holds its id."""
JSON = "application/json"

OPEN = frozenset({"/health", "/ready", "/metrics"})
"""Paths for probes: no token, no limit."""
_PATHS = OPEN | {"/predict", "/stream", "/batch", "/model", "/log", "/emptyLog", "/openapi.json"}
_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_LOG = logging.getLogger("tenure.serving.gate")

FAILED = Refusal(500, "failed", "the server failed; its log says why, under the id of the request")
_NOT_ALLOWED = Refusal(405, "method_not_allowed", "method not allowed", headers={"Allow": "POST"})


@dataclass(slots=True)
class Asked:
    """What the headers of a request say, read once."""

    path: str
    receive: Receive
    query: bytes = b""
    request_id: str = ""
    """The client's own, or one of ours."""
    authorisation: bytes | None = None
    length: bytes = b"0"
    kind: bytes = b""
    """The media type of the body."""


class Reply(NamedTuple):
    """An answer with status 200."""

    body: bytes
    kind: str = JSON


Endpoint: TypeAlias = Callable[[Asked], Awaitable[Reply]]


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
        What answers a POST to these paths, in the place of `app`: finding the way through it and back would
        take as long as the answer.
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
        asked = self._read(scope, receive)
        status = 500
        try:
            self._admit(scope, asked)
            endpoint = self.scoring.get(asked.path)
            if endpoint is None:
                status = await self._pass_on(scope, asked, send)
            else:
                status = await _score(endpoint, scope, asked, send)
        except Refusal as refusal:
            status = refusal.status
            await _send_refusal(refusal, asked.request_id, send)
        finally:
            self._measure(asked.path, status, start)

    def _read(self, scope: Scope, receive: Receive) -> Asked:
        asked = Asked(scope["path"], receive, scope["query_string"])
        own = None
        for name, value in scope["headers"]:
            if name == b"content-length":
                asked.length = value
            elif name == b"content-type":
                asked.kind = value
            elif name == b"authorization":
                asked.authorisation = value
            elif name == b"x-request-id":
                own = value
        if own is not None and _ID.fullmatch(own):
            asked.request_id = own.decode()
        else:
            asked.request_id = f"{self._boot}-{next(self._numbers):x}"
        return asked

    def _admit(self, scope: Scope, asked: Asked) -> None:
        if asked.path in OPEN:
            return
        client = scope.get("client")
        self.desk.limit.take(client[0] if client else "")
        self.desk.tokens.check_client(asked.authorisation)

    async def _pass_on(self, scope: Scope, asked: Asked, send: Send) -> int:
        """The status of what the application answers, with our headers."""
        scope[ASKED] = asked.request_id
        status = 500

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], *_headers(asked.request_id)]
            await send(message)

        await self.app(scope, asked.receive, sending)
        return status

    def _measure(self, path: str, status: int, start: float) -> None:
        endpoint = path if path in _PATHS else "other"
        model = self.desk.incumbent.model
        version = "none" if model is None else str(model.version)
        self.desk.metrics.answered(endpoint, status, version, time.perf_counter() - start)


def refused(refusal: Refusal, request_id: str) -> Response:
    """The answer that is none, for FastAPI."""
    body = to_json(refusal.to_json(request_id))
    return Response(body, refusal.status, headers=refusal.headers, media_type=JSON)


async def _score(endpoint: Endpoint, scope: Scope, asked: Asked, send: Send) -> int:
    if scope["method"] != "POST":
        raise _NOT_ALLOWED
    try:
        reply = await endpoint(asked)
    except Refusal:
        raise
    except Exception:  # noqa: BLE001 - the client gets an answer, the log the reason
        _LOG.exception("request %s failed", asked.request_id)
        raise FAILED from None
    await _send(send, 200, reply.body, [(b"content-type", reply.kind.encode())], asked.request_id)
    return 200


async def _send_refusal(refusal: Refusal, request_id: str, send: Send) -> None:
    named = [(name.lower().encode(), text.encode()) for name, text in refusal.headers.items()]
    headers = [(b"content-type", JSON.encode()), *named]
    await _send(send, refusal.status, to_json(refusal.to_json(request_id)), headers, request_id)


async def _send(
    send: Send, status: int, body: bytes, headers: list[tuple[bytes, bytes]], request_id: str
) -> None:
    length = (b"content-length", str(len(body)).encode())
    told = [length, *headers, *_headers(request_id)]
    await send({"type": "http.response.start", "status": status, "headers": told})
    await send({"type": "http.response.body", "body": body})


def _headers(request_id: str) -> tuple[tuple[bytes, bytes], ...]:
    return (*HEADERS, (b"x-request-id", request_id.encode()))
