from datetime import date, datetime

import pyarrow as pa
import pytest
from pydantic import ValidationError

from tenure.domain.measurements import MeasurementVerdict, Scope
from tenure.domain.tables import FEATURES
from tenure.errors import ProjectError
from tenure.monitoring.config import MonitorRule
from tenure.monitoring.rules import findings_of_rules, measure_rules
from tenure.stores.delta import DeltaStore
from tenure.stores.duckdb import DuckDBEngine

MAY, JUNE = date(2024, 5, 31), date(2024, 6, 30)
MEAN = "SELECT avg(credit_score) AS value, count(credit_score) AS n FROM features"


@pytest.fixture
def store(tmp_path):
    made = DeltaStore(tmp_path / "datamart")
    for as_of, score in ((MAY, 700.0), (JUNE, 580.0)):
        rows = {"event_time": [datetime(as_of.year, as_of.month, 1)] * 60, "credit_score": [score] * 60}
        made.replace(FEATURES, pa.table(rows), as_of=as_of)
    return made


def measure(store, *, as_of=JUNE, min_rows=50, **rule):
    rules = (MonitorRule(**{"name": "average credit score", "sql": MEAN, "below": 600} | rule),)
    (found,) = measure_rules(rules, as_of, min_rows=min_rows, store=store, engine=DuckDBEngine())
    return found, tuple(findings_of_rules(rules, [found]))


def test_an_average_below_its_limit_is_an_alert_and_a_finding(store):
    found, findings = measure(store)
    assert (found.scope, found.feature, found.value, found.n) == (
        Scope.RULE,
        "average credit score",
        580.0,
        60,
    )
    assert found.verdict is MeasurementVerdict.ALERT
    assert findings[0].code == "MON021"
    assert "580; it should be at least 600" in findings[0].message


def test_a_rule_sees_the_rows_of_its_own_period(store):
    found, findings = measure(store, as_of=MAY)
    assert (found.value, found.verdict, findings) == (700.0, MeasurementVerdict.OK, ())


def test_a_rule_over_history_sees_all_that_was_known(store):
    assert measure(store, history=True)[0].value == 640.0
    assert measure(store, as_of=MAY, history=True)[0].value == 700.0


def test_a_broken_rule_on_few_rows_is_not_judged(store):
    assert measure(store, min_rows=61)[0].verdict is MeasurementVerdict.NOT_ENOUGH_ROWS


def test_a_rule_may_be_a_warning_only(store):
    assert measure(store, verdict="warning")[0].verdict is MeasurementVerdict.WARNING


def test_without_a_value_there_is_nothing_to_judge(store):
    found, _ = measure(store, sql="SELECT avg(credit_score) AS value FROM features WHERE credit_score > 900")
    assert (found.value, found.verdict) == (None, MeasurementVerdict.NOT_ENOUGH_ROWS)


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("SELECT credit_score AS value FROM features", "60 rows"),
        ("SELECT avg(credit_score) AS mean FROM features", "the columns mean"),
        ("SELECT avg(missing) AS value FROM features", "missing"),
        ("SELECT count(*) AS value FROM bronze_loans", "bronze_loans"),
        ("SELECT epoch(now()) AS value FROM features", "clock"),
    ],
)
def test_a_query_that_gives_no_number_is_refused_with_the_name_of_its_rule(store, sql, said):
    with pytest.raises(ProjectError, match=said) as error:
        measure(store, sql=sql)
    assert "average credit score" in error.value.message


def test_a_rule_needs_a_limit():
    with pytest.raises(ValidationError, match="give `below`, `above`, or both"):
        MonitorRule(name="x", sql=MEAN)
