import json
from datetime import date

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenure.bundle import BundleSchema, FeatureSpec, encode
from tenure.domain.evaluations import Task
from tenure.domain.features import FeatureKind
from tenure.serving.refusals import Refusal
from tenure.serving.rows import LARGEST, LONGEST_TEXT, RowReader

SPECS = (
    FeatureSpec("age", FeatureKind.NUMBER),
    FeatureSpec("job", FeatureKind.CATEGORY, ("doctor", "lawyer")),
    FeatureSpec("odd name × 2", FeatureKind.NUMBER),
)
SCHEMA = BundleSchema(
    "loans", Task.BINARY, ("no", "yes"), 0.5, ("id",), SPECS, "decision_tree", date(2024, 1, 1)
)
READER = RowReader(SCHEMA)


def refusal(body, reader=READER):
    with pytest.raises(Refusal) as refused:
        reader.one(body.encode())
    return refused.value


def test_what_a_client_leaves_out_is_null_and_what_it_sends_is_kept():
    reading = READER.one(b'{"age": 31, "id": "a1"}')
    assert reading.values == {"age": 31, "job": None, "odd name × 2": None, "id": "a1", "event_time": None}
    assert reading.given == {"age": 31, "id": "a1"}


@pytest.mark.parametrize(
    ("value", "got"),
    [
        ('"31"', "text"),
        ("NaN", "a number that is not finite or too large"),
        ("Infinity", "a number that is not finite or too large"),
        ("-Infinity", "a number that is not finite or too large"),
        ("1e999", "a number that is not finite or too large"),
        ("3.5e38", "a number that is not finite or too large"),
        ("1" + "0" * 60, "a number that is too large"),
        ("[1]", "an array"),
        ('{"a": 1}', "an object"),
    ],
)
def test_a_number_that_is_none_is_refused_by_its_field(value, got):
    refused = refusal(f'{{"job": "lawyer", "age": {value}}}')
    assert (refused.status, [each.field for each in refused.fields]) == (422, ["age"])
    assert refused.fields[0].expected.endswith(f"got {got}")


@pytest.mark.parametrize("value", ["1", "true", "[]", "{}", f'"{"x" * (LONGEST_TEXT + 1)}"'])
def test_a_category_that_is_no_text_is_refused_by_its_field(value):
    refused = refusal(f'{{"age": 1, "job": {value}}}')
    assert (refused.status, [each.field for each in refused.fields]) == (422, ["job"])


def test_a_whole_number_is_an_integer_however_it_is_written():
    assert READER.one(b'{"age": 1, "id": 7.0}').given["id"] == 7
    assert type(READER.one(b'{"age": 1, "id": -7e2}').given["id"]) is int


@pytest.mark.parametrize("value", ["1.5", "1e-42", "true", "[1]", str(2**64), "1e30"])
def test_a_key_is_a_text_or_an_integer(value):
    assert [each.field for each in refusal(f'{{"age": 1, "id": {value}}}').fields] == ["id"]


def test_every_problem_is_told_at_once_and_no_value_is_shown():
    refused = refusal('{"age": "secret", "job": 7, "nonsense": "secret", "id": 1.5}')
    assert {each.field for each in refused.fields} == {"age", "job", "nonsense", "id"}
    assert "secret" not in json.dumps(refused.to_json("x"))


def test_a_thousand_unknown_fields_are_told_in_bounds():
    refused = refusal(json.dumps({"age": 1} | {f"{'y' * 500}{n}": n for n in range(1000)}))
    assert "1,000 fields" in refused.message
    assert len(json.dumps(refused.to_json("x"))) < 10_000


@pytest.mark.parametrize("body", ["{}", '{"id": "a1"}'])
def test_a_row_without_any_feature_is_refused(body):
    assert refusal(body).status == 422


@pytest.mark.parametrize("body", ["[]", "null", "1", '"row"', "true"])
def test_what_is_no_object_is_no_row(body):
    assert (refusal(body).status, refusal(body).code) == (422, "not_a_row")


@pytest.mark.parametrize(
    "body", ["", "{", '{"age": 1', "{'age': 1}", '{"age": 01}', "[" * 100_000, '{"age": "\\ud800"}']
)
def test_what_is_not_json_is_refused_whatever_its_depth(body):
    assert (refusal(body).status, refusal(body).code) == (400, "not_json")


def test_bytes_that_are_no_text_are_refused():
    with pytest.raises(Refusal, match="not JSON"):
        READER.one(b'{"job": "\xff"}')


def test_a_required_feature_must_be_there_and_have_a_value():
    reader = RowReader(SCHEMA, required=("age", "somebody elses"))
    assert reader.one(b'{"age": 0}').values["age"] == 0
    for body in ('{"job": "doctor"}', '{"age": null, "job": "doctor"}'):
        assert [(each.field, each.expected) for each in refusal(body, reader).fields] == [("age", "required")]


def test_the_first_bad_row_of_a_batch_is_told_by_its_number():
    with pytest.raises(Refusal) as refused:
        READER.many([{"age": 1}, {"age": "x"}, {"age": "y"}], max_rows=10)
    assert (refused.value.status, refused.value.row) == (422, 1)


@pytest.mark.parametrize(
    ("parsed", "status"), [([], 422), ({"age": 1}, 422), ([{"age": 1}] * 4, 413), ([1], 422), (None, 422)]
)
def test_a_batch_is_an_array_of_rows_within_its_limit(parsed, status):
    with pytest.raises(Refusal) as refused:
        READER.many(parsed, max_rows=3)
    assert refused.value.status == status


FINE = st.one_of(st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(-LARGEST, LARGEST))
LARGE = st.sampled_from([10**38, 10**39, -(10**400), 2**63, -(2**63)])
ANY = st.one_of(FINE, LARGE, st.floats(), st.text(max_size=5), st.lists(st.integers(), max_size=2))


@given(st.dictionaries(st.sampled_from(["age", "job", "odd name × 2", "id", "event_time", "other"]), ANY))
def test_the_quick_way_and_the_one_that_names_fields_agree(row):
    # A row is refused exactly when the slow way finds a problem in it; otherwise it can be encoded.
    problems = READER._problems(row)
    if problems:
        with pytest.raises(Refusal) as refused:
            READER.check(row)
        assert refused.value.fields == tuple(problems)
    else:
        values = READER.check(row).values
        columns = {s.name: np.array([values[s.name]], dtype=object) for s in SPECS}
        assert encode(columns, SPECS).shape == (1, 4)


@given(
    st.lists(
        st.tuples(FINE, st.sampled_from([None, "doctor", "lawyer", "other"]), FINE), min_size=1, max_size=8
    )
)
def test_a_row_by_itself_in_a_batch_and_as_arrow_gets_the_same_score(mixed_model, rows):
    model = mixed_model
    given = [dict(zip(("age", "job", "income"), row, strict=True)) for row in rows]
    given = [row for row in given if any(value is not None for value in row.values())] or [{"age": 1}]
    readings = [model.reader.check(row) for row in given]
    alone = np.array([list(model.answer(reading)["probabilities"].values()) for reading in readings])
    columns = {
        "age": pa.array([_float(r.get("age")) for r in given], pa.float64()),
        "job": pa.array([r.get("job") for r in given], pa.string()),
        "income": pa.array([_float(r.get("income")) for r in given], pa.float64()),
    }
    np.testing.assert_allclose(model.score(readings), alone, atol=1e-7)
    np.testing.assert_allclose(model.bundle.score(pa.table(columns)), alone, atol=1e-7)


def _float(value):
    return None if value is None else float(value)
