from __future__ import annotations

from pathlib import Path

import pytest

from tenure.domain.sources import Source
from tenure.errors import SourceError
from tenure.ingestion.files import find_files


def _source(path: str, **settings: object) -> Source:
    return Source(path=path, keys=("id",), **settings)


def _touch(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("id\n1\n", encoding="utf-8")


def test_a_file_is_called_by_its_name(tmp_path: Path) -> None:
    _touch(tmp_path, "data/loans.csv")
    raw = find_files("loans", _source("data/loans.csv"), tmp_path)
    assert (raw.files, raw.names, raw.format) == ((str(tmp_path / "data/loans.csv"),), ("loans.csv",), "csv")


def test_an_absolute_path_is_taken_as_it_is(tmp_path: Path) -> None:
    _touch(tmp_path, "loans.csv")
    raw = find_files("loans", _source(str(tmp_path / "loans.csv")), tmp_path / "elsewhere")
    assert raw.names == ("loans.csv",)


def test_files_of_one_name_in_several_folders_are_told_apart(tmp_path: Path) -> None:
    _touch(tmp_path, "raw/2024-02/loans.csv", "raw/2024-01/loans.csv")
    raw = find_files("loans", _source("raw/*/loans.csv"), tmp_path)
    assert raw.names == ("2024-01/loans.csv", "2024-02/loans.csv")


def test_a_folder_gives_its_files_in_order_and_leaves_out_what_is_hidden_or_foreign(tmp_path: Path) -> None:
    _touch(tmp_path, "raw/b.csv", "raw/a.csv", "raw/.c.csv", "raw/_tmp/d.csv", "raw/README.md")
    assert find_files("loans", _source("raw"), tmp_path).names == ("a.csv", "b.csv")


def test_a_declared_format_chooses_among_the_files_of_a_folder(tmp_path: Path) -> None:
    _touch(tmp_path, "raw/a.csv", "raw/b.jsonl")
    assert find_files("loans", _source("raw", format="json"), tmp_path).names == ("b.jsonl",)


def test_a_file_whose_name_looks_like_a_glob_is_found(tmp_path: Path) -> None:
    _touch(tmp_path, "loans[1].csv")
    assert find_files("loans", _source("loans[1].csv"), tmp_path).names == ("loans[1].csv",)


@pytest.mark.parametrize(
    ("name", "expected"), [("a.CSV", "csv"), ("a.tsv", "csv"), ("a.parquet", "parquet"), ("a.ndjson", "json")]
)
def test_the_ending_tells_the_format(tmp_path: Path, name: str, expected: str) -> None:
    _touch(tmp_path, name)
    assert find_files("loans", _source(name), tmp_path).format == expected


def test_a_missing_file_names_what_is_there_instead(tmp_path: Path) -> None:
    _touch(tmp_path, "data/loans.csv", "data/clicks.csv")
    with pytest.raises(
        SourceError, match=r"`loans`.*no file at `data/loan.csv`.*clicks.csv, loans.csv"
    ) as caught:
        find_files("loans", _source("data/loan.csv"), tmp_path)
    assert "did you mean `loans.csv`?" in caught.value.hint


def test_a_missing_folder_names_the_folder_above_it(tmp_path: Path) -> None:
    _touch(tmp_path, "data/loans.csv")
    with pytest.raises(SourceError, match="holds data"):
        find_files("loans", _source("dta/monthly/*.csv"), tmp_path)


def test_a_glob_that_matches_nothing_is_an_error(tmp_path: Path) -> None:
    _touch(tmp_path, "data/loans.txt")
    with pytest.raises(SourceError, match="no file at"):
        find_files("loans", _source("data/*.parquet"), tmp_path)


def test_several_formats_have_to_be_told_apart(tmp_path: Path) -> None:
    _touch(tmp_path, "raw/a.csv", "raw/b.jsonl")
    with pytest.raises(SourceError, match=r"format of 2 files ending in .csv, .jsonl") as caught:
        find_files("loans", _source("raw"), tmp_path)
    assert "sources.loans.format" in caught.value.hint


def test_an_unknown_ending_needs_a_declared_format(tmp_path: Path) -> None:
    _touch(tmp_path, "loans.dat")
    with pytest.raises(SourceError, match=r"\.dat"):
        find_files("loans", _source("loans.dat"), tmp_path)
    assert find_files("loans", _source("loans.dat", format="csv"), tmp_path).format == "csv"


def test_an_address_is_not_a_path(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="is an address"):
        find_files("loans", _source("s3://bucket/loans.csv"), tmp_path)
