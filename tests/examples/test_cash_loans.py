"""What the example on real loans promises. Minutes each: not in CI, where the data are absent anyhow."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from tenure.cli.stages import run_stage
from tenure.cli.views import as_json
from tenure.domain.findings import Outcome, blocking
from tenure.flow import step_named
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
