"""What the example with three joined tables promises: small here, at its full size where there is time."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from tenure.cli.stages import run_stage
from tenure.cli.views import as_json
from tenure.domain.artefacts import Audit
from tenure.domain.findings import blocking
from tenure.domain.tables import FEATURES
from tenure.flow import step_named
from tenure.running.period import open_period, run_period
from tenure.running.runtime import Runtime, open_runtime
from tenure.simulate import PaydayLender, write_payday

EXAMPLE = Path(__file__).parents[2] / "examples" / "payday_loans"
AS_OF = date(2017, 3, 1)
SMALL = PaydayLender(n_loans=18_000, n_payments=22_000, n_reports=1_560)
FULL = PaydayLender()
QUICK = """
extends: tenure.yaml
model: {algorithms: [logistic_regression], tuning: {trials: 3}}
"""


@pytest.fixture(scope="module")
def open_lender(tmp_path_factory: pytest.TempPathFactory) -> Callable[[PaydayLender, str], Runtime]:
    """A project file of the example on a simulated lender, built as of the day."""

    def opened(lender: PaydayLender, file: str) -> Runtime:
        folder = tmp_path_factory.mktemp("payday")
        shutil.copytree(EXAMPLE, folder, dirs_exist_ok=True)
        (folder / "quick.yaml").write_text(QUICK, encoding="utf-8")
        write_payday(lender, folder / "data")
        runtime = open_runtime(folder / file, jobs=1)
        run_period(open_period(AS_OF, runtime=runtime), runtime=runtime, through=step_named("build"))
        return runtime

    return opened


@pytest.fixture(scope="module")
def small(open_lender: Callable[[PaydayLender, str], Runtime]) -> Runtime:
    return open_lender(SMALL, "quick.yaml")


def features_of(runtime: Runtime) -> pa.Table:
    return runtime.engine.arrow(runtime.engine.scan(runtime.store.snapshot(FEATURES, until=AS_OF)))


def of_files(runtime: Runtime, query: str, **tables: Any) -> list[tuple[Any, ...]]:
    """The rows of a query over the raw files, independent of the product."""
    connection = duckdb.connect()
    for name in ("loan", "payment", "clarity"):
        path = runtime.root / "data" / f"{name}.csv"
        connection.execute(f"CREATE VIEW {name} AS SELECT * FROM read_csv('{path}')")
    for name, table in tables.items():
        connection.register(name, table)
    return connection.execute(query).fetchall()


def test_the_features_have_one_row_a_loan_where_the_joined_tables_have_many(small: Runtime) -> None:
    funded = "isFunded = 1 AND loanStatus NOT LIKE '%Void%' AND applicationDate < '2017-03-02'"
    ((n_loans,),) = of_files(small, f"SELECT count(*) FROM loan WHERE {funded}")
    ((n_joined,),) = of_files(
        small,
        "SELECT count(*) FROM loan LEFT JOIN payment USING (loanId) "
        f"LEFT JOIN clarity ON clarityFraudId = underwritingid WHERE {funded}",
    )
    features = features_of(small)
    ((n_rows, n_events),) = of_files(
        small, "SELECT count(*), count(DISTINCT (anon_ssn, event_time)) FROM features", features=features
    )
    assert n_rows == n_events == n_loans
    assert n_joined > 10 * n_loans


def test_payments_are_those_of_earlier_loans_known_at_the_application(small: Runtime) -> None:
    wrong = of_files(
        small,
        """
        WITH expected AS (
            SELECT anon_ssn, event_time, count(payment.loanId) AS n_payments, any_value(found) AS found
            FROM (SELECT anon_ssn, event_time, payments_count_all AS found FROM features) AS events
            JOIN loan USING (anon_ssn)
            LEFT JOIN payment
                ON loan.loanId = payment.loanId AND payment.paymentDate + INTERVAL 5 DAYS <= event_time
            GROUP BY anon_ssn, event_time
        )
        SELECT count(*) FILTER (n_payments <> found), count(*) FILTER (n_payments > 0) FROM expected
        """,
        features=features_of(small),
    )
    assert wrong[0][0] == 0
    assert wrong[0][1] > 50


def test_a_report_is_that_of_the_loan_s_own_number(small: Runtime) -> None:
    ((n_wrong, n_with),) = of_files(
        small,
        """
        SELECT
            count(*) FILTER (clarity.clearfraudscore IS DISTINCT FROM clarity_clearfraudscore),
            count(clarity_clearfraudscore)
        FROM features
        JOIN loan ON features.anon_ssn = loan.anon_ssn AND features.event_time = loan.applicationDate
        LEFT JOIN clarity ON clarityFraudId = clarity.underwritingid
        """,
        features=features_of(small),
    )
    assert n_wrong == 0
    assert n_with > 500


def test_a_small_lender_goes_through_audit_training_and_the_gate(small: Runtime) -> None:
    found = blocking(audited(small).findings)
    assert found == ()
    made = as_json(run_stage(step_named("train"), AS_OF, runtime=small))
    assert made["candidate"]["metrics"]["test"]["roc_auc"] > 0.62
    assert not {"fpStatus", "loanStatus", "isFunded"} & {
        name.removeprefix("loans_") for name in made["candidate"]["features"]
    }
    verdict = as_json(run_stage(step_named("judge"), AS_OF, runtime=small))["verdict"]
    assert {"minimum precision", "minimum recall"} <= {reason["rule"] for reason in verdict["reasons"]}


def test_payments_after_the_event_are_refused_by_the_audit(
    open_lender: Callable[[PaydayLender, str], Runtime],
) -> None:
    found = blocking(audited(open_lender(SMALL, "leak.yaml")).findings)
    looking_ahead = {finding.column for finding in found if finding.code == "LEAK002"}
    too_telling = {finding.column for finding in found if finding.code == "LEAK009"}
    assert {"n_payments_made", "n_payments_missed", "n_payments_cancelled"} == looking_ahead
    assert {"n_payments_made", "n_payments_missed"} <= too_telling <= looking_ahead


@pytest.mark.slow
def test_at_its_full_size_the_gate_is_passed_by_an_honest_model(
    open_lender: Callable[[PaydayLender, str], Runtime],
) -> None:
    runtime = open_lender(FULL, "tenure.yaml")
    assert blocking(audited(runtime).findings) == ()
    made = as_json(run_stage(step_named("train"), AS_OF, runtime=runtime))
    metrics = made["candidate"]["metrics"]["test"]
    assert 0.74 <= metrics["roc_auc"] <= 0.82
    assert min(metrics["precision"], metrics["recall"]) >= 0.72
    assert as_json(run_stage(step_named("judge"), AS_OF, runtime=runtime))["verdict"]["passed"]


def audited(runtime: Runtime) -> Audit:
    audit: Audit = run_stage(step_named("audit"), AS_OF, runtime=runtime)["audit"]
    return audit
