"""How sources hang together: who the population is, and how each source is reached from it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tenure.domain.reading import typed
from tenure.domain.sources import Column, ColumnType
from tenure.domain.wording import counted
from tenure.drafting.draft import ColumnDraft, KeyDraft, PopulationDraft
from tenure.drafting.keys import n_different
from tenure.drafting.looking import as_text
from tenure.drafting.looks import SourceLook
from tenure.drafting.outcomes import is_target
from tenure.drafting.times import is_beginning
from tenure.ports import Engine

if TYPE_CHECKING:
    import ibis.expr.types as ir

_FEW_ROWS = 30


@dataclass(frozen=True, slots=True)
class Seen:
    """One source as far as it can be looked at alone, and its rows."""

    path: str
    look: SourceLook
    columns: tuple[ColumnDraft, ...]
    key: KeyDraft
    rows: ir.Table

    @property
    def name(self) -> str:
        """The source's name."""
        return self.look.name

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its columns."""
        return tuple(column.name for column in self.columns)

    def column(self, name: str) -> ColumnDraft:
        """The column called `name`."""
        return next(column for column in self.columns if column.name == name)


@dataclass(frozen=True, slots=True)
class Link:
    """How a source is reached from the population."""

    columns: tuple[str, ...]
    through: str | None = None
    n_entities: int = 0
    """Entities of the population (or of `through`) that the source has a row of."""
    n_population: int = 0


@dataclass(frozen=True, slots=True)
class Timing:
    """Where the rows of a source lie, seen from the events of their entities."""

    n_before: int
    n_at: int
    n_after: int


def choose_population(sources: Sequence[Seen], *, engine: Engine) -> PopulationDraft | None:
    """The source whose rows begin an entity's life; None where no source has a key.

    A source counts for 3 when it follows entities from a beginning that each row names (a ledger with
    ``loan_start_date``), 2 when it has one row per entity and a time, 1 without a time, and half of one
    when it has several rows per entity. On top come 2 for a column named like a label, 1 for an event
    time that is a beginning, and half of one for each other source that has its key. Fewer than 30
    rows take off 3. Of equals the first is taken.
    """
    drafts = [
        (_score(source, draft, sources), draft)
        for source in sources
        if source.key.keys and (draft := _as_population(source, sources, engine)) is not None
    ]
    return max(drafts, key=lambda each: each[0])[1] if drafts else None


def find_link(
    source: Seen, population: PopulationDraft, sources: Sequence[Seen], *, engine: Engine
) -> Link | None:
    """The way from the population to a source, directly or through another; None where there is none."""
    direct = _direct(source, population, sources, engine)
    if direct is not None:
        return direct
    known = {*population.keys, *population.extra}
    for parent in sources:
        shared = tuple(
            name for name in _identifiers(source) if name in _identifiers(parent) and name not in known
        )
        if parent.name == source.name or not shared or _direct(parent, population, sources, engine) is None:
            continue
        link = _measured(parent, source, shared[:1], engine)
        if link.n_entities:
            return Link(link.columns, parent.name, link.n_entities, link.n_population)
    return None


def measure_timing(
    source: Seen, link: Link, population: PopulationDraft, sources: Sequence[Seen], *, engine: Engine
) -> Timing | None:
    """How many rows of a source lie before, at and after the event; None where no time says so."""
    home = next(each for each in sources if each.name == population.source)
    if population.event_time is None or source.key.event_time is None or link.through is not None:
        return None
    if any(column.time is None or column.time.is_open for column in _times(source, home, population)):
        return None
    events = home.rows.select(
        **{f"k{n}": as_text(home.rows[name]) for n, name in enumerate(link.columns)},
        event=_time(home, population.event_time, engine),
    ).distinct()
    rows = source.rows.select(
        **{f"k{n}": as_text(source.rows[name]) for n, name in enumerate(link.columns)},
        time=_time(source, source.key.event_time, engine),
    )
    joined = rows.inner_join(events, [f"k{n}" for n in range(len(link.columns))])
    time, event = joined["time"], joined["event"]
    counts = joined.aggregate(
        before=(time < event).sum(), at=(time == event).sum(), after=(time > event).sum()
    )
    row = engine.arrow(counts).to_pylist()[0]
    return Timing(*(int(row[name] or 0) for name in ("before", "at", "after")))


def _as_population(source: Seen, sources: Sequence[Seen], engine: Engine) -> PopulationDraft | None:
    """The population that a source would be."""
    beginning = _beginning(source, engine) if not source.key.one_row else None
    if beginning is not None:
        return _ledger(source, beginning, sources, engine)
    keys, event_time = source.key.keys, source.key.event_time
    seen = "one row per entity, each an event" if source.key.one_row else "each row is an event"
    return _population(source, keys, event_time, sources, seen, n_events=source.look.n_rows)


def _beginning(source: Seen, engine: Engine) -> str | None:
    """The column that says when the entity of each row began: the same in all rows of an entity."""
    entity = _entity(source)
    dated = (c.name for c in source.columns if c.type is ColumnType.DATE and c.name != source.key.event_time)
    for name in filter(is_beginning, dated):
        n_entities = n_different(source.rows, entity, engine=engine)
        if (
            n_entities < source.look.n_rows
            and n_different(source.rows, (*entity, name), engine=engine) == n_entities
        ):
            return name
    return None


def _entity(source: Seen) -> tuple[str, ...]:
    return tuple(name for name in source.key.keys if source.column(name).is_identifier) or source.key.keys


def _ledger(source: Seen, beginning: str, sources: Sequence[Seen], engine: Engine) -> PopulationDraft:
    entity = _entity(source)
    n_events = n_different(source.rows, entity, engine=engine)
    known = [name for name in _identifiers(source) if name not in entity and _n_having(name, source, sources)]
    same = (name for name in known if n_different(source.rows, (name, beginning), engine=engine) == n_events)
    keys = next(((name,) for name in same), entity)
    seen = f"{counted(n_events, 'event')} in {counted(source.look.n_rows, 'row')}, which begin at {beginning}"
    return _population(source, keys, beginning, sources, seen, n_events=n_events, is_repeated=True)


def _population(
    source: Seen,
    keys: tuple[str, ...],
    event_time: str | None,
    sources: Sequence[Seen],
    seen: str,
    *,
    n_events: int,
    is_repeated: bool = False,
) -> PopulationDraft:
    extra = tuple(
        name for name in _identifiers(source) if name not in keys and _n_having(name, source, sources)
    )
    time = source.column(event_time).time if event_time else None
    first, last = (time.first, time.last) if time is not None else (None, None)
    return PopulationDraft(
        source.name,
        keys,
        event_time,
        extra,
        seen,
        is_repeated=is_repeated,
        n_events=n_events,
        first=first,
        last=last,
    )


def _score(source: Seen, draft: PopulationDraft, sources: Sequence[Seen]) -> float:
    if draft.is_repeated:
        score = 3.0
    elif source.key.one_row:
        score = 2.0 if draft.event_time else 1.0
        score += 1.0 if draft.event_time and is_beginning(draft.event_time) else 0.0
    else:
        score = 0.5
    score += 2.0 * any(is_target(column) for column in source.look.columns)
    score += 0.5 * max((_n_having(name, source, sources) for name in draft.keys), default=0)
    return score - 3.0 * (source.look.n_rows < _FEW_ROWS)


def _n_having(name: str, source: Seen, sources: Sequence[Seen]) -> int:
    """How many other sources have a column of this name."""
    return sum(name in other.names for other in sources if other.name != source.name)


def _identifiers(source: Seen) -> tuple[str, ...]:
    """The columns of a source that lead somewhere: its identifiers, those that are keys first."""
    named = [column.name for column in source.columns if column.is_identifier]
    return tuple(sorted(named, key=lambda name: name not in source.key.keys))


def _direct(
    source: Seen, population: PopulationDraft, sources: Sequence[Seen], engine: Engine
) -> Link | None:
    home = next(each for each in sources if each.name == population.source)
    known = (*population.keys, *population.extra)
    own = tuple(name for name in source.key.keys if name in known)
    shared = own or tuple(name for name in _identifiers(source) if name in known)[:1]
    if not shared:
        return None
    if source.name == home.name:
        return Link(shared, None, population.n_events, population.n_events)
    link = _measured(home, source, shared, engine)
    return link if link.n_entities else None


def _measured(parent: Seen, child: Seen, columns: tuple[str, ...], engine: Engine) -> Link:
    """How many different values of the shared columns both have."""
    ours, theirs = (
        each.rows.select(**{f"k{n}": as_text(each.rows[name]) for n, name in enumerate(columns)}).distinct()
        for each in (parent, child)
    )
    common = ours.semi_join(theirs, [f"k{n}" for n in range(len(columns))])
    n_common, n_ours = (int(engine.arrow(t.aggregate(n=t.count()))["n"][0].as_py()) for t in (common, ours))
    return Link(columns, None, n_common, n_ours)


def _times(source: Seen, home: Seen, population: PopulationDraft) -> Iterator[ColumnDraft]:
    yield source.column(str(source.key.event_time))
    yield home.column(str(population.event_time))


def _time(source: Seen, name: str, engine: Engine) -> ir.TimestampValue:
    rule = source.column(name).rule
    stated: Mapping[str, object] = {
        "type": ColumnType.DATE,
        "format": rule.format,
        "null_values": rule.null_values,
    }
    return typed(source.rows[name], Column.model_validate(stated), engine=engine)
