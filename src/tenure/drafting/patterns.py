"""Forms that values have: as regular expressions that every engine reads alike."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

DECORATION_CHARACTERS = "_%$€£₺*#~"
DECORATION = rf"^[\s{DECORATION_CHARACTERS}]+|[\s{DECORATION_CHARACTERS}]+$"
"""What stands around a number and is no part of it. Signs, points and brackets are not among it: they
change what the number is."""

PATTERNS: Mapping[str, str] = MappingProxyType(
    {
        "email": r"^[^@\s]+@[^@\s]+\.[A-Za-z]{2,}$",
        "phone": r"^(\+[0-9][0-9 ()./-]{6,16}[0-9]|\([0-9]{3}\) ?[0-9 -]{7,9}|"
        r"[0-9]{3}[-. ][0-9]{3}[-. ][0-9]{4})$",
        "ssn": r"^[0-9]{3}-[0-9]{2}-[0-9]{4}$",
        "iban": r"^[A-Z]{2}[0-9]{2} ?[A-Z0-9]{4}( ?[A-Z0-9]{4}){2,6}( ?[A-Z0-9]{1,4})?$",
        "card": r"^[0-9]{4}[ -][0-9]{4}[ -][0-9]{4}[ -][0-9]{4}$",
        "separated": r"^[-+]?([0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?|[0-9]{1,3}(\.[0-9]{3})+,[0-9]+|"
        r"[0-9]+,[0-9]+)$",
    }
)
"""``separated``: numbers with a comma, which cannot be read as such."""
