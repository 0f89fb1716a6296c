"""The newest numbers, as few as asked, however many there are."""

from collections import Counter
from datetime import UTC, date, datetime

import pytest

from tenure.exporting import newest_period, read_samples
from tenure.stores.delta import DeltaStore

AUGUST = date(2024, 8, 1)


def samples(project, **rest):
    return read_samples(AUGUST, project="small", store=project.store, **rest)


def one(found, name, **labels):
    fitting = [s for s in found if s.name == name and labels.items() <= s.labels.items()]
    assert len(fitting) == 1
    return fitting[0].value


def features(found, scope):
    return {s.labels["feature"] for s in found if s.labels.get("scope") == scope and "feature" in s.labels}


def test_the_numbers_of_the_period_are_there_with_their_limits_and_verdicts(project):
    found = samples(project)
    score = {"scope": "score", "feature": "score", "metric": "kl"}
    assert one(found, "tenure_monitoring_value", **score) == 0.2
    assert one(found, "tenure_monitoring_threshold", **score) == 0.15
    assert one(found, "tenure_monitoring_verdict", **score) == 2
    assert one(found, "tenure_champion_version") == 1
    assert one(found, "tenure_period_rows", table="labels") == 280
    assert one(found, "tenure_incidents_open", severity="critical") == 1
    assert one(found, "tenure_incidents_open", severity="warning") == 0
    assert one(found, "tenure_retrain_reason", rule="feature drift") == 1
    assert one(found, "tenure_decision", kind="retrain", outcome="keep") == 1
    assert one(found, "tenure_findings", stage="monitor", severity="warning") == 1
    assert one(found, "tenure_measurements", scope="score", verdict="alert") == 2
    end = datetime(2024, 8, 1, tzinfo=UTC).timestamp()
    assert one(found, "tenure_as_of_timestamp_seconds") == end


def test_of_many_features_the_gravest_are_told_and_no_more_than_asked(project):
    found = samples(project, top=3)
    told = {
        s.labels["feature"] for s in found if s.labels.get("scope") == "feature" and "feature" in s.labels
    }
    assert told == {"f29", "f28", "f27"}


def test_only_the_newest_cohort_is_told_under_a_name_that_stays(project):
    told = {
        s.labels["feature"]
        for s in samples(project)
        if s.labels.get("scope") == "performance" and "feature" in s.labels
    }
    assert told == {"newest_cohort"}


def test_a_number_that_is_undefined_is_left_out_and_its_verdict_is_not(project):
    found = samples(project)
    gap = {"metric": "calibration_gap"}
    assert not [s for s in found if s.name == "tenure_monitoring_value" and gap.items() <= s.labels.items()]
    assert one(found, "tenure_monitoring_verdict", **gap) == -1


def test_no_series_is_told_twice_and_every_one_has_the_project(project):
    series = Counter((s.name, tuple(sorted(s.labels.items()))) for s in samples(project))
    assert [key for key, n in series.items() if n > 1] == []
    assert all(s.labels["project"] == "small" and s.name.startswith("tenure_") for s in samples(project))


@pytest.mark.parametrize("top", [1, 5, 20])
def test_the_number_of_series_is_bounded(project, top):
    assert len(samples(project, top=top)) < 9 * top + 60


def test_a_project_of_which_nothing_has_run_is_told_as_such(tmp_path):
    store = DeltaStore(str(tmp_path))
    assert newest_period(store) is None
    (only,) = read_samples(None, project="small", store=store)
    assert (only.name, only.value) == ("tenure_up", 0)


def test_the_newest_period_is_the_last_that_ran(project):
    assert newest_period(project.store) == AUGUST
