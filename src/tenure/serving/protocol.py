"""uvicorn's protocol, with the head and the body of an answer in one write.

In two writes, a worker killed between them leaves half an answer, and a proxy that has seen the head can no
longer ask another instance. It also saves a call of the kernel.
"""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_HEAD, _INTERIM = b"HTTP/1.1 ", b"HTTP/1.1 1"


class WholeAnswers(HttpToolsProtocol):
    """The protocol of one connection."""

    def connection_made(self, transport: Any) -> None:
        """Begin, on a transport that keeps a head until its body comes."""
        super().connection_made(HeadKeeper(transport))  # type: ignore[arg-type]


class HeadKeeper:
    """A transport that keeps a head until the next write, or until it is closed.

    Examples
    --------
    >>> class Wire:
    ...     def write(self, data):
    ...         print(data)
    >>> wire = HeadKeeper(Wire())
    >>> wire.write(b"HTTP/1.1 100 Continue")
    b'HTTP/1.1 100 Continue'
    >>> wire.write(b"HTTP/1.1 200 OK, ")
    >>> wire.write(b"body")
    b'HTTP/1.1 200 OK, body'
    """

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._head = b""

    def write(self, data: bytes) -> None:
        """Write, what was kept first; a head alone is kept."""
        if not self._head and data.startswith(_HEAD) and not data.startswith(_INTERIM):
            self._head = data
            return
        whole, self._head = self._head + data, b""
        self._transport.write(whole)

    def close(self) -> None:
        """Write what was kept, and close."""
        if self._head:
            self.write(b"")
        self._transport.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)
