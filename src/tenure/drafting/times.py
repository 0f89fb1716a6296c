"""Which column says when a row happened, and which when it was known."""

from __future__ import annotations

from collections.abc import Sequence

from tenure.domain.sources import ColumnType
from tenure.drafting.draft import ColumnDraft
from tenure.drafting.looks import SourceLook
from tenure.drafting.naming import words_of
from tenure.drafting.vocabulary import BEGAN, HAPPENED, KNOWN, OTHER_TIMES

_MOST_NULL = 0.05


def is_beginning(name: str) -> bool:
    """Whether a column's name says that something begins then.

    Examples
    --------
    >>> is_beginning("loan_start_date"), is_beginning("snapshot_date")
    (True, False)
    """
    return bool(BEGAN & set(words_of(name)))


def time_columns(columns: Sequence[ColumnDraft], look: SourceLook) -> tuple[str, ...]:
    """The columns that may say when a row happened, the likeliest first.

    Dates in nearly every row; by their names first those that say it happened, then those that say it
    began, then any other; dates of birth, ends, due dates and the like, and those that say when the row
    was known, are none.
    """
    dated = [c.name for c in columns if c.type is ColumnType.DATE and not c.rule.pii]
    usable = [name for name in dated if look.column(name).null_share <= _MOST_NULL]
    return tuple(sorted((name for name in usable if not _says_other(name)), key=_rank))


def known_column(columns: Sequence[ColumnDraft], look: SourceLook) -> str | None:
    """The column that says when a row became known, if one does."""
    settled = [c.name for c in columns if c.time is not None and not c.time.is_open]
    said = (name for name in settled if KNOWN & set(words_of(name)))
    return next((name for name in said if look.column(name).null_share == 0), None)


def _says_other(name: str) -> bool:
    return bool((OTHER_TIMES | KNOWN) & set(words_of(name)))


def _rank(name: str) -> int:
    words = set(words_of(name))
    if words & HAPPENED:
        return 0
    return 1 if words & BEGAN else 2
