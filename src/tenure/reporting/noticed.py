"""Rows of ``gold/findings`` → how the checks of each stage ended, and what they found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from tenure.domain.findings import Finding, Outcome, Severity
from tenure.domain.report import Checked, Noticed

MAX_NOTICED = 40
MONITORED = "monitor"
"""The stage whose findings the report tells with its measurements."""
_GRAVITY = (Severity.ERROR, Severity.WARNING, Severity.INFO)


def count_checks(rows: Sequence[Mapping[str, Any]]) -> tuple[Checked, ...]:
    """How the checks of each stage ended, by the stage's name."""
    stages = sorted({row["stage"] for row in rows})
    return tuple(_checked(stage, [row for row in rows if row["stage"] == stage]) for stage in stages)


def notice(rows: Sequence[Mapping[str, Any]]) -> tuple[Noticed, ...]:
    """Everything found by stages other than monitoring, the gravest first."""
    found = [row for row in rows if row["outcome"] == Outcome.FOUND.value and row["stage"] != MONITORED]
    return tuple(Noticed(row["stage"], _finding(row)) for row in sorted(found, key=_rank))


def _checked(stage: str, rows: Sequence[Mapping[str, Any]]) -> Checked:
    ended = Counter(row["outcome"] for row in rows)
    return Checked(
        stage=stage,
        n_checks=len(rows),
        n_found=ended[Outcome.FOUND.value],
        n_passed=ended[Outcome.PASSED.value],
        n_muted=ended[Outcome.MUTED.value],
        n_not_run=ended[Outcome.SKIPPED.value] + ended[Outcome.NOT_APPLICABLE.value],
    )


def _finding(row: Mapping[str, Any]) -> Finding:
    return Finding(
        code=row["code"],
        severity=Severity(row["severity"]),
        message=row["message"],
        outcome=Outcome(row["outcome"]),
        scope=row["scope"] or "",
        column=row["column"] or "",
        n_rows=row["n_rows"] or 0,
        examples=tuple(row["examples"] or ()),
        hint=row["hint"] or "",
    )


def _rank(row: Mapping[str, Any]) -> tuple[int, int, str, str, str, str]:
    gravity = _GRAVITY.index(Severity(row["severity"]))
    told = (row["stage"], row["code"], row["scope"] or "", row["column"] or "")
    return (gravity, -(row["n_rows"] or 0), *told)
