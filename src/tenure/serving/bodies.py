"""Bodies of requests, within their limits of size and time."""

from __future__ import annotations

import asyncio

from tenure.serving.gate import JSON, Asked, Receive
from tenure.serving.refusals import Refusal


async def read_body(asked: Asked, *, most: int, seconds: float) -> bytes:
    """The body of a request.

    Parameters
    ----------
    asked
        Whose body.
    most
        Bytes that it may have.
    seconds
        In which it must have come.

    Raises
    ------
    Refusal
        413 when it is longer, 408 when it does not come, 400 when the client leaves.
    """
    if not asked.length.isdigit() or int(asked.length) > most:
        raise _too_long(most)
    try:
        async with asyncio.timeout(seconds):
            return await _read(asked.receive, most)
    except TimeoutError:
        raise Refusal(408, "too_slow", f"the body was not there after {seconds:g} seconds") from None


def media_type(asked: Asked) -> str:
    """What the body is said to be, without parameters; JSON where nothing is said."""
    said = asked.kind.partition(b";")[0].strip().lower()
    return said.decode("latin-1") or JSON


async def _read(receive: Receive, most: int) -> bytes:
    message = await receive()
    body: bytes = message.get("body", b"")
    parts = [body]
    n_bytes = len(body)
    while message["type"] == "http.request" and message.get("more_body"):
        message = await receive()
        parts.append(message.get("body", b""))
        n_bytes += len(parts[-1])
        if n_bytes > most:
            raise _too_long(most)
    if message["type"] != "http.request":
        raise Refusal(400, "incomplete", "the client left before its request was whole")
    return body if len(parts) == 1 else b"".join(parts)


def _too_long(most: int) -> Refusal:
    return Refusal(413, "too_long", f"the body may have {most:,} bytes here")
