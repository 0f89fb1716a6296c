"""What the example on real, encoded payday loans promises. Not in CI, where the data are absent anyhow."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from tenure.cli.stages import run_stage
from tenure.cli.views import as_json
from tenure.domain.findings import blocking
from tenure.flow import step_named
from tenure.running.period import open_period, run_period
from tenure.running.runtime import Runtime

pytestmark = pytest.mark.slow
AS_OF = date(2018, 2, 1)


def build(runtime: Runtime) -> None:
    run_period(open_period(AS_OF, runtime=runtime), runtime=runtime, through=step_named("build"))


def test_everything_that_was_counted_after_the_loan_had_started_is_refused_and_nothing_else(
    open_example: Callable[[str], Runtime],
) -> None:
    runtime = open_example("payday_real/leak.yaml")
    build(runtime)
    found = blocking(run_stage(step_named("audit"), AS_OF, runtime=runtime)["audit"].findings)
    assert {(finding.code, finding.column) for finding in found} == {
        ("LEAK009", "loans_isPaidOff"),
        ("LEAK009", "loans_nLoanTaken"),
        ("LEAK009", "loans_NumPaymentsPaid"),
        ("LEAK009", "loans_NumPaymentsMissed"),
        ("LEAK009", "loans_NumPaymentsCancelled"),
        ("LEAK009", "loans_earningDiff"),
    }


def test_without_them_the_loans_of_2017_are_ranked_as_well_as_seven_columns_allow(
    open_example: Callable[[str], Runtime],
) -> None:
    runtime = open_example("payday_real/tenure.yaml")
    build(runtime)
    made = as_json(run_stage(step_named("train"), AS_OF, runtime=runtime))
    candidate = made["candidate"]
    assert (candidate["split"]["validation"]["last"], candidate["split"]["test"]["n_rows"]) == (
        "2016-01-01",
        3_349,
    )
    assert 0.62 <= candidate["metrics"]["test"]["roc_auc"] <= 0.70
