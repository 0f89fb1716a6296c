"""Whom a period scores, which labels mature in it, and what a replay leaves in gold."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, datetime, timedelta

import pyarrow as pa
import pytest

from tenure.domain.cuts import CutPolicy
from tenure.domain.durations import Duration
from tenure.domain.findings import Outcome
from tenure.domain.periods import Period, PeriodUnit, replay_periods
from tenure.domain.sources import Column, Source
from tenure.domain.tables import FEATURES, LABELS, PROTECTED
from tenure.errors import ProjectError, SourceError
from tenure.features import CrossBlock, Label, Population, SourceBlock, SqlBlock, rebuild
from tenure.stores.delta import DeltaStore

MONTHS = replay_periods(date(2024, 1, 31), date(2024, 6, 30), PeriodUnit.MONTH)
LOANS = Source(path="l", keys=("loan",), event_time="start")
LOAN_COLUMNS = {"loan": pa.int64(), "id": pa.string(), "start": pa.timestamp("us"), "bad": pa.int64()}
CLICKS = Source(path="k", keys=("id", "t"), event_time="t", columns={"word": Column(type="category")})
CLICK_COLUMNS = {"id": pa.string(), "n": pa.float64(), "word": pa.string()}

POPULATION = Population(select="SELECT id, start AS event_time FROM loans")
LABEL = Label(select="SELECT id, start AS event_time, bad AS label FROM loans", horizon="2 months")
BLOCKS = (
    SourceBlock(source="clicks", windows=("1 month", "all")),
    SourceBlock(source="clicks"),
    CrossBlock(cross=("word", "clicks_word_last_all")),
    SqlBlock(select="SELECT id, event_time, clicks_count_all * 2 AS twice FROM features"),
)
COUNT = (SourceBlock(source="clicks", windows=("all",), aggregates=("count",)),)
SETTINGS = {"population": POPULATION, "label": LABEL, "blocks": COUNT}
FULL = {**SETTINGS, "blocks": BLOCKS}


def loan(number, who, start, bad=0, known=None, received=None):
    row = {
        "loan": number,
        "id": who,
        "start": start,
        "bad": bad,
        "_event_time": start,
        "_known_at": known or start,
    }
    return row if received is None else row | {"received": received}


def click(who, when, n, known=None):
    return {"id": who, "n": n, "word": "abc"[int(n) % 3], "_event_time": when, "_known_at": known or when}


def given(loans, clicks=()):
    return {"loans": (LOANS, loans, LOAN_COLUMNS), "clicks": (CLICKS, list(clicks), CLICK_COLUMNS)}


def draw(seed):
    rng = random.Random(seed)  # noqa: S311 - a draw that can be repeated
    start = datetime(2023, 12, 1)
    loans = [loan(n, f"e{n % 9}", start + timedelta(days=n * 7, hours=n), n % 2) for n in range(28)]
    clicks = [click(f"e{rng.randrange(9)}", start + timedelta(hours=h * 11), h % 7) for h in range(380)]
    return given(loans, clicks)


def found(gold):
    return {finding.code: finding.n_rows for finding in gold.findings if finding.outcome is Outcome.FOUND}


def first(period):
    return replace(period, first=True)


def events(rows):
    return [(row["id"], row["event_time"].date().isoformat(), row["as_of"].isoformat()) for row in rows]


@pytest.fixture
def other(tmp_path, datamart):
    """A second datamart, to compare with."""
    return replace(datamart, store=DeltaStore(tmp_path / "other"))


def test_one_first_period_gives_the_same_features_and_labels_as_month_by_month(datamart, other):
    tables = draw(3)
    for period in MONTHS:
        gold = datamart.build(first(period) if period == MONTHS[0] else period, tables, **FULL)
        assert found(gold) == {}
    other.build(first(MONTHS[-1]), tables, **FULL)

    def without_period(rows):
        return [{name: value for name, value in row.items() if name != "as_of"} for row in rows]

    assert len(datamart.features()) == 28
    assert without_period(datamart.features()) == without_period(other.features())
    assert without_period(datamart.labels()) == without_period(other.labels())


def test_a_second_run_of_a_period_changes_no_content(datamart):
    tables = draw(4)
    datamart.build(first(MONTHS[0]), tables, **SETTINGS)
    datamart.build(MONTHS[1], tables, **SETTINGS)
    before = [datamart.store.content_hash(table) for table in (FEATURES, LABELS)]
    datamart.build(MONTHS[1], tables, **SETTINGS)
    datamart.build(first(MONTHS[0]), tables, **SETTINGS)
    assert [datamart.store.content_hash(table) for table in (FEATURES, LABELS)] == before


def test_an_event_belongs_to_the_period_it_falls_in_its_last_day_included(datamart):
    loans = [
        loan(1, "a", datetime(2024, 1, 31, 23, 59)),
        loan(2, "b", datetime(2024, 2, 1)),
        loan(3, "c", datetime(2024, 2, 29, 18)),
        loan(4, "d", datetime(2024, 3, 1)),
    ]
    for number, period in enumerate(MONTHS[:3]):
        datamart.build(replace(period, first=number == 0), given(loans), **SETTINGS)
    assert events(datamart.features()) == [
        ("a", "2024-01-31", "2024-01-31"),
        ("b", "2024-02-01", "2024-02-29"),
        ("c", "2024-02-29", "2024-02-29"),
        ("d", "2024-03-01", "2024-03-31"),
    ]


def test_a_late_event_is_scored_once_in_the_period_it_became_known_on_what_was_known_then(datamart):
    loans = [
        loan(1, "a", datetime(2024, 1, 10)),
        loan(2, "b", datetime(2024, 1, 20), received=date(2024, 3, 5)),
    ]
    clicks = [click("b", datetime(2024, 1, 15), 1), click("b", datetime(2024, 2, 15), 5)]
    golds = [
        datamart.build(replace(p, first=p == MONTHS[0]), given(loans, clicks), **SETTINGS) for p in MONTHS[:4]
    ]
    assert events(datamart.features()) == [
        ("a", "2024-01-10", "2024-01-31"),
        ("b", "2024-01-20", "2024-03-31"),
    ]
    assert datamart.features()[1]["clicks_count_all"] == 1.0
    assert [found(gold).get("FEA003", 0) for gold in golds] == [0, 0, 1, 0]


def test_an_event_that_has_not_happened_yet_is_not_scored(datamart):
    loans = [loan(1, "a", datetime(2024, 2, 10), known=datetime(2024, 1, 5))]
    datamart.build(first(MONTHS[0]), given(loans), **SETTINGS)
    assert datamart.features() == []
    datamart.build(MONTHS[1], given(loans), **SETTINGS)
    assert len(datamart.features()) == 1


def test_a_label_is_not_there_before_its_window_closes(datamart):
    loans = [loan(1, "a", datetime(2024, 1, 30, 12), bad=1), loan(2, "b", datetime(2024, 2, 29), bad=1)]
    n_labels = [
        datamart.build(replace(p, first=p == MONTHS[0]), given(loans), **SETTINGS).labels.n_rows
        for p in MONTHS
    ]
    assert n_labels == [0, 0, 1, 1, 0, 0]
    a, b = datamart.labels()
    assert a == {
        "id": "a",
        "event_time": datetime(2024, 1, 30, 12),
        "known_at": datetime(2024, 3, 30, 12),
        "label": "1",
        "as_of": date(2024, 3, 31),
    }
    assert (b["known_at"], b["as_of"]) == (datetime(2024, 4, 30), date(2024, 4, 30))


def test_a_label_is_recorded_once_and_a_later_change_of_it_is_found_not_taken(datamart):
    before = [loan(1, "a", datetime(2024, 1, 5), bad=0)]
    after = [*before, loan(1, "a", datetime(2024, 1, 5), bad=1, known=datetime(2024, 4, 10))]
    golds = [datamart.build(replace(p, first=p == MONTHS[0]), given(after), **SETTINGS) for p in MONTHS[:4]]
    assert [row["label"] for row in datamart.labels()] == ["0"]
    assert [found(gold).get("FEA007", 0) for gold in golds] == [0, 0, 0, 1]


def test_a_label_may_say_itself_when_it_was_known(datamart):
    label = Label(
        select="SELECT id, start AS event_time, bad AS label, start + INTERVAL 5 DAY AS known FROM loans",
        horizon="2 months",
        known_at="known",
    )
    settings = {**SETTINGS, "label": label}
    datamart.build(first(MONTHS[0]), given([loan(1, "a", datetime(2024, 1, 5), bad=1)]), **settings)
    assert [row["known_at"] for row in datamart.labels()] == [datetime(2024, 1, 10)]


@pytest.mark.parametrize(
    ("expression", "classes"),
    [
        ("bad", ["0", "1"]),
        ("bad / 1.0", ["0", "1"]),
        ("bad / 2.0", ["0", "0.5"]),
        ("bad = 1", ["false", "true"]),
        ("CASE bad WHEN 0 THEN 'iyi' ELSE 'kötü' END", ["iyi", "kötü"]),
        ("nullif(bad, 0)", ["1"]),
    ],
)
def test_a_class_is_text_and_null_is_no_label(datamart, expression, classes):
    label = Label(
        select=f"SELECT id, start AS event_time, {expression} AS label FROM loans", horizon="0 days"
    )
    loans = [loan(1, "a", datetime(2024, 1, 5), bad=0), loan(2, "b", datetime(2024, 1, 6), bad=1)]
    datamart.build(first(MONTHS[0]), given(loans), **{**SETTINGS, "label": label})
    assert [row["label"] for row in datamart.labels()] == classes


def test_labels_of_nobody_and_copies_and_labels_known_too_early_are_found(datamart):
    query = """
        SELECT id, start AS event_time, bad AS label, start AS known FROM loans
        UNION ALL SELECT id, start, bad, start FROM loans WHERE loan = 1
        UNION ALL SELECT 'stranger', start, bad, start - INTERVAL 1 DAY FROM loans WHERE loan = 2
    """
    label = Label(select=query, horizon="0 days", known_at="known")
    loans = [loan(1, "a", datetime(2024, 1, 5), bad=0), loan(2, "b", datetime(2024, 1, 6), bad=1)]
    gold = datamart.build(first(MONTHS[0]), given(loans), **{**SETTINGS, "label": label})
    assert {code: n for code, n in found(gold).items() if code != "FEA003"} == {
        "FEA005": 1,
        "FEA006": 1,
        "FEA008": 1,
    }


def test_copies_and_incomplete_rows_of_the_population_are_found_and_left_out(datamart):
    query = """
        SELECT id, start AS event_time, loan FROM loans UNION ALL
        SELECT id, start, loan + 10 FROM loans UNION ALL SELECT NULL, start, 1 FROM loans UNION ALL
        SELECT id, NULL, 1 FROM loans
    """
    population = Population(select=query, keys=("id",))
    loans = [loan(1, "a", datetime(2024, 1, 5)), loan(2, "b", datetime(2024, 1, 6))]
    gold = datamart.build(first(MONTHS[0]), given(loans), **{**SETTINGS, "population": population})
    assert (gold.keys, gold.features.n_rows) == (("id",), 2)
    assert found(gold) == {"FEA001": 2, "FEA002": 4}


def test_checks_that_found_nothing_say_so(datamart):
    gold = datamart.build(first(MONTHS[0]), given([loan(1, "a", datetime(2024, 1, 5))]), **SETTINGS)
    passed = {finding.code for finding in gold.findings if finding.outcome is Outcome.PASSED}
    assert passed == {"FEA001", "FEA002", "FEA003", "FEA005", "FEA006", "FEA007", "FEA008", "FEA009"}


def test_rows_after_the_event_by_relative_time_are_counted(datamart):
    block = SourceBlock(source="clicks", relative_time={"column": "n", "unit": "day"}, aggregates=("count",))
    clicks = [click("a", datetime(2024, 1, 1), n) for n in (-2.0, 0.0)]
    clicks += [click("a", datetime(2024, 1, 2), n) for n in (3.0,)]
    tables = given([loan(1, "a", datetime(2024, 1, 5))], clicks)
    tables["clicks"] = (CLICKS.model_copy(update={"unique": False}), tables["clicks"][1], CLICK_COLUMNS)
    gold = datamart.build(first(MONTHS[0]), tables, **{**SETTINGS, "blocks": (block,)})
    assert found(gold) == {"FEA004": 1}
    assert datamart.features()[0]["clicks_count_all"] == 2.0


def test_of_a_source_without_times_only_the_last_delivery_counts(datamart):
    children = Source(path="c", keys=("id",), unique=False)
    columns = {"id": pa.string(), "y": pa.float64()}
    block = SourceBlock(source="children", aggregates=("count", "sum"))
    loans = [loan(n, "a", datetime(2024, 1 + n, 5)) for n in range(4)]
    deliveries = ([1.0, 2.0], [], [2.0, 3.0, 4.0], [])
    for number, (period, values) in enumerate(zip(MONTHS[:4], deliveries, strict=True)):
        rows = [{"id": "a", "y": y, "received": period.end, "_known_at": None} for y in values]
        tables = given(loans) | {"children": (children, rows, columns)}
        datamart.build(replace(period, first=number == 0), tables, **{**SETTINGS, "blocks": (block,)})
    found = [(row["children_count_all"], row["children_y_sum_all"]) for row in datamart.features()]
    assert found == [(2.0, 3.0), (2.0, 3.0), (3.0, 9.0), (3.0, 9.0)]


def test_a_time_column_of_another_name_becomes_event_time(datamart):
    population = Population(select="SELECT id, start FROM loans", event_time="start")
    label = LABEL.model_copy(
        update={"select": "SELECT id, start, bad FROM loans", "event_time": "start", "label": "bad"}
    )
    loans = [loan(1, "a", datetime(2024, 1, 5), bad=1)]
    for period in MONTHS[:3]:
        datamart.build(
            replace(period, first=period == MONTHS[0]),
            given(loans),
            **{**SETTINGS, "population": population, "label": label},
        )
    assert events(datamart.features()) == [("a", "2024-01-05", "2024-01-31")]
    assert [row["label"] for row in datamart.labels()] == ["1"]


def test_queries_may_lie_in_files_beside_the_project_file(datamart):
    (datamart.root / "sql").mkdir()
    (datamart.root / "sql/who.sql").write_text(POPULATION.select)
    settings = {**SETTINGS, "population": Population(sql="sql/who.sql")}
    datamart.build(first(MONTHS[0]), given([loan(1, "a", datetime(2024, 1, 5))]), **settings)
    assert len(datamart.features()) == 1
    with pytest.raises(ProjectError, match=r"no query file `sql/whom.sql`; did you mean `sql/who.sql`"):
        datamart.build(MONTHS[1], given([]), **{**settings, "population": Population(sql="sql/whom.sql")})


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("SELECT id FROM loans", "the population query gives no column `event_time`"),
        ("SELECT id, start AS event_time FROM loan", "population query: the query reads `loan`"),
        ("SELECT id, star AS event_time FROM loans", "population query: the query does not run"),
        ("SELEC id", "population query: the query holds 1 statement or is not a SELECT"),
    ],
)
def test_a_wrong_query_says_which_it_is_and_nothing_is_written(datamart, query, message):
    settings = {**SETTINGS, "population": Population(select=query)}
    with pytest.raises(ProjectError, match=message):
        datamart.build(first(MONTHS[0]), given([loan(1, "a", datetime(2024, 1, 5))]), **settings)
    assert not datamart.store.exists(FEATURES)


def test_a_source_that_was_never_cleaned_is_an_error_that_says_so(datamart):
    with pytest.raises(SourceError, match="source `clicks` has no table `silver/clicks`"):
        rebuild(
            events=[date(2024, 1, 5)],
            known_by=date(2024, 1, 31),
            sources={"clicks": CLICKS},
            population=Population(select="SELECT id, _event_time AS event_time FROM clicks"),
            features=(SourceBlock(source="clicks"),),
            root=datamart.root,
            store=datamart.store,
            engine=datamart.engine,
        )


def again(datamart, tables, blocks, *, events, known_by):
    built = rebuild(
        events=events,
        known_by=known_by,
        sources={name: source for name, (source, _, _) in tables.items()},
        population=POPULATION,
        features=blocks,
        root=datamart.root,
        store=datamart.store,
        engine=datamart.engine,
    )
    return {(row["id"], row["event_time"]): row for row in datamart.engine.arrow(built).to_pylist()}


def differing(datamart, rebuilt):
    """The columns in which rows of gold/features are not what was built again."""
    stored = {(row["id"], row["event_time"]): row for row in datamart.features()}
    return {name for key, row in rebuilt.items() for name in row if row[name] != stored[key][name]}


AHEAD = SqlBlock(
    select="SELECT id, event_time, avg(n) AS ahead FROM population JOIN clicks USING (id) GROUP BY ALL",
    point_in_time=False,
)


def test_features_built_again_later_are_the_same_unless_a_query_looks_ahead(datamart):
    tables, blocks = draw(8), (*BLOCKS, AHEAD)
    for period in MONTHS:
        datamart.build(replace(period, first=period == MONTHS[0]), tables, **{**SETTINGS, "blocks": blocks})
    days = sorted({row["event_time"].date() for row in datamart.features()})[3:7]
    rebuilt = again(datamart, tables, blocks, events=days, known_by=MONTHS[-1].end)
    assert len(rebuilt) == 4
    assert differing(datamart, rebuilt) == {"ahead", "known_at"}


@pytest.mark.parametrize("n_periods", [1, 6])
def test_features_built_on_the_day_of_an_event_are_the_same_unless_a_query_looks_ahead(datamart, n_periods):
    tables, blocks = draw(9), (*COUNT, SourceBlock(source="homes"), AHEAD)
    homes = [
        {"id": f"e{n}", "rooms": n, "received": MONTHS[-n_periods].end, "_known_at": None} for n in range(9)
    ]
    columns = {"id": pa.string(), "rooms": pa.int64()}
    tables["homes"] = (Source(path="h", keys=("id",)), homes, columns)
    for number, period in enumerate(MONTHS[-n_periods:]):
        datamart.build(replace(period, first=number == 0), tables, **{**SETTINGS, "blocks": blocks})
    rebuilt = {}
    for row in datamart.features()[5:20:4]:
        day = row["event_time"].date()
        rebuilt |= again(datamart, tables, blocks, events=[day], known_by=day)
    assert len(rebuilt) == 4
    assert differing(datamart, rebuilt) == {"ahead", "known_at"}


def test_a_row_known_after_the_day_is_not_there_when_features_are_built_again(datamart):
    tables = given(
        [loan(1, "a", datetime(2024, 1, 20))], [click("a", datetime(2024, 1, d), 1) for d in (3, 9)]
    )
    datamart.build(first(MONTHS[0]), tables, **SETTINGS)
    for known_by, n_clicks in [(date(2024, 1, 20), 2.0), (date(2024, 1, 31), 2.0)]:
        rebuilt = again(datamart, tables, COUNT, events=[date(2024, 1, 20)], known_by=known_by)
        assert [row["clicks_count_all"] for row in rebuilt.values()] == [n_clicks]
    assert again(datamart, tables, COUNT, events=[date(2024, 1, 20)], known_by=date(2024, 1, 5)) == {}


def test_a_query_sees_no_more_of_the_population_than_keys_and_time(datamart):
    population = Population(select="SELECT id, start AS event_time, bad FROM loans", keys=("id",))
    block = SqlBlock(select="SELECT id, event_time, bad AS outcome FROM population")
    settings = {**SETTINGS, "population": population, "blocks": (block,)}
    with pytest.raises(ProjectError, match=r"SQL feature .* the query does not run"):
        datamart.build(first(MONTHS[0]), given([loan(1, "a", datetime(2024, 1, 5))]), **settings)


def test_a_period_of_weeks_takes_its_seven_days(datamart):
    loans = [loan(n, f"e{n}", datetime(2024, 1, n)) for n in range(1, 22)]
    week = Period(date(2024, 1, 7), PeriodUnit.WEEK, first=True)
    datamart.build(week, given(loans), **SETTINGS)
    gold = datamart.build(week.next(), given(loans), **SETTINGS)
    assert gold.features.n_rows == 7


PROTECTED_CLICKS = CLICKS.model_copy(update={"columns": {"word": Column(type="category", protected=True)}})


def test_a_protected_attribute_is_kept_beside_the_features_as_known_at_the_event_and_never_among_them(
    datamart,
):
    loans = [loan(1, "a", datetime(2024, 1, 10)), loan(2, "b", datetime(2024, 1, 20))]
    clicks = [click("a", datetime(2024, 1, 5), 1), click("a", datetime(2024, 1, 15), 2)]
    tables = given(loans, clicks) | {"clicks": (PROTECTED_CLICKS, clicks, CLICK_COLUMNS)}
    gold = datamart.build(first(MONTHS[0]), tables, **{**SETTINGS, "blocks": (SourceBlock(source="clicks"),)})
    assert [column.name for column in gold.columns] == ["clicks_n"]
    rows = datamart.store.read(PROTECTED).to_pylist()
    assert [(row["id"], row["clicks_word"]) for row in rows] == [("a", "b"), ("b", None)]


def test_naming_a_protected_column_as_a_feature_is_refused(datamart):
    tables = given([loan(1, "a", datetime(2024, 1, 10))]) | {"clicks": (PROTECTED_CLICKS, [], CLICK_COLUMNS)}
    blocks = (SourceBlock(source="clicks", columns=("word",)),)
    with pytest.raises(ProjectError, match="marked `protected`"):
        datamart.build(first(MONTHS[0]), tables, **{**SETTINGS, "blocks": blocks})


def test_without_protected_columns_no_such_table_is_written(datamart):
    datamart.build(first(MONTHS[0]), draw(4), **SETTINGS)
    assert not datamart.store.exists(PROTECTED)


CUTS = CutPolicy(quantiles=(0.5,), classes=("low", "high"))


def number_label(expression):
    return Label(
        select=f"SELECT id, start AS event_time, {expression} AS label FROM loans",
        horizon="0 days",
        cuts=CUTS,
    )


@pytest.mark.parametrize(
    ("expression", "numbers"),
    [
        ("bad", [0.0, 1.0]),
        ("CAST(bad AS DECIMAL(9, 2)) + 0.25", [0.25, 1.25]),
        ("CASE WHEN bad = 1 THEN 7.5 END", [7.5]),
    ],
)
def test_a_label_that_is_cut_is_a_number_and_null_is_no_label(datamart, expression, numbers):
    loans = [loan(1, "a", datetime(2024, 1, 5), 0), loan(2, "b", datetime(2024, 1, 6), 1)]
    datamart.build(first(MONTHS[0]), given(loans), **(SETTINGS | {"label": number_label(expression)}))
    assert [row["label"] for row in datamart.labels()] == numbers


@pytest.mark.parametrize(("expression", "kind"), [("id", "string"), ("bad = 1", "boolean")])
def test_what_is_no_number_cannot_be_cut(datamart, expression, kind):
    with pytest.raises(ProjectError, match=f"`label` is {kind}, and `label.cuts` makes classes of a number"):
        datamart.build(
            first(MONTHS[0]),
            given([loan(1, "a", datetime(2024, 1, 5))]),
            **(SETTINGS | {"label": number_label(expression)}),
        )


def test_labels_that_are_infinite_or_no_number_are_left_out_and_told(datamart):
    loans = [loan(number, f"e{number}", datetime(2024, 1, 5), number) for number in range(4)]
    expression = (
        "CASE bad WHEN 0 THEN 'inf'::DOUBLE WHEN 1 THEN '-inf'::DOUBLE WHEN 2 THEN 'nan'::DOUBLE ELSE 3 END"
    )
    gold = datamart.build(first(MONTHS[0]), given(loans), **(SETTINGS | {"label": number_label(expression)}))
    assert [row["label"] for row in datamart.labels()] == [3.0]
    assert found(gold) == {"FEA009": 3}


def test_a_number_that_changes_later_is_found_and_the_recorded_one_stays(datamart):
    before = loan(1, "a", datetime(2024, 1, 5), bad=3)
    after = [before, loan(1, "a", datetime(2024, 1, 5), bad=4, known=datetime(2024, 2, 10))]
    settings = SETTINGS | {"label": number_label("bad")}
    golds = [datamart.build(replace(p, first=p == MONTHS[0]), given(after), **settings) for p in MONTHS[:2]]
    assert [found(gold).get("FEA007", 0) for gold in golds] == [0, 1]
    assert [row["label"] for row in datamart.labels()] == [3.0]


def test_a_datamart_does_not_go_from_classes_to_numbers(datamart):
    tables = given([loan(1, "a", datetime(2024, 1, 5))])
    datamart.build(
        first(MONTHS[0]), tables, **(SETTINGS | {"label": LABEL.model_copy(update={"horizon": Duration()})})
    )
    with pytest.raises(ProjectError, match="the datamart holds labels that are names of classes"):
        datamart.build(MONTHS[1], tables, **(SETTINGS | {"label": number_label("bad")}))


@pytest.mark.parametrize("point_in_time", [True, False])
@pytest.mark.parametrize("mark", ["protected", "pii"])
def test_a_query_of_features_does_not_see_protected_or_personal_columns(datamart, mark, point_in_time):
    clicks = CLICKS.model_copy(update={"columns": {"word": Column(type="category", **{mark: True})}})
    rows = [click("a", datetime(2024, 1, 5), 1)]
    tables = given([loan(1, "a", datetime(2024, 1, 10))]) | {"clicks": (clicks, rows, CLICK_COLUMNS)}
    time = "event_time" if point_in_time else "TIMESTAMP '2024-01-10' AS event_time"

    def built(columns):
        select = f"SELECT id, {time}, {columns} FROM clicks"
        blocks = (SqlBlock(select=select, point_in_time=point_in_time),)
        return datamart.build(first(MONTHS[0]), tables, **{**SETTINGS, "blocks": blocks})

    with pytest.raises(ProjectError, match="word"):
        built("word AS seen")
    assert [column.name for column in built("n AS seen").columns] == ["seen"]
