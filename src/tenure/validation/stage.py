"""The stage: a period's bronze rows through the suites; results as findings and as Data Docs."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from tenure.domain.artefacts import Bronze, Validation
from tenure.domain.findings import Finding, Severity, found
from tenure.domain.sources import Source
from tenure.errors import ProjectError
from tenure.ports import Engine, TableStore
from tenure.validation.checks import Check, Suite, not_applicable
from tenure.validation.codes import Code, unknown_codes
from tenure.validation.config import DataDocs, ValidationPolicy
from tenure.validation.frame import load_frame, period_rows
from tenure.validation.history import measure_history
from tenure.validation.library import load_library
from tenure.validation.outcomes import findings_of, judge_freshness, unrunnable
from tenure.validation.suite import Request, generate_suite, is_dated
from tenure.validation.suites import UserSuite, read_suites, refuse

if TYPE_CHECKING:
    from great_expectations.core import ExpectationSuiteValidationResult

DATA_DOCS = "data_docs"
"""Folder of the Data Docs, below the reports of a period."""


@dataclass(frozen=True, slots=True)
class _Checked:
    """What came of one source: findings, and the library's own answer for the Data Docs."""

    findings: tuple[Finding, ...]
    answer: ExpectationSuiteValidationResult | None = None


def validate(
    bronze: Bronze,
    *,
    sources: Mapping[str, Source],
    validation: ValidationPolicy,
    root: Path,
    reports: Path,
    store: TableStore,
    engine: Engine,
) -> Validation:
    """What the checks of a period's raw rows found; severity ``error`` keeps the period from going on.

    Every check leaves a finding: found, passed, not applicable, skipped (it could not run, which is
    not passed) or muted. Data Docs are written below ``reports/<as_of>/data_docs``, in the place of
    those of an earlier run.

    Parameters
    ----------
    bronze
        The period whose rows are checked: of every source, those that became known in it.
    sources
        The raw tables, by name.
    validation
        What is tolerated, the user's own suites, when Data Docs are written.
    root
        The folder of the project file: paths of suites are relative to it.
    reports
        The folder of the reports.
    store, engine
        Where the rows lie, and what expressions run on.

    Raises
    ------
    ProjectError
        If a suite file cannot be used, or a severity is given for a check that there is not.
    """
    _refuse_unknown_codes(sources)
    user = _user_suites(validation, sources, root)
    checked = []
    for name, source in sources.items():
        history = measure_history(name, source, bronze.period, store=store, engine=engine)
        request = Request(name, source, bronze.period, history)
        own = [check for suite in user if suite.source == name for check in suite.checks]
        checked.append(_check_source(request, validation, own, store=store, engine=engine))
    as_of = str(bronze.period)
    _write_docs(checked, reports / as_of / DATA_DOCS, as_of, validation.data_docs)
    return Validation(bronze.period, tuple(finding for each in checked for finding in each.findings))


def _refuse_unknown_codes(sources: Mapping[str, Source]) -> None:
    problems = [
        f"sources.{name}.severity: no such check: {code}; there are {', '.join(Code)}"
        for name, source in sources.items()
        for code in unknown_codes(source.severity)
    ]
    if problems:
        raise ProjectError("; ".join(problems), problems=problems, hint="docs/checks lists every check.")


def _user_suites(
    policy: ValidationPolicy, sources: Mapping[str, Source], root: Path
) -> tuple[UserSuite, ...]:
    suites = read_suites(policy.suites, sources, root)
    if suites:
        refuse([*_not_accepted(suites)])
    return suites


def _not_accepted(suites: Sequence[UserSuite]) -> Iterator[str]:
    problem_of = load_library().problem_of
    for suite in suites:
        for check in suite.checks:
            if problem := problem_of(check):
                yield f"source `{suite.source}`, `{check.expectation}`: {problem}"


def _check_source(
    request: Request,
    policy: ValidationPolicy,
    user: Sequence[Check],
    *,
    store: TableStore,
    engine: Engine,
) -> _Checked:
    suite = generate_suite(request, policy, user)
    if request.history.n_rows == 0:
        return _check_absence(request, suite)
    rows = period_rows(request.name, request.period, store=store, engine=engine)
    frame = load_frame(rows, request.source, engine=engine, with_undeclared=bool(user))
    return _run(suite, suite.checks, frame)


def _check_absence(request: Request, suite: Suite) -> _Checked:
    """A period without rows: they are counted, their age is judged, and nothing else can be said."""
    if not is_dated(request.source) and request.history.earlier:
        why = "rows without event time are always known; they were checked in the period that brought them"
        return _Checked((not_applicable(Code.ROW_COUNT, request.name, why),))
    counting = [check for check in suite.checks if not check.needs_rows]
    silent = [check for check in suite.checks if check.needs_rows and check.code is not Code.STALE]
    counted = _run(suite, counting, pa.table({}))
    aged = (
        judge_freshness(request.name, check, request.history.newest)
        for check in suite.checks
        if check.code is Code.STALE
    )
    skipped = unrunnable(request.name, silent, "no rows in the period")
    return _Checked((*counted.findings, *aged, *skipped), counted.answer)


def _run(suite: Suite, checks: Sequence[Check], frame: pa.Table) -> _Checked:
    if not checks:
        return _Checked(suite.idle)
    library = load_library()
    answer = library.run_checks(suite.source, checks, frame)
    findings = findings_of(suite.source, checks, library.results_of(answer))
    return _Checked((*findings, *suite.idle), answer)


def _write_docs(checked: Sequence[_Checked], folder: Path, as_of: str, when: DataDocs) -> None:
    """Write the pages that are wanted; what an earlier run of the period left is gone either way."""
    shutil.rmtree(folder, ignore_errors=True)
    shown = [each.answer for each in checked if each.answer is not None and _is_shown(each, when)]
    if not shown:
        return
    folder.mkdir(parents=True)
    for name, page in load_library().render_docs(shown, as_of).items():
        (folder / name).write_text(page, encoding="utf-8")


def _is_shown(checked: _Checked, when: DataDocs) -> bool:
    if when is DataDocs.WHEN_FOUND:
        return any(finding.severity is not Severity.INFO for finding in found(checked.findings))
    return when is DataDocs.ALWAYS
