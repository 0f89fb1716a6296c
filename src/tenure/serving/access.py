"""Who may ask, and how often."""

from __future__ import annotations

import hmac
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from tenure.serving.refusals import Refusal

HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"referrer-policy", b"no-referrer"),
)
"""Headers of every answer."""

_CLIENTS_AT_MOST = 10_000


@dataclass(frozen=True, slots=True)
class Tokens:
    """What must be presented as ``Authorization: Bearer ...``.

    Parameters
    ----------
    client
        For every answer; nothing needs to be presented when None.
    admin
        For the log; nobody may read or empty it when None. It opens everything else, too.
    """

    client: str | None = None
    admin: str | None = None

    def check_client(self, header: bytes | None) -> None:
        """Refuse who presents neither token.

        Raises
        ------
        Refusal
            401.
        """
        if self.client is not None and not (_is(header, self.client) or _is(header, self.admin)):
            raise _unauthorised("a client token is needed")

    def check_admin(self, header: bytes | None) -> None:
        """Refuse who does not present the admin token.

        Raises
        ------
        Refusal
            401, or 403 when the server has none.
        """
        if self.admin is None:
            raise Refusal(403, "no_admin", "this server has no admin token, so nobody may do this")
        if not _is(header, self.admin):
            raise _unauthorised("the admin token is needed")


class RateLimit:
    """A bucket of requests per client, that fills at a rate.

    Parameters
    ----------
    per_second
        How fast a bucket fills; no limit when None.
    burst
        How much it holds.
    clock
        Seconds.
    """

    def __init__(
        self, per_second: float | None, burst: int, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._per_second = per_second
        self._burst = float(burst)
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, client: str) -> None:
        """Take one request out of the client's bucket.

        Raises
        ------
        Refusal
            429 when it is empty.
        """
        if self._per_second is None:
            return
        now = self._clock()
        left, since = self._buckets.pop(client, (self._burst, now))
        left = min(self._burst, left + (now - since) * self._per_second)
        allowed = left >= 1
        self._buckets[client] = (left - 1 if allowed else left, now)
        if len(self._buckets) > _CLIENTS_AT_MOST:
            self._buckets.popitem(last=False)
        if not allowed:
            wait = max(1, round((1 - left) / self._per_second))
            raise Refusal(429, "too_often", "too many requests", headers={"Retry-After": str(wait)})


def _is(header: bytes | None, token: str | None) -> bool:
    """Whether the header presents the token, in a time that does not depend on where they differ."""
    if header is None or token is None or header[:7].lower() != b"bearer ":
        return False
    return hmac.compare_digest(header[7:].strip(), token.encode())


def _unauthorised(message: str) -> Refusal:
    return Refusal(401, "unauthorised", message, headers={"WWW-Authenticate": "Bearer"})
