"""`tenure schedule` and `tenure due` on a small lender, with a clock that a test sets."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from tenure.domain.periods import Period, PeriodUnit
from tenure.domain.tables import FEATURES, LABELS, RUNS
from tenure.domain.triggers import Trigger, TriggerKind, read_trigger
from tenure.errors import BusyError, PeriodStoppedError, ReplayError, StoreError
from tenure.orchestration.lock import only_run, only_schedule
from tenure.orchestration.schedule import Looks, Plan, Standing, What, keep_schedule, loop
from tenure.running.ledger import load_circumstances
from tenure.running.runtime import open_runtime

LAST, FOURTH = date(2024, 7, 1), date(2024, 8, 1)
SOMEBODY = Trigger(TriggerKind.MANUAL, "somebody")


class SetClock:
    """A clock that stands still but for its waits, and stops after so many of them."""

    def __init__(self, now: str, *, n_waits: int = 100) -> None:
        self.time = datetime.fromisoformat(now + "+00:00")
        self.waits: list[timedelta] = []
        self.n_waits = n_waits
        self.is_stopped = False
        self.between = lambda: None

    def now(self) -> datetime:
        return self.time

    def wait(self, until: datetime) -> None:
        self.waits.append(until - self.time)
        self.time = max(self.time, until)
        self.between()
        self.is_stopped = self.is_stopped or len(self.waits) >= self.n_waits


class World:
    """A project of which only the steps are made up: each period runs, unless it is told to fail."""

    def __init__(self, lender, monkeypatch, *, done: str = "2024-07-01") -> None:
        self.runtime = open_runtime(lender.root, trigger=SOMEBODY)
        self.next = Period(date.fromisoformat(done)).next()
        self.fails: list[Exception] = []
        self.ran: list[tuple[str, str]] = []
        self.raw, self.news = {"loans": "1"}, []
        monkeypatch.setattr(loop, "read_standing", lambda _: Standing(self.next, self.new_data, False))
        monkeypatch.setattr(loop, "run_step_and_tell", self.run)
        monkeypatch.setattr(type(self.runtime), "raw_states", lambda _: dict(self.raw))
        self.new_data: tuple[str, ...] = ()

    def open(self, trigger):
        self.trigger = trigger
        return self.runtime

    def run(self, step, period, **_):
        if step.name == "clean" and self.fails:
            raise self.fails.pop(0)
        if step.name == "report":
            self.ran.append((str(period), self.trigger.kind.value))
            self.ran_by = self.trigger.by
            self.next = period.next()
        return {"period": period}

    def keep(self, clock, plan: Plan | None = None):
        keep_schedule(plan or Plan(), open_project=self.open, clock=clock, tell=self.news.append)

    def told(self, what: What) -> list[str]:
        return [each.message for each in self.news if each.what is what]


@pytest.fixture
def world(replay, monkeypatch):
    return World(replay.lender, monkeypatch)


def test_each_period_that_is_over_runs_in_order_and_the_next_look_is_the_day_after_the_next_one_ends(world):
    clock = SetClock("2024-09-03T06:00", n_waits=1)
    world.keep(clock)
    assert world.ran == [("2024-08-01", "time"), ("2024-09-01", "time")]
    assert clock.time.isoformat() == "2024-10-02T00:00:00+00:00"


def test_a_period_is_not_over_on_its_last_day(world):
    world.keep(SetClock("2024-08-01T23:59", n_waits=1))
    assert world.ran == []
    world.keep(SetClock("2024-08-02T00:00", n_waits=1))
    assert world.ran == [("2024-08-01", "time")]


def test_times_of_the_day_are_when_it_looks(world):
    clock = SetClock("2024-08-01T12:00", n_waits=3)
    world.keep(clock, Plan(Looks((datetime(2024, 1, 1, 6).time(), datetime(2024, 1, 1, 18).time()))))
    assert clock.waits == [timedelta(hours=6), timedelta(hours=12), timedelta(hours=12)]
    assert world.ran == [("2024-08-01", "time")]


def test_it_ends_with_the_last_period_asked_for(world):
    world.keep(SetClock("2025-08-03T06:00"), Plan(until=date(2024, 9, 1)))
    assert [day for day, _ in world.ran] == ["2024-08-01", "2024-09-01"]
    assert world.told(What.ENDED) == ["the last period asked for, 2024-09-01, has run"]


def test_what_may_be_tried_again_is_with_longer_and_longer_pauses(world):
    world.fails = [StoreError("another writer was faster", transient=True) for _ in range(3)]
    clock = SetClock("2024-08-02T06:00", n_waits=4)
    world.keep(clock)
    assert clock.waits[:3] == [timedelta(minutes=1), timedelta(minutes=2), timedelta(minutes=4)]
    assert world.ran == [("2024-08-01", "time")]


def test_one_look_gives_up_after_four_tries_with_the_error_itself(world):
    world.fails = [StoreError("locked", transient=True) for _ in range(9)]
    clock = SetClock("2024-08-02T06:00")
    with pytest.raises(StoreError, match="locked"):
        world.keep(clock, Plan(once=True))
    assert (len(clock.waits), len(world.fails)) == (3, 5)


def test_a_refused_period_waits_until_raw_rows_have_changed_and_that_is_its_trigger(world):
    world.fails = [PeriodStoppedError("3 findings")]
    clock = SetClock("2024-08-02T06:00", n_waits=4)

    def deliver():
        if len(clock.waits) == 3:
            world.raw = {"loans": "2"}

    clock.between = deliver
    world.keep(clock)
    assert clock.waits[:3] == [timedelta(minutes=5)] * 3
    assert world.ran == [("2024-08-01", "new data")]
    assert world.ran_by.endswith(", loans")
    assert "waits until raw tables or the project file change" in world.told(What.WAITS)[1]


def test_a_refused_period_runs_again_when_the_code_has_changed(world, monkeypatch):
    world.fails = [PeriodStoppedError("3 findings")]
    clock = SetClock("2024-08-02T06:00", n_waits=2)
    clock.between = lambda: monkeypatch.setattr(type(world.runtime), "code_sha256", "another")
    world.keep(clock)
    assert world.ran == [("2024-08-01", "code change")]


def test_it_waits_for_the_sources_it_was_told_to_wait_for(world):
    clock = SetClock("2024-08-02T06:00", n_waits=3)

    def deliver():
        world.new_data = ("loans",) if len(clock.waits) == 2 else world.new_data

    clock.between = deliver
    world.keep(clock, Plan(wait_for=frozenset({"loans"})))
    assert world.ran == [("2024-08-01", "new data")]
    assert "waits for new rows of loans" in world.told(What.WAITS)[0]


def test_a_source_that_does_not_exist_is_not_waited_for(world):
    with pytest.raises(ReplayError, match="no source `lones`"):
        world.keep(SetClock("2024-08-02T06:00"), Plan(wait_for=frozenset({"lones"})))


def test_asked_to_stop_it_ends_between_two_steps(world, monkeypatch):
    clock, begun = SetClock("2024-08-02T06:00"), []

    def run(step, *_, **__):
        begun.append(step.name)
        clock.is_stopped = len(begun) >= 3
        return {}

    monkeypatch.setattr(loop, "run_step_and_tell", run)
    world.keep(clock)
    assert begun == ["ingest", "validate", "clean"]
    assert world.told(What.RAN) == []
    assert "goes on where it was" in world.told(What.ENDED)[0]


def test_the_steps_of_a_schedule_make_the_tables_of_a_run_and_say_what_set_them_off(lender, tmp_path):
    other = lender.copy(tmp_path / "other")
    assert other.tenure("run", "--jobs", 1, "--trigger", "time: cron").code == 0
    clock = SetClock("2024-08-02T06:00", n_waits=1)
    news = []
    keep_schedule(
        Plan(once=True),
        open_project=lambda trigger: open_runtime(lender.root, jobs=1, trigger=trigger),
        clock=clock,
        tell=news.append,
    )
    mine, theirs = lender.hashes(), other.hashes()
    assert mine.pop(RUNS) != theirs.pop(RUNS)
    assert mine == theirs
    assert lender.store.read(FEATURES).num_rows > 0
    ran = load_circumstances(FOURTH, store=lender.store)
    assert {each.trigger.kind for each in ran.values()} == {TriggerKind.TIME}
    assert all("tenure schedule (" in each.trigger.by for each in ran.values())
    by_cron = load_circumstances(FOURTH, store=other.store)
    assert {str(each.trigger) for each in by_cron.values()} == {"time: cron"}
    assert any(each.message.endswith("report.html") for each in news)
    assert {each.code_sha256 for each in ran.values()} == {each.code_sha256 for each in by_cron.values()}
    assert lender.store.exists(LABELS)


def test_without_a_word_it_was_whoever_gave_the_command(lender, monkeypatch):
    monkeypatch.setenv("LOGNAME", "jo")
    assert lender.tenure("decide").code == 0
    assert str(load_circumstances(LAST, store=lender.store)["decide"].trigger) == "manual: jo"
    monkeypatch.setenv("TENURE_TRIGGER", "drift decision: run 7")
    assert lender.tenure("decide").code == 0
    assert str(load_circumstances(LAST, store=lender.store)["decide"].trigger) == "drift decision: run 7"
    assert lender.tenure("report", "--trigger", "code-change").code == 0
    status = lender.tenure("status")
    assert "last: the period 2024-07-01, set off by code change: jo" in status.out


def test_what_is_no_trigger_is_refused_with_those_there_are(lender):
    answer = lender.tenure("run", "--trigger", "airflow: run 7")
    assert answer.code == 2
    assert "`airflow`" in answer.told
    assert "drift decision" in answer.told


@pytest.mark.parametrize("kind", list(TriggerKind))
def test_every_trigger_is_read_as_it_is_told(kind):
    assert read_trigger(str(Trigger(kind, "who: ever"))) == Trigger(kind, "who: ever")


def test_due_says_what_is_over_and_what_has_changed(lender, month_of_loans):
    answer = lender.tenure("due", "--on", "2024-08-01", "--json")
    assert (answer.code, answer.json) == (
        1,
        {
            "on": "2024-08-01",
            "due": [],
            "new_data": [],
            "has_new_code": False,
            "next_due_on": "2024-08-02",
        },
    )
    lender.deliver(7, month_of_loans(7, 20))
    lender.declare(seed=3)
    answer = lender.tenure("due", "--on", "2024-09-02")
    assert answer.code == 0
    assert answer.out.splitlines() == [
        "due on 2024-09-02: 2024-08-01, 2024-09-01",
        "raw rows have changed since they were taken in: loans",
        "the project file, a query of it, or the package has changed since the last step",
    ]


def test_a_project_that_never_ran_must_be_told_its_first_period(untouched):
    assert "say which one is the first: --first" in untouched.tenure("due").told
    answer = untouched.tenure("due", "--on", "2024-07-02", "--first", "2024-05-01", "--json")
    assert answer.json["due"] == ["2024-05-01", "2024-06-01", "2024-07-01"]
    assert untouched.tenure("schedule", "--once").code == 2


def test_weeks_and_days_are_over_the_day_after():
    for unit, expected in ((PeriodUnit.WEEK, ["2024-08-01"]), (PeriodUnit.DAY, ["2024-08-01", "2024-08-02"])):
        standing = Standing(Period(date(2024, 8, 1), unit), (), has_new_code=False)
        due = loop.periods_due(standing, today=date(2024, 8, 3), unit=unit)
        assert [str(each) for each in due] == expected


def test_two_runs_never_overlap_and_the_second_says_who_runs(lender):
    runtime = open_runtime(lender.root, trigger=Trigger(TriggerKind.TIME, "cron on db1"))
    with only_run(runtime):
        answer = lender.tenure("run")
        assert answer.code == 75
        assert f"is being run by process {os.getpid()} on" in answer.told
        assert "(time: cron on db1)" in answer.told
        assert lender.tenure("backfill", "--from", LAST, "--to", FOURTH).code == 75
        with only_schedule(runtime):
            answer = lender.tenure("schedule", "--once")
            assert (answer.code, "has a schedule already, kept by" in answer.told) == (75, True)
    with only_run(runtime), pytest.raises(BusyError), only_run(runtime):
        pass


def test_a_terminated_schedule_ends_well_and_lets_go(lender):
    command = [sys.executable, "-m", "tenure", "schedule", "-p", str(lender.root), "--json", "--jobs", "1"]
    until = date.fromisoformat(str(LAST)).isoformat()
    process = subprocess.Popen(
        [*command, "--every", "23:59", "--until", "2099-01-01", "--wait-for", "loans"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2] / "src")},
    )
    assert process.stdout is not None
    events = [json.loads(process.stdout.readline()) for _ in range(2)]
    assert [each["event"] for each in events] == ["waits", "waits"]
    assert "waits for new rows of loans" in events[0]["message"]
    process.send_signal(signal.SIGTERM)
    began = time.monotonic()
    out, _ = process.communicate(timeout=60)
    assert time.monotonic() - began < 20
    assert json.loads(out.splitlines()[-1])["event"] == "ended"
    assert process.returncode == 0
    with only_schedule(open_runtime(lender.root)):
        assert until == "2024-07-01"
