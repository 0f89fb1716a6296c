"""Columns that look like what happens after the event: they betray the label where they are features."""

from __future__ import annotations

import re

from tenure.domain.sources import ColumnType
from tenure.drafting.draft import ColumnDraft
from tenure.drafting.looks import ColumnLook
from tenure.drafting.naming import words_of
from tenure.drafting.vocabulary import CIVIL, OUTCOMES, TARGETS
from tenure.drafting.wording import as_value

_MOST_CLASSES = 10
_VALUES = re.compile(
    r"charged?.?off|paid.?off|write.?off|written.?off|\bdefault|collection|delinquen|bankrupt|settle(d|ment)"
    r"|withdrawn|rejected|voided|overdue|past.?due|foreclos",
    re.IGNORECASE,
)


def is_target(look: ColumnLook) -> bool:
    """Whether a column is called like a label, and has classes as a label has: two to ten.

    Examples
    --------
    >>> from tenure.drafting.looks import ColumnLook, Held
    >>> is_target(ColumnLook("TARGET", Held.TEXT, 100, n_values=100, n_distinct=2))
    True
    """
    return words_of(look.name) in TARGETS and 2 <= look.n_distinct <= _MOST_CLASSES


def looks_like_outcome(look: ColumnLook, column: ColumnDraft) -> str:
    """Why a column may only be known after the event; empty where nothing says so.

    Its name says so (overdue, paid, balance, status ...), or its values do (Charged Off ...). A family
    status, or the like, is none.
    """
    if column.type is ColumnType.DATE or column.rule.pii:
        return ""
    if is_target(look):
        return "named like the label itself"
    words = set(words_of(look.name))
    said = sorted(words & OUTCOMES)
    if said and not words & CIVIL:
        return f"its name says `{said[0]}`"
    values = (value.value for value in look.top if _VALUES.search(value.value))
    found = next(values, "") if column.type is ColumnType.CATEGORY else ""
    return f"it has values such as `{as_value(found)}`" if found else ""
