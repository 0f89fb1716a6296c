"""The demo, two months of a small lender: nobody takes office, and everything a person is shown is there."""

import json
from datetime import date

import pytest

from tenure import demo as demo_module
from tenure.cli import demo as demo_command
from tenure.domain.incidents import IncidentSeverity
from tenure.running.incidents import courses
from tenure.simulate import Lender, NewCategory
from tenure.simulate.scenarios import Scenario
from tenure.stores.delta import DeltaStore

PLANTED = {
    "new_category": "drift of `attributes`",
    "renamed_column": "changed delivery of `financials`",
    "recession": "drift of `financials`",
    "feed_outage": "feed outage of `clickstream`",
}
"""The incident that each thing planted in the demo is."""


def small_scenario(*, n_customers_per_month, seed):
    lender = Lender(n_months=3, n_customers_per_month=n_customers_per_month, n_follow_up_months=0, seed=seed)
    return Scenario(lender, (NewCategory(start=date(2022, 9, 1)),))


@pytest.fixture
def _two_months(monkeypatch):
    monkeypatch.setattr(demo_module, "recession_scenario", small_scenario)
    for module in (demo_module, demo_command):
        monkeypatch.setattr(module, "FIRST", date(2022, 8, 1))
        monkeypatch.setattr(module, "LAST", date(2022, 9, 1))


@pytest.mark.usefixtures("_two_months")
def test_a_demo_simulates_replays_and_says_where_to_look(tenure, tmp_path):
    folder = tmp_path / "demo"
    answer = tenure("demo", folder, "--customers", 100, "--jobs", 1)
    lines = answer.out.splitlines()
    assert answer.code == 0
    assert [line[:10] for line in lines[:2]] == ["2022-08-01", "2022-09-01"]
    assert "cash-loans: nobody is in office (last period: 2022-09-01)" in lines
    assert "new_category" in answer.out
    assert f"look at    {folder}/reports/2022-09-01/report.html\n" in answer.out
    assert f"tenure run -p {folder} --as-of 2022-10-01\n" in answer.out
    assert answer.err.startswith("simulating a lender in")
    again = tenure("demo", folder, "--customers", 100, "--json").json
    assert [row["what"] for row in again["planted"]] == ["new_category"]
    assert again["status"]["last_period"] == "2022-09-01"
    assert again["report"] == f"{folder}/reports/2022-09-01/report.html"


@pytest.mark.usefixtures("_two_months")
def test_a_demo_does_not_write_over_another_simulation(tenure, tmp_path):
    (tmp_path / "data" / "attributes").mkdir(parents=True)
    (tmp_path / "data" / "attributes" / "attributes_2020-01.csv").write_text("Customer_ID\n1\n")
    answer = tenure("demo", tmp_path, "--customers", 100)
    assert (answer.code, answer.out) == (2, "")
    assert "hint:" in answer.err


def check_incidents(folder):
    """Each thing that was planted is one incident, opened in its month; the others are of performance."""
    planted = {row["what"]: row for row in json.loads((folder / "truth.json").read_text())["planted"]}
    lived = courses(DeltaStore(str(folder / "datamart")))
    told = [each for each in lived if each.severity is not IncidentSeverity.INFO]
    by_title = {title: [each for each in told if each.title == title] for title in PLANTED.values()}
    assert {what: len(by_title[title]) for what, title in PLANTED.items()} == dict.fromkeys(PLANTED, 1)
    opened = {what: by_title[title][0].since.isoformat() for what, title in PLANTED.items()}
    assert opened == {what: planted[what]["from"] for what in PLANTED}
    (renamed,) = by_title[PLANTED["renamed_column"]]
    assert renamed.until.isoformat() == planted["renamed_column"]["to"]
    assert not [each for each in told if each.title not in by_title and "performance" not in each.title]
    answers = [answer for each in told for answer in each.answers]
    assert any("takes office" in answer for answer in answers)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_everything_planted_in_the_demo_is_one_incident_opened_in_its_month(tenure, tmp_path):
    assert tenure("demo", tmp_path / "demo", "--json").code == 0
    check_incidents(tmp_path / "demo")
