"""Whatever lies in the folder: a draft, or an error that says what to do. Never a crash."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from tenure.drafting import draft_project, render_draft
from tenure.errors import SourceError

ROWS = "id,amount\n" + "".join(f"{n},{n % 7}\n" for n in range(40))


@pytest.mark.parametrize(
    ("contents", "said"),
    [
        ({}, "is empty"),
        ({"a.csv": ""}, "0 bytes"),
        ({"a.csv": "id,x\n"}, "only a header of 2 columns"),
        ({"a.parquet": b"PAR1 cut off"}, "not a whole Parquet file"),
        ({"a.json": "{not json"}, "a.json"),
        ({"a.csv": "a,b\n1,2\n1,2,3,4\n"}, "cannot be read"),
        ({"a.csv": "id,as_of\n1,2\n"}, "as_of"),
    ],
    ids=["no file", "no byte", "no row", "cut parquet", "broken json", "ragged", "reserved name"],
)
def test_nothing_to_draft_is_an_error_that_says_why(draft, contents, said):
    with pytest.raises(SourceError) as caught:
        draft(contents)
    assert said in caught.value.message
    assert caught.value.hint


def test_one_bad_file_does_not_spoil_the_others(draft):
    found = draft({"good.csv": ROWS, "bad.parquet": b"x", "none.csv": "", "head.csv": "id\n"})
    assert [source.name for source in found.sources] == ["good"]
    assert sorted(each.file for each in found.left_out) == ["bad.parquet", "head.csv", "none.csv"]
    text = render_draft(found)["tenure.yaml"]
    assert "#   bad.parquet: " in text


def test_a_header_alone_among_files_with_rows_is_no_problem(draft):
    found = draft({"a_1.csv": ROWS, "a_2.csv": "id,amount\n"})
    assert found.sources[0].path == "a_*.csv"
    assert found.sources[0].look.n_rows == 40


def test_a_megabyte_in_a_cell_is_shown_in_no_text(draft):
    texts = render_draft(draft({"a.csv": f"id,note\n1,{'x' * 1_000_000}\n2,b\n"}))
    assert all(len(text) < 5_000 for text in texts.values())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1254", "utf-16"])
def test_turkish_letters_come_through_in_any_encoding(draft, encoding):
    rows = "müşteri_id,Isıtma Tipi\n" + "".join(
        f"{n},{'Doğalgaz' if n % 2 else 'Klimalı'}\n" for n in range(40)
    )
    found = draft({"ev ilanı.csv": rows.encode(encoding)})
    source = found.source("ev_ilani")
    assert source.keys == ("müşteri_id",)
    assert "Doğalgaz 20" in source.column("Isıtma Tipi").seen[0]
    data = yaml.safe_load(render_draft(found)["tenure.yaml"])
    assert data["sources"]["ev_ilani"].get("encoding", "utf-8") == (
        "utf-8" if "utf-8" in encoding else encoding
    )


def test_a_file_without_header_is_drafted_with_a_warning(drafted_yaml):
    text = drafted_yaml({"a.csv": "".join(f"{n},{n}.5,2024-01-0{n % 9 + 1}\n" for n in range(30))})
    assert "the first line looks like data" in text


def test_infinite_and_missing_numbers_do_not_spoil_a_look(tmp_path, engine):
    numbers = [float("nan"), float("inf"), float("-inf"), None, *map(float, range(40))]
    pq.write_table(pa.table({"id": list(range(44)), "x": numbers, "y": [None] * 44}), tmp_path / "a.parquet")
    found = draft_project(tmp_path, engine=engine).source("a")
    assert found.column("x").number.high.value == 39
    assert not found.column("y").rule.feature


def test_values_beyond_any_integer_do_not_spoil_a_look(draft):
    rows = "".join(f"{n},{n}{'9' * 40 if n == 7 else ''}\n" for n in range(60))
    assert draft({"a.csv": f"id,x\n{rows}"}).source("a").column("x").type == "number"


def test_nested_columns_are_drafted_as_no_features(draft):
    lines = "".join(f'{{"id": {n}, "who": {{"name": "x"}}, "tags": ["a"]}}\n' for n in range(30))
    source = draft({"a.jsonl": lines}).source("a")
    assert not source.column("who").rule.feature
    assert not source.column("tags").rule.feature


def test_a_column_name_too_long_for_yaml_is_left_without_a_rule(drafted_yaml):
    text = drafted_yaml({"a.csv": f"id,{'n' * 3_000}\n" + "".join(f"{n},{n % 3}\n" for n in range(30))})
    assert yaml.safe_load(text)["sources"]["a"]["keys"] == ["id"]


def test_columns_that_came_under_another_name_in_some_files_may_be_missing(draft):
    old = "id,Debt\n" + "".join(f"{n},{n}\n" for n in range(20))
    new = "id,Total_Debt\n" + "".join(f"{n},{n}\n" for n in range(20, 40))
    source = draft({"a_1.csv": old, "a_2.csv": old.replace("0,", "50,"), "b_1.csv": new}).source("b_1")
    assert source.column("Total_Debt").rule.required
    mixed = "id,x,Debt\n1,2,3\n2,3,4\n"
    grouped = draft({"c_1.csv": mixed, "c_2.csv": mixed.replace("Debt", "Owed")}).source("c")
    assert not grouped.column("Debt").rule.required
    assert any("renamed" in note for note in grouped.notes)
