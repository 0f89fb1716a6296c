"""What came of the checks, as findings: one sentence with its numbers each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime

from tenure.domain.findings import Finding, Outcome, Severity
from tenure.domain.wording import counted
from tenure.validation.checks import Check, Result
from tenure.validation.codes import CODES, Code

_LONGEST_MESSAGE = 400
_ANY_SHARE = 0.9999


def findings_of(scope: str, checks: Sequence[Check], results: Sequence[Result]) -> Iterator[Finding]:
    """The findings of checks that were run, in their order; several for several missing columns."""
    for check, result in zip(checks, results, strict=True):
        yield from _findings(scope, check, result)


def unrunnable(scope: str, checks: Sequence[Check], why: str) -> Iterator[Finding]:
    """One finding per code of checks that say nothing of a period without rows: skipped, not passed."""
    for code, n_checks in Counter(check.code for check in checks).items():
        message = f"{why}: {counted(n_checks, 'check')} of {CODES[code].title} could not run"
        yield Finding(code, Severity.INFO, message, Outcome.SKIPPED, scope)


def judge_freshness(scope: str, check: Check, newest: datetime | None) -> Finding:
    """The finding of a freshness check for a period without rows, by the newest row before it."""
    is_fresh = newest is not None and newest >= check.arguments["min_value"]
    return next(_findings(scope, check, Result(met=is_fresh, observed=str(newest or "no row at all"))))


def _findings(scope: str, check: Check, result: Result) -> Iterator[Finding]:
    if check.severity_of_none is not None and result.n_rows:
        yield _emptiness(scope, check, result, check.severity_of_none)
    if result.problem:
        yield _finding(scope, check, Outcome.SKIPPED, f"not checked: {result.problem}")
    elif result.missing and not result.met and check.code is Code.MISSING_COLUMN:
        yield from (_missing(scope, check, name) for name in result.missing)
    elif result.n_rows is None:
        yield _finding(scope, check, _outcome(result), _aggregate_sentence(check, result))
    elif result.n_values == 0:
        yield _finding(scope, check, Outcome.SKIPPED, f"not checked: no {check.subject} to look at")
    else:
        yield _counted(scope, check, result)


def _emptiness(scope: str, check: Check, result: Result, severity: Severity) -> Finding:
    """Whether the column has any value, told by the first check that looked at its values."""
    n_rows = result.n_rows or 0
    said = f"{n_rows - result.n_values:,} of {n_rows:,} {check.subject} are null"
    is_empty = result.n_values == 0
    return Finding(
        code=Code.EMPTY_COLUMN,
        severity=severity,
        message=said,
        outcome=Outcome.FOUND if is_empty else Outcome.PASSED,
        scope=scope,
        column=check.column,
        n_rows=n_rows - result.n_values,
        hint=CODES[Code.EMPTY_COLUMN].hint if is_empty else "",
    )


def _counted(scope: str, check: Check, result: Result) -> Finding:
    is_all = result.n_unexpected == result.n_values
    severity = (check.severity_of_all if is_all else None) or check.severity
    return _finding(
        scope,
        check,
        _outcome(result),
        _sentence(check, result),
        severity=severity,
        n_rows=result.n_unexpected,
        examples=result.examples,
    )


def _sentence(check: Check, result: Result) -> str:
    share = result.n_unexpected / result.n_values
    said = f"{result.n_unexpected:,} of {result.n_values:,} {check.subject} ({share:.1%}) {check.verb}"
    is_limited = result.n_unexpected > 0 and check.tolerated_share < _ANY_SHARE
    return f"{said}; at most {check.tolerated_share:.1%} may" if is_limited else said


def _aggregate_sentence(check: Check, result: Result) -> str:
    if check.code is Code.MISSING_COLUMN:
        return f"all {len(check.arguments['column_set'])} {check.subject} are there"
    return f"{check.subject}: {result.observed or 'not as expected'}; {check.verb}"


def _missing(scope: str, check: Check, name: str) -> Finding:
    message = f"column `{name}` is not in the source"
    return Finding(check.code, check.severity, message, Outcome.FOUND, scope, name, hint=_hint(check))


def _finding(
    scope: str,
    check: Check,
    outcome: Outcome,
    message: str,
    *,
    severity: Severity | None = None,
    n_rows: int = 0,
    examples: tuple[str, ...] = (),
) -> Finding:
    return Finding(
        code=check.code,
        severity=severity or check.severity,
        message=message[:_LONGEST_MESSAGE],
        outcome=outcome,
        scope=scope,
        column=check.column,
        n_rows=n_rows,
        examples=() if check.private else examples,
        hint=_hint(check) if outcome is Outcome.FOUND else "",
    )


def _outcome(result: Result) -> Outcome:
    return Outcome.PASSED if result.met else Outcome.FOUND


def _hint(check: Check) -> str:
    return check.hint or CODES[check.code].hint
