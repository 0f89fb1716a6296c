"""One check: what is expected of a period's rows, in Great Expectations' words and in ours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tenure.domain.findings import Finding, Outcome, Severity
from tenure.domain.sources import Source
from tenure.validation.codes import CODES, Code
from tenure.validation.config import ValidationPolicy


@dataclass(frozen=True, slots=True)
class Check:
    """What is expected of one source in one period.

    The sentence of its finding is ``<n> of <total> <subject> <verb>``, such as
    ``12 of 500 values of `Age` lie outside 18 to 100``.
    """

    code: Code
    severity: Severity
    expectation: str
    """Great Expectations' name of it, such as ``expect_column_values_to_be_between``."""
    arguments: Mapping[str, Any]
    subject: str
    verb: str
    column: str = ""
    """The raw column it is about; empty when it is about whole rows."""
    private: bool = False
    """Whether it looks at a column marked ``pii``: then nothing but counts leaves it."""
    needs_rows: bool = True
    """Whether it says nothing of a period without rows."""
    severity_of_all: Severity | None = None
    """Severity when no value at all is as expected, where that is worse than many."""
    severity_of_none: Severity | None = None
    """Severity of finding no value at all, where this check is the one to tell; else None."""
    hint: str = ""

    @property
    def tolerated_share(self) -> float:
        """The share that may be otherwise than expected."""
        return round(1 - float(self.arguments.get("mostly", 1.0)), 10)


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one check, already without anything private.

    Parameters
    ----------
    met
        Whether the expectation holds.
    problem
        Why it could not be evaluated; empty when it could.
    n_rows
        Rows, or None for an expectation that does not count them.
    n_values
        Values (or rows) looked at: those not null.
    n_unexpected
        How many of them are not as expected.
    examples
        Some of those, as text.
    observed
        The value of an aggregate, as text, for expectations about one.
    missing
        Columns that are not there, for an expectation about columns.
    """

    met: bool
    problem: str = ""
    n_rows: int | None = None
    n_values: int = 0
    n_unexpected: int = 0
    examples: tuple[str, ...] = ()
    observed: str = ""
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Suite:
    """The checks of one source in one period, and the findings of those that are not run."""

    source: str
    checks: tuple[Check, ...]
    idle: tuple[Finding, ...] = ()


def severity_of(
    code: Code, source: Source, policy: ValidationPolicy, default: Severity | None = None
) -> Severity | None:
    """The severity of a check: the source's word, then the policy's, then the default; None when off.

    Examples
    --------
    >>> source = Source(path="a.csv", keys=("id",), severity={"VAL007": "error"})
    >>> severity_of(Code.OUT_OF_RANGE, source, ValidationPolicy(severity={"VAL007": "off"}))
    <Severity.ERROR: 'error'>
    """
    said = override_of(code, source, policy)
    if said is None:
        return default or CODES[code].severity
    return None if said == "off" else Severity(said)


def override_of(code: Code, source: Source, policy: ValidationPolicy) -> str | None:
    """What the project file says of a check: ``error``, ``warning``, ``off``, or nothing (None)."""
    return source.severity.get(code, policy.severity.get(code))


def not_applicable(code: Code, scope: str, why: str, column: str = "") -> Finding:
    """The finding of a check that does not apply: it neither passed nor failed."""
    return Finding(code, Severity.INFO, why, Outcome.NOT_APPLICABLE, scope, column)


def muted(check: Check, scope: str) -> Finding:
    """The finding of a check that the project file switches off."""
    message = f"`severity: {{{check.code}: off}}` switches this check off"
    return Finding(check.code, Severity.INFO, message, Outcome.MUTED, scope, check.column)
