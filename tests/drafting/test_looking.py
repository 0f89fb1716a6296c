from collections import Counter

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tenure.domain.tables import RawTable
from tenure.drafting import looking
from tenure.drafting.looking import look_at
from tenure.drafting.looks import Held
from tenure.drafting.numbers import look_at_numbers, n_outside, numbers_of, tail_of, without

CELLS = [
    "1",
    "2.5",
    " 3 ",
    "32_",
    "_",
    "",
    "  ",
    "nan",
    "007",
    "-4",
    "inf",
    "1e3",
    "12%",
    "x",
    "10 Years and 9 Months",
]


def raw_of(folder, name="t.csv", kind="csv"):
    return RawTable("t", (str(folder / name),), kind)


@pytest.fixture
def column_of(files, engine):
    """The look at one CSV column with these cells, and its distinct values."""

    def look(cells):
        folder = files({"t.csv": "id,x\n" + "".join(f'{n},"{cell}"\n' for n, cell in enumerate(cells))})
        source, values = look_at(raw_of(folder), engine=engine)
        return source.column("x"), values

    return look


def is_number(text):
    try:
        float(text)
    except ValueError:
        return False
    return text.lower() != "nan"


def test_counts_agree_with_counting_by_hand(column_of):
    chosen = [str(cell) for cell in np.random.default_rng(3).choice(CELLS, 500)]
    look, _ = column_of(chosen)
    present = [cell.strip() for cell in chosen if cell.strip() and cell != "nan"]
    assert look.n_rows == 500
    assert look.n_values == len(present)
    assert look.n_distinct == len(set(present))
    assert look.n_numbers == sum(map(is_number, present))
    assert look.n_decorated == sum(cell in {"32_", "12%"} for cell in present)
    assert look.n_padded == present.count("007")
    assert look.n_spans == present.count("10 Years and 9 Months")
    assert look.longest == max(map(len, present))
    assert {v.value: v.n for v in look.top} == Counter(present)
    assert {v.value for v in look.odd} == {cell for cell in present if not is_number(cell)}


def test_most_frequent_values_come_first(column_of):
    look, _ = column_of(["a"] * 5 + ["b"] * 9 + ["c"] * 2)
    assert [(v.value, v.n) for v in look.top] == [("b", 9), ("a", 5), ("c", 2)]


def test_the_plain_twins_of_a_decorated_number_are_counted(column_of):
    look, _ = column_of(["32"] * 7 + ["32.0"] * 2 + ["32_"] * 3 + ["_40_"])
    twins = {v.value: (v.n, v.number, v.n_twins) for v in look.odd}
    assert twins == {"32_": (3, 32.0, 9), "_40_": (1, 40.0, 0)}


def test_forms_of_values_are_counted(column_of):
    look, _ = column_of(
        ["a@b.com", "913-74-1218", "+90 532 123 45 67", "TR33 0006 1005 1978 6457 8413 26", "1,234.5", "1"]
    )
    assert dict(look.patterns) == {"email": 1, "phone": 1, "ssn": 1, "iban": 1, "card": 0, "separated": 1}


def test_a_megabyte_in_a_cell_is_measured_and_not_kept(column_of):
    look, _ = column_of(["x" * 1_000_000, "y"])
    assert look.longest == 1_000_000
    assert max(len(v.value) for v in look.top) <= 200


def test_what_a_parquet_file_holds_is_told(tmp_path, engine):
    table = pa.table(
        {
            "whole": [1, 2, None],
            "part": [1.5, float("nan"), None],
            "flag": [True, False, None],
            "when": pa.array([0, None, None], pa.timestamp("us")),
            "word": ["a", "", None],
            "list": [[1], [2], None],
        }
    )
    pq.write_table(table, tmp_path / "t.parquet")
    look, _ = look_at(raw_of(tmp_path, "t.parquet", "parquet"), engine=engine)
    held = {column.name: (column.held, column.n_values) for column in look.columns}
    assert held == {
        "whole": (Held.INTEGER, 2),
        "part": (Held.NUMBER, 1),
        "flag": (Held.BOOLEAN, 2),
        "when": (Held.TIME, 1),
        "word": (Held.TEXT, 1),
        "list": (Held.OTHER, 0),
    }


def test_a_table_of_nothing_but_structures_can_be_looked_at(files, engine):
    folder = files({"t.jsonl": '{"a":[1]}\n{"a":[2]}\n'})
    look, _ = look_at(raw_of(folder, "t.jsonl", "json"), engine=engine)
    assert [column.held for column in look.columns] == [Held.OTHER]


def test_large_files_are_looked_at_in_equal_steps_and_counted_whole(files, engine, monkeypatch):
    monkeypatch.setattr(looking, "MOST_ROWS", 100)
    folder = files({"t.csv": "id,x\n" + "".join(f"{n},{n % 3}\n" for n in range(950))})
    look, _ = look_at(raw_of(folder), engine=engine)
    assert (look.n_rows, look.step) == (950, 10)
    assert look.column("id").n_rows == 95
    assert look.column("id").n_distinct == 95


def test_columns_that_only_some_files_have_are_told(files, engine):
    folder = files({"a.csv": "id,x\n1,2\n", "b.csv": "id,y\n1,2\n"})
    raw = RawTable("t", (str(folder / "a.csv"), str(folder / "b.csv")), "csv")
    look, _ = look_at(raw, engine=engine)
    assert dict(look.partial) == {"x": 1, "y": 1}


def test_quantiles_and_extremes_agree_with_numpy(column_of, engine):
    rng = np.random.default_rng(1)
    numbers = np.round(rng.lognormal(3, 1.2, 2_000), 2)
    _, values = column_of([str(number) for number in numbers])
    found = look_at_numbers(numbers_of(values, ["1"], [], engine=engine), engine=engine)["1"]
    expected = np.quantile(numbers, [0.1, 0.25, 0.5, 0.75, 0.9], method="inverted_cdf")
    assert [found.q10, found.q25, found.q50, found.q75, found.q90] == pytest.approx(list(expected))
    ordered = np.unique(numbers)
    assert (found.n, found.n_distinct) == (2_000, len(ordered))
    assert (found.low.value, found.low.beside) == (ordered[0], ordered[1])
    assert (found.high.value, found.high.beside) == (ordered[-1], ordered[-2])
    assert found.high.n == np.sum(numbers == ordered[-1])


def test_what_means_null_is_no_number_and_decoration_is_taken_off(column_of, engine):
    _, values = column_of(["1", "2_", "__10000__", "inf", "_", "3"])
    numbers = numbers_of(values, ["1"], [("1", "__10000__")], engine=engine)
    found = look_at_numbers(numbers, engine=engine)["1"]
    assert (found.n, found.low.value, found.high.value) == (3, 1, 3)


def test_tails_go_outwards_and_sentinels_can_be_left_out(column_of, engine):
    _, values = column_of([str(n) for n in (1, 2, 2, 3, 50, 365243, 365243)])
    numbers = numbers_of(values, ["1"], [], engine=engine)
    assert tail_of(numbers, "1", 3, is_upper=True, engine=engine) == [(3, 1), (50, 1), (365243, 2)]
    assert tail_of(numbers, "1", 2, is_upper=False, engine=engine) == [(2, 2), (1, 1)]
    rest = without(numbers, {"1": 365243.0}, engine=engine)
    assert look_at_numbers(rest, engine=engine)["1"].high.value == 50
    assert n_outside(rest, {"1": (2, 10)}, engine=engine) == {"1": 2}
