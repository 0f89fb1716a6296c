"""What the charts show: the specifications, before they are drawn."""

from __future__ import annotations

from datetime import date

import pytest

from tenure.domain.measurements import MeasurementVerdict
from tenure.render import read_history
from tenure.render.drawing import embeddable
from tenure.render.history import DriftPoint

charts = pytest.importorskip("tenure.render.charts", reason="the extra `report` is not installed")


@pytest.fixture(scope="module")
def specifications(recession):
    last = recession.reports[-1]
    history = read_history(recession.store, as_of=last.as_of, classes=last.holder.trained.classes)
    return charts.specifications(last, history)


def values(specification):
    """Every row that a specification draws."""
    return (
        [row for rows in specification["datasets"].values() for row in rows]
        if "datasets" in specification
        else [row for layer in specification["layer"] for row in layer["data"]["values"]]
    )


def drift(psi, limit=0.25, verdict=MeasurementVerdict.OK):
    return DriftPoint(date(2024, 1, 31), "income", psi, limit, verdict)


@pytest.mark.parametrize(
    ("psi", "limit", "step"),
    [(0.04, 0.25, 0), (0.06, 0.25, 1), (0.11, 0.25, 2), (0.25, 0.25, 2), (0.26, 0.25, 3), (0.51, 0.25, 4),
     (0.26, 0.6, 2), (5.0, None, 0)],
)  # fmt: skip
def test_colour_follows_the_limit_that_the_feature_was_held_against(psi, limit, step):
    assert charts.heat_step(drift(psi, limit)) == step


def test_the_most_drifted_features_are_those_with_the_largest_psi_of_any_period():
    points = [
        DriftPoint(date(2024, 1, 31), n, p, 0.25, MeasurementVerdict.OK) for n, p in (("a", 0.1), ("b", 0.3))
    ]
    points.append(DriftPoint(date(2024, 2, 29), "a", 0.9, 0.25, MeasurementVerdict.OK))
    assert charts.most_drifted(points, 5) == ("a", "b")
    assert charts.most_drifted(points, 1) == ("a",)


def test_every_chart_but_the_drift_has_every_period_on_its_axis(recession, specifications):
    every = [str(period.as_of) for period in recession.periods]
    for name, specification in specifications.items():
        domains = [layer["encoding"]["x"]["scale"]["domain"] for layer in specification["layer"]]
        assert all(domain == (every[9:] if name == "drift" else every) for domain in domains)


def test_the_heat_map_marks_alerts_with_a_sign_and_not_with_colour_alone(recession, specifications):
    told = {
        (r["period"], r["feature"]): r["told"]
        for r in values(specifications["drift"])
        if "told" in r and "feature" in r
    }
    place = 17
    alerts = {row.feature for row in recession.reports[place].monitored.drift if row.verdict == "alert"}
    day = str(recession.periods[place].as_of)
    assert alerts
    assert {feature for (period, feature), text in told.items() if period == day and "▲" in text} == alerts


def test_what_a_candidate_was_refused_is_in_the_office_chart(recession, specifications):
    refused = [row for row in values(specifications["office"]) if row["kind"] == "refused"]
    assert refused == [
        {"version": "version 2", "period": str(recession.periods[17].as_of), "kind": "refused"}
    ]


def test_an_embedded_drawing_keeps_its_ids_to_itself_and_nothing_hidden():
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" version="1.1" width="9" height="9" viewBox="0 0 9 9">'
        '<clipPath id="clip1"></clipPath><g clip-path="url(#clip1)"><text opacity="0">unseen</text>'
        '<text opacity="1">see version="1.1" url(#x)</text></g></svg>'
    )
    kept = embeddable(svg, "drift")
    assert 'id="drift-clip1"' in kept
    assert "url(#drift-clip1)" in kept
    assert "unseen" not in kept
    assert 'see version="1.1" url(#x)' in kept
    assert kept.startswith('<svg viewBox="0 0 9 9">')
