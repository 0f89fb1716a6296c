r"""Numbers that are absurd against the bulk of a column, and where the bulk ends.

Quantiles are those of the numbers that do not mean null. A tail is absurd when it reaches beyond the
farther of two fences:

.. math::

    q_{90} + 20 \,(q_{90} - q_{50}), \qquad q_{50}\,(q_{90} / q_{50})^{5}

(the second one where :math:`q_{10} > 0`; lower tails are mirrored, and have the first one only). A normal
variable reaches the first with probability :math:`10^{-160}`, an exponential one :math:`10^{-14}`; the
second is :math:`6.4\,\sigma` of a log-normal one. Tukey's fences [1]_ are far nearer and would call every
skewed income absurd.

The bound is put at a round number into the first gap, going outwards, that is as wide as half of what lies
between it and the median, and no less than :math:`1.5 (q_{90} - q_{50})`; not far from the bulk. Where there
is no such gap, the bulk is cut at :math:`q_{90} + 5 (q_{90} - q_{50})`, if half of the rows beyond lie five
times as far out or farther; if not, the tail continues the bulk, as heavy tails do, and nothing is cut. Nor
is it where fewer than one row in a thousand lies outside, and none beyond :math:`100 (q_{90} - q_{50})`: a
few large amounts are no dirt.

References
----------
.. [1] J. W. Tukey, *Exploratory Data Analysis*, 1977, chapter 2.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import TypeAlias

from tenure.drafting.looks import Extreme, NumberLook

Tail: TypeAlias = Sequence[tuple[float, int]]
"""Different numbers, from the bulk of a column outwards, each with its rows."""

_LINEAR = 20
_LOGARITHMIC = 5
_MILD = 5  # times the same distance: where the bulk is cut when no gap parts it from the tail
_RARE = 0.001  # share of the rows
_ENORMOUS = 100  # times the distance from the median to the 90 % (10 %) quantile
_FAR = (
    5  # times the mild distance from the median: how far out half of a tail lies that is none of the bulk's
)
_MIN_GAP_RATIO = 1.5  # of the distances from the median at both ends of a gap
_MIN_GAP = 1.5  # times the distance from the median to the 90 % (10 %) quantile
_MIN_DISTINCT = 10
_SENTINEL_GAP = 5  # ranges of all other numbers
_MIN_SENTINEL_ROWS = 10
_ROUND = (1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)


@dataclass(frozen=True, slots=True)
class Fences:
    """Beyond which numbers a column is absurd; None on a side where it is not."""

    low: float | None
    high: float | None

    def __bool__(self) -> bool:
        """Whether any side is absurd."""
        return self.low is not None or self.high is not None


def find_sentinel(look: NumberLook) -> Extreme | None:
    """A number that stands far outside all others, in many rows: it says "none", such as 365243.

    Far is five times the range of all others; many is ten rows and one in five hundred.
    """
    for extreme, other in ((look.high, look.low), (look.low, look.high)):
        gap, rest = abs(extreme.value - extreme.beside), abs(extreme.beside - other.value)
        is_many = extreme.n >= max(_MIN_SENTINEL_ROWS, look.n / 500)
        if look.n_distinct >= _MIN_DISTINCT and is_many and rest > 0 and gap > _SENTINEL_GAP * rest:
            return extreme
    return None


def find_fences(look: NumberLook) -> Fences:
    """Where absurdity begins on the sides on which the column reaches it.

    A column with few different numbers, of shares (0 to 1), or whose bulk is one number, has no fences:
    nothing can be said.

    Examples
    --------
    >>> ages = NumberLook(
    ...     n=12_500,
    ...     n_distinct=120,
    ...     low=Extreme(-500, 90, 14),
    ...     high=Extreme(8_678, 1, 8_600),
    ...     q10=18,
    ...     q25=24,
    ...     q50=33,
    ...     q75=42,
    ...     q90=47,
    ... )
    >>> find_fences(ages)
    Fences(low=-282, high=327)
    """
    is_share = look.low.value >= 0 and look.high.value <= 1
    if look.n_distinct < _MIN_DISTINCT or is_share:
        return Fences(None, None)
    up, down = look.q90 - look.q50, look.q50 - look.q10
    high = look.q90 + _LINEAR * up
    if look.q10 > 0:
        high = max(high, look.q50 * (look.q90 / look.q50) ** _LOGARITHMIC)
    low = look.q10 - _LINEAR * max(down, 0)
    return Fences(
        low if look.q75 > look.q50 and down > 0 and look.low.value < low else None,
        high if look.q25 < look.q50 and up > 0 and look.high.value > high else None,
    )


def suggest_range(
    look: NumberLook, fences: Fences, *, lower: Tail = (), upper: Tail = ()
) -> tuple[float, float] | None:
    """The smallest and the largest number that there may be, round, around the bulk and no tail.

    None where no side can be cut: the tails belong to the bulk.

    Parameters
    ----------
    look
        The column.
    fences
        On which sides it is absurd; the other sides get room.
    lower, upper
        The different numbers below the 10 % and above the 90 % quantile with their rows, from the bulk
        outwards, for the sides that are absurd.
    """
    high = find_cut(upper, look.q50, look.q90, n_rows=look.n) if fences.high is not None else None
    low = find_cut(lower, look.q50, look.q10, n_rows=look.n) if fences.low is not None else None
    if high is None and low is None:
        return None
    return (
        -roomy(-look.low.value) or 0.0 if low is None else low,
        roomy(look.high.value) if high is None else high,
    )


def find_cut(outward: Tail, middle: float, bulk: float, *, n_rows: int) -> float | None:
    """Where the numbers of a bulk end and their tail begins; None where the tail continues the bulk.

    Parameters
    ----------
    outward
        The different numbers from `bulk` on with their rows, outwards.
    middle
        The median.
    bulk
        The 90 % or the 10 % quantile.
    n_rows
        Rows of the column.
    """
    width = abs(bulk - middle)
    cut = _gap(outward, middle, width)
    if cut is None:
        mild = bulk + _MILD * (bulk - middle)
        if _half_of(outward, beyond=abs(mild - middle), middle=middle) < _FAR * abs(mild - middle):
            return None
        cut = round_between(mild, mild + 0.2 * (mild - middle))
    n_outside = sum(n for number, n in outward if abs(number - middle) > abs(cut - middle))
    is_enormous = abs(outward[-1][0] - middle) >= _ENORMOUS * width
    return cut if n_outside >= _RARE * n_rows or is_enormous else None


def _gap(outward: Tail, middle: float, width: float) -> float | None:
    """A round number in the first gap that is wide enough, not far from the bulk."""
    for (near, _), (beyond, _) in pairwise(outward):
        is_wide = abs(beyond - near) >= _MIN_GAP * width
        if is_wide and abs(beyond - middle) >= _MIN_GAP_RATIO * abs(near - middle):
            room = near + (near - middle)
            is_near = abs(room - middle) < abs(beyond - middle) and room * near > 0
            return round_between(near, beyond, near=room if is_near else None)
    return None


def _half_of(outward: Tail, *, beyond: float, middle: float) -> float:
    """The distance from the median that half of the rows farther out than `beyond` have; 0 without any."""
    tail = [(abs(number - middle), n) for number, n in outward if abs(number - middle) > beyond]
    reached = accumulate(n for _, n in tail)
    half = sum(n for _, n in tail) / 2
    return next((far for (far, _), n in zip(tail, reached, strict=True) if n >= half), 0.0)


def round_between(bulk: float, beyond: float, *, near: float | None = None) -> float:
    """The roundest number from where a bulk ends up to, but not at, where a tail begins.

    It lies near `near`, or near the middle of their ratio; zero is the roundest of all.

    Examples
    --------
    >>> round_between(34, 71), round_between(56, 118), round_between(179_987, 380_000), round_between(9, 17)
    (50.0, 80.0, 250000.0, 12.0)
    >>> round_between(14, -500), round_between(-20, -800), round_between(0.201, 0.203)
    (0.0, -120.0, 0.202)
    >>> round_between(68, 1_947, near=99)
    100.0
    """
    if bulk == 0 or bulk * beyond < 0:
        return 0.0
    middle = math.copysign(math.sqrt(bulk * beyond), bulk) if beyond else bulk / 2
    wanted = middle if near is None else near
    scale = 10.0 ** math.floor(math.log10(abs(wanted)))
    inner, outer = sorted((abs(bulk), abs(beyond)))
    steps = [math.copysign(step * scale, bulk) for step in _ROUND if inner <= step * scale <= outer]
    inside = [step for step in steps if step != beyond]
    return float(f"{min(inside, key=lambda step: abs(step - wanted), default=middle):.3g}")


def roomy(value: float) -> float:
    """A round number with room above `value`, whole above 1; 0 where it is not above 0.

    Examples
    --------
    >>> roomy(1_463.8), roomy(1), roomy(0.35), roomy(-3)
    (2000.0, 2.0, 0.5, 0.0)
    """
    if value <= 0:
        return 0.0
    scale = 10.0 ** math.floor(math.log10(value))
    steps = (step * scale for step in _ROUND if step * scale >= 1.2 * value)
    room = float(f"{next(steps, 12 * scale):.6g}")
    return float(math.ceil(room)) if value >= 1 else room
