"""One entity: its scores over time, what its features were, and what pushed the score."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from tenure.bundle import Bundle
from tenure.bundle.reasons import Explainer, Reason
from tenure.domain.arms import Origin
from tenure.domain.report import Concern, Headline
from tenure.domain.tables import AS_OF, EVENT_TIME, FEATURES, ORIGIN, PREDICTIONS
from tenure.domain.wording import counted
from tenure.flow import step_named
from tenure.ports import TableStore
from tenure.running.ledger import load_artefact
from tenure.stats.numbers import NumberProfile
from tenure.stats.profile import Profile
from tenure.stats.quantiles import share_below
from tenure.stats.words import CategoryProfile

MAX_FOUND = 50
"""Entities that a search gives."""
MAX_PERIODS = 36
"""How far back a search looks."""
HIDDEN = "hidden"
"""What stands for a key that is marked ``pii``."""
_SCORED = ("score", "class", "threshold", "model", "model_version", "bundle_sha256")


@dataclass(frozen=True, slots=True)
class Scored:
    """One prediction of the entity."""

    as_of: date
    event_time: datetime
    origin: str
    """``batch``: by the loop; ``served``: to whoever asked."""
    score: float
    called: str
    """The class."""
    threshold: float | None
    model_version: int
    bundle_sha256: str


@dataclass(frozen=True, slots=True)
class Valued:
    """One feature of the entity, beside the rows that the model was trained on."""

    feature: str
    value: str
    percentile: float | None
    """Share of the training rows with a smaller value, half of equal ones; None for what is no number."""
    share: float | None
    """Of a category: share of the training rows in it; of a value that is not known, share of nulls."""
    importance: float
    outside: bool
    """Whether no training row has its like: beyond their range, a new category, null where none was."""


@dataclass(frozen=True, slots=True)
class Found:
    """An entity that a search gave."""

    keys: tuple[tuple[str, str], ...]
    """Name and value of each key, as text."""
    score: float
    as_of: date


@dataclass(frozen=True, slots=True)
class ApplicantPage:
    """What the page shows of one entity."""

    headline: Headline
    history: tuple[Scored, ...]
    """Oldest first."""
    values: tuple[Valued, ...]
    """Of the last prediction by the loop; the most important features first."""
    reasons: tuple[Reason, ...] | None
    """What pushed that score; None where the bundle explains nothing."""


def key_names(as_of: date, *, store: TableStore) -> tuple[str, ...]:
    """What identifies an entity in a period that ran; empty where no features were built."""
    gold = load_artefact(step_named("build"), as_of, store=store)
    keys: tuple[str, ...] = gold.keys if gold else ()
    return keys


def find(words: str, keys: Sequence[str], *, as_of: date, store: TableStore) -> tuple[Found, ...]:
    """Entities one of whose keys holds `words`, in any case: the last period first, then the highest score.

    Each period's scores are read for itself, so that memory does not grow with history.

    Parameters
    ----------
    words
        What is looked for; every entity of the last periods when empty.
    keys
        Names of the keys that are looked at.
    as_of
        The last period to look at.
    store
        Where ``gold/predictions`` is.
    """
    found: dict[tuple[tuple[str, str], ...], Found] = {}
    for day in reversed(_periods(as_of, store)):
        rows = _matching(_scores(day, keys, store), words, keys).sort_by([("score", "descending")])
        for row in islice(rows.to_pylist(), MAX_FOUND):
            told = tuple((name, str(row[name])) for name in keys)
            found.setdefault(told, Found(told, row["score"], day))
        if len(found) >= MAX_FOUND:
            break
    return tuple(islice(found.values(), MAX_FOUND))


def read_scores(entity: Found, *, as_of: date, store: TableStore) -> tuple[Scored, ...]:
    """Every prediction of the entity up to a period, oldest first."""
    names = [name for name, _ in entity.keys]
    parts = (_scores(day, names, store) for day in _periods(as_of, store))
    rows = [row for part in parts for row in part.filter(_is(part, entity)).to_pylist()]
    return tuple(sorted(map(_scored, rows), key=lambda row: (row.as_of, row.event_time)))


def read_applicant(
    entity: Found,
    history: Sequence[Scored],
    bundle: Bundle | None,
    explainer: Explainer | None,
    *,
    personal: Collection[str],
    store: TableStore,
) -> ApplicantPage:
    """What is known of an entity.

    Parameters
    ----------
    entity
        Who.
    history
        Its predictions; see `read_scores`.
    bundle
        Of the version that made the last one by the loop; None where its files are gone.
    explainer
        Of that bundle; None where it explains nothing.
    personal
        Columns whose values are not to be shown.
    store
        Where ``gold/features`` is.
    """
    batch = [row for row in history if row.origin == Origin.BATCH.value]
    row = _feature_row(entity, batch[-1], bundle, store) if batch and bundle else None
    values = _values(row, bundle, personal) if row is not None and bundle else ()
    return ApplicantPage(
        headline=_headline(told_keys(entity, personal), history, values),
        history=tuple(history),
        values=values,
        reasons=_reasons(row, batch[-1], bundle, explainer, personal) if row is not None and bundle else None,
    )


def told_keys(entity: Found, personal: Collection[str]) -> str:
    """The keys of an entity as text, without what is personal.

    Examples
    --------
    >>> told_keys(Found((("loan", "7"), ("ssn", "1")), 0.1, date(2024, 1, 31)), {"ssn"})
    'loan 7, ssn hidden'
    """
    return ", ".join(f"{name} {HIDDEN if name in personal else value}" for name, value in entity.keys)


def last_batch(history: Sequence[Scored]) -> Scored | None:
    """The last prediction that the loop made; None when there is none."""
    batch = [row for row in history if row.origin == Origin.BATCH.value]
    return batch[-1] if batch else None


def _headline(who: str, history: Sequence[Scored], values: Sequence[Valued]) -> Headline:
    """To look at where the model never saw the like, or where the class is another than before."""
    if not history:
        return Headline(Concern.CALM, f"{who} was never scored.")
    last = history[-1]
    limit = "" if last.threshold is None else f" (threshold {last.threshold:.3f})"
    said = f"{who} scored {last.score:.3f}{limit} in {last.as_of}, class `{last.called}`"
    strange = [each for each in values if each.outside]
    if strange:
        told = f"{len(strange):,} of {counted(len(values), 'feature')} lie outside what version"
        return Headline(
            Concern.WATCH,
            f"{said}; {told} {last.model_version} was trained on, first `{strange[0].feature}`.",
        )
    if len(history) > 1 and history[-2].called != last.called:
        return Headline(Concern.WATCH, f"{said}; before, it was `{history[-2].called}`.")
    n = counted(len(history), "prediction")
    return Headline(Concern.CALM, f"{said}, by version {last.model_version}; {n} in all.")


def _periods(as_of: date, store: TableStore) -> list[date]:
    return [day for day in store.periods(PREDICTIONS) if day <= as_of][-MAX_PERIODS:]


def _scores(day: date, keys: Sequence[str], store: TableStore) -> pa.Table:
    columns = list(dict.fromkeys([*keys, EVENT_TIME, *_SCORED, ORIGIN, AS_OF]))
    return store.read(PREDICTIONS, columns=columns, after=day - timedelta(days=1), until=day)


def _matching(rows: pa.Table, words: str, keys: Sequence[str]) -> pa.Table:
    """Rows of the loop with `words` in a key; a served row without keys is nobody's."""
    wanted = pc.equal(rows[ORIGIN], Origin.BATCH.value)
    if words:
        held = [pc.match_substring(_text(rows[name]), words, ignore_case=True) for name in keys]
        some = held[0]
        for each in held[1:]:
            some = pc.or_kleene(some, each)
        wanted = pc.and_kleene(wanted, some)
    return rows.filter(wanted)


