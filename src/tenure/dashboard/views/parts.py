"""The parts that every page is put together from: the opening sentence, facts, charts, tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from importlib.resources import files
from typing import Any

import streamlit as st

from tenure.dashboard.contents.office import Fact
from tenure.domain.report import Concern, Headline
from tenure.render.exploring import with_code
from tenure.render.theme import palettes
from tenure.render.words import NOTHING

MAX_ROWS = 1000
"""Of a table; the sentence above it says how many there are."""
_SIGNS = {
    Concern.CALM: ("●", "No reason to worry"),
    Concern.WATCH: ("◆", "Keep an eye on it"),
    Concern.WORRY: ("▲", "Reason to worry"),
}


def dress() -> None:
    """The colours and the type of every page, light and dark: those of a report."""
    light, dark = palettes()
    colours = " ".join(f"--{name}: light-dark({light[name]}, {dark[name]});" for name in light)
    style = files(__package__).joinpath("style.css").read_text(encoding="utf-8")
    st.html(f"<style>.stApp {{ {colours} }}\n{style}</style>")


def say(headline: Headline, hint: str = "") -> None:
    """What a page opens with: whether to worry, why, and what to do."""
    sign, words = _SIGNS[headline.concern]
    told = f'<p class="hint">{with_code(hint)}</p>' if hint else ""
    st.html(
        f'<div class="tenure"><div class="badge {headline.concern}"><span aria-hidden="true">{sign}</span> '
        f"{words}</div><h1>{with_code(headline.sentence)}</h1>{told}</div>"
    )


def show_facts(facts: Sequence[Fact]) -> None:
    """Numbers with their names, beside each other."""
    told = "".join(
        f"<div><dt>{escape(f.name)}</dt><dd>{escape(f.value)}<small>{with_code(f.note)}</small></dd></div>"
        for f in facts
    )
    st.html(f'<div class="tenure"><dl>{told}</dl></div>')


def show_points(points: Iterable[str]) -> None:
    """Sentences, one below the other."""
    told = "".join(f"<li>{with_code(point)}</li>" for point in points)
    st.html(f'<div class="tenure"><ul>{told}</ul></div>')


def draw(specification: Mapping[str, Any] | None, title: str, *, otherwise: str) -> None:
    """A chart below its title, or why there is none.

    Parameters
    ----------
    specification
        Vega-Lite; None where there is nothing to draw.
    title
        What it shows, for readers and for those who hear the page.
    otherwise
        The sentence that stands in its place.
    """
    st.markdown(f"**{title}**")
    if specification is None:
        st.caption(otherwise)
        return
    composed = "vconcat" in specification
    config = {**specification["config"], "aria": True, "mark": {"tooltip": {"content": "encoding"}}}
    size = {} if composed else {"width": "container"}
    drawn = {**specification, **size, "config": config, "usermeta": {"embedOptions": {"renderer": "svg"}}}
    st.vega_lite_chart(spec=drawn, theme=None, width="content" if composed else "stretch", alt=title)


def show_rows(
    rows: Sequence[Mapping[str, Any]], *, otherwise: str, columns: Mapping[str, Any] | None = None
) -> None:
    """A table that its reader can sort and search, or why there is none.

    Parameters
    ----------
    rows
        At most `MAX_ROWS` of them are shown.
    otherwise
        The sentence that stands in its place.
    columns
        How columns are shown, where their values do not say.
    """
    if not rows:
        st.caption(otherwise)
        return
    shown = [dict(row) for row in rows[:MAX_ROWS]]
    st.dataframe(shown, hide_index=True, column_config=dict(columns or {}), placeholder=NOTHING)
    if len(rows) > MAX_ROWS:
        st.caption(f"The first {MAX_ROWS:,} of {len(rows):,}.")


def decimals(digits: int = 3) -> Any:
    """A column of numbers with so many decimals."""
    return st.column_config.NumberColumn(format=f"%.{digits}f")


def percent() -> Any:
    """A column of shares as percentages."""
    return st.column_config.NumberColumn(format="percent")


def share() -> Any:
    """A column of shares, drawn as bars with their percentage."""
    return st.column_config.ProgressColumn(format="percent", min_value=0.0, max_value=1.0)
