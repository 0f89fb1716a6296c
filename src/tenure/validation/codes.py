"""The codes of validation: what each means, how much it matters, what to do. Pages in ``docs/checks``."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from tenure.domain.findings import Severity

PREFIX = "VAL"


class Code(StrEnum):
    """What a check of bronze rows looks for; stable, one page each in ``docs/checks``."""

    MISSING_COLUMN = "VAL001"
    EMPTY_COLUMN = "VAL002"
    UNREADABLE = "VAL003"
    NULL_KEY = "VAL004"
    KEY_CONFLICT = "VAL005"
    EXACT_COPY = "VAL006"
    OUT_OF_RANGE = "VAL007"
    UNKNOWN_CATEGORY = "VAL008"
    NULL_SHARE = "VAL009"
    UNDATED = "VAL010"
    KNOWN_TOO_EARLY = "VAL011"
    ROW_COUNT = "VAL012"
    STALE = "VAL013"
    USER_SUITE = "VAL020"


@dataclass(frozen=True, slots=True)
class Description:
    """A code in words."""

    title: str
    severity: Severity
    """Where neither the source nor the policy says otherwise."""
    hint: str


CODES: dict[Code, Description] = {
    Code.MISSING_COLUMN: Description(
        "a declared column is not in the source",
        Severity.ERROR,
        "correct the name, list its other names in `renamed_from`, or set `required: false`",
    ),
    Code.EMPTY_COLUMN: Description(
        "a declared column has no value in the whole period",
        Severity.WARNING,
        "ask whoever delivers it; a feed that broke looks like this, and so does a renamed column",
    ),
    Code.UNREADABLE: Description(
        "values cannot be read as their declared type",
        Severity.WARNING,
        "state `format`, `strip` or `null_values`, or correct `type`",
    ),
    Code.NULL_KEY: Description(
        "rows without a key",
        Severity.ERROR,
        "rows without a key join nothing; have them delivered again, or correct `keys`",
    ),
    Code.KEY_CONFLICT: Description(
        "different rows with the same key and event time",
        Severity.ERROR,
        "add the column that tells them apart to `keys`, or set `unique: false` for a child table",
    ),
    Code.EXACT_COPY: Description(
        "rows delivered more than once",
        Severity.WARNING,
        "ask whether a file came twice; where keys are unique cleaning keeps one of each, else all of them",
    ),
    Code.OUT_OF_RANGE: Description(
        "values outside the declared range",
        Severity.WARNING,
        "widen `between` if they are right; `otherwise` says what becomes of them",
    ),
    Code.UNKNOWN_CATEGORY: Description(
        "categories that are not declared",
        Severity.WARNING,
        "add them to `values` if they are right; `otherwise` says what becomes of them",
    ),
    Code.NULL_SHARE: Description(
        "more nulls than the project file allows",
        Severity.WARNING,
        "the count includes what is repaired to null; compare with VAL003, VAL007 and VAL008",
    ),
    Code.UNDATED: Description(
        "rows without a time",
        Severity.ERROR,
        "a row that cannot be dated cannot be kept out of the past; state `time_format`",
    ),
    Code.KNOWN_TOO_EARLY: Description(
        "rows known before they happened",
        Severity.WARNING,
        "check that `known_at` names the column that says when a row was delivered",
    ),
    Code.ROW_COUNT: Description(
        "a row count unlike that of the periods before",
        Severity.WARNING,
        "compare the file with the ones before; `validation.row_count` sets what is usual",
    ),
    Code.STALE: Description(
        "the newest row is older than `max_age`",
        Severity.WARNING,
        "the feed stands still; ask whoever delivers it, or raise `max_age`",
    ),
    Code.USER_SUITE: Description(
        "an expectation of a suite of your own",
        Severity.ERROR,
        "the suite's file says why it is expected; `severity` in it sets how much it matters",
    ),
}


def unknown_codes(codes: Iterable[str]) -> tuple[str, ...]:
    """Those that look like codes of validation and are none.

    Examples
    --------
    >>> unknown_codes(["VAL007", "VAL7", "CLN001"])
    ('VAL7',)
    """
    return tuple(code for code in codes if code.startswith(PREFIX) and code not in set(Code))