def _is(rows: pa.Table, entity: Found) -> Any:
    same = [pc.equal(_text(rows[name]), value) for name, value in entity.keys]
    wanted = same[0]
    for each in same[1:]:
        wanted = pc.and_kleene(wanted, each)
    return wanted


def _text(column: pa.ChunkedArray) -> Any:
    return pc.cast(column, pa.string())


def _scored(row: Mapping[str, Any]) -> Scored:
    return Scored(
        as_of=row[AS_OF],
        event_time=row[EVENT_TIME],
        origin=row[ORIGIN],
        score=row["score"],
        called=row["class"],
        threshold=row["threshold"],
        model_version=row["model_version"],
        bundle_sha256=row["bundle_sha256"],
    )


def _feature_row(
    entity: Found, scored: Scored, bundle: Bundle, store: TableStore
) -> Mapping[str, Any] | None:
    """The features that the prediction was made from."""
    names = [name for name, _ in entity.keys]
    wanted = [spec.name for spec in bundle.schema.features]
    columns = list(dict.fromkeys([*names, EVENT_TIME, *wanted]))
    day = scored.as_of
    rows = store.read(FEATURES, columns=columns, after=day - timedelta(days=1), until=day)
    mine = rows.filter(_is(rows, entity))
    at = [row for row in mine.to_pylist() if row[EVENT_TIME] == scored.event_time]
    return {name: at[0][name] for name in wanted} if at else None


