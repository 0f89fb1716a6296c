r"""The formulas of aggregates over the rows of one window.

With :math:`y` the values that are not null and :math:`x` the time of their rows in months before the
event (negative):

=========  ==========================================================================================
mean       :math:`\bar y`; null without values
std        :math:`\sqrt{\sum (y - \bar y)^2 / (n - 1)}`; null with fewer than two values
min, max   smallest and largest value; null without values
sum        :math:`\sum y`; null (not 0) without values
last       the value of the last row that has one; null without values
trend      :math:`\sum (x - \bar x)(y - \bar y) / \sum (x - \bar x)^2`, the slope of the least-squares
           line per month of 30.4375 days; null with fewer than two different times
distinct   number of different values; 0 without values
share      rows with one value of a category / rows with any; null without values
=========  ==========================================================================================

References: the slope is that of simple linear regression, e.g. Draper & Smith, *Applied Regression
Analysis*, 3rd ed. (1998), equation 1.2.9a.

Each is an expression over values that are null outside the window: a filter on every aggregate would
cost time quadratic in their number.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from tenure.domain.features import FeatureKind
from tenure.features.config import Aggregate

NUMBERS_ONLY = frozenset(
    {Aggregate.MEAN, Aggregate.STD, Aggregate.MIN, Aggregate.MAX, Aggregate.SUM, Aggregate.TREND}
)
CATEGORIES_ONLY = frozenset({Aggregate.MODE, Aggregate.SHARE})
NEEDS_TIME = frozenset({Aggregate.LAST, Aggregate.TREND})
ZERO_WITHOUT_ROWS = frozenset({Aggregate.COUNT, Aggregate.DISTINCT})
USUAL = (
    Aggregate.MEAN,
    Aggregate.LAST,
    Aggregate.STD,
    Aggregate.MIN,
    Aggregate.MAX,
    Aggregate.TREND,
    Aggregate.MODE,
    Aggregate.COUNT,
)
"""What a block computes that names no aggregates."""


@dataclass(frozen=True, slots=True)
class Windowed:
    """One column in one window, as expressions over the rows of an event."""

    values: ir.Value
    """Null outside the window."""
    months: ir.FloatingValue
    """Time of the row in months before the event; null where it has none."""
    order: ir.Value
    """Greater for a later row, and different for each row of an event."""


def aggregate_kind(aggregate: Aggregate, kind: FeatureKind) -> FeatureKind:
    """How a model reads an aggregate of a column."""
    keeps = aggregate in {Aggregate.LAST, Aggregate.MODE}
    return kind if keeps else FeatureKind.NUMBER


def applies(aggregate: Aggregate, kind: FeatureKind, *, has_values: bool, is_timed: bool) -> bool:
    """Whether an aggregate means something for a column of this kind.

    Parameters
    ----------
    aggregate
        Which.
    kind
        Of the column.
    has_values
        Whether the project file lists the column's values, as `share` needs.
    is_timed
        Whether the rows of the source can be put in order of time.
    """
    if aggregate in NEEDS_TIME and not is_timed:
        return False
    if aggregate is Aggregate.SHARE and not has_values:
        return False
    return aggregate not in (CATEGORIES_ONLY if kind is FeatureKind.NUMBER else NUMBERS_ONLY)


def aggregate_expression(aggregate: Aggregate, windowed: Windowed) -> ir.Value:
    """The aggregate of one column in one window. `count`, `mode` and `share` are not of this form."""
    return _FORMULAS[aggregate](windowed)


def share_expression(values: ir.StringValue, value: str) -> ir.FloatingValue:
    """The share of `value` among the rows that have any."""
    return (values == ibis.literal(value)).cast("float64").mean()


def _last(windowed: Windowed) -> ir.Value:
    order = windowed.order
    return windowed.values.argmax(windowed.values.notnull().ifelse(order, ibis.null(order.type())))


def _trend(windowed: Windowed) -> ir.FloatingValue:
    times = windowed.months + 0.0 * windowed.values  # null where the value is: as a case, twice as slow
    return windowed.values.cov(times, how="pop") / times.var(how="pop").nullif(0.0)


_FORMULAS: Mapping[Aggregate, Callable[[Windowed], ir.Value]] = {
    Aggregate.MEAN: lambda w: w.values.mean(),
    Aggregate.STD: lambda w: w.values.std(how="sample"),
    Aggregate.MIN: lambda w: w.values.min(),
    Aggregate.MAX: lambda w: w.values.max(),
    Aggregate.SUM: lambda w: w.values.sum(),
    Aggregate.LAST: _last,
    Aggregate.TREND: _trend,
    Aggregate.DISTINCT: lambda w: w.values.nunique().cast("float64"),
}
