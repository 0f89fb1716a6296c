import csv
from datetime import date
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from tenure.errors import SimulationError
from tenure.simulate import LateRows, Lender, RenamedColumn, UnitChange, simulate, write
from tenure.simulate.shape import SOURCES, source_columns
from tenure.simulate.writing import write_csv

SMALL = Lender(n_months=4, n_customers_per_month=30, n_follow_up_months=2, seed=9)
START, END = date(2022, 8, 1), date(2022, 10, 1)


def read_csv(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype=str, keep_default_na=False, na_values=[""])


def test_monthly_files_hold_the_rows_of_their_month(tmp_path: Path) -> None:
    simulation = simulate(SMALL)
    paths = write(simulation, tmp_path)
    assert sorted(paths) == sorted(tmp_path.glob("*/*.csv"))
    assert (tmp_path / "financials" / "financials_2022-07.csv") in paths
    for path in paths:
        rows = read_csv(path)
        assert tuple(rows.columns) == source_columns(SMALL, path.parent.name)
        assert set(rows.snapshot_date) == {f"{path.stem.rpartition('_')[2]}-01"}


@pytest.mark.parametrize("source", SOURCES)
def test_both_layouts_hold_the_same_rows(source: str, tmp_path: Path) -> None:
    simulation = simulate(SMALL)
    write(simulation, tmp_path / "many")
    write(simulation, tmp_path / "one", layout="single")
    many = pd.concat([read_csv(path) for path in sorted((tmp_path / "many" / source).glob("*.csv"))])
    one = read_csv(tmp_path / "one" / f"{source}.csv")
    pd.testing.assert_frame_equal(many.reset_index(drop=True), one)
    assert len(one) == simulation.tables[source].num_rows


def test_what_is_read_is_what_was_simulated(tmp_path: Path) -> None:
    simulation = simulate(SMALL)
    write(simulation, tmp_path, layout="single")
    for source, table in simulation.tables.items():
        rows = read_csv(tmp_path / f"{source}.csv")
        for name in table.column_names:
            kind = table[name].type
            if pa.types.is_string(kind):
                assert rows[name].where(rows[name].notna(), None).tolist() == table[name].to_pylist()
            elif not pa.types.is_date(kind):
                np.testing.assert_allclose(rows[name].astype(float), table[name].to_numpy().astype(float))


def test_duckdb_reads_the_files_without_being_told_anything(tmp_path: Path) -> None:
    simulation = simulate(SMALL)
    write(simulation, tmp_path)
    with duckdb.connect() as connection:
        counted = {
            source: connection.sql(f"SELECT count(*) FROM '{tmp_path}/{source}/*.csv'").fetchall()[0][0]
            for source in SOURCES
        }
    assert counted == {source: table.num_rows for source, table in simulation.tables.items()}


def test_only_cells_that_need_quotes_have_them(tmp_path: Path) -> None:
    texts = ["plain", "a, b", 'say "so"', "two\nlines", "İstanbul ı", None, ""]
    table = pa.table({"text": texts, "number": [1.5, 2.0, None, 4.0, 5.0, 6.0, 7.0]})
    path = tmp_path / "t.csv"
    write_csv(table, path)
    assert path.read_bytes().splitlines()[:3] == [b"text,number", b"plain,1.5", b'"a, b",2']
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert [row[0] for row in rows[1:]] == [text or "" for text in texts]
    assert [row[1] for row in rows[1:]] == ["1.5", "2", "", "4", "5", "6", "7"]


def test_a_sliced_table_is_written_from_where_it_is_cut(tmp_path: Path) -> None:
    table = pa.table({"n": list(range(100)), "t": [f"x{n}" for n in range(100)]}).slice(40, 3)
    write_csv(table, tmp_path / "t.csv")
    assert (tmp_path / "t.csv").read_text(encoding="utf-8") == "n,t\n40,x40\n41,x41\n42,x42\n"


def test_a_renamed_column_has_its_other_name_in_the_files_of_its_months(tmp_path: Path) -> None:
    simulation = simulate(SMALL, events=[RenamedColumn(start=START, end=END)])
    write(simulation, tmp_path)
    names = {
        path.stem[-7:]: read_csv(path).columns.tolist() for path in (tmp_path / "financials").glob("*.csv")
    }
    has_new = {month: "OutstandingDebt" in columns for month, columns in names.items()}
    has_old = {month: "Outstanding_Debt" in columns for month, columns in names.items()}
    assert has_new == {"2022-07": False, "2022-08": True, "2022-09": True, "2022-10": False}
    assert has_old == {month: not new for month, new in has_new.items()}
    assert {columns.index("Credit_Utilization_Ratio") for columns in names.values()} == {14}


def test_in_one_file_a_renamed_column_stands_under_both_names(tmp_path: Path) -> None:
    simulation = simulate(SMALL, events=[RenamedColumn(start=START, end=END)])
    write(simulation, tmp_path, layout="single")
    rows = read_csv(tmp_path / "financials.csv")
    inside = (rows.snapshot_date >= "2022-08-01") & (rows.snapshot_date < "2022-10-01")
    assert rows.Outstanding_Debt[inside].isna().all()
    assert rows.OutstandingDebt[~inside].isna().all()
    both = rows.Outstanding_Debt.fillna(rows.OutstandingDebt)
    assert both.tolist() == simulation.tables["financials"]["Outstanding_Debt"].to_pylist()


def test_late_rows_lie_in_a_later_file_with_their_own_snapshot(tmp_path: Path) -> None:
    simulation = simulate(SMALL, events=[LateRows(start=START, end=date(2022, 9, 1), share=0.5, n_months=2)])
    write(simulation, tmp_path)
    files = {path.stem[-7:]: read_csv(path) for path in (tmp_path / "clickstream").glob("*.csv")}
    assert set(files["2022-10"].snapshot_date) == {"2022-08-01", "2022-10-01"}
    assert set(files["2022-08"].snapshot_date) == {"2022-08-01"}
    n_rows = sum(len(rows) for rows in files.values())
    assert n_rows == simulation.tables["clickstream"].num_rows


def test_late_rows_come_in_the_unit_of_the_file_in_which_they_come() -> None:
    late = LateRows(start=date(2022, 7, 1), end=START, source="financials", share=0.5, n_months=1)
    unit = UnitChange(start=START, column="Credit_Utilization_Ratio", factor=1000)
    rows = simulate(SMALL, events=[late, unit]).sources["financials"]
    ratio = rows.rows["Credit_Utilization_Ratio"].to_numpy()
    assert ((ratio > 1000) == (rows.received >= np.datetime64("2022-08"))).all()


def test_writing_again_gives_the_same_bytes(tmp_path: Path) -> None:
    first = [path.read_bytes() for path in write(simulate(SMALL), tmp_path)]
    assert [path.read_bytes() for path in write(simulate(SMALL), tmp_path)] == first


def test_files_of_another_lender_are_not_mixed_with_these(tmp_path: Path) -> None:
    write(simulate(Lender(n_months=6, n_customers_per_month=5)), tmp_path)
    with pytest.raises(SimulationError, match="CSV files of something else"):
        write(simulate(SMALL), tmp_path)
    assert read_csv(tmp_path / "financials" / "financials_2022-07.csv").shape[0] == 5
