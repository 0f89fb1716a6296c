"""Charts that only a deck has; the others are those of `tenure.render.charts`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt

from tenure.render.theme import ACCENT, INK, MUTED

Row = Mapping[str, Any]
Chart = Any


def bars_chart(rows: Sequence[Row], name: str, value: str, form: str = "~s") -> Chart:
    """One bar per row, in the order of the rows, with its value at its end.

    Parameters
    ----------
    rows
        At least one.
    name, value
        The columns that name a bar and give its length.
    form
        How a value is told, in d3's words.
    """
    order = [row[name] for row in rows]
    y = alt.Y(f"{name}:N", sort=order, axis=alt.Axis(title=None, domain=False, ticks=False))
    x = alt.X(f"{value}:Q", axis=None, scale=alt.Scale(padding=0, nice=False, domainMin=0))
    base = alt.Chart(_data(rows)).encode(y=y, x=x)
    text = base.mark_text(align="left", dx=5, fontSize=12).encode(text=alt.Text(f"{value}:Q", format=form))
    return alt.layer(base.mark_bar(color=ACCENT, height={"band": 0.68}), text)


def intervals_chart(rows: Sequence[Row], name: str) -> Chart:
    """A point with its 95 % interval per row, in the order of the rows.

    Parameters
    ----------
    rows
        With ``value``, and ``low`` and ``high`` where they are known.
    name
        The column that names a row.
    """
    order = [row[name] for row in rows]
    y = alt.Y(f"{name}:N", sort=order, axis=alt.Axis(title=None, domain=False, ticks=False, grid=True))
    x = alt.X("value:Q", scale=alt.Scale(zero=False, nice=True, padding=14), axis=_numbers())
    base = alt.Chart(_data(rows)).encode(y=y)
    marks = [
        base.mark_rule(color=ACCENT, strokeWidth=2).encode(
            x=alt.X("low:Q", scale=alt.Scale(zero=False)), x2="high:Q"
        ),
        base.mark_point(filled=True, size=80, opacity=1, color=ACCENT).encode(x=x),
        base.mark_text(dy=-11, fontSize=12).encode(x=x, text=alt.Text("value:Q", format=".3f")),
    ]
    return alt.layer(*(marks if any(row.get("low") is not None for row in rows) else marks[1:]))


def stacked_chart(rows: Sequence[Row], kinds: Mapping[str, str], axis: Any) -> Chart:
    """Counts per period, one colour per kind, the first kind at the bottom.

    Parameters
    ----------
    rows
        With ``period``, ``kind`` and ``n``.
    kinds
        The colour of each kind, in their order.
    axis
        The axis of periods.
    """
    scale = alt.Scale(domain=list(kinds), range=list(kinds.values()))
    colour = alt.Color("kind:N", sort=list(kinds), scale=scale)
    y = alt.Y("n:Q", axis=alt.Axis(title=None, format="~s", tickMinStep=1))
    return alt.Chart(_data(rows)).mark_bar().encode(x=axis, y=y, color=colour, order=alt.Order("place:Q"))


def share_chart(rows: Sequence[Row], axis: Any) -> Chart:
    """A bar per period up to its share of one, what is missing in the colour of the ground.

    Parameters
    ----------
    rows
        With ``period`` and ``share``, in [0, 1].
    axis
        The axis of periods.
    """
    y = alt.Y("share:Q", scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(title=None, format=".0%", tickCount=3))
    whole = alt.Chart(_data([{**row, "share": 1.0} for row in rows])).mark_bar(color="var(--grid)")
    known = alt.Chart(_data(rows)).mark_bar(color=ACCENT)
    return alt.layer(whole.encode(x=axis, y=y), known.encode(x=axis, y=y))


def _numbers() -> alt.Axis:
    return alt.Axis(title=None, format=".2f", tickCount=5, labelColor=MUTED, domainColor=INK)


def _data(rows: Sequence[Row]) -> alt.InlineData:
    return alt.InlineData(values=[dict(row) for row in rows])
