"""What cleaning finds, in words and numbers. Every code has a page in ``docs/checks``."""

from __future__ import annotations

from enum import StrEnum

from tenure.cleaning.copies import Conflicts
from tenure.cleaning.corrections import Corrections
from tenure.domain.findings import Finding, Outcome, Severity
from tenure.domain.wording import agreeing, counted


class Code(StrEnum):
    """What cleaning looks for; stable."""

    COPIES = "CLN001"
    KEY_CONFLICTS = "CLN002"
    CORRECTIONS = "CLN003"


def check_copies(name: str, n_rows: int, n_copies: int, *, are_dropped: bool) -> Finding:
    """Whether rows came more than once with the same content."""
    if not n_copies:
        return _passed(Code.COPIES, name, f"no row of {n_rows:,} came twice")
    what = "one of each is kept" if are_dropped else "all are kept, because `unique` is false"
    return Finding(
        Code.COPIES,
        Severity.WARNING if are_dropped else Severity.INFO,
        f"{n_copies:,} of {n_rows:,} rows repeat another one of the period exactly; {what}",
        scope=name,
        n_rows=n_copies,
        hint="ask whoever delivers them whether a file came twice.",
    )


def check_conflicts(name: str, conflicts: Conflicts, *, is_private: bool) -> Finding:
    """Whether rows of the period contradict each other."""
    if not conflicts.n_groups:
        return _passed(Code.KEY_CONFLICTS, name, "keys and event time tell all rows apart")
    return Finding(
        Code.KEY_CONFLICTS,
        Severity.WARNING,
        f"{counted(conflicts.n_groups, 'key has', 'keys have')} several rows of different content at one "
        f"event time; the last by file and row is kept, {conflicts.n_rows:,} "
        f"{agreeing(conflicts.n_rows, 'gives', 'give')} way",
        scope=name,
        n_rows=conflicts.n_rows,
        examples=() if is_private else conflicts.examples,
        hint="add the column that tells them apart to `keys`, or set `unique: false` for a child table.",
    )


def check_corrections(name: str, corrections: Corrections, *, is_private: bool) -> Finding:
    """Whether rows say something else than an earlier period did of the same key and event time."""
    if not corrections.n_rows:
        return _passed(Code.CORRECTIONS, name, "no row of an earlier period was corrected")
    return Finding(
        Code.CORRECTIONS,
        Severity.WARNING,
        f"{counted(corrections.n_rows, 'row corrects', 'rows correct')} what an earlier period took in; "
        f"{agreeing(corrections.n_rows, 'it holds', 'they hold')} from now on, and what was scored "
        "and decided before stays as it was",
        scope=name,
        n_rows=corrections.n_rows,
        examples=() if is_private else corrections.examples,
        hint="many corrections of old rows mean that the source rewrites its history: ask for the reason.",
    )


def _passed(code: Code, name: str, message: str) -> Finding:
    return Finding(code, Severity.INFO, message, Outcome.PASSED, scope=name)
