from __future__ import annotations

from datetime import date, datetime, timedelta

import pyarrow as pa
import pytest

from tenure.domain.durations import Duration
from tenure.domain.sources import Column, Source
from tenure.ingestion.times import dating, later, time_rule
from tenure.stores.duckdb import DuckDBEngine


def _dated(engine: DuckDBEngine, source: Source, **columns: list[object]) -> list[dict[str, object]]:
    n_rows = len(next(iter(columns.values())))
    rows = pa.table({**columns, "_file": ["a.csv"] * n_rows, "_row": list(range(1, n_rows + 1))})
    return sorted(
        engine.arrow(dating(source, engine)(engine.table(rows))).to_pylist(), key=lambda row: row["_row"]
    )


def _source(**settings: object) -> Source:
    return Source(**{"path": "a.csv", "keys": ("id",), "event_time": "day", **settings})


@pytest.mark.parametrize("span", ["6 months", "1 month", "13 months", "30 days", "1 year", "2 weeks"])
def test_a_delay_moves_every_day_as_the_calendar_of_durations_does(engine: DuckDBEngine, span: str) -> None:
    days = [date(2023, 1, 1) + timedelta(days=n) for n in range(800)]
    rows = engine.table(pa.table({"day": pa.array(days, pa.date32()).cast(pa.timestamp("us"))}))
    duration = Duration.parse(span)
    moved = engine.arrow(rows.select(day=rows.day, later=later(rows.day, duration)))
    expected = [datetime.combine(duration.after(day), datetime.min.time()) for day in days]
    by_day = dict(zip(moved["day"].to_pylist(), moved["later"].to_pylist(), strict=True))
    assert [by_day[datetime.combine(day, datetime.min.time())] for day in days] == expected


def test_a_delay_keeps_the_time_of_day_of_the_last_of_a_month(engine: DuckDBEngine) -> None:
    rows = engine.table(pa.table({"at": [datetime(2024, 2, 29, 17, 30)]}))
    moved = engine.arrow(rows.select(at=later(rows["at"], Duration(months=1))))
    assert moved["at"].to_pylist() == [datetime(2024, 3, 31, 17, 30)]


def test_a_row_is_known_when_it_happened_where_nothing_else_is_said(engine: DuckDBEngine) -> None:
    row = _dated(engine, _source(), id=["1"], day=["2024-03-01"])[0]
    assert row["_event_time"] == row["_known_at"] == datetime(2024, 3, 1)


def test_a_column_says_when_a_row_was_known(engine: DuckDBEngine) -> None:
    source = _source(known_at="sent", time_format="%d/%m/%Y", columns={"sent": {"format": "%Y%m%d"}})
    row = _dated(engine, source, id=["1"], day=["01/03/2024"], sent=["20240405"])[0]
    assert (row["_event_time"], row["_known_at"]) == (datetime(2024, 3, 1), datetime(2024, 4, 5))


def test_a_row_that_cannot_be_dated_is_known_at_no_time(engine: DuckDBEngine) -> None:
    source = _source(known_at="sent")
    rows = _dated(engine, source, id=["1", "2"], day=["n/a", "2024-03-01"], sent=["2024-03-02", "soon"])
    assert [row["_known_at"] for row in rows] == [None, None]


@pytest.mark.parametrize("text", ["10-11-12", "infinity", "-infinity", "0999-01-01", "", "2024-13-01"])
def test_what_only_looks_like_an_iso_date_is_no_date(engine: DuckDBEngine, text: str) -> None:
    assert _dated(engine, _source(), id=["1"], day=[text])[0]["_event_time"] is None


def test_typed_times_are_taken_as_they_are(engine: DuckDBEngine) -> None:
    row = _dated(engine, _source(), id=["1"], day=[date(2024, 3, 1)])[0]
    assert row["_event_time"] == datetime(2024, 3, 1)


def test_numbers_that_spell_dates_are_read_by_their_format(engine: DuckDBEngine) -> None:
    row = _dated(engine, _source(time_format="%Y%m%d"), id=["1"], day=[20240301])[0]
    assert row["_event_time"] == datetime(2024, 3, 1)


def test_rows_are_kept_in_the_order_in_which_they_became_known(engine: DuckDBEngine) -> None:
    rows = pa.table(
        {
            "id": ["1", "2", "3"],
            "day": ["2024-03-01", "2024-01-01", "2024-02-01"],
            "_file": ["a.csv"] * 3,
            "_row": [1, 2, 3],
        }
    )
    ordered = engine.arrow(dating(_source(), engine)(engine.table(rows)))
    assert ordered["id"].to_pylist() == ["2", "3", "1"]


def test_a_fingerprint_is_blind_to_renaming_and_to_empty_columns(engine: DuckDBEngine) -> None:
    source = _source(columns={"Income": Column(renamed_from=("Pay",))})
    before = _dated(engine, source, id=["1"], day=["2024-03-01"], Pay=["7"])[0]
    after = _dated(
        engine, source, day=["2024-03-01"], Income=["7"], id=["1"], extra=pa.array([None], pa.string())
    )[0]
    assert before["_digest"] == after["_digest"]


def test_a_fingerprint_tells_values_and_columns_apart(engine: DuckDBEngine) -> None:
    digests = {
        _dated(engine, _source(), id=["1"], day=["2024-03-01"], **{name: [value]})[0]["_digest"]
        for name, value in [("a", "7"), ("b", "7"), ("a", "8"), ("a", ""), ("a", "7\x1fb=7")]
    }
    assert len(digests) == 5


def test_the_format_of_the_event_time_comes_before_that_of_its_rule() -> None:
    source = _source(time_format="%d.%m.%Y", columns={"day": {"format": "%Y"}, "sent": {"format": "%m/%Y"}})
    assert time_rule("day", source).format == "%d.%m.%Y"
    assert time_rule("sent", source).format == "%m/%Y"
    assert time_rule("other", source).format == "%d.%m.%Y"


def test_datings_are_equal_for_equal_sources_only(engine: DuckDBEngine) -> None:
    assert dating(_source(), engine) == dating(_source(), engine)
    assert hash(dating(_source(), engine)) == hash(dating(_source(), engine))
    assert dating(_source(), engine) != dating(_source(time_format="%Y"), engine)
