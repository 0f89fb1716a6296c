"""What the example with six child tables promises."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from tenure.cli.stages import run_beside, run_stage
from tenure.domain.findings import Outcome
from tenure.flow import CROSS_VALIDATION, step_named
from tenure.running.period import open_period, run_period
from tenure.running.runtime import Runtime

AS_OF = date(2018, 1, 7)


@pytest.mark.slow
def test_the_mean_over_five_folds_is_above_that_of_the_published_ones(
    open_example: Callable[[str], Runtime],
) -> None:
    runtime = open_example("home_credit/tenure.yaml")
    run_period(open_period(AS_OF, runtime=runtime), runtime=runtime, through=step_named("build"))
    audited = run_stage(step_named("audit"), AS_OF, runtime=runtime)["audit"]
    assert {finding.outcome for finding in audited.findings if finding.code == "LEAK009"} == {Outcome.PASSED}
    result = run_beside(CROSS_VALIDATION, AS_OF, runtime=runtime)
    assert sum(fold.test.n_rows for fold in result.folds) == 5_000
    assert dict(result.means)["roc_auc"] >= 0.76
