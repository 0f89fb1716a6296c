import math
from datetime import date, timedelta

import numpy as np
import pytest
from scipy import stats

from tenure.domain.durations import Duration
from tenure.domain.serving import ChallengerConfig
from tenure.experiment.rule import Outlook, Traffic, Winner, decide_winner, foresee
from tenure.stats.interval import Interval
from tenure.stats.power import required_rows

CONFIG = ChallengerConfig(min_rows=50, detect=0.1)
ENOUGH, FEW = Outlook(500, 400, 300, 10.0, None), Outlook(200, 400, 300, 10.0, None)
START = date(2024, 1, 1)


def gain(low, high, error=0.02):
    return Interval(low=low, high=high, level=0.95, estimate=(low + high) / 2, standard_error=error)


@pytest.mark.parametrize(
    ("interval", "n_least", "outlook", "winner"),
    [
        (gain(0.01, 0.05), 100, FEW, Winner.CHALLENGER),
        (gain(-0.05, -0.01), 100, FEW, Winner.CHAMPION),
        (gain(-0.01, 0.05), 100, FEW, Winner.NOT_YET),
        (gain(-0.01, 0.05), 100, ENOUGH, Winner.CHAMPION),
        (gain(0.01, 0.05), 49, ENOUGH, Winner.NOT_YET),
        (gain(-0.05, -0.01), 49, ENOUGH, Winner.NOT_YET),
        (None, 100, ENOUGH, Winner.NOT_YET),
        (gain(-0.01, 0.05), 100, Outlook(500, None, None, 1.0, None), Winner.NOT_YET),
    ],
)
def test_only_an_interval_on_one_side_or_enough_labels_name_a_winner(interval, n_least, outlook, winner):
    said, why = decide_winner(interval, n_least=n_least, outlook=outlook, config=CONFIG)
    assert said is winner
    assert why


def traffic(n_days, *, per_day=4, n_matured=0, horizon="10 days", as_of=None):
    days = [START + timedelta(days=day) for day in range(n_days) for _ in range(per_day)]
    return Traffic(days, n_matured, as_of or days[-1], Duration.parse(horizon))


def test_enough_is_on_the_day_when_the_events_that_are_needed_have_matured():
    asked = traffic(30, n_matured=80)
    outlook = foresee(gain(-0.1, 0.1, error=0.1), asked, least_share=1.0, config=CONFIG)
    needed = math.ceil(80 * ((stats.norm.ppf(0.975) + stats.norm.ppf(0.8)) * 0.1 / 0.1) ** 2)
    assert outlook.n_required == needed == 628
    assert outlook.per_day == 4
    days_more = math.ceil((needed - 120) / 4)  # all of the 80 that could have matured did
    assert outlook.enough_on == asked.as_of + timedelta(days=days_more + 10)


def test_events_that_were_answered_already_only_have_to_mature():
    outlook = foresee(gain(-0.1, 0.1, error=0.03), traffic(30, n_matured=80), least_share=1.0, config=CONFIG)
    assert outlook.n_required == 57
    assert outlook.enough_on == START + timedelta(days=29)
    soon = foresee(gain(-0.1, 0.1, error=0.04), traffic(30, n_matured=80), least_share=1.0, config=CONFIG)
    assert soon.n_required == 101
    assert soon.enough_on == START + timedelta(days=(101 - 1) // 4 + 10)


def test_events_that_never_meet_a_label_put_the_day_off():
    half = foresee(gain(-0.1, 0.1, error=0.1), traffic(30, n_matured=40), least_share=1.0, config=CONFIG)
    assert half.n_required == 314
    assert half.enough_on == START + timedelta(days=29 + math.ceil((628 - 120) / 4) + 10)


def test_the_smaller_arm_must_have_its_share_of_rows():
    outlook = foresee(gain(-0.1, 0.1, error=0.001), traffic(30, n_matured=80), least_share=0.1, config=CONFIG)
    assert outlook.n_required == 500


def test_without_labels_nothing_is_foretold():
    outlook = foresee(None, traffic(5), least_share=1.0, config=CONFIG)
    assert (outlook.n_required, outlook.enough_on) == (None, None)


def test_more_looks_need_more_rows_as_bonferroni_has_it():
    asked = traffic(30, n_matured=80)
    one, five = (
        foresee(
            gain(-0.1, 0.1, error=0.1),
            asked,
            least_share=1.0,
            config=CONFIG.model_copy(update={"looks": looks}),
        ).n_required
        for looks in (1, 5)
    )
    ratio = (stats.norm.ppf(0.995) + stats.norm.ppf(0.8)) / (stats.norm.ppf(0.975) + stats.norm.ppf(0.8))
    assert five / one == pytest.approx(ratio**2, rel=0.01)


def test_the_rows_that_are_required_find_the_difference_as_often_as_asked():
    rng = np.random.default_rng(5)
    n_rows = required_rows(math.sqrt(2 / 50), 100, difference=0.5)
    assert n_rows == 126  # 2 × 63: Cohen, "Statistical Power Analysis", 1988, table 2.4.1
    ours, theirs = (rng.normal(mean, 1, (4000, n_rows // 2)) for mean in (0.5, 0.0))
    z = (ours.mean(axis=1) - theirs.mean(axis=1)) / math.sqrt(4 / n_rows)
    assert (z > stats.norm.ppf(0.975)).mean() == pytest.approx(0.8, abs=0.02)


def test_rows_cannot_be_told_from_no_error_and_no_difference():
    assert required_rows(math.nan, 10, difference=0.1) is None
    assert required_rows(0.0, 10, difference=0.1) is None
    with pytest.raises(ValueError, match="a difference"):
        required_rows(0.1, 10, difference=0.0)
