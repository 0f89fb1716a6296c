"""Who answers whom: entities told by a hash of their keys, and dealt to champion and challenger by it."""

from __future__ import annotations

import hashlib
from enum import StrEnum

_BITS = 53
"""Of a float's significand: every place is one exactly."""


class Arm(StrEnum):
    """Whose answer a row of a comparison is."""

    CHAMPION = "champion"
    CHALLENGER = "challenger"
    SHADOW = "shadow"
    """The challenger's, which nobody was given."""


class Origin(StrEnum):
    """How a prediction came about."""

    BATCH = "batch"
    """By the step ``predict``, of the period's population."""
    SERVED = "served"
    """By ``tenure serve``, of whoever asked."""


def entity_code(key: str, *, secret: str = "") -> str:
    """What stands for an entity in the log and in ``gold/predictions``: 32 hexadecimal digits.

    BLAKE2b of the key's text. Whoever can list the keys can find out whose code it is, so keys that are
    personal are hashed with a secret (RFC 7693, section 2.5: keyed hashing).

    Parameters
    ----------
    key
        As `tenure.domain.entities.key_text` has it.
    secret
        Any text; nothing when the keys are not personal.

    Examples
    --------
    >>> entity_code("id=5") == entity_code("id=5"), entity_code("id=5") == entity_code("id=5", secret="s")
    (True, False)
    >>> len(entity_code("id=5"))
    32
    """
    keyed = hashlib.sha256(secret.encode()).digest() if secret else b""
    return hashlib.blake2b(key.encode(), digest_size=16, key=keyed).hexdigest()


def place_of(key: str, *, salt: str) -> float:
    """Where an entity stands between 0 and 1: evenly spread, and always the same for the same salt.

    Examples
    --------
    >>> place_of("id=5", salt="spring") == place_of("id=5", salt="spring")
    True
    >>> places = [place_of(f"id={n}", salt="spring") for n in range(10_000)]
    >>> round(sum(place < 0.1 for place in places) / 10_000, 2)
    0.1
    """
    digest = hashlib.blake2b(f"{salt}\x1e{key}".encode(), digest_size=8).digest()
    steps: int = int.from_bytes(digest, "big") >> (64 - _BITS)
    return steps / (1 << _BITS)
