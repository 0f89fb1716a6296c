"""Bodies of requests, within their limits of size and time."""

from __future__ import annotations

import asyncio

from fastapi import Request

from tenure.serving.refusals import Refusal


async def read_body(request: Request, *, most: int, seconds: float) -> bytes:
    """The body of a request.

    Parameters
    ----------
    request
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
    declared = request.headers.get("content-length", "0")
    if not declared.isdecimal() or int(declared) > most:
        raise _too_long(most)
    try:
        async with asyncio.timeout(seconds):
            return await _read(request, most)
    except TimeoutError:
        raise Refusal(408, "too_slow", f"the body was not there after {seconds:g} seconds") from None


def media_type(request: Request) -> str:
    """What the body is said to be, without parameters; JSON where nothing is said."""
    said = request.headers.get("content-type", "application/json")
    return said.partition(";")[0].strip().lower()


async def _read(request: Request, most: int) -> bytes:
    first = await request.receive()
    body: bytes = first.get("body", b"")
    parts, message = [body], first
    n_bytes = len(body)
    while message["type"] == "http.request" and message.get("more_body"):
        message = await request.receive()
        parts.append(message.get("body", b""))
        n_bytes += len(parts[-1])
        if n_bytes > most:
            raise _too_long(most)
    if message["type"] != "http.request":
        raise Refusal(400, "incomplete", "the client left before its request was whole")
    return body if len(parts) == 1 else b"".join(parts)


def _too_long(most: int) -> Refusal:
    return Refusal(413, "too_long", f"the body may have {most:,} bytes here")
