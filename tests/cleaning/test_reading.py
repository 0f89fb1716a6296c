"""Reading against an independent reading in plain Python."""

from __future__ import annotations

import math
import random
import re
from datetime import datetime

import ibis
import ibis.expr.datatypes as dt
import pyarrow as pa
import pytest

from tenure.domain.reading import (
    RepairKind,
    dtype_of,
    kind_of,
    parsed,
    possible_repairs,
    received,
    repaired,
    typed,
    why_repaired,
)
from tenure.domain.sources import Column
from tenure.stores.duckdb import DuckDBEngine

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)


def _read(
    engine: DuckDBEngine, given: list[object], dtype: pa.DataType | None = None, /, **rule: object
) -> list[tuple]:
    """Each value as typed, as repaired, and why."""
    column = Column(**rule)
    rows = engine.table(pa.table({"raw": pa.array(given, dtype), "place": list(range(len(given)))}))
    read = rows.select(
        rows.place,
        typed=typed(rows.raw, column, engine=engine),
        repaired=repaired(rows.raw, column, engine=engine),
        why=why_repaired(rows.raw, column, engine=engine),
    )
    ordered = engine.arrow(read.order_by("place")).to_pylist()
    return [(row["typed"], row["repaired"], row["why"]) for row in ordered]


def _decimal(text: str) -> float | None:
    return float(text) if _NUMBER.fullmatch(text.strip()) else None


def _texts(n_texts: int) -> list[str]:
    draw = random.Random(3)  # noqa: S311 - texts, not secrets
    alphabet = "0123456789..--++eE_ ,xX"
    texts = ["".join(draw.choices(alphabet, k=draw.randint(1, 6))) for _ in range(n_texts)]
    return [*texts, "1e5", "1E-3", ".5", "5.", "-.5", "+7", "0x1F", "1_000", "1d", "9007199254740993", "１"]


def test_numbers_are_read_as_decimal_notation_says(engine: DuckDBEngine) -> None:
    texts = _texts(3000)
    read = [row[0] for row in _read(engine, list(texts), type="number")]
    finite = [
        (text, value)
        for text, value in zip(texts, read, strict=True)
        if value is None or math.isfinite(value)
    ]
    assert [value for _, value in finite] == [_decimal(text) for text, _ in finite]
    assert len(finite) > len(texts) - 5


def test_integers_are_numbers_without_a_fraction(engine: DuckDBEngine) -> None:
    texts = _texts(3000)
    read = [row[0] for row in _read(engine, list(texts), type="integer")]
    for text, value in zip(texts, read, strict=True):
        number = _decimal(text)
        is_whole = number is not None and abs(number) < 2**62 and number == int(number)
        if text.strip().isascii() and text.strip().isdigit():
            assert value == int(text), text
        else:
            assert value == (int(number) if is_whole and number is not None else None), text


@pytest.mark.parametrize(
    ("text", "months"),
    [
        ("10 Years and 9 Months", 129),
        ("31 Years and 0 Months", 372),
        ("1 Year and 1 Month", 13),
        ("2 yrs", 24),
        ("2yrs 3mos", 27),
        ("7 months", 7),
        ("5 yıl 2 ay", 62),
        ("129", 129),
        ("129.0", 129),
        ("Years", None),
        ("ten years", None),
        ("about 3 months", None),
        ("3 weeks", None),
        ("-3 months", None),
    ],
)
def test_spans_of_years_and_months_are_counted_in_months(
    engine: DuckDBEngine, text: str, months: int | None
) -> None:
    assert _read(engine, [text], type="months")[0][0] == months


@pytest.mark.parametrize(
    ("text", "value"), [("YES", True), ("no", False), (" t ", True), ("1.0", True), ("2", None), ("İ", None)]
)
def test_booleans_are_read_in_any_case(engine: DuckDBEngine, text: str, value: bool | None) -> None:
    assert _read(engine, [text], type="boolean")[0][0] is value


def test_dates_are_read_by_their_format_and_as_iso_without_one(engine: DuckDBEngine) -> None:
    assert _read(engine, ["31/12/2023", "12/31/2023"], type="date", format="%d/%m/%Y") == [
        (datetime(2023, 12, 31), datetime(2023, 12, 31), "none"),
        (None, None, "unreadable"),
    ]
    assert _read(engine, ["2023-12-31", "31/12/2023"], type="date")[0][0] == datetime(2023, 12, 31)


@pytest.mark.parametrize("strip", ["_", "#%@", "]", "^", "-", "\\", "[a-z]", "ü", "$*&"])
def test_any_character_can_be_stripped_from_both_ends(engine: DuckDBEngine, strip: str) -> None:
    texts = [f"{strip}inner{strip}", f" {strip} in{strip}ner {strip} ", "inner"]
    expected = [text.strip(f" {strip}") or None for text in texts]
    assert [row[0] for row in _read(engine, list(texts), type="text", strip=strip)] == expected


@pytest.mark.parametrize("given", ["_______", " _______ ", "x_______"])
def test_null_values_are_compared_as_received_trimmed_and_stripped(engine: DuckDBEngine, given: str) -> None:
    read = _read(engine, [given], type="category", null_values=("_______",), strip="x")
    assert read == [(None, None, "null_value")]


def test_null_values_of_numbers_are_compared_as_numbers(engine: DuckDBEngine) -> None:
    texts: list[object] = ["365243", "365243.0", "3.65243e5", "365244"]
    assert [row[0] for row in _read(engine, texts, type="number", null_values=("365243",))] == [None] * 3 + [
        365244
    ]
    assert _read(engine, [365243.0], type="integer", null_values=("365243",)) == [(None, None, "null_value")]


