"""Which features of a period feel what was delivered wrongly, and since when."""

from dataclasses import replace
from datetime import date

import pytest

from tenure.domain.causes import Cause, CauseKind
from tenure.domain.features import FeatureColumn, FeatureKind
from tenure.domain.incidents import Incident, IncidentKind, IncidentSeverity, IncidentState, Signal
from tenure.domain.measurements import Measurement, MeasurementVerdict, Scope
from tenure.retraining.incidents import find_incidents

JUNE, JULY = date(2024, 6, 1), date(2024, 7, 1)
FEED, DELIVERY = IncidentKind.FEED, IncidentKind.DELIVERY


def column(name, *inputs):
    return FeatureColumn(name, FeatureKind.NUMBER, name.partition("_")[0], inputs)


COLUMNS = (
    column("clicks_mean", "clicks.fe_1"),
    column("clicks_count", "clicks.fe_1"),
    column("loans_debt", "loans.debt"),
    column("loans_income", "loans.income"),
    column("both", "clicks.fe_1", "loans.income"),
    column("ratio"),
)
OUTAGE = Cause(CauseKind.OUTAGE, "clicks", ("clicks_mean",), 0.4, 0.9, "`clicks` stopped delivering")
UNIT = Cause(CauseKind.UNIT_CHANGE, "loans_debt", ("loans_debt",), 0.1, 12.0, "12 times what it was")


def alert(feature, metric="psi", verdict=MeasurementVerdict.ALERT):
    return Measurement(JULY, Scope.FEATURE, feature, metric, 1.0, 0.25, 500, verdict)


def holds(feature, share):
    return replace(alert(feature, "importance", MeasurementVerdict.NO_THRESHOLD), value=share)


def left_open(kind, source, *features):
    return Incident(
        id=f"{kind}:{source}:{JUNE}",
        kind=kind,
        subject=source,
        state=IncidentState.ONGOING,
        severity=IncidentSeverity.CRITICAL,
        since=JUNE,
        as_of=JUNE,
        summary="something is wrong",
        signals=tuple(Signal("psi", feature, 3.0, 0.25, 500) for feature in features),
    )


def find(*measurements, causes=(), found=(), before=()):
    return find_incidents(COLUMNS, measurements, causes, found=found, before=before, as_of=JULY)


def test_a_period_in_which_nothing_came_wrongly_has_no_incident_however_much_drifts():
    assert find(*(alert(each.name) for each in COLUMNS)) == ()


def test_an_outage_is_felt_by_every_feature_with_an_alert_that_the_source_has_a_part_in():
    weights = [
        holds("clicks_mean", 0.3),
        holds("clicks_count", 0.1),
        holds("both", 0.05),
        holds("loans_debt", 0.5),
    ]
    alerts = [
        alert("clicks_mean", "null_increase"),
        alert("clicks_count"),
        alert("both"),
        alert("loans_debt"),
    ]
    (incident,) = find(*weights, *alerts, causes=[OUTAGE])
    assert (incident.kind, incident.source, incident.since) == (FEED, "clicks", JULY)
    assert incident.features == {"clicks_mean", "clicks_count", "both"}
    assert incident.importance == pytest.approx(0.45)


def test_a_feature_that_is_calm_feels_nothing():
    calm = alert("clicks_mean", verdict=MeasurementVerdict.OK)
    (incident,) = find(holds("clicks_mean", 0.3), calm, causes=[OUTAGE])
    assert (incident.features, incident.importance) == (frozenset(), 0.0)


def test_an_outage_that_was_open_keeps_the_period_in_which_it_began():
    (incident,) = find(alert("clicks_mean"), causes=[OUTAGE], before=[left_open(FEED, "clicks")])
    assert incident.since == JUNE


def test_a_source_that_delivers_again_is_felt_for_as_long_as_its_incident_is_open():
    (incident,) = find(alert("clicks_mean"), before=[left_open(FEED, "clicks")])
    assert (incident.since, incident.features) == (JUNE, {"clicks_mean"})


def test_drift_that_an_earlier_period_told_of_is_no_incident_of_the_data():
    assert find(alert("loans_debt"), before=[left_open(IncidentKind.DRIFT, "loans", "loans_debt")]) == ()


def test_a_column_that_did_not_come_is_felt_by_the_features_that_lost_values_only():
    alerts = [alert("loans_debt", "null_increase"), alert("loans_income")]
    (incident,) = find(*alerts, found=[(DELIVERY, "loans")])
    assert (incident.kind, incident.features) == (DELIVERY, {"loans_debt"})


def test_a_unit_that_changed_is_felt_by_its_feature():
    (incident,) = find(alert("loans_debt"), alert("loans_income"), causes=[UNIT])
    assert (incident.kind, incident.source, incident.features) == (DELIVERY, "loans", {"loans_debt"})


def test_features_that_a_changed_delivery_named_feel_it_for_as_long_as_they_drift():
    before = [left_open(DELIVERY, "loans", "loans_debt")]
    (incident,) = find(alert("loans_debt"), alert("loans_income"), before=before)
    assert (incident.since, incident.features) == (JUNE, {"loans_debt"})


def test_a_feature_of_columns_that_are_not_told_feels_an_outage_when_it_lost_values():
    weights = [holds("clicks_mean", 0.3), holds("ratio", 0.2)]
    (incident,) = find(
        *weights, alert("clicks_mean"), alert("ratio"), alert("ratio", "null_increase"), causes=[OUTAGE]
    )
    assert (incident.features, incident.importance) == ({"clicks_mean", "ratio"}, 0.5)


def test_a_feature_of_columns_that_are_not_told_is_no_evidence_of_anything_else():
    (incident,) = find(holds("clicks_mean", 0.3), alert("clicks_mean"), alert("ratio"), causes=[OUTAGE])
    assert incident.features == {"clicks_mean"}
    assert incident.explains(alert("ratio"))
    assert not incident.explains(alert("loans_income"))


def test_what_is_said_of_the_columns_of_a_source_that_is_out_follows_from_its_outage():
    (incident,) = find(alert("clicks_mean"), causes=[OUTAGE], found=[(FEED, "clicks"), (DELIVERY, "clicks")])
    assert incident.kind is FEED
