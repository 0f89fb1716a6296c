"""Which rows count for an event: by hand, one rule at a time."""

from __future__ import annotations

from datetime import date, datetime

import pyarrow as pa
import pytest

from tenure.domain.sources import Column, Source
from tenure.errors import ProjectError
from tenure.features import SourceBlock, SqlBlock, compute_features

COLUMNS = {"id": pa.string(), "x": pa.float64()}
EVENT = datetime(2024, 3, 1, 12)
PERSON = [{"id": "a", "event_time": EVENT}]
TIMED = Source(path="s", keys=("id",), event_time="t")


def row(happened, known, x, as_of=date(2024, 1, 1), who="a"):
    return {"id": who, "x": x, "_event_time": happened, "_known_at": known, "as_of": as_of}


def day(number, hour=0, month=2):
    return datetime(2024, month, number, hour)


def last(computed, rows, source=TIMED, columns=COLUMNS, people=PERSON, **kwargs):
    found, _ = computed(people, {"s": (source, rows, columns)}, [SourceBlock(source="s")], **kwargs)
    return [line["s_x"] for line in found]


def test_a_row_known_at_the_very_moment_of_the_event_counts(computed):
    assert last(computed, [row(EVENT, EVENT, 1.0)]) == [1.0]


def test_a_row_known_a_second_later_does_not_count(computed):
    late = datetime(2024, 3, 1, 12, 0, 1)
    assert last(computed, [row(day(1), day(1), 1.0), row(EVENT, late, 2.0)]) == [1.0]


def test_a_row_that_happened_before_and_became_known_after_the_event_does_not_count(computed):
    assert last(computed, [row(day(1), day(2, month=3), 2.0)]) == [None]


def test_the_last_row_is_the_one_that_happened_last_not_the_one_known_last(computed):
    assert last(computed, [row(day(20), day(21), 1.0), row(day(10), day(25), 2.0)]) == [1.0]


def test_a_correction_counts_from_when_it_became_known(computed):
    rows = [row(day(1), day(1), 1.0), row(day(1), day(20), 2.0), row(day(1), day(2, month=3), 3.0)]
    people = [{"id": "a", "event_time": when} for when in (day(1), day(19), day(20), day(3, month=3))]
    assert last(computed, rows, people=people) == [1.0, 1.0, 2.0, 3.0]


def test_of_two_versions_known_at_the_same_time_the_one_of_the_later_period_counts(computed):
    rows = [row(day(1), day(1), 2.0, date(2024, 3, 1)), row(day(1), day(1), 1.0, date(2024, 2, 1))]
    assert last(computed, rows) == [2.0]


def test_a_corrected_null_is_null(computed):
    assert last(computed, [row(day(1), day(1), 1.0), row(day(1), day(2), None)]) == [None]


def test_a_row_of_a_timed_source_that_has_no_time_counts_for_nobody(computed):
    assert last(computed, [row(None, None, 9.0), row(day(1), day(1), 1.0)]) == [1.0]


def test_a_source_without_times_is_always_known_and_its_latest_version_counts(computed):
    static = Source(path="s", keys=("id",))
    rows = [row(None, None, 2.0, date(2024, 2, 1)), row(None, None, 1.0, date(2024, 1, 1))]
    found, _ = computed(PERSON, {"s": (static, rows, COLUMNS)}, [SourceBlock(source="s")])
    assert found == [{"id": "a", "event_time": EVENT, "known_at": None, "s_x": 2.0}]


def test_known_at_is_the_latest_time_at_which_a_used_row_became_known(computed):
    other = Source(path="o", keys=("id",), event_time="t")
    given = {
        "s": (TIMED, [row(day(1), day(2), 1.0), row(day(3), day(7), 1.0)], COLUMNS),
        "o": (other, [row(day(1), day(5), 1.0), row(day(1), day(9, month=3), 1.0)], COLUMNS),
    }
    blocks = [SourceBlock(source="s", windows=("all",)), SourceBlock(source="o")]
    found, _ = computed(PERSON, given, blocks)
    assert found[0]["known_at"] == day(7)


def test_a_source_without_an_entity_is_known_to_everybody(computed):
    rates = Source(path="r", keys=("month",), event_time="month")
    columns = {"month": pa.timestamp("us"), "x": pa.float64()}
    rows = [
        {"month": when, "x": x, "_event_time": when, "_known_at": when}
        for when, x in [(day(1), 1.0), (day(20), 2.0), (day(2, month=3), 3.0)]
    ]
    people = [{"id": who, "event_time": when} for who, when in [("a", day(3)), ("b", EVENT)]]
    assert last(computed, rows, rates, columns, people) == [1.0, 2.0]


