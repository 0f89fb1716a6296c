"""A count → a finding: what was counted, or that there was nothing to count."""

from __future__ import annotations

from dataclasses import dataclass

from tenure.domain.findings import Finding, Outcome, Severity


@dataclass(frozen=True, slots=True)
class Checked:
    """A check that counts rows."""

    code: str
    counts: str
    """Name of the number it looks at."""
    severity: Severity
    scope: str
    message: str
    """With ``{n}`` and ``{total}``."""
    hint: str = ""


def as_finding(check: Checked, n_rows: int, total: int, *, column: str = "") -> Finding:
    """The finding of a check: found where rows were counted, passed where none were.

    Examples
    --------
    >>> check = Checked("FEA000", "n", Severity.INFO, "population", "{n} of {total} rows")
    >>> as_finding(check, 0, 10).outcome, as_finding(check, 3, 10).message
    (<Outcome.PASSED: 'passed'>, '3 of 10 rows')
    """
    return Finding(
        code=check.code,
        severity=check.severity,
        message=check.message.format(n=f"{n_rows:,}", total=f"{total:,}"),
        outcome=Outcome.FOUND if n_rows else Outcome.PASSED,
        scope=check.scope,
        column=column,
        n_rows=n_rows,
        hint=check.hint if n_rows else "",
    )
