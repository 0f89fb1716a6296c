import pytest

from tenure.ports import ExperimentTracker
from tenure.stores.memory import MemoryTracker
from tenure.stores.mlflow import MlflowTracker
from tenure.testing import EXPERIMENT_TRACKER_CONTRACT

TRACKERS = {
    "memory": lambda _: MemoryTracker(),
    "sqlite": lambda folder: MlflowTracker("loans", models=folder),
}


@pytest.mark.parametrize("make", TRACKERS.values(), ids=TRACKERS)
@pytest.mark.parametrize("check", EXPERIMENT_TRACKER_CONTRACT, ids=lambda check: check.__name__)
def test_a_tracker_keeps_its_contract(check, make, models, tmp_path):
    tracker = make(models)
    (tmp_path / "work").mkdir()
    assert isinstance(tracker, ExperimentTracker)
    check(tracker, tmp_path / "work")
