"""The study of monitors: what its tables say, what it calls a failure, and what it draws."""

from __future__ import annotations

import numpy as np
import pytest

from monitoring.benchmark import SURE, report
from monitoring.events import EVENTS, N_ROWS, SHIFTED, WORLDS, stationary
from monitoring.frames import FEATURES, checksum, draw, reference


def quiet(n_features=0, n_months_told=0, n_rows=500):
    return {
        "n_rows": n_rows,
        "n_months": 200,
        "n_features": n_features,
        "n_months_told": n_months_told,
        "seconds": 0.1,
    }


def found_as(name, delay):
    cause = EVENTS[name].cause
    return [{"delay": delay, "alert": True, "causes": [list(cause)] if cause else []}] * 4


def results(**changes):
    delays = {name: [0, 0, 2, None] for name in EVENTS}
    estimates = {
        world: [{"estimate": 0.80, "standard_error": 0.01, "truth": 0.79, "alerts": ["gap"]}] * 2
        for world in WORLDS
    }
    ours = {
        "checksum": 1.0,
        "false_alarms": [quiet()],
        "fine_false_alarms": [quiet()],
        "events": {name: found_as(name, 0) for name in EVENTS},
        "fine": {"bureau_bell 0.1": found_as("bureau_bell 0.1", 3)},
        "estimates": estimates,
    }
    return {
        "Tenure": ours | changes,
        "Evidently": {
            "checksum": 1.0,
            "preset": {"same": True, "seconds": 9.0},
            "false_alarms": [{name: n for name, n in quiet(900, 200).items() if name != "seconds"}],
            "events": delays | {"outage": ["error"] * 4},
        },
        "NannyML": {
            "checksum": 1.0,
            "false_alarms": [quiet(200, 90)],
            "long_false_alarms": [quiet(100, 60)],
            "events": delays,
            "long_events": delays,
            "estimates": estimates,
        },
    }


def row_of(body, start):
    row, *_ = [line for line in body.splitlines() if line.startswith(f"| {start} |")]
    return [cell.strip() for cell in row.strip("|").split("|")]


def test_months_that_are_quiet_and_events_that_are_found_leave_nothing_to_complain_of():
    made = report(results())
    assert made.failures == ()
    assert row_of(made.body, "Evidently")[2:] == ["9 %", "8.45–9.58", "100 %", "9"]
    assert row_of(made.body, "a source stops")[1:5] == [
        "100 %, 100 %, 0.0",
        "100 % alert",
        "outage, `clicks`: 4 of 4",
        "ends with an error (4 of 4)",
    ]
    assert row_of(made.body, "a recession")[4] == "50 %, 75 %, 0.7"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"false_alarms": [quiet(200, 10)]}, "more features are told of than the nominal 1%"),
        ({"false_alarms": [quiet(40, 40)]}, "more months have a false alarm than the nominal 6%"),
        ({"checksum": 2.0}, "Evidently was given other rows"),
        ({"events": {name: found_as(name, 1) for name in EVENTS}}, "missed in its month 4 of 4 times"),
    ],
)
def test_what_does_not_hold_is_said(changes, words):
    assert any(words in failure for failure in report(results(**changes)).failures)


def test_a_cause_that_is_not_the_one_planted_is_a_failure():
    events = {name: found_as(name, 0) for name in EVENTS} | {
        "unit": [{"delay": 0, "alert": True, "causes": []}]
    }
    assert report(results(events=events)).failures == (
        "a unit changes, × 12: another cause named 1 of 1 times",
    )


def test_the_same_seed_gives_the_same_rows():
    assert (
        checksum(stationary(N_ROWS, 3)) == checksum(stationary(N_ROWS, 3)) != checksum(stationary(N_ROWS, 4))
    )


def test_an_event_changes_its_features_and_no_other():
    plain, event = draw(N_ROWS, (2, N_ROWS, 4, 0)), EVENTS["unit"]
    changed = event.month(4, 0)
    differs = {name for name in plain if list(map(str, plain[name])) != list(map(str, changed[name]))}
    assert differs == {*event.features}


@pytest.mark.parametrize("name", SHIFTED)
def test_a_shift_is_one_of_the_mean_in_standard_deviations_of_the_feature(name):
    world = EVENTS[f"{name} 0.5"].world
    then, now = (draw(40_000, (7,), each)[name] for each in (None, world))
    assert (np.nanmean(now) - np.nanmean(then)) / np.nanstd(then) == pytest.approx(0.5, abs=0.03)


def test_there_are_fifty_features_and_what_must_be_found_is_planted():
    assert len(FEATURES) == 50
    assert {*SURE} < {*EVENTS}
    assert set(FEATURES) < set(reference(0))
