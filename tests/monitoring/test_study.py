"""What monitors do over many months: how often they cry wolf, and what they find of what was planted.

Fifty features of a lender, references of 2,000 rows: the months of `benchmarks/monitoring`, where the long
study is. The number of false alarms is held against what the nominal rate exceeds once in a thousand times.
"""

import pytest
from scipy import stats

from monitoring.benchmark import N_FAMILIES, NOMINAL, SURE
from monitoring.events import EVENTS, N_ROWS, SHIFTED
from monitoring.frames import FEATURES
from monitoring.product import Monitor, delays, estimates, false_alarms
from tenure.monitoring.config import MonitorPolicy


@pytest.fixture(scope="module")
def monitor():
    return Monitor(MonitorPolicy())


@pytest.fixture
def twice(monkeypatch):
    """Each event twice, not thirty times."""
    monkeypatch.setattr("monitoring.product.N_REPETITIONS", 2)


def at_most(n, rate):
    """What chance exceeds once in a thousand times."""
    return int(stats.binom.isf(0.001, n, rate))


def check_quiet(found):
    n_months = found["n_months"]
    assert found["n_features"] <= at_most(n_months * len(FEATURES), NOMINAL), found["told"]
    assert found["n_months_told"] <= at_most(n_months, N_FAMILIES * NOMINAL), found["told"]


@pytest.mark.parametrize("n_rows", [60, N_ROWS])
def test_months_in_which_nothing_happens_are_quiet(monitor, n_rows):
    check_quiet(false_alarms(monitor, n_rows, 15))


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("n_rows", [60, N_ROWS, 5_000])
def test_two_hundred_quiet_months_stay_below_the_nominal_rate(monitor, n_rows):
    found = false_alarms(monitor, n_rows, 200)
    check_quiet(found)
    assert not any("application_employer" in each for each in found["told"])  # 600 values, most of them rare


@pytest.mark.usefixtures("twice")
@pytest.mark.parametrize("name", SURE)
def test_what_must_be_found_is_found_in_its_month_and_called_by_its_cause(monitor, name):
    cause = EVENTS[name].cause
    for found in delays(monitor, EVENTS[name]):
        assert found["delay"] == 0
        assert found["causes"] == ([] if cause is None else [cause])


@pytest.mark.usefixtures("twice")
@pytest.mark.parametrize("name", SHIFTED)
def test_a_shift_of_a_quarter_of_a_standard_deviation_is_found_within_months_as_a_warning(monitor, name):
    for found in delays(monitor, EVENTS[f"{name} 0.25"]):
        assert found["delay"] is not None
        assert not found["alert"]


@pytest.mark.usefixtures("twice")
def test_a_tenth_of_a_standard_deviation_is_told_of_where_it_is_asked_for_and_rows_prove_it(
    monitor, monkeypatch
):
    monkeypatch.setattr("monitoring.product.N_MONTHS", 4)
    event, fine = EVENTS["bureau_bell 0.1"], Monitor(MonitorPolicy(mean_shift=0.05))
    assert [found["delay"] for found in delays(monitor, event, 5_000)] == [None, None]
    assert None not in [found["delay"] for found in delays(fine, event, 5_000)]


@pytest.mark.usefixtures("twice")
def test_a_history_that_grows_is_told_of(monitor):
    assert [found["delay"] for found in delays(monitor, EVENTS["count grows"])] == [0, 0]
    assert None not in [found["delay"] for found in delays(monitor, EVENTS["mean grows"])]


def test_a_recession_is_seen_in_the_features_and_told_of_again_when_labels_come(monitor, monkeypatch):
    monkeypatch.setattr("monitoring.product.N_REPETITIONS", 5)
    assert {found["delay"] for found in delays(monitor, EVENTS["recession"])} <= {0, 1}
    quiet, recession = (estimates(monitor, world) for world in ("nothing", "a recession"))
    assert sum("calibration_gap" in each["alerts"] for each in quiet) == 0
    assert sum("calibration_gap" in each["alerts"] for each in recession) >= 5
