import signal
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

import tenure
from tenure.stores.mlflow import MlflowTracker

SOURCE = str(Path(tenure.__file__).parents[1])
JANUARY = date(2024, 1, 1)


KILLED = """
import os, signal, sys
from datetime import date
from pathlib import Path
from tenure.stores.mlflow import MlflowTracker

tracker = MlflowTracker("loans", models=Path(sys.argv[1]))
with tracker.run("train", as_of=date(2024, 1, 1)) as run:
    run.log(parameters={"seed": "1"}, metrics={"auc": 0.5}, step=1)
    with run.child("trial 0"):
        print(run.run_id, flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def tracker(models):
    return MlflowTracker("loans", models=models)


@pytest.fixture
def client(models):
    from mlflow import MlflowClient  # noqa: PLC0415 - takes a second

    return MlflowClient(f"sqlite:///{models / 'mlflow.db'}")


def log_and_fail(run, parameters):
    run.log(parameters=parameters)
    raise ZeroDivisionError


def children(client, run_id):
    experiment = client.get_experiment_by_name("loans").experiment_id
    found = client.search_runs([experiment], f"tags.`mlflow.parentRunId` = '{run_id}'")
    return {run.info.run_name: run for run in found}


def test_what_a_run_was_told_is_in_mlflow(tracker, client, tmp_path):
    (tmp_path / "curve.json").write_text("[1]")
    with tracker.run("train", as_of=JANUARY) as run:
        run.log(parameters={"depth": "3"}, tags={"algorithm": "xgboost"})
        for step in range(3):
            run.log(metrics={"loss": 1.0 - step / 10}, step=step)
        run.log_file(tmp_path / "curve.json", "curves")
        assert client.get_run(run.run_id).info.status == "RUNNING"
    stored = client.get_run(run.run_id)
    assert stored.info.status == "FINISHED"
    assert stored.info.run_name == "train"
    assert stored.data.params == {"depth": "3"}
    assert stored.data.tags["algorithm"] == "xgboost"
    assert stored.data.tags["tenure.as_of"] == "2024-01-01"
    history = client.get_metric_history(run.run_id, "loss")
    assert [(metric.step, metric.value) for metric in history] == [(0, 1.0), (1, 0.9), (2, 0.8)]
    assert [file.path for file in client.list_artifacts(run.run_id, "curves")] == ["curves/curve.json"]


def test_a_trial_is_a_child_with_everything_it_was_told(tracker, client):
    with tracker.run("train", as_of=JANUARY) as run, run.child("trial 0") as trial:
        for step in range(150):
            trial.log(metrics={"loss": float(step)}, step=step)
        trial.log(parameters={"depth": "3"})
        trial.log(tags={"state": "complete"})
    stored = children(client, run.run_id)["trial 0"]
    assert stored.info.status == "FINISHED"
    assert stored.data.params == {"depth": "3"}
    assert stored.data.tags["state"] == "complete"
    assert len(client.get_metric_history(trial.run_id, "loss")) == 150


def test_an_error_ends_the_run_as_failed_and_what_waited_is_kept(tracker, client):
    with (
        pytest.raises(ZeroDivisionError),
        tracker.run("train", as_of=JANUARY) as run,
        run.child("trial 0") as trial,
    ):
        log_and_fail(trial, {"depth": "3"})
    assert client.get_run(run.run_id).info.status == "FAILED"
    assert client.get_run(trial.run_id).info.status == "FAILED"
    assert client.get_run(trial.run_id).data.params == {"depth": "3"}


def test_a_killed_training_goes_on_in_its_run_and_its_open_trial_is_closed(tracker, client, models):
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(models)],
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": SOURCE},
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    with tracker.run("train", as_of=JANUARY) as run:
        assert run.run_id == killed.stdout.strip()
        assert client.get_run(run.run_id).info.status == "RUNNING"
        run.log(parameters={"seed": "1"}, metrics={"auc": 0.5}, step=1)
        with run.child("trial 0"):
            pass
    assert client.get_run(run.run_id).info.status == "FINISHED"
    assert len(client.get_metric_history(run.run_id, "auc")) == 1
    experiment = client.get_experiment_by_name("loans").experiment_id
    found = client.search_runs([experiment], f"tags.`mlflow.parentRunId` = '{run.run_id}'")
    assert sorted(trial.info.status for trial in found) == ["FINISHED", "KILLED"]


def test_a_parameter_that_changed_while_a_run_was_cut_off_becomes_a_tag(tracker, client):
    with pytest.raises(ZeroDivisionError), tracker.run("train", as_of=JANUARY) as run:
        log_and_fail(run, {"trials": "20", "seed": "1"})
    with tracker.run("train", as_of=JANUARY) as run:
        run.log(parameters={"trials": "30", "seed": "1"})
    stored = client.get_run(run.run_id)
    assert stored.data.params == {"trials": "20", "seed": "1"}
    assert stored.data.tags["changed.trials"] == "30"


def test_experiments_of_two_projects_are_apart(tracker, models):
    other = MlflowTracker("other", models=models)
    with pytest.raises(ZeroDivisionError), tracker.run("train", as_of=JANUARY) as run:
        raise ZeroDivisionError
    with other.run("train", as_of=JANUARY) as another:
        assert another.run_id != run.run_id
