"""Rules for bars: where a histogram begins and ends, which values are heaped."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from tenure.drafting.looks import NumberLook
from tenure.drafting.wording import as_number
from tenure.exploration.summary import Bar

N_BINS = 20
_FAR = 3  # interquartile ranges beyond the quartiles: Tukey's outer fences
_MIN_DISTINCT = 25
_MIN_HEAP_SHARE = 0.02
_HEAP_TIMES = 10  # as many rows as the values have on average


@dataclass(frozen=True, slots=True)
class Frame:
    """Bins of equal width between two numbers; what lies beyond is counted at the ends."""

    low: float
    high: float
    n_bins: int = N_BINS

    def bars(self, bins: Mapping[int, int], *, name: Callable[[float], str] | None = None) -> tuple[Bar, ...]:
        """The bars from left to right: those beyond the ends only where there are rows.

        Parameters
        ----------
        bins
            Rows by the place of the bin: -1 below the frame, `n_bins` above it.
        name
            What an edge is called; as a number when absent.

        Examples
        --------
        >>> Frame(0.0, 10.0, n_bins=2).bars({0: 3, 1: 4, 2: 1})
        (Bar(label='0 to 5', n=3), Bar(label='5 to 10', n=4), Bar(label='above 10', n=1))
        """
        called = name or as_number
        width = (self.high - self.low) / self.n_bins
        edges = [called(self.low + place * width) for place in range(self.n_bins)] + [called(self.high)]
        inner = [Bar(f"{edges[k]} to {edges[k + 1]}", bins.get(k, 0)) for k in range(self.n_bins)]
        below, above = bins.get(-1, 0), bins.get(self.n_bins, 0)
        return (
            *([Bar(f"below {edges[0]}", below)] if below else []),
            *inner,
            *([Bar(f"above {edges[-1]}", above)] if above else []),
        )


def frame_of(look: NumberLook, *, is_clipped: bool) -> Frame | None:
    """Where the histogram of a column begins and ends; None where it has one number only.

    Parameters
    ----------
    look
        The column.
    is_clipped
        Whether it ends at Tukey's outer fences (three interquartile ranges beyond the quartiles), so that
        one absurd number does not push all others into one bar.
    """
    low, high = look.low.value, look.high.value
    spread = (look.q75 - look.q25) or (look.q90 - look.q10)
    if is_clipped and spread > 0:
        low, high = max(low, look.q25 - _FAR * spread), min(high, look.q75 + _FAR * spread)
    return Frame(low, high) if high > low else None


def heaps_among(look: NumberLook, top: Sequence[tuple[float | None, str | None, int]]) -> tuple[Bar, ...]:
    """The numbers that have at least 2 % of the rows, and ten times as many as the numbers have on average.

    None in a column with fewer than 25 different numbers: there every one is frequent.

    Parameters
    ----------
    look
        The column.
    top
        Its most frequent values: number, text, rows.
    """
    if look.n_distinct < _MIN_DISTINCT:
        return ()
    least = max(_MIN_HEAP_SHARE * look.n, _HEAP_TIMES * look.n / look.n_distinct)
    return tuple(Bar(as_number(number), n) for number, _, n in top[:5] if number is not None and n >= least)


def whipple_index(n_fives: int, n: int) -> float:
    r"""Whipple's index of digit preference, in per cent.

    .. math:: W = 500 \, n_{0,5} / n

    100 where numbers that end in 0 or 5 are one in five, 500 where there are no others; above 175 the
    numbers count as very rough [1]_.

    Parameters
    ----------
    n_fives
        Rows whose number is a multiple of five.
    n
        Rows, above 0.

    References
    ----------
    .. [1] United Nations, "Demographic Yearbook", 1988, notes on the accuracy of age data.

    Examples
    --------
    >>> whipple_index(20, 100)
    100.0
    """
    return 500 * n_fives / n
