"""What features are called, in tables and in words."""

from __future__ import annotations

from collections.abc import Sequence

from tenure.domain.sources import Source
from tenure.features.config import Aggregate
from tenure.features.window import Window


def last_known_name(source: str, column: str, suffix: str = "") -> str:
    """The name of a column as last known at the event.

    Examples
    --------
    >>> last_known_name("attributes", "Age")
    'attributes_Age'
    """
    return f"{source}_{column}{suffix}"


def count_name(source: str, window: Window, suffix: str = "") -> str:
    """The name of the number of rows in a window.

    Examples
    --------
    >>> count_name("clickstream", Window.parse("3 months"))
    'clickstream_count_3m'
    """
    return f"{source}_{Aggregate.COUNT}_{window.label}{suffix}"


def aggregate_name(source: str, column: str, aggregate: Aggregate, window: Window, suffix: str = "") -> str:
    """The name of an aggregate of a column over a window.

    Examples
    --------
    >>> aggregate_name("clickstream", "fe_1", Aggregate.MEAN, Window.parse("3 months"))
    'clickstream_fe_1_mean_3m'
    """
    return f"{source}_{column}_{aggregate}_{window.label}{suffix}"


def share_name(source: str, column: str, value: str, window: Window, suffix: str = "") -> str:
    """The name of the share of a category's value among the rows of a window.

    Examples
    --------
    >>> share_name("bureau", "CREDIT_ACTIVE", "Closed", Window())
    'bureau_CREDIT_ACTIVE_share_Closed_all'
    """
    return f"{source}_{column}_{Aggregate.SHARE}_{value}_{window.label}{suffix}"


def cross_name(members: Sequence[str]) -> str:
    """The name of a cross, from its members as the project file writes them.

    Examples
    --------
    >>> cross_name(["Occupation", "Credit_Mix"])
    'Occupation_x_Credit_Mix'
    """
    return "_x_".join(members)


def column_words(source: Source, column: str) -> str:
    """What a person calls a column: its `words`, or its name."""
    rule = source.columns.get(column)
    return (rule.words if rule is not None else "") or column


_WORDS = {
    Aggregate.MEAN: "mean",
    Aggregate.STD: "standard deviation",
    Aggregate.MIN: "smallest",
    Aggregate.MAX: "largest",
    Aggregate.SUM: "sum",
    Aggregate.LAST: "last",
    Aggregate.TREND: "change per month",
    Aggregate.DISTINCT: "number of different values",
    Aggregate.MODE: "most frequent",
    Aggregate.SHARE: "share",
}


def aggregate_words(words: str, aggregate: Aggregate, window: Window) -> str:
    """An aggregate as a person says it.

    Examples
    --------
    >>> aggregate_words("clicks", Aggregate.MEAN, Window.parse("3 months"))
    'mean of clicks over the 3 months before'
    >>> aggregate_words("clicks", Aggregate.LAST, Window())
    'last of clicks so far'
    """
    return f"{_WORDS[aggregate]} of {words} {window_words(window)}"


def window_words(window: Window) -> str:
    """A window as a person says it."""
    return "so far" if window.length is None else f"over the {window} before"