@pytest.mark.parametrize("text", ["inf", "-Infinity", "1e400", "-1e400"])
def test_infinite_numbers_become_null_and_are_told_apart(engine: DuckDBEngine, text: str) -> None:
    value, kept, why = _read(engine, [text], type="number", otherwise="keep")[0]
    assert (math.isinf(value), kept, why) == (True, None, "infinite")


def test_nan_and_blanks_are_null_as_they_came(engine: DuckDBEngine) -> None:
    for text in ["nan", "NaN", "", "  ", None]:
        assert _read(engine, [text], pa.string(), type="number")[0] == (None, None, "none")
    assert _read(engine, [float("nan")], type="integer")[0] == (None, None, "none")


def test_bounds_are_within_the_range(engine: DuckDBEngine) -> None:
    read = _read(engine, ["17", "18", "100", "101"], type="integer", between=(18, 100))
    assert [row[1] for row in read] == [None, 18, 100, None]


def test_an_infinite_bound_is_no_bound(engine: DuckDBEngine) -> None:
    read = _read(engine, ["-1", "0", "1e300"], type="number", between=(0, math.inf))
    assert [row[1] for row in read] == [None, 0, 1e300]


def test_numbers_are_compared_with_categories_as_numbers(engine: DuckDBEngine) -> None:
    read = _read(engine, ["1.0", "2", "3"], type="integer", values=("1", "2"))
    assert [row[1:] for row in read] == [(1, "none"), (2, "none"), (None, "unknown_category")]


def test_a_value_typed_already_is_read_without_a_detour(engine: DuckDBEngine) -> None:
    assert _read(engine, [2**62 + 1], type="integer")[0][0] == 2**62 + 1
    assert _read(engine, [True], type="integer")[0][0] == 1
    assert _read(engine, [5], type="number")[0][0] == 5.0
    assert _read(engine, [5], type="category")[0][0] == "5"
    assert _read(engine, [20240131], type="date", format="%Y%m%d")[0][0] == datetime(2024, 1, 31)


def test_a_megabyte_in_one_cell_is_read_like_any_other(engine: DuckDBEngine) -> None:
    text = "_" * 500_000 + "7" + "_" * 500_000
    assert _read(engine, [text], type="integer", strip="_") == [(7, 7, "stripped")]


def test_what_was_parsed_before_gives_the_same(engine: DuckDBEngine) -> None:
    column = Column(type="number", strip="_", null_values=("9",), between=(0, 10), values=("1", "2"))
    texts = ["_1_", "9", "inf", "x", "5", "20", "2", "", "nan"]
    rows = engine.table(pa.table({"raw": texts}))
    once = rows.mutate(result=parsed(rows.raw, column, engine=engine))
    for function in (typed, repaired, why_repaired):
        direct = engine.arrow(rows.select(value=function(rows.raw, column, engine=engine)))
        by_result = function(once.raw, column, engine=engine, result=once.result)
        assert engine.arrow(once.select(value=by_result)).equals(direct)


def test_the_first_name_with_a_value_is_received(engine: DuckDBEngine) -> None:
    rows = engine.table(pa.table({"old": ["1", "2", None], "new": ["9", None, None]}))
    value = received(rows, "new", Column(renamed_from=("old", "older")))
    assert engine.arrow(rows.select(value=value))["value"].to_pylist() == ["9", "2", None]
    assert received(rows, "other", Column()) is None


def test_names_with_values_of_different_types_meet_as_text(engine: DuckDBEngine) -> None:
    rows = engine.table(pa.table({"old": ["1", "2"], "new": pa.array([9, None], pa.int64())}))
    value = received(rows, "new", Column(renamed_from=("old",)))
    assert engine.arrow(rows.select(value=value))["value"].to_pylist() == ["9", "2"]


@pytest.mark.parametrize(
    ("raw", "rule", "expected"),
    [
        (dt.string, Column(), dt.string),
        (dt.string, Column(between=(0, 1)), dt.float64),
        (dt.int8, Column(), dt.int64),
        (dt.Decimal(10, 2), Column(), dt.float64),
        (dt.date, Column(), dt.Timestamp(scale=6)),
        (dt.boolean, Column(), dt.boolean),
        (dt.float32, Column(type="integer"), dt.int64),
    ],
)
def test_the_type_of_a_clean_column_follows_from_its_rule_and_its_file(
    raw: dt.DataType, rule: Column, expected: dt.DataType
) -> None:
    assert dtype_of(raw, rule) == expected
    assert (kind_of(raw, rule) is None) is (rule.type is None and rule.between is None)


@pytest.mark.parametrize("kind", ["integer", "number", "category", "text", "boolean", "date", "months", None])
@pytest.mark.parametrize("strip", ["", "_"])
def test_only_possible_repairs_happen(engine: DuckDBEngine, kind: str | None, strip: str) -> None:
    rule = {"type": kind, "strip": strip, "null_values": ("9",), "values": ("1", "True"), "between": (0, 5)}
    texts: list[object] = ["_1_", "9", "inf", "x", "7", "yes", "2024-01-01", "3 months", "", "_"]
    happened = {RepairKind(row[2]) for row in _read(engine, texts, **rule)} - {RepairKind.NONE}
    assert happened <= set(possible_repairs(dt.string, Column(**rule)))


def test_expressions_are_evaluated_by_nobody_here() -> None:
    class Clock:
        def parse_time(self, text: object, time_format: str | None) -> object:
            raise AssertionError(f"no time is parsed in {text} by {time_format}")

    rows = ibis.table({"raw": "string"}, name="rows")
    column = Column(type="number", strip="_", between=(0, 1))
    assert repaired(rows.raw, column, engine=Clock()).type() == dt.float64
