"""The engine's counts are those of NumPy, to the row."""

import math

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenure.domain.features import FeatureKind
from tenure.monitoring.counting import count_features
from tenure.stats.profile import reference_profile
from tenure.stores.duckdb import DuckDBEngine
from tenure.stores.histograms import histogram_of_counts

CLASSES = ("0", "1")


class CountingEngine(DuckDBEngine):
    """An engine whose histograms are counts per bound, as those of one without any of its own."""

    def histogram(self, values, bounds):
        return histogram_of_counts(values, bounds)


@pytest.fixture(scope="module", params=[DuckDBEngine, CountingEngine], ids=["own", "portable"])
def engine(request):
    return request.param()


def profile_of(rows, kinds):
    scores = np.full((rows.num_rows, 2), 0.5)
    return reference_profile(
        rows,
        kinds,
        classes=CLASSES,
        probabilities=scores,
        predicted=["1"] * rows.num_rows,
        importance=dict.fromkeys(kinds, 1.0),
    )


def in_memory(then, rows):
    return then.empty_like().count(rows, np.full((rows.num_rows, 2), 0.5), ["1"] * rows.num_rows)


def numbers(**columns):
    return pa.table({name: pa.array(values, pa.float64()) for name, values in columns.items()})


def same(part, other):
    """Counts exactly, moments but for rounding."""
    assert part.edges == other.edges
    assert part.counts == other.counts
    assert (part.n, part.n_null, part.n_infinite) == (other.n, other.n_null, other.n_infinite)
    assert (part.minimum, part.maximum) == (other.minimum, other.maximum)
    if other.mean is None:
        assert part.mean is None
        return
    scale = max(*map(abs, (other.minimum, other.maximum, *(other.edges or (1.0,)))))
    assert part.mean == pytest.approx(other.mean, rel=1e-9, abs=1e-9 * scale)
    assert part.m2 == pytest.approx(other.m2, rel=1e-6, abs=1e-9 * scale**2 * max(other.n, 1))
    assert part.m3 == pytest.approx(other.m3, rel=1e-6, abs=1e-9 * scale**3 * max(other.n, 1))


CASES = {
    "ties at every edge": ([0, 0, 1, 1, 2, 2, 3], [0, 1, 2, 3, 3, -1, 4, 1.5]),
    "ties that collapse the bins": ([0] * 90 + [1] * 10, [0, 1, 0, 0.5, -0.0]),
    "a constant": ([7.0] * 5, [7.0, 7.0, 6.999999999999999, 7.000000000000001]),
    "nothing known in the reference": ([None, None], [1.0, None, math.inf]),
    "nothing known in the period": ([1.0, 2.0, 3.0], [None, None, math.nan]),
    "infinite and not a number": ([1.0, 2.0, 3.0], [math.inf, -math.inf, math.nan, None, 2.0]),
    "an edge at zero": ([0.0, 0.0, 5e-324, 1.0], [-0.0, 0.0, -5e-324, 5e-324, 1e-300]),
    "far from the reference": ([1.0, 2.0, 3.0], [1e6 + i for i in range(50)]),
    "one enormous outlier": ([float(i) for i in range(50)], [*map(float, range(50)), 1e12]),
}


@pytest.mark.parametrize(("then", "now"), CASES.values(), ids=CASES)
def test_the_engine_counts_as_numpy_does(engine, then, now):
    reference = profile_of(numbers(x=then), {"x": FeatureKind.NUMBER})
    rows = numbers(x=now)
    counted = count_features(engine.table(rows), reference, engine=engine)
    assert counted.n_rows == len(now)
    same(counted.numbers["x"], in_memory(reference, rows).numbers["x"])


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.floats(-100, 100) | st.integers(-3, 3).map(float), min_size=1, max_size=30),
    st.lists(st.floats(width=64) | st.integers(-4, 4).map(float) | st.none(), min_size=1, max_size=30),
)
def test_whatever_the_numbers_the_counts_are_the_same(then, now):
    reference = profile_of(numbers(x=then), {"x": FeatureKind.NUMBER})
    rows = numbers(x=[*now, *then])
    counted = count_features(ENGINE.table(rows), reference, engine=ENGINE)
    assert counted.numbers["x"].counts == in_memory(reference, rows).numbers["x"].counts


ENGINE = DuckDBEngine()


def test_categories_are_counted_with_other_unseen_and_null_apart(engine):
    words = [f"word {i % 25}" for i in range(250)] + ["only once"]
    reference = profile_of(pa.table({"job": words}), {"job": FeatureKind.CATEGORY})
    rows = pa.table({"job": ["word 1", "only once", "pirate", None, "word 1"]})
    counted = count_features(engine.table(rows), reference, engine=engine).categories["job"]
    assert counted == in_memory(reference, rows).categories["job"]
    assert counted.counts[-3:] == (1, 1, 1)
    assert counted.new == ("pirate",)


def test_a_feature_that_the_table_lacks_counts_as_null(engine):
    kinds = {"x": FeatureKind.NUMBER, "y": FeatureKind.NUMBER, "job": FeatureKind.CATEGORY}
    reference = profile_of(pa.table({"x": [1.0, 2.0], "y": [1.0, 2.0], "job": ["a", "b"]}), kinds)
    rows = pa.table({"y": [1.0, 2.0, 3.0]})
    counted = count_features(engine.table(rows), reference, engine=engine)
    assert counted.numbers["x"].n_null == 3
    assert counted.categories["job"].counts[-1] == 3
    assert counted.numbers == in_memory(reference, rows).numbers


def test_the_second_period_is_counted_by_the_query_of_the_first(monkeypatch):
    engine = DuckDBEngine()
    reference = profile_of(numbers(x=[1.0, 2.0, 3.0]), {"x": FeatureKind.NUMBER})
    first = count_features(engine.table(numbers(x=[1.0, 2.0])), reference, engine=engine)
    monkeypatch.setattr(engine._ibis, "compile", lambda *_: pytest.fail("compiled again"))
    again = count_features(engine.table(numbers(x=[1.0, 3.0])), reference, engine=engine)
    assert (first.numbers["x"].maximum, again.numbers["x"].maximum) == (2.0, 3.0)


def test_counts_of_two_days_merge_into_those_of_both():
    rng = np.random.default_rng(1)
    table = pa.table({"x": rng.normal(size=400), "job": rng.choice(["a", "b", "c"], 400)})
    kinds = {"x": FeatureKind.NUMBER, "job": FeatureKind.CATEGORY}
    reference = profile_of(table, kinds)
    days = [
        count_features(ENGINE.table(part), reference, engine=ENGINE) for part in (table[:150], table[150:])
    ]
    whole = count_features(ENGINE.table(table), reference, engine=ENGINE)
    merged = days[0].merge(days[1])
    same(merged.numbers["x"], whole.numbers["x"])
    assert merged.categories["job"].counts == whole.categories["job"].counts