def _values(row: Mapping[str, Any], bundle: Bundle, personal: Collection[str]) -> tuple[Valued, ...]:
    reference = Profile.from_json(bundle.profile, classes=bundle.schema.classes)
    valued = [_valued(name, value, reference) for name, value in row.items() if name not in personal]
    return tuple(sorted(valued, key=lambda each: (-each.importance, each.feature)))


def _valued(name: str, value: object, reference: Profile) -> Valued:
    importance = reference.importance.get(name, 0.0)
    told = "" if value is None else f"{value:,.6g}" if isinstance(value, float) else str(value)
    number, words = reference.numbers.get(name), reference.categories.get(name)
    if number is None:
        share = None if words is None else _category_share(words, value)
        return Valued(name, told, None, share, importance, outside=share == 0.0)
    if not isinstance(value, int | float):
        share = number.n_null / max(sum(number.counts), 1)
        return Valued(name, told, None, share, importance, outside=share == 0.0)
    below = share_below(number.counts, number.edges, float(value))
    known = None if below != below else below  # noqa: PLR0124 - NaN
    return Valued(name, told, known, None, importance, outside=_is_beyond(number, float(value)))


def _is_beyond(reference: NumberProfile, value: float) -> bool:
    low, high = reference.minimum, reference.maximum
    return low is not None and high is not None and not low <= value <= high


def _category_share(reference: CategoryProfile, value: object) -> float | None:
    """None for what is in one of the rarer categories: their single shares are not kept."""
    *of_top, _, _, null = (n / max(sum(reference.counts), 1) for n in reference.counts)
    if value is None:
        return null
    if str(value) in reference.top:
        return of_top[reference.top.index(str(value))]
    return None if str(value) in reference.other else 0.0


def _reasons(
    row: Mapping[str, Any],
    scored: Scored,
    bundle: Bundle,
    explainer: Explainer | None,
    personal: Collection[str],
) -> tuple[Reason, ...] | None:
    """Of the positive class; of the class answered where there are more than two."""
    if explainer is None:
        return None
    classes = bundle.schema.classes
    code = -1 if bundle.schema.threshold is not None else classes.index(scored.called)
    return explainer.reasons(row, code=code, hidden=personal)


def entities(found: Sequence[Found], personal: Collection[str]) -> Iterator[str]:
    """How each entity of a search is called in a list."""
    for each in found:
        yield f"{told_keys(each, personal)} · {each.score:.3f} · {each.as_of}"
