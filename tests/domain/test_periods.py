from datetime import date, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tenure.domain.periods import Period, PeriodUnit, replay_periods
from tenure.errors import ReplayError

ENDS = st.dates(date(2019, 1, 1), date(2030, 12, 31))


def is_common(day: date) -> bool:
    return day.day <= 27 or (day + timedelta(days=1)).day == 1


@given(ENDS.filter(is_common), st.sampled_from(list(PeriodUnit)))
def test_periods_follow_each_other_without_gap_or_overlap(end: date, unit: PeriodUnit):
    period = Period(end, unit)
    assert period.next().start == period.end
    assert Period(period.start, unit).next().end == end


@given(ENDS.filter(is_common))
def test_a_replay_runs_the_periods_that_next_names(first: date):
    periods = replay_periods(first, first + timedelta(days=800), PeriodUnit.MONTH)
    assert [p.end for p in periods[1:]] == [p.next().end for p in periods[:-1]]


@given(
    st.integers(2019, 2030), st.sampled_from([(2, 28), *((m, d) for m in (1, 4, 12) for d in (28, 29, 30))])
)
def test_a_month_that_ends_on_a_day_not_every_month_has_is_refused(year: int, day: tuple[int, int]):
    end = date(year, *day)
    assume(not is_common(end))
    with pytest.raises(ReplayError, match="cannot end on"):
        Period(end, PeriodUnit.MONTH)
    assert Period(end, PeriodUnit.WEEK).end == end


def test_the_end_of_a_month_goes_with_the_months():
    ends = [str(p) for p in replay_periods(date(2023, 12, 31), date(2024, 4, 30), PeriodUnit.MONTH)]
    assert ends == ["2023-12-31", "2024-01-31", "2024-02-29", "2024-03-31", "2024-04-30"]
