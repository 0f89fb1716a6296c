"""Features of features, and features by SQL."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

import pyarrow as pa
import pytest

from tenure.domain.features import FeatureKind
from tenure.domain.sources import Column, Source
from tenure.errors import ProjectError
from tenure.features import CrossBlock, SourceBlock, SqlBlock

EVENT = datetime(2024, 3, 1)
PEOPLE = [{"id": who, "event_time": EVENT} for who in ("a", "b")]


def day(number, month=2):
    when = datetime(2024, month, number)
    return {"_event_time": when, "_known_at": when}


JOBS = (
    Source(path="j", keys=("id",), event_time="t", columns={"job": Column(type="category")}),
    [{"id": "a", "job": "baker", "age": 40, **day(1)}, {"id": "b", "job": None, "age": 30, **day(1)}],
    {"id": pa.string(), "job": pa.string(), "age": pa.int64()},
)
CLICKS = (
    Source(path="k", keys=("id", "t"), event_time="t"),
    [{"id": who, "n": n, **day(n, m)} for who, n, m in [("a", 1, 2), ("a", 3, 2), ("a", 9, 3), ("b", 5, 2)]],
    {"id": pa.string(), "n": pa.int64()},
)
GIVEN = {"jobs": JOBS, "clicks": CLICKS}
JOB_FEATURES = SourceBlock(source="jobs")


def test_a_cross_of_categories_writes_them_one_after_another_and_is_null_where_one_is(computed):
    blocks = [JOB_FEATURES, SqlBlock(select="SELECT id, event_time, 'x' AS kind FROM population")]
    found, columns = computed(PEOPLE, GIVEN, [*blocks, CrossBlock(cross=("jobs_job", "kind"))])
    assert [row["jobs_job_x_kind"] for row in found] == ["baker x x", None]
    assert (columns[-1].kind, columns[-1].inputs) == (FeatureKind.CATEGORY, ("jobs.job",))


def test_a_cross_of_numbers_is_their_product(computed):
    clicks = SourceBlock(source="clicks", windows=("all",), aggregates=("count",))
    cross = CrossBlock(cross=("age", "clicks_count_all"))
    found, _ = computed(PEOPLE, GIVEN, [clicks, JOB_FEATURES, cross])
    assert [row["age_x_clicks_count_all"] for row in found] == [80.0, 30.0]


def test_a_column_may_be_crossed_without_being_a_feature_itself(computed):
    given = {
        **GIVEN,
        "homes": (
            Source(path="h", keys=("id",), columns={"town": Column(type="category")}),
            [{"id": "a", "town": "Ilgın"}],
            {"id": pa.string(), "town": pa.string()},
        ),
    }
    found, columns = computed(PEOPLE, given, [CrossBlock(cross=("job", "homes.town")), JOB_FEATURES])
    assert found[0]["job_x_homes.town"] == "baker x Ilgın"
    assert [column.name for column in columns] == ["jobs_job", "jobs_age", "job_x_homes.town"]


def test_a_cross_of_a_number_and_a_category_is_refused(computed):
    with pytest.raises(ProjectError, match="mixes kinds"):
        computed(PEOPLE, GIVEN, [JOB_FEATURES, CrossBlock(cross=("job", "age"))])


def test_a_cross_of_something_unknown_says_what_was_probably_meant(computed):
    with pytest.raises(ProjectError, match=r"`jbo` is no feature .*did you mean `job`"):
        computed(PEOPLE, GIVEN, [JOB_FEATURES, CrossBlock(cross=("jbo", "age"))])


def test_a_query_sees_of_each_source_only_what_was_known_at_the_event(computed):
    block = SqlBlock(select="SELECT id, event_time, max(n) AS most FROM clicks GROUP BY ALL")
    found, columns = computed(PEOPLE, GIVEN, [block])
    assert [row["most"] for row in found] == [3.0, 5.0]
    assert [row["known_at"] for row in found] == [datetime(2024, 2, 3), datetime(2024, 2, 5)]
    assert columns[0].inputs == ()


def test_a_query_that_opts_out_sees_everything_and_its_known_at_says_so(computed):
    block = SqlBlock(
        select="SELECT id, event_time, max(n) AS most FROM clicks JOIN population USING (id) GROUP BY ALL",
        point_in_time=False,
    )
    found, _ = computed(PEOPLE, GIVEN, [block])
    assert [row["most"] for row in found] == [9.0, 5.0]
    assert found[0]["known_at"] > found[0]["event_time"]
    assert found[1]["known_at"] < found[1]["event_time"]


def test_a_query_that_opts_out_may_join_by_itself_a_source_that_shares_no_key(computed):
    """It counts as having looked at all of it, rows after the event too."""
    parts = (
        Source(path="p", keys=("part",), event_time="t"),
        [{"part": 40, **day(1)}, {"part": 30, **day(9, 3)}],
        {"part": pa.int64()},
    )
    query = """
        SELECT p.id, p.event_time, count(parts.part) AS n_parts
        FROM population AS p JOIN jobs ON jobs.id = p.id LEFT JOIN parts ON parts.part = jobs.age
        GROUP BY ALL
    """
    block = SqlBlock(select=query, point_in_time=False)
    found, _ = computed(PEOPLE, {**GIVEN, "parts": parts}, [block])
    assert [row["n_parts"] for row in found] == [1.0, 1.0]
    assert [row["known_at"] for row in found] == [datetime(2024, 3, 9)] * 2


def test_a_query_that_opts_out_may_say_itself_how_far_it_looked(computed):
    query = """
        SELECT p.id, p.event_time, max(c.n) AS most, max(c._known_at) AS known_at
        FROM population AS p JOIN clicks AS c ON c.id = p.id AND c._known_at <= p.event_time
        GROUP BY ALL
    """
    found, columns = computed(PEOPLE, GIVEN, [SqlBlock(select=query, point_in_time=False)])
    assert [row["most"] for row in found] == [3.0, 5.0]
    assert [row["known_at"].day for row in found] == [3, 5]
    assert [column.name for column in columns] == ["most"]


def test_a_query_may_read_the_features_made_above_it(computed):
    block = SqlBlock(select="SELECT id, event_time, jobs_age / 10 AS decades FROM features")
    found, _ = computed(PEOPLE, GIVEN, [JOB_FEATURES, block])
    assert [row["decades"] for row in found] == [4.0, 3.0]


def test_features_by_query_are_the_same_as_by_windows(computed):
    rng = random.Random(5)  # noqa: S311 - a draw that can be repeated
    rows = [
        {"id": rng.choice("ab"), "n": rng.randrange(100), **day(rng.randrange(1, 29), rng.choice([1, 2, 3]))}
        for _ in range(80)
    ]
    rows = list({(r["id"], r["_event_time"]): r for r in rows}.values())
    people = [{"id": who, "event_time": EVENT + timedelta(days=d)} for who in "ab" for d in (-40, 0, 9)]
    block = SourceBlock(source="clicks", windows=("1 month",), aggregates=("mean", "max"))
    query = """
        SELECT id, event_time, avg(n) AS mean_n, max(n) AS max_n FROM clicks
        WHERE _event_time > event_time - INTERVAL 1 MONTH GROUP BY ALL
    """
    found, _ = computed(people, {"clicks": (CLICKS[0], rows, CLICKS[2])}, [block, SqlBlock(select=query)])
    assert any(row["mean_n"] is not None for row in found)
    for row in found:
        assert row["mean_n"] == pytest.approx(row["clicks_n_mean_1m"]) or row["mean_n"] is None
        assert row["max_n"] == row["clicks_n_max_1m"]


def test_a_query_that_gives_two_rows_for_one_event_is_refused(computed):
    with pytest.raises(ProjectError, match="gives 3 rows for 2 events"):
        computed(PEOPLE, GIVEN, [SqlBlock(select="SELECT id, event_time, n FROM clicks")])


def test_a_query_without_the_keys_is_refused_with_the_column_that_was_probably_meant(computed):
    with pytest.raises(ProjectError, match="gives no column `event_time`; did you mean `event_tim`"):
        computed(PEOPLE, GIVEN, [SqlBlock(select="SELECT id, event_time AS event_tim, n FROM clicks")])


def test_a_query_over_a_source_that_is_not_linked_says_how_to_link_it(computed):
    given = {**GIVEN, "parts": (Source(path="p", keys=("part",)), [{"part": 1}], {"part": pa.int64()})}
    with pytest.raises(ProjectError, match="reads `parts`, which has no key of the population"):
        computed(PEOPLE, given, [SqlBlock(select="SELECT * FROM parts")])


def test_a_query_may_go_through_a_parent(computed):
    given = {
        "credits": (
            Source(path="c", keys=("id", "credit")),
            [{"id": "a", "credit": 1}, {"id": "a", "credit": 2}],
            {"id": pa.string(), "credit": pa.int64()},
        ),
        "months": (
            Source(path="m", keys=("credit", "month")),
            [{"credit": 1, "month": m} for m in range(3)] + [{"credit": 3, "month": 1}],
            {"credit": pa.int64(), "month": pa.int64()},
        ),
    }
    block = SqlBlock(
        select="SELECT id, event_time, count(*) AS n_months FROM months GROUP BY ALL",
        through={"months": "credits"},
    )
    found, _ = computed(PEOPLE, given, [block])
    assert [row["n_months"] for row in found] == [3.0, None]


def test_a_number_that_is_a_code_can_be_called_a_category(computed):
    query = "SELECT id, event_time, age FROM jobs"
    found, columns = computed(PEOPLE, GIVEN, [SqlBlock(select=query, kinds={"age": "category"})])
    assert (found[0]["age"], columns[0].kind) == ("40", FeatureKind.CATEGORY)


def test_two_features_of_one_name_are_refused_whatever_their_capitals(computed):
    query = SqlBlock(select="SELECT id, event_time, age AS JOBS_AGE FROM jobs")
    with pytest.raises(ProjectError, match="both make a feature `jobs_age`"):
        computed(PEOPLE, GIVEN, [JOB_FEATURES, query])


def test_a_suffix_keeps_two_blocks_of_one_source_apart(computed):
    found, _ = computed(PEOPLE, GIVEN, [JOB_FEATURES, SourceBlock(source="jobs", suffix="_again")])
    assert found[0]["jobs_age"] == found[0]["jobs_age_again"] == 40.0


def test_all_problems_of_all_blocks_are_told_at_once(computed):
    blocks = [
        SourceBlock(source="jobs", columns=("agee",)),
        SourceBlock(source="clicks", columns=("id", "n"), aggregates=("mode",)),
    ]
    with pytest.raises(ProjectError) as raised:
        computed(PEOPLE, GIVEN, blocks)
    said = raised.value.problems
    assert len(said) == 3
    assert "did you mean `age`?" in said[0]
    assert "`clicks.id` is a key" in said[1]
    assert "aggregate `mode` of source `clicks`: none of its columns is a category" in said[2]