def test_a_source_is_joined_by_any_column_of_the_population_that_is_its_key(computed):
    people = [{"id": "a", "house": "h2", "event_time": EVENT}]
    houses = Source(path="h", keys=("house",), event_time="t")
    columns = {"house": pa.string(), "x": pa.float64()}
    rows = [{**row(day(1), day(1), x), "house": house} for house, x in [("h1", 1.0), ("h2", 2.0)]]
    assert last(computed, rows, houses, columns, people) == [2.0]


def test_an_event_of_an_unknown_entity_has_nulls_and_counts_of_zero(computed):
    people = [{"id": "nobody", "event_time": EVENT}]
    block = SourceBlock(source="s", windows=("1 month",), aggregates=("count", "mean", "distinct"))
    found, _ = computed(people, {"s": (TIMED, [row(day(1), day(1), 1.0)], COLUMNS)}, [block])
    assert found[0] == {
        "id": "nobody",
        "event_time": EVENT,
        "known_at": None,
        "s_count_1m": 0.0,
        "s_x_mean_1m": None,
        "s_x_distinct_1m": 0.0,
    }


def test_a_window_leaves_out_the_moment_that_is_its_length_before_the_event(computed):
    rows = [row(datetime(2024, 2, 1, 12), day(1, 12), 1.0), row(datetime(2024, 2, 1, 12, 1), day(2), 2.0)]
    block = SourceBlock(source="s", windows=("1 month",), aggregates=("sum",))
    found, _ = computed(PERSON, {"s": (TIMED, rows, COLUMNS)}, [block])
    assert found[0]["s_x_sum_1m"] == 2.0


def test_a_month_before_the_last_of_a_month_begins_at_the_last_of_the_month_before(computed):
    people = [{"id": "a", "event_time": datetime(2024, 4, 30)}]
    rows = [row(datetime(2024, 3, d), datetime(2024, 3, d), float(d)) for d in (30, 31)]
    block = SourceBlock(source="s", windows=("1 month", "30 days"), aggregates=("sum",))
    found, _ = computed(people, {"s": (TIMED, rows, COLUMNS)}, [block])
    assert (found[0]["s_x_sum_1m"], found[0]["s_x_sum_30d"]) == (None, None)
    rows.append(row(datetime(2024, 4, 1), datetime(2024, 4, 1), 1.0))
    found, _ = computed(people, {"s": (TIMED, rows, COLUMNS)}, [block])
    assert (found[0]["s_x_sum_1m"], found[0]["s_x_sum_30d"]) == (1.0, 1.0)


@pytest.mark.parametrize("wild", [float("inf"), float("-inf"), float("nan"), 1e200])
def test_a_number_that_is_not_finite_is_null_and_spoils_no_aggregate(computed, wild):
    rows = [row(day(1), day(1), wild), row(day(2), day(2), 1.0), row(day(3), day(3), 3.0)]
    block = SourceBlock(source="s", windows=("all",), aggregates=("mean", "std", "max", "trend", "count"))
    found, _ = computed(PERSON, {"s": (TIMED, rows, COLUMNS)}, [block])
    assert found[0]["s_x_mean_all"] == 2.0
    assert found[0]["s_x_max_all"] == 3.0
    assert found[0]["s_x_std_all"] == pytest.approx(2**0.5)
    assert found[0]["s_x_trend_all"] == pytest.approx(2 * 30.4375)
    assert found[0]["s_count_all"] == 3.0


@pytest.mark.parametrize("value", [None, 5.0])
def test_a_column_that_never_changes_or_is_null_throughout_is_no_trouble(computed, value):
    rows = [row(day(n), day(n), value) for n in range(1, 6)]
    block = SourceBlock(source="s", windows=("all",))
    found, _ = computed(PERSON, {"s": (TIMED, rows, COLUMNS)}, [block])
    trend = None if value is None else 0.0
    assert (found[0]["s_x_mean_all"], found[0]["s_x_last_all"]) == (value, value)
    assert found[0]["s_x_trend_all"] == trend
    assert found[0]["s_x_std_all"] == trend


def test_booleans_become_0_and_1_and_times_days_before_the_event(computed):
    columns = {"id": pa.string(), "flag": pa.bool_(), "since": pa.timestamp("us")}
    rows = [{**row(day(1), day(1), None), "flag": True, "since": day(29)}]
    found, described = computed(PERSON, {"s": (TIMED, rows, columns)}, [SourceBlock(source="s")])
    assert (found[0]["s_flag"], found[0]["s_since"]) == (1.0, 1.5)
    assert {column.kind.value for column in described} == {"number"}


