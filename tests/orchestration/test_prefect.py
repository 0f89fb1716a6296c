"""The flow and its deployments, without a server."""

from __future__ import annotations

from datetime import date, datetime

import pytest
import yaml

from tenure.errors import PeriodStoppedError, ReplayError, StepError
from tenure.flow import LOOP

pytest.importorskip("prefect", reason="the extra `prefect` is not installed")
from prefect.client.schemas.objects import FlowRun
from prefect.states import Failed

from tenure.domain.triggers import TriggerKind
from tenure.orchestration.prefect import RETRAIN, TASKS, Deploying, deployments
from tenure.orchestration.prefect.flows import _scheduled_day, _trigger
from tenure.orchestration.prefect.tasks import RETRY_SECONDS, may_be_tried_again
from tenure.simulate import write_project_files

FIRST = date(2023, 6, 1)


@pytest.fixture
def project(tmp_path):
    write_project_files(tmp_path)
    return tmp_path


def test_there_is_a_task_per_step_in_the_order_of_the_loop():
    assert list(TASKS) == [step.name for step in LOOP]
    assert {each.name for each in TASKS.values()} == set(TASKS)
    assert {each.retries for each in TASKS.values()} == {len(RETRY_SECONDS)}


@pytest.mark.parametrize(
    ("error", "again"),
    [
        (StepError("killed by signal 9", transient=True), True),
        (StepError("a leak"), False),
        (PeriodStoppedError("refused"), False),
        (ValueError("a mistake of ours"), False),
    ],
)
def test_only_what_says_that_a_retry_may_help_is_tried_again(error, again):
    state = Failed(data=error)
    assert may_be_tried_again(TASKS["train"], None, state) is again


def test_the_loop_has_a_schedule_and_the_training_waits_for_the_decision(project):
    loop, training = deployments(project, deploying=Deploying(first=FIRST, timezone="Asia/Singapore"))
    (schedule,) = loop.schedules
    assert (schedule.schedule.cron, schedule.schedule.timezone) == ("0 6 2 * *", "Asia/Singapore")
    assert loop.parameters["timezone"] == "Asia/Singapore"
    assert (loop.entrypoint, training.entrypoint) == (
        "tenure.orchestration.prefect.flows.run_due",
        "tenure.orchestration.prefect.flows.train_decided",
    )
    assert {*loop.tags, *training.tags} == {"tenure", "cash-loans"}
    assert training.schedules == []
    (trigger,) = training.triggers
    assert trigger.expect == {RETRAIN}
    assert trigger.match.model_dump() == {"prefect.resource.id": "tenure.project.cash-loans"}
    assert trigger.parameters["as_of"]["template"] == "{{ event.payload.as_of }}"


def test_a_project_that_never_ran_must_be_told_its_first_period(project):
    with pytest.raises(ReplayError, match="no period has run yet"):
        deployments(project, deploying=Deploying())


@pytest.mark.parametrize(("unit", "cron"), [("week", "0 6 * * 5"), ("day", "0 6 * * *")])
def test_weeks_and_days_are_run_the_day_after(project, unit, cron):
    file = project / "tenure.yaml"
    file.write_text(yaml.safe_dump(yaml.safe_load(file.read_text()) | {"period": unit}))
    loop, _ = deployments(project, deploying=Deploying(first=FIRST))
    assert loop.schedules[0].schedule.cron == cron


def test_the_day_is_that_of_the_schedule_where_the_lender_is():
    run = FlowRun(flow_id="00000000-0000-0000-0000-000000000000", name="calm-otter", auto_scheduled=True)
    run.expected_start_time = datetime.fromisoformat("2024-03-01T23:30:00+00:00")
    assert _scheduled_day(run, "UTC") == date(2024, 3, 1)
    assert _scheduled_day(run, "Asia/Singapore") == date(2024, 3, 2)


def test_what_set_a_flow_run_off_is_told_by_prefect():
    run = FlowRun(flow_id="00000000-0000-0000-0000-000000000000", name="calm-otter", auto_scheduled=True)
    assert _trigger(run, None, "").kind is TriggerKind.TIME
    assert _trigger(run, None, "").by == f"prefect calm-otter ({run.id})"
    run.auto_scheduled = False
    assert _trigger(run, None, "").kind is TriggerKind.MANUAL
    decided = _trigger(run, TriggerKind.DRIFT_DECISION, "brave-fox")
    assert (decided.kind, decided.by.endswith(", decided in brave-fox")) == (TriggerKind.DRIFT_DECISION, True)
