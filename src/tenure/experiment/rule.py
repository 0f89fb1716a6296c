"""The rule: who does better, or that it cannot be told yet, and when it can."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from tenure.domain.arms import Arm
from tenure.domain.durations import Duration
from tenure.domain.serving import ChallengerConfig, ChallengerMode
from tenure.domain.wording import counted
from tenure.stats.interval import Interval
from tenure.stats.power import required_rows


class Winner(StrEnum):
    """Who does better on live requests."""

    CHAMPION = "champion"
    CHALLENGER = "challenger"
    NOT_YET = "not yet"


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number between the bounds of its interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class ArmResult:
    """One arm: how much it answered, and how it does."""

    arm: Arm
    model_version: int
    n_answered: int
    n_matured: int
    """Events with a label known by then."""
    metric: Estimate | None
    """None where it is undefined: no labels, or one class only."""
    positive_share: float | None
    """Share of the answers that are the positive class; None for more than two classes."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """How many labels it takes, and when they will be there."""

    n_matured: int
    """Events with a label, of both arms; in shadow mode each counts once."""
    n_required: int | None
    """Those that find a difference of `ChallengerConfig.detect`; None while no error is known."""
    n_required_observed: int | None
    """Those that would find a difference as large as the one observed."""
    per_day: float
    """Events answered per day since the first."""
    enough_on: date | None
    """When `n_required` labels will have matured, at this rate; None where that cannot be told."""


@dataclass(frozen=True, slots=True)
class ArmComparison:
    """Champion against challenger on live requests, by what was known at `as_of`."""

    as_of: date
    mode: ChallengerMode
    metric: str
    level: float
    """Of the intervals: 0.95 for one look."""
    champion: ArmResult
    challenger: ArmResult
    difference: Estimate | None
    """Challenger − champion, in the metric."""
    decisions: Estimate | None
    """Without labels. Shadow: share of rows that the two put into different classes. A/B: challenger −
    champion in the share of positive answers."""
    scores: Estimate | None
    """Without labels: challenger − champion in the mean score."""
    winner: Winner
    why: str
    outlook: Outlook
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Traffic:
    """When the events that were answered happened."""

    days: Sequence[date]
    """Of each event, ascending; never empty."""
    n_matured: int
    as_of: date
    horizon: Duration


def decide_winner(
    gain: Interval | None, *, n_least: int, outlook: Outlook, config: ChallengerConfig
) -> tuple[Winner, str]:
    """Who wins, and why.

    Parameters
    ----------
    gain
        By how much the challenger is better, whichever way the metric points; None where undefined.
    n_least
        Labels of the arm that has fewer.
    outlook
        How many labels there are, and how many it takes.
    config
        How many it must be at least, and what difference is worth finding.

    Examples
    --------
    >>> outlook = Outlook(400, 900, 300, 10.0, None)
    >>> gain = Interval(low=0.01, high=0.05, level=0.95, estimate=0.03)
    >>> decide_winner(gain, n_least=200, outlook=outlook, config=ChallengerConfig())[0]
    <Winner.CHALLENGER: 'challenger'>
    >>> decide_winner(gain, n_least=20, outlook=outlook, config=ChallengerConfig())
    (<Winner.NOT_YET: 'not yet'>, '20 labels in the smaller arm, at least 100 are needed')
    """
    if n_least < config.min_rows:
        return (
            Winner.NOT_YET,
            f"{counted(n_least, 'label')} in the smaller arm, at least {config.min_rows:,} are needed",
        )
    if gain is None:
        return Winner.NOT_YET, "the metric is undefined on these labels"
    if gain.lies_above(0):
        return Winner.CHALLENGER, f"at the worse end of the interval it is {gain.low:.4f} better"
    if gain.lies_below(0):
        return Winner.CHAMPION, f"at the worse end of the interval it is {-gain.high:.4f} better"
    needed = outlook.n_required
    if needed is not None and outlook.n_matured >= needed:
        said = f"{outlook.n_matured:,} labels would have shown a difference of {config.detect:g}, and did not"
        return Winner.CHAMPION, f"{said}: of two that are alike the champion stays"
    return Winner.NOT_YET, "the interval of the difference holds 0"


def foresee(
    difference: Interval | None, traffic: Traffic, *, least_share: float, config: ChallengerConfig
) -> Outlook:
    """How many labels it takes, and on which day they will have matured.

    Events go on as often as they were answered since the first; as many of them meet a label as of those
    whose horizon has passed.

    Parameters
    ----------
    difference
        With its standard error; None while there is none.
    traffic
        What was answered.
    least_share
        Of the labels, the share that the smaller arm has: `min_rows` is asked of it.
    config
        What is to be found, how surely, in how many looks.
    """
    days, n = traffic.days, traffic.n_matured
    per_day = len(days) / max((traffic.as_of - days[0]).days + 1, 1)
    error = math.nan if difference is None else difference.standard_error
    level = 1 - 0.05 / config.looks
    needed = observed = None
    if n:
        needed = required_rows(error, n, difference=config.detect, level=level, power=config.power)
    if needed is not None and difference is not None:
        needed = max(needed, math.ceil(config.min_rows / least_share))
        if difference.estimate:
            observed = required_rows(
                error, n, difference=difference.estimate, level=level, power=config.power
            )
    return Outlook(n, needed, observed, per_day, _enough_on(needed, per_day, traffic))


def _enough_on(needed: int | None, per_day: float, traffic: Traffic) -> date | None:
    if needed is None:
        return None
    if traffic.n_matured >= needed:
        return traffic.as_of
    n_ripe = sum(traffic.horizon.after(day) <= traffic.as_of for day in traffic.days)
    if not n_ripe:
        return None
    n_events = math.ceil(needed / min(traffic.n_matured / n_ripe, 1.0))
    if n_events <= len(traffic.days):
        return max(traffic.horizon.after(traffic.days[n_events - 1]), traffic.as_of)
    n_days = math.ceil((n_events - len(traffic.days)) / per_day)
    try:
        return traffic.horizon.after(traffic.as_of + timedelta(days=n_days))
    except (OverflowError, ValueError):
        return None
