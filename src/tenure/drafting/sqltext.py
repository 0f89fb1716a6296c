"""The queries of a draft: who is scored, and a template for what became of them."""

from __future__ import annotations

from collections.abc import Iterator

from tenure.domain.wording import counted
from tenure.drafting.draft import Draft, PopulationDraft
from tenure.drafting.naming import quoted
from tenure.drafting.yamltext import one_line

NO_TIME = "TIMESTAMP '2000-01-01'"
"""The event time of everybody where the data know none."""

_NOBODY = """\
-- TO FILL IN: who is scored, and when. No source has a column that identifies a row.
SELECT NULL AS entity, NULL AS event_time
"""
_NOTHING = """\
-- TO FILL IN: what became of each event.
SELECT NULL AS entity, NULL AS event_time, NULL AS label
"""


def population_sql(draft: Draft) -> str:
    """The query of the population, with what it rests on."""
    population = draft.population
    if population is None:
        return _NOBODY
    return "\n".join([*map(one_line, _about_population(population)), *_select(population)]) + "\n"


def label_sql(draft: Draft) -> str:
    """The template of the label: a query that runs, and labels nothing until it is filled in.

    Where the population's source has a column named like a label, the template takes it.
    """
    population = draft.population
    if population is None:
        return _NOTHING
    return "\n".join([*map(one_line, _about_label(draft)), *_select(population, label=_label(draft))]) + "\n"


def _about_population(population: PopulationDraft) -> Iterator[str]:
    yield "-- Who is scored, and when: one row per entity and event."
    yield f"-- Guessed from `{population.source}`: {population.seen}."
    if population.event_time is None:
        yield "-- CHECK: no column says when. Everybody is scored at one made-up time; without real times"
        yield "-- nothing can be split by time. Put the column, or another way to know it, in its place."
    elif population.first and population.last:
        yield f"-- {counted(population.n_events, 'event')} from {population.first} to {population.last}."
    if population.extra:
        listed = ", ".join(f"`{name}`" for name in population.extra)
        yield f"-- {listed}: no key, but other sources are joined by it."


def _about_label(draft: Draft) -> Iterator[str]:
    if draft.label.column is None:
        yield "-- TO FILL IN: what became of each event, once its outcome window has closed."
        yield "-- As it stands every label is null, and nothing is trained."
    else:
        yield f"-- CHECK: `{draft.label.column}` is named like the label. Is it, and when is it known?"
    yield "-- One row per event: the population's keys, its event_time, and the class in `label`. Rows with a"
    yield "-- null label have none. `horizon` in tenure.yaml says how long after the event the answer is"
    yield "-- known: read nothing from after that."
    if draft.label.candidates:
        yield "-- Columns that look like outcomes:"
        yield from (f"-- · {candidate}" for candidate in draft.label.candidates)


def _label(draft: Draft) -> str:
    if draft.label.column is not None:
        return f"{quoted(draft.label.column)} AS label"
    return "CAST(NULL AS VARCHAR) AS label  -- <- here"


def _select(population: PopulationDraft, label: str = "") -> Iterator[str]:
    time = quoted(population.event_time) if population.event_time else NO_TIME
    columns = [quoted(name) for name in population.keys]
    columns += [] if label else [quoted(name) for name in population.extra]
    columns += [] if time == "event_time" else [f"{time} AS event_time"]
    columns += ["event_time"] if time == "event_time" else []
    columns += [label] if label else []
    yield "SELECT DISTINCT" if population.is_repeated else "SELECT"
    for number, column in enumerate(columns, 1):
        code, dashes, comment = column.partition("  --")
        yield f"    {code}{',' if number < len(columns) else ''}{dashes}{comment}"
    yield f"FROM {quoted(population.source)}"
