"""The dirt of a real table, counted here by hand and there by the checks."""

from __future__ import annotations

import csv
from pathlib import Path

from tenure.domain.findings import Outcome
from tenure.domain.sources import Source

ATTRIBUTES = {
    "path": "features_attributes.csv",
    "keys": ["Customer_ID"],
    "event_time": "snapshot_date",
    "columns": {
        "Age": {"type": "integer", "strip": "_", "between": [18, 100]},
        "SSN": {"pii": True, "null_values": ["#F%$D@*&8"]},
        "Name": {"pii": True},
        "Occupation": {"type": "category", "null_values": ["_______"], "max_null_share": 0.2},
    },
}


def test_the_ages_and_occupations_of_a_month_of_applicants(lab, only, shared_data: Path) -> None:
    with (shared_data / "cs611" / "features_attributes.csv").open(encoding="utf-8", newline="") as file:
        month = [row for row in csv.DictReader(file) if row["snapshot_date"] == "2024-06-01"]
    ages = [int(row["Age"].strip("_ ")) for row in month]
    n_outside = sum(not 18 <= age <= 100 for age in ages)
    n_unknown = sum(row["Occupation"] == "_______" for row in month)
    assert n_outside > 0 < n_unknown

    lab.put(6, {name: [row[name] for row in month] for name in month[0]}, name="attributes")
    validation = lab.validate(6, Source.model_validate(ATTRIBUTES), name="attributes")

    assert only(validation, "VAL003", "Age").n_rows == 0
    assert only(validation, "VAL007", "Age").n_rows == n_outside
    assert only(validation, "VAL009", "Occupation").n_rows == n_unknown
    assert only(validation, "VAL005").outcome is Outcome.PASSED
    private = {row["SSN"] for row in month} | {row["Name"] for row in month} - {""}
    assert not any(value in str(validation) for value in private if len(value) > 3)
