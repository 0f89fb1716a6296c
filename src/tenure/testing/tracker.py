"""What an experiment tracker must do: see `tenure.ports.ExperimentTracker`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

from tenure.ports import ExperimentTracker
from tenure.testing.expectations import expect_equal, expect_true

TrackerCheck = Callable[[ExperimentTracker, Path], None]
"""A check takes an empty tracker and an empty folder."""

_JANUARY, _FEBRUARY = date(2024, 1, 1), date(2024, 2, 1)


class _CutOffError(Exception):
    """What ends a block before its end."""


def _cut_off() -> None:
    raise _CutOffError


def a_run_that_was_cut_off_goes_on_under_the_same_identity(tracker: ExperimentTracker, _folder: Path) -> None:
    """Whoever was interrupted finds the run again by its name and period."""
    first = _cut_off_run(tracker)
    with tracker.run("train", as_of=_JANUARY) as run:
        expect_equal(run.run_id, first, "the run that goes on")


def a_run_that_ended_is_not_gone_on_with(tracker: ExperimentTracker, _folder: Path) -> None:
    """A second training of the same period is a run of its own."""
    with tracker.run("train", as_of=_JANUARY) as run:
        first = run.run_id
    with tracker.run("train", as_of=_JANUARY) as run:
        expect_true(run.run_id != first, "a run that ended was gone on with")


def runs_of_other_periods_and_names_are_other_runs(tracker: ExperimentTracker, _folder: Path) -> None:
    """A run that was cut off is found under its own name and period only."""
    first = _cut_off_run(tracker)
    for name, as_of in (("train", _FEBRUARY), ("other", _JANUARY)):
        with tracker.run(name, as_of=as_of) as run:
            expect_true(run.run_id != first, f"{name} as of {as_of} went on with another run")


def a_run_takes_parameters_metrics_tags_and_files(tracker: ExperimentTracker, folder: Path) -> None:
    """Whatever their number, names and values."""
    (folder / "curve.json").write_text("[]")
    with tracker.run("train", as_of=_JANUARY) as run:
        run.log(parameters={f"p{i}": str(i) for i in range(250)})
        run.log(metrics={"auc": 0.5, "none": float("nan"), "Gelir/Müşteri (%)": 1.0}, tags={"a": "b"})
        run.log_file(folder / "curve.json", "curves")
        run.log_file(folder)


def telling_a_resumed_run_the_same_and_other_values_is_no_error(
    tracker: ExperimentTracker, _folder: Path
) -> None:
    """What was told before the cut is told again, and may have changed."""
    _cut_off_run(tracker)
    with tracker.run("train", as_of=_JANUARY) as run:
        run.log(parameters={"seed": "1", "trials": "30"}, metrics={"auc": 0.5})


def a_run_has_children_with_identities_of_their_own(tracker: ExperimentTracker, _folder: Path) -> None:
    """A trial is a run below the training's."""
    with tracker.run("train", as_of=_JANUARY) as run:
        identities = {run.run_id}
        for trial in range(3):
            with run.child(f"trial {trial}") as child:
                for step in range(5):
                    child.log(metrics={"loss": 1 / (step + 1)}, step=step)
                child.log(parameters={"depth": str(trial)})
                identities.add(child.run_id)
    expect_equal(len(identities), 4, "different runs")


def an_error_in_a_child_goes_through(tracker: ExperimentTracker, _folder: Path) -> None:
    """A tracker swallows nothing."""
    try:
        with tracker.run("train", as_of=_JANUARY) as run, run.child("trial"):
            _cut_off()
    except _CutOffError:
        return
    raise AssertionError("the error of a child did not go through")


def _cut_off_run(tracker: ExperimentTracker) -> str:
    identity = ""
    try:
        with tracker.run("train", as_of=_JANUARY) as run:
            run.log(parameters={"seed": "1", "trials": "20"}, metrics={"auc": 0.5})
            identity = run.run_id
            _cut_off()
    except _CutOffError:
        pass
    return identity


EXPERIMENT_TRACKER_CONTRACT: tuple[TrackerCheck, ...] = (
    a_run_that_was_cut_off_goes_on_under_the_same_identity,
    a_run_that_ended_is_not_gone_on_with,
    runs_of_other_periods_and_names_are_other_runs,
    a_run_takes_parameters_metrics_tags_and_files,
    telling_a_resumed_run_the_same_and_other_values_is_no_error,
    a_run_has_children_with_identities_of_their_own,
    an_error_in_a_child_goes_through,
)
