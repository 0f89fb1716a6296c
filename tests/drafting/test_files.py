import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tenure.domain.sources import FileFormat, Source
from tenure.drafting.dialects import Dialect
from tenure.drafting.files import TableFile, find_tables, group_files
from tenure.errors import SourceError
from tenure.ingestion.files import find_files

ROWS = "id,amount\n1,2\n2,3\n"


def table_file(name, columns=("id", "amount"), dialect=None):
    return TableFile(None, name, FileFormat.CSV, dialect or Dialect(), columns)


def paths_of(*files):
    return {path: len(group) for path, group in group_files(files)}


def test_files_that_differ_in_their_numbers_are_one_table():
    files = [table_file(f"loans_2024-{month:02d}.csv") for month in range(1, 13)]
    assert paths_of(*files) == {"loans_*.csv": 12}


def test_files_with_other_columns_are_another_table():
    files = [table_file("data_1.csv"), table_file("data_2.csv", columns=("x", "y", "z"))]
    assert paths_of(*files) == {"data_1.csv": 1, "data_2.csv": 1}


def test_a_glob_matches_no_file_of_another_table():
    files = [table_file("loans_1.csv"), table_file("loans_2.csv"), table_file("loans_old.csv")]
    assert paths_of(*files) == {"loans_[0-9]*.csv": 2, "loans_old.csv": 1}


def test_files_written_differently_are_not_read_together():
    files = [table_file("a_1.csv"), table_file("a_2.csv", dialect=Dialect(";"))]
    assert paths_of(*files) == {"a_1.csv": 1, "a_2.csv": 1}


def test_folders_by_year_and_month_are_one_table():
    files = [table_file(f"year=2024/month={m}/part-0.parquet") for m in (1, 2)]
    assert paths_of(*files) == {"year=*/month=*/part-*.parquet": 2}


def test_ingestion_finds_exactly_the_files_of_a_drafted_path(files, engine):
    folder = files(
        {f"clicks/clicks_{n}.csv": ROWS for n in range(3)} | {"clicks/readme.md": "x", "odd [1].csv": ROWS}
    )
    groups, _ = find_tables(folder, engine=engine)
    for group in groups:
        source = Source(path=group.path, keys=("id",), delimiter=group.first.dialect.delimiter)
        assert find_files(group.name, source, folder).files == group.raw.files


def test_a_table_is_called_like_its_files_without_numbers(files, engine):
    folder = files(
        {"clicks/part-1.csv": ROWS, "clicks/part-2.csv": ROWS, "2024/loans.csv": ROWS, "x_7.csv": ROWS}
    )
    groups, _ = find_tables(folder, engine=engine)
    assert sorted(group.name for group in groups) == ["clicks", "loans", "x_7"]


def test_two_files_of_one_name_get_two_names(files, engine):
    groups, _ = find_tables(files({"a/loans.csv": ROWS, "b/Loans.csv": ROWS}), engine=engine)
    assert sorted(group.name for group in groups) == ["Loans_2", "loans"]


def test_hidden_files_a_projects_own_folders_and_delta_tables_are_passed_over(files, engine):
    folder = files(
        {
            "a.csv": ROWS,
            ".hidden.csv": ROWS,
            "_tmp.csv": ROWS,
            "datamart/b.csv": ROWS,
            "lake/_delta_log/0.json": "{}",
            "lake/part.csv": ROWS,
        }
    )
    groups, left_out = find_tables(folder, engine=engine)
    assert [group.path for group in groups] == ["a.csv"]
    assert left_out == ()


def test_files_that_cannot_be_read_are_left_out_with_the_reason(files, engine):
    folder = files(
        {"a.csv": ROWS, "empty.csv": "", "cut.parquet": b"PAR1....", "book.xlsx": b"PK", "readme.txt": "hi"}
    )
    _, left_out = find_tables(folder, engine=engine)
    why = {each.file: each.why for each in left_out}
    assert why["empty.csv"] == "empty (0 bytes)"
    assert "not a whole Parquet file" in why["cut.parquet"]
    assert "CSV" in why["book.xlsx"]
    assert why["readme.txt"] == "text without columns"


def test_delimiter_and_encoding_are_found_per_file(files, engine):
    folder = files(
        {"a.csv": "id;ad\n1;ş\n".encode("cp1254"), "b.tsv": "id\tx\n1\t2\n", "c.csv": "id,é\n1,2\n"}
    )
    groups, _ = find_tables(folder, engine=engine)
    dialects = {group.name: group.first.dialect for group in groups}
    assert dialects == {"a": Dialect(";", "cp1254"), "b": Dialect("\t"), "c": Dialect(",")}


def test_parquet_files_are_tables_too(files, engine):
    folder = files({})
    pq.write_table(pa.table({"id": [1, 2]}), folder / "a.parquet")
    groups, _ = find_tables(folder, engine=engine)
    assert groups[0].first.columns == ("id",)


@pytest.mark.parametrize("contents", [{}, {"a.csv": ""}, {"a.pdf": "x"}, {"a.xlsx": b"PK"}])
def test_a_folder_without_tables_is_an_error_that_says_what_is_there(files, engine, contents):
    with pytest.raises(SourceError) as caught:
        find_tables(files(contents), engine=engine)
    assert all(name in str(caught.value) for name in contents)
    assert ".parquet" in caught.value.hint


def test_a_folder_that_is_none_is_an_error(tmp_path, engine):
    with pytest.raises(SourceError, match="no folder"):
        find_tables(tmp_path / "nowhere", engine=engine)


def test_a_folder_that_leads_back_to_itself_is_searched_once(files, engine):
    folder = files({"a.csv": ROWS})
    (folder / "again").symlink_to(folder, target_is_directory=True)
    groups, _ = find_tables(folder, engine=engine)
    assert [group.path for group in groups] == ["a.csv"]
