from dataclasses import replace
from datetime import date

import numpy as np
import pyarrow as pa
import pytest

from tenure.domain.causes import CauseKind
from tenure.domain.features import FeatureColumn, FeatureKind
from tenure.monitoring.causes import find_causes, findings_of_causes
from tenure.monitoring.config import MonitorPolicy
from tenure.monitoring.drift import Ruler, measure_features
from tenure.stats.profile import reference_profile

KINDS = {"clicks_a": "clicks", "clicks_b": "clicks", "income": "attributes", "age": "attributes"}
COLUMNS = tuple(
    FeatureColumn(name, FeatureKind.NUMBER, source, (f"{source}.{name}",)) for name, source in KINDS.items()
)


def rows(n=800, *, seed=0, **changes):
    generator = np.random.default_rng(seed)
    values = {
        "clicks_a": generator.normal(50, 10, n),
        "clicks_b": generator.poisson(4, n).astype(float),
        "income": generator.lognormal(8, 0.4, n),
        "age": generator.uniform(20, 70, n),
    }
    return pa.table({name: changes.get(name, lambda v: v)(value) for name, value in values.items()})


def counted(table, like):
    half = np.full((table.num_rows, 2), 0.5)
    return like.count(table, half, np.array(["no"] * table.num_rows, dtype=object))


@pytest.fixture(scope="module")
def reference():
    table = rows(4000)
    half = np.full((table.num_rows, 2), 0.5)
    return reference_profile(
        table,
        dict.fromkeys(KINDS, FeatureKind.NUMBER),
        classes=("no", "yes"),
        probabilities=half,
        predicted=np.array(["no"] * table.num_rows, dtype=object),
        importance={"clicks_a": 4.0, "clicks_b": 2.0, "income": 3.0, "age": 1.0},
    )


def causes(reference, *, silent=(), columns=COLUMNS, **changes):
    current = counted(rows(seed=1, **changes), reference.empty_like())
    ruler = Ruler(date(2024, 7, 31), current.n_rows, MonitorPolicy(), ordered=frozenset(KINDS))
    measured = list(measure_features(reference, current, ruler))
    return find_causes(measured, columns, reference=reference, current=current, silent=frozenset(silent))


def gone(values):
    return np.full(values.shape, np.nan)


def test_a_period_like_the_reference_has_no_cause(reference):
    assert causes(reference) == ()


def test_a_source_whose_features_are_null_has_stopped_delivering(reference):
    (cause,) = causes(reference, clicks_a=gone, clicks_b=gone)
    assert (cause.kind, cause.subject, cause.size) == (CauseKind.OUTAGE, "clicks", 1.0)
    assert cause.features == ("clicks_a", "clicks_b")
    assert cause.importance == pytest.approx(0.6)
    assert "fewer events meet its rows" in cause.message


def test_a_source_of_which_no_row_came_is_named_with_that_reason(reference):
    (cause,) = causes(reference, silent=["clicks"], clicks_a=gone, clicks_b=gone)
    assert "no row of it became known" in cause.message


def test_one_null_feature_of_many_is_no_outage(reference):
    others = tuple(replace(column, inputs=("clicks.x",)) for column in COLUMNS)
    assert causes(reference, columns=others, clicks_a=gone) == ()


@pytest.mark.parametrize("factor", [12.0, 0.001])
def test_values_times_a_constant_are_a_change_of_unit(reference, factor):
    (cause,) = causes(reference, income=lambda v: v * factor)
    assert (cause.kind, cause.subject) == (CauseKind.UNIT_CHANGE, "income")
    assert cause.size == pytest.approx(factor, rel=0.1)


def test_a_shift_is_no_change_of_unit(reference):
    assert causes(reference, age=lambda v: v + 15) == ()


def test_growth_is_no_change_of_unit(reference):
    assert causes(reference, income=lambda v: v * 1.5) == ()


def test_the_cause_that_explains_most_comes_first_and_each_is_a_finding(reference):
    found = causes(reference, clicks_a=gone, clicks_b=gone, income=lambda v: v * 100)
    assert [cause.subject for cause in found] == ["clicks", "income"]
    assert [(each.code, each.scope) for each in findings_of_causes(found)] == [
        ("MON009", "clicks"),
        ("MON010", "income"),
    ]
