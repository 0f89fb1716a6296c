"""Why somebody got an answer: one prediction traced back, and everybody who was declined."""

import csv
import io

import pytest

from tenure.bundle import load_bundle
from tenure.domain.tables import DECISIONS, FEATURES, PREDICTIONS
from tenure.running.runtime import open_runtime

LAST = "2024-07-01"


def last_rows(lender, table):
    return [row for row in lender.store.read(table).to_pylist() if str(row["as_of"]) == LAST]


@pytest.fixture
def worst(lender):
    """Of the last period the row with the highest score."""
    return max(last_rows(lender, PREDICTIONS), key=lambda row: row["score"])


def test_a_prediction_is_traced_to_its_model_its_rows_and_its_gate(lender, worst):
    told = lender.tenure("explain", f"id={worst['id']}", "--json").json
    assert told["prediction"]["score"] == worst["score"]
    assert told["prediction"]["bundle_sha256"] == worst["bundle_sha256"]
    bundle = load_bundle(open_runtime(lender.root).registry.bundle(worst["model_version"]))
    assert told["split"] == bundle.provenance["split"]
    assert told["rows"] == bundle.provenance["rows"]
    assert told["versions"] == bundle.provenance["versions"]
    assert set(told["tables"]) == {"gold/features", "gold/labels"}
    verdicts = [row for row in lender.store.read(DECISIONS).to_pylist() if row["kind"] == "verdict"]
    (own,) = (row for row in verdicts if row["model_version"] == worst["model_version"])
    assert (told["verdict"]["outcome"], told["verdict"]["as_of"]) == (own["outcome"], str(own["as_of"]))
    assert told["promotion"]["replaced_version"] == own["replaced_version"]


def test_its_reasons_are_of_the_values_that_were_known_of_it(lender, worst):
    told = lender.tenure("explain", f"id={worst['id']}", "--as-of", LAST, "--json").json
    (known,) = (row for row in last_rows(lender, FEATURES) if row["id"] == worst["id"])
    assert told["reasons"]
    for reason in told["reasons"]:
        assert reason["value"] == known[reason["feature"]]
        assert reason["contribution"] > 0


def test_a_person_reads_first_what_was_said_and_why(lender, worst):
    lines = lender.tenure("explain", f"id={worst['id']}").out.splitlines()
    assert lines[0].startswith(f"{worst['class']}: score {worst['score']:.4f}")
    assert lines[1].startswith("  1. ")
    assert any(line.startswith(f"version {worst['model_version']} (decision_tree)") for line in lines)
    assert any(line.startswith("gate: passed as of") for line in lines)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("id=nobody", "nobody with id=nobody was scored in the period 2024-07-01"),
        ("customer=1", "have no key customer"),
        ("5f0c-1", "has no answer 5f0c-1"),
    ],
)
def test_a_prediction_that_is_not_there_is_told_as_that(lender, asked, said):
    answer = lender.tenure("explain", asked)
    assert (answer.code, answer.out) == (2, "")
    assert said in answer.told


def test_everybody_declined_is_in_the_file_with_the_same_reasons(lender, tmp_path):
    path = tmp_path / "declined.csv"
    answer = lender.tenure("adverse-actions", "--as-of", LAST, "--out", path)
    rows = list(csv.DictReader(io.StringIO(path.read_text())))
    declined = {row["id"]: row for row in last_rows(lender, PREDICTIONS) if row["class"] == "1"}
    assert (answer.code, answer.told) == (0, f"{len(declined)} declined")
    assert {row["id"] for row in rows} == set(declined)
    first = rows[0]
    told = lender.tenure("explain", f"id={first['id']}", "--json").json["reasons"]
    listed = [first[f"reason_{place}"] for place in range(1, 5)]
    assert [text for text in listed if text] == [reason["reason"] for reason in told]


def test_a_period_without_predictions_has_nobody_declined(lender):
    answer = lender.tenure("adverse-actions", "--as-of", "2024-01-01")
    assert answer.code == 2
    assert "nobody was scored in the period 2024-01-01" in answer.told
