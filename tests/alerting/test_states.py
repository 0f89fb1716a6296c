"""An incident opens, goes on, is over; it is told when something changed, and not every month."""

from dataclasses import replace
from datetime import date

import pytest

from tenure.alerting.config import AlertPolicy
from tenure.alerting.states import follow, last_rows
from tenure.alerting.troubles import find_troubles
from tenure.domain.incidents import IncidentKind, incident_of, incident_row
from tenure.domain.measurements import MeasurementVerdict, Scope
from tenure.domain.periods import PeriodUnit

MONTHS = [date(2024, month, 1) for month in range(1, 13)]
CALM, DRIFT, GRAVE, NOTHING = "calm", "drift", "grave", "nothing"


@pytest.fixture
def lived(evidence, alert):
    """What became of the incidents of `loans` in months of which one word each says how they were."""

    def live(*months, **policy):
        rules = AlertPolicy(**policy)
        rows, told = [], []
        for as_of, how in zip(MONTHS, months, strict=False):
            measured = {
                CALM: [alert(Scope.FEATURE, "loans_debt", "psi", 0.01, verdict=MeasurementVerdict.OK)],
                DRIFT: [alert(Scope.FEATURE, "loans_debt", "psi", 0.5)],
                GRAVE: [
                    alert(Scope.FEATURE, "loans_debt", "psi", 0.5),
                    alert(Scope.SCORE, "score", "psi", 0.5),
                ],
                NOTHING: [
                    alert(
                        Scope.FEATURE, "loans_debt", "psi", None, verdict=MeasurementVerdict.NOT_ENOUGH_ROWS
                    )
                ],
            }[how]
            given = evidence(*measured, as_of=as_of, earlier=last_rows(rows))
            here = follow(find_troubles(given, policy=rules), given, policy=rules, unit=PeriodUnit.MONTH)
            rows += here
            told.append("-" if not here else f"{here[0].state}:{here[0].telling or ''}")
        return told, rows

    return live


def test_an_incident_opens_goes_on_and_is_over(lived):
    told, rows = lived(CALM, DRIFT, DRIFT, CALM, CALM)
    assert told == ["-", "opened:opened", "ongoing:", "resolved:resolved", "-"]
    assert {row.id for row in rows} == {"drift:loans:2024-02-01"}
    assert {row.since for row in rows} == {MONTHS[1]}


def test_one_that_goes_on_is_told_again_after_the_cooldown_only(lived):
    told, _ = lived(*[DRIFT] * 8, cooldown_periods=3)
    assert [each.partition(":")[2] for each in told] == [
        *("opened", "", "", "reminder"),
        *("", "", "reminder", ""),
    ]


def test_one_that_gets_graver_is_told_at_once(lived):
    told, _ = lived(DRIFT, GRAVE, GRAVE, DRIFT)
    assert told == ["opened:opened", "ongoing:worse", "ongoing:", "ongoing:"]


def test_one_that_comes_back_within_the_cooldown_is_the_same_and_not_told(lived):
    told, rows = lived(DRIFT, CALM, DRIFT, CALM, cooldown_periods=3)
    assert told == ["opened:opened", "resolved:resolved", "opened:", "resolved:"]
    assert len({row.id for row in rows}) == 1


def test_one_that_comes_back_graver_is_told(lived):
    told, _ = lived(DRIFT, CALM, GRAVE)
    assert told[-1] == "opened:worse"


def test_a_critical_one_that_comes_back_is_told(lived):
    told, _ = lived(GRAVE, CALM, GRAVE)
    assert told[-1] == "opened:opened"


def test_one_that_comes_back_later_is_another(lived):
    told, rows = lived(DRIFT, CALM, CALM, CALM, CALM, DRIFT, cooldown_periods=3)
    assert told[-1] == "opened:opened"
    assert len({row.id for row in rows}) == 2


def test_what_could_not_be_measured_is_not_over(lived):
    told, rows = lived(DRIFT, NOTHING, CALM)
    assert told == ["opened:opened", "ongoing:", "resolved:resolved"]
    assert "not measured in this period" in rows[1].summary


def test_what_is_below_the_least_severity_is_recorded_and_never_told(lived):
    told, _ = lived(DRIFT, DRIFT, CALM, least="critical")
    assert told == ["opened:", "ongoing:", "resolved:"]


def test_one_that_rises_to_the_least_severity_is_told_as_opened(lived):
    told, _ = lived(DRIFT, GRAVE, CALM, least="critical")
    assert told == ["opened:", "ongoing:opened", "resolved:resolved"]


def test_the_same_period_twice_gives_the_same_rows(lived):
    assert lived(DRIFT, GRAVE, CALM, DRIFT) == lived(DRIFT, GRAVE, CALM, DRIFT)


def test_a_version_out_of_office_ends_its_incident_although_nothing_matured(evidence, alert):
    given = evidence(
        alert(Scope.PERFORMANCE, "2024-02-01", "accuracy_drop", 0.2, 0.05),
        scorers={"2024-02-01": 1},
        as_of=MONTHS[0],
    )
    rules = AlertPolicy()
    before = follow(find_troubles(given, policy=rules), given, policy=rules, unit=PeriodUnit.MONTH)
    still = evidence(earlier=before, as_of=MONTHS[1])
    assert follow((), still, policy=rules, unit=PeriodUnit.MONTH)[0].is_open
    replaced = evidence(earlier=before, as_of=MONTHS[1], in_office=2)
    (over,) = follow((), replaced, policy=rules, unit=PeriodUnit.MONTH)
    assert (over.kind, over.is_open) == (IncidentKind.PERFORMANCE, False)


def test_a_row_says_all_that_the_incident_does(lived):
    _, rows = lived(DRIFT, GRAVE, CALM)
    for incident in rows:
        again = incident_of(incident_row(incident) | {"as_of": incident.as_of})
        assert again == replace(incident)
