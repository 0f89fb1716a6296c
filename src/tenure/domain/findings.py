"""A finding: what a check found, as a value with a stable code."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum


class Severity(StrEnum):
    """How much a finding matters."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class Outcome(StrEnum):
    """How a check ended. One that could not run never counts as passed."""

    FOUND = "found"
    PASSED = "passed"
    NOT_APPLICABLE = "not applicable"
    SKIPPED = "skipped"
    MUTED = "muted"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found.

    Parameters
    ----------
    code
        Stable code with a page in ``docs/checks``, such as ``VAL003``.
    severity
        ``error`` stops what the check guards; ``warning`` and ``info`` do not.
    message
        What was found, with its numbers; bounded in length however large the data is.
    outcome
        How the check ended; passed checks are kept too, so that silence means something.
    scope
        The source, table or model it is about.
    column
        The column it is about; empty when it is about whole rows.
    n_rows
        How many rows it concerns.
    examples
        At most five values or keys that show it; never of a column marked ``pii``.
    hint
        What to do about it.
    """

    code: str
    severity: Severity
    message: str
    outcome: Outcome = Outcome.FOUND
    scope: str = ""
    column: str = ""
    n_rows: int = 0
    examples: tuple[str, ...] = ()
    hint: str = ""

    @property
    def blocks(self) -> bool:
        """Whether this finding stops what its check guards."""
        return self.severity is Severity.ERROR and self.outcome is Outcome.FOUND


def blocking(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Those findings that stop what their checks guard."""
    return tuple(finding for finding in findings if finding.blocks)


def found(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Those findings that found something."""
    return tuple(finding for finding in findings if finding.outcome is Outcome.FOUND)


def governed(finding: Finding, severities: Mapping[str, str]) -> Finding:
    """The finding with the severity that a project file gives its code; ``off`` mutes it.

    Examples
    --------
    >>> outage = Finding("ING001", Severity.WARNING, "no rows")
    >>> governed(outage, {"ING001": "error"}).blocks
    True
    >>> governed(outage, {"ING001": "off"}).outcome
    <Outcome.MUTED: 'muted'>
    """
    said = severities.get(finding.code)
    if said is None:
        return finding
    if said == "off":
        return replace(finding, outcome=Outcome.MUTED)
    return replace(finding, severity=Severity(said))
