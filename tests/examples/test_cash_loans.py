"""What the example on real loans promises. Minutes each: not in CI, where the data are absent anyhow."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from statistics import mean
from typing import Any

import pytest

from tenure.cli.stages import run_stage
from tenure.cli.views import as_json
from tenure.domain.findings import Outcome, blocking
from tenure.domain.models import Split
from tenure.domain.office import office_history
from tenure.domain.tables import AS_OF as SEEN
from tenure.domain.tables import DECISIONS, FINDINGS, MONITORING
from tenure.flow import step_named
from tenure.replay import backfill, plan
from tenure.running.ledger import load_artefact
from tenure.running.period import open_period, run_period
from tenure.running.runtime import Runtime

pytestmark = pytest.mark.slow
AS_OF = date(2025, 1, 1)


def build(runtime: Runtime) -> None:
    run_period(open_period(AS_OF, runtime=runtime), runtime=runtime, through=step_named("build"))


def test_trained_on_2023_and_tested_on_2024_without_a_column_that_looks_ahead(
    open_example: Callable[[str], Runtime],
) -> None:
    runtime = open_example("cash_loans/experiment.yaml")
    build(runtime)
    audited = run_stage(step_named("audit"), AS_OF, runtime=runtime)["audit"]
    assert {finding.outcome for finding in audited.findings if finding.code == "LEAK009"} == {Outcome.PASSED}
    made = as_json(run_stage(step_named("train"), AS_OF, runtime=runtime))
    split = made["candidate"]["split"]
    assert (split["train"]["last"], split["test"]["first"]) == ("2023-11-01", "2024-01-01")
    assert made["candidate"]["metrics"]["test"]["roc_auc"] >= 0.92


def test_clicks_of_all_months_are_refused_by_the_audit(open_example: Callable[[str], Runtime]) -> None:
    runtime = open_example("cash_loans/leak.yaml")
    build(runtime)
    found = blocking(run_stage(step_named("audit"), AS_OF, runtime=runtime)["audit"].findings)
    leaking = {finding.column for finding in found if finding.code == "LEAK002"}
    assert leaking == {f"fe_{number}_of_all_months" for number in range(1, 21)}
    assert "LEAK001" in {finding.code for finding in found}


@pytest.mark.timeout(3600)
def test_the_click_outage_of_july_2024_is_found_in_its_month_named_and_waited_for(
    open_example: Callable[[str], Runtime],
) -> None:
    """One replay of two years: what was found and decided when, and how right the estimates were."""
    runtime = open_example("cash_loans/tenure.yaml")
    for _ in backfill(plan(date(2023, 1, 1), AS_OF.replace(month=2), runtime=runtime), runtime=runtime):
        pass
    outages = [
        row for row in rows_of(FINDINGS, runtime) if (row["code"], row["outcome"]) == ("MON009", "found")
    ]
    assert {row["scope"] for row in outages} == {"clickstream"}
    assert min(row[SEEN] for row in outages) == date(2024, 7, 1)
    for day in (*(date(2024, month, 1) for month in range(7, 13)), AS_OF):
        assert "labels since" in brakes_of(day, runtime)
    last = date(2024, 6, 1)
    assert [each.since for each in office_history(runtime.store.read(DECISIONS, until=AS_OF))][-1] == last
    assert split_of_training(date(2025, 2, 1), runtime).test.last == date(2024, 8, 1)
    errors = errors_of_auc(runtime)
    before = [error for cohort, (error, _) in errors.items() if cohort < "2024-07"]
    assert len(before) == 9
    assert mean(map(abs, before)) <= 0.02
    error, verdict = errors["2024-07-01"]
    assert error < -0.03
    assert verdict == "alert"
    assert ("MON020", "2024-07-01") in {(row["code"], row["column"]) for row in rows_of(FINDINGS, runtime)}


def rows_of(table: str, runtime: Runtime) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = runtime.store.read(table).to_pylist()
    return rows


def split_of_training(day: date, runtime: Runtime) -> Split:
    """What the candidate of a period was trained, chosen and tested on."""
    split: Split = load_artefact(step_named("train"), day, store=runtime.store).split
    return split


def brakes_of(day: date, runtime: Runtime) -> set[str]:
    """The rules that held the training back; that the decision was to keep the champion is asserted."""
    (made,) = [row for row in rows_of(DECISIONS, runtime) if (row["kind"], row[SEEN]) == ("retrain", day)]
    assert made["outcome"] == "keep"
    return {reason["rule"] for reason in json.loads(made["reasons"]) if not reason["favours"]}


def errors_of_auc(runtime: Runtime) -> dict[str, tuple[float, str]]:
    """By cohort: truth less estimate of the AUC once all labels had come, and what was said of it."""
    found = [row for row in rows_of(MONITORING, runtime) if row["metric"] == "roc_auc_error"]
    return {
        row["feature"]: (row["value"], row["verdict"]) for row in sorted(found, key=lambda row: row[SEEN])
    }
