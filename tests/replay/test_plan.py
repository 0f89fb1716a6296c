from datetime import date

import pytest

from tenure.domain.periods import PeriodUnit
from tenure.errors import ReplayError
from tenure.flow import LOOP
from tenure.replay import PeriodState, plan_backfill

ALL = tuple(step.name for step in LOOP)
JAN, FEB, MAR, APR = (date(2024, month, 1) for month in (1, 2, 3, 4))


def plan(first, last, done=(), through=ALL[-1]):
    return plan_backfill(first, last, unit=PeriodUnit.MONTH, steps_done=done, through=through)


def test_a_fresh_replay_runs_every_period_and_the_first_one_reaches_back():
    planned = plan(JAN, MAR)
    assert [p.period.end for p in planned] == [JAN, FEB, MAR]
    assert [p.period.first for p in planned] == [True, False, False]
    assert {p.state for p in planned} == {PeriodState.RUN}


def test_a_replay_that_was_cut_off_goes_on_in_the_middle_of_a_period():
    planned = plan(JAN, MAR, [(JAN, ALL), (FEB, ("ingest", "validate"))])
    assert [p.state for p in planned] == [PeriodState.DONE, PeriodState.RESUME, PeriodState.RUN]


def test_a_period_in_which_nothing_was_trained_is_done_all_the_same():
    short = tuple(name for name in ALL if name not in {"audit", "train", "judge", "promote"})
    assert plan(JAN, JAN, [(JAN, short)])[0].state is PeriodState.DONE


def test_a_gap_to_what_has_run_is_refused():
    with pytest.raises(ReplayError, match="2024-04-01 does not follow"):
        plan(APR, APR, [(JAN, ALL), (FEB, ALL)])


def test_a_replay_that_begins_before_what_has_run_is_refused():
    with pytest.raises(ReplayError):
        plan(JAN, MAR, [(FEB, ALL)])


def test_going_on_where_the_last_replay_ended_is_allowed():
    assert [p.state for p in plan(MAR, APR, [(JAN, ALL), (FEB, ALL)])] == [PeriodState.RUN] * 2
    assert not plan(MAR, APR, [(JAN, ALL), (FEB, ALL)])[0].period.first


def test_dates_the_wrong_way_round_are_refused():
    with pytest.raises(ReplayError, match="before it begins"):
        plan(MAR, JAN)


def test_a_replay_of_the_first_steps_only_is_done_when_they_are():
    done = [(JAN, ("ingest", "validate", "clean", "build")), (FEB, ("ingest",))]
    assert [p.state for p in plan(JAN, FEB, done, "build")] == [PeriodState.DONE, PeriodState.RESUME]
    assert [p.state for p in plan(JAN, FEB, done)] == [PeriodState.RESUME, PeriodState.RESUME]