def test_identifying_columns_and_text_are_no_features(computed):
    columns = {name: pa.string() for name in ("id", "t", "ssn", "note", "outcome", "job", "OutstandingDebt")}
    rules = {
        "ssn": Column(pii=True),
        "note": Column(type="text"),
        "outcome": Column(feature=False),
        "job": Column(),
    }
    source = Source(path="s", keys=("id",), event_time="t", columns=rules)
    rows = [{**row(day(1), day(1), None), "job": "baker", "OutstandingDebt": "809.98"}]
    _, described = computed(PERSON, {"s": (source, rows, columns)}, [SourceBlock(source="s")])
    assert [column.name for column in described] == ["s_job"]


def test_text_is_a_feature_of_its_own_kind_where_a_block_names_it(computed):
    rules = {"note": Column(type="text"), "job": Column(type="category")}
    source = Source(path="s", keys=("id",), event_time="t", columns=rules)
    given = {"s": (source, [row(day(1), day(1), None)], {name: pa.string() for name in ("id", *rules)})}
    _, described = computed(PERSON, given, [SourceBlock(source="s", columns=("*o*",))])
    assert {column.name: column.kind.value for column in described} == {"s_note": "text", "s_job": "category"}
    query = SqlBlock(select="SELECT id, event_time, 'late' AS word FROM population", kinds={"word": "text"})
    found, described = computed(PERSON, given, [query])
    assert (found[0]["word"], described[0].kind.value) == ("late", "text")


def test_a_block_without_a_column_that_may_be_a_feature_is_refused(computed):
    source = Source(path="s", keys=("id",), event_time="t")
    given = {"s": (source, [row(day(1), day(1), None)], {"id": pa.string(), "income": pa.string()})}
    with pytest.raises(ProjectError, match="none of the columns of source `s` can be a feature") as caught:
        computed(PERSON, given, [SourceBlock(source="s")])
    assert "`income`" in str(caught.value)


def test_names_with_spaces_dots_and_turkish_letters_are_kept_as_they_are(computed):
    names = ["Isıtma Tipi", "a.b", "İl ₺", 'quo"te', "seçim %"]
    columns = {"id": pa.string()} | {name: pa.float64() for name in names}
    rows = [{**row(day(1), day(1), None)} | {name: float(n) for n, name in enumerate(names)}]
    blocks = [SourceBlock(source="s"), SourceBlock(source="s", windows=("all",), aggregates=("mean",))]
    found, _ = computed(PERSON, {"s": (TIMED, rows, columns)}, blocks)
    for number, name in enumerate(names):
        assert found[0][f"s_{name}"] == found[0][f"s_{name}_mean_all"] == number


def test_keys_may_have_any_name(computed):
    people = [{"İlan No": "1", "event_time": EVENT}, {"İlan No": "2", "event_time": EVENT}]
    source = Source(path="s", keys=("İlan No",), event_time="t")
    rows = [{"İlan No": "2", "x": 7.0, "_event_time": day(1), "_known_at": day(1)}]
    columns = {"İlan No": pa.string(), "x": pa.float64()}
    assert last(computed, rows, source, columns, people, keys=["İlan No"]) == [None, 7.0]


def test_an_empty_population_has_all_columns_and_no_rows(engine):
    people = pa.table({"id": pa.array([], pa.string()), "event_time": pa.array([], pa.timestamp("us"))})
    from_nothing = pa.Table.from_pylist(
        [row(day(1), day(1), 1.0)],
        schema=pa.schema(
            [*COLUMNS.items(), ("_event_time", pa.timestamp("us")), ("_known_at", pa.timestamp("us"))]
        ),
    )
    result, columns = compute_features(
        engine.table(people),
        {"s": engine.table(from_nothing)},
        blocks=[SourceBlock(source="s", windows=("all",))],
        sources={"s": TIMED},
        keys=["id"],
        engine=engine,
    )
    found = engine.arrow(result)
    assert found.num_rows == 0
    assert found.column_names == ["id", "event_time", "known_at", *(c.name for c in columns)]


def test_a_key_of_another_type_is_refused_with_both_types(computed):
    people = [{"id": 1, "event_time": EVENT}]
    with pytest.raises(ProjectError, match="key `id` is string in source `s` and int64 in the population"):
        last(computed, [row(day(1), day(1), 1.0)], people=people)
