"""``?explain=true``: reasons in answers, in the log and in the OpenAPI document."""

import json

import pytest

from tenure.bundle import FeatureSpec
from tenure.domain.features import FeatureKind

NDJSON, ARROW = "application/x-ndjson", "application/vnd.apache.arrow.stream"
ROW = {"debt": 8.0, "job": "cook", "income": 2.0}


@pytest.fixture
def asked(office, client, explained):
    office.appoint("production", 1, **explained())
    return client(office.desk(pii=["income"]))


@pytest.mark.parametrize("path", ["/predict", "/stream"])
def test_an_answer_that_is_asked_for_reasons_gives_them_the_strongest_first(asked, path):
    answer = asked.post(f"{path}?explain=true", ROW)
    assert answer.status == 200
    assert answer.json["reasons"] == [
        {"feature": "debt", "reason": "Debt is high against income", "value": 8.0, "contribution": 2.5},
        {"feature": "job", "reason": "Occupation", "value": "cook", "contribution": 1.0},
        {
            "feature": "income",
            "reason": "Monthly income: lower than usual",
            "value": None,
            "contribution": 0.75,
        },
    ]


def test_an_answer_that_is_not_asked_gives_none(asked):
    for path in ("/predict", "/predict?explain=false"):
        assert "reasons" not in asked.post(path, ROW).json


def test_no_more_reasons_are_given_than_the_project_file_says(office, client, explained):
    office.appoint("production", 1, **explained())
    asked = client(office.desk(reasons={"top": 1}))
    assert [each["feature"] for each in asked.post("/predict?explain=true", ROW).json["reasons"]] == ["debt"]


def test_what_speaks_for_the_applicant_is_no_reason(asked):
    reasons = asked.post("/predict?explain=true", {"debt": 0.0, "job": "nurse", "income": 0.0}).json[
        "reasons"
    ]
    assert [each["feature"] for each in reasons] == ["income"]


def test_a_value_that_is_not_there_is_told_as_such(asked):
    reasons = asked.post("/predict?explain=true", {"debt": 9.0}).json["reasons"]
    assert reasons[-1] == {
        "feature": "income",
        "reason": "Monthly income: not known",
        "value": None,
        "contribution": 1.25,
    }


def test_reasons_that_were_given_are_written_down_without_personal_values(asked, office):
    given = asked.post("/predict?explain=true", ROW).json["reasons"]
    asked.post("/predict", ROW)
    first, second = office.log()
    assert first["reasons"] == given
    assert "reasons" not in second
    assert "income" not in first["input"]


def test_a_batch_of_json_is_explained_row_by_row(asked):
    rows = [ROW, {"debt": 9.0, "job": "nurse", "income": 9.0}]
    array = asked.post("/batch?explain=true", rows).json["predictions"]
    lines = asked.post("/batch?explain=true", "\n".join(map(json.dumps, rows)).encode(), content_type=NDJSON)
    alone = [asked.post("/predict?explain=true", row).json["reasons"] for row in rows]
    assert [each["reasons"] for each in array] == alone
    assert [json.loads(line)["reasons"] for line in lines.body.splitlines()] == alone


def test_a_batch_of_more_rows_than_may_be_explained_is_refused_and_answered_without(
    office, client, explained
):
    office.appoint("production", 1, **explained())
    asked = client(office.desk(reasons={"max_rows": 2}))
    refused = asked.post("/batch?explain=true", [ROW] * 3)
    assert (refused.status, refused.code) == (413, "too_many_rows")
    assert asked.post("/batch", [ROW] * 3).status == 200


def test_an_arrow_batch_gives_no_reasons(asked):
    refused = asked.post("/batch?explain=true", b"", content_type=ARROW)
    assert (refused.status, refused.code) == (415, "media_type")


def test_anything_but_true_or_false_is_refused_by_name(asked):
    assert asked.post("/predict?explain=true&explain=true", ROW).status == 422
    refused = asked.post("/predict?explain=perhaps", ROW)
    assert (refused.status, refused.code, refused.fields) == (422, "invalid_parameters", ["explain"])


def test_a_model_without_reasons_says_so_and_answers_without(office, client):
    office.appoint("production", 1)
    asked = client(office.desk())
    refused = asked.post("/predict?explain=true", {"x0": 1.0})
    assert (refused.status, refused.code) == (422, "no_reasons")
    assert asked.post("/predict", {"x0": 1.0}).status == 200


def test_of_more_than_two_classes_the_reasons_are_of_the_class_that_is_answered(office, client, explained):
    specs, slopes = (FeatureSpec("debt", FeatureKind.NUMBER),), [0.5]
    office.appoint("production", 1, **explained(specs, slopes, ("low", "middle", "high")))
    asked = client(office.desk())
    high = asked.post("/predict?explain=true", {"debt": 9.0}).json
    assert (high["class"], [each["feature"] for each in high["reasons"]]) == ("high", ["debt"])
    low = asked.post("/predict?explain=true", {"debt": -9.0}).json
    assert (low["class"], low["reasons"][0]["reason"]) == ("low", "Little credit")


def test_the_openapi_document_describes_parameter_and_reasons(asked):
    document = asked.get("/openapi.json").json
    for path in ("/predict", "/stream", "/batch"):
        assert [each["name"] for each in document["paths"][path]["post"]["parameters"]] == ["explain"]
    reasons = document["components"]["schemas"]["Answer"]["properties"]["reasons"]
    assert list(reasons["items"]["properties"]) == ["feature", "reason", "value", "contribution"]


def test_a_process_that_answers_over_http_gives_reasons(office, serve, explained):
    office.appoint("production", 1, **explained())
    server = serve()
    answer = server.ask("POST", "/predict?explain=true", ROW)
    assert [each["feature"] for each in answer.json["reasons"]] == ["debt", "job", "income"]
    assert office.log()[0]["reasons"] == answer.json["reasons"]
