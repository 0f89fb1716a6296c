"""How far the features and scores of a period are from what the model in office was trained on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tenure.bundle import Bundle
from tenure.domain.arms import Origin
from tenure.domain.causes import Cause
from tenure.domain.decisions import RetrainDecision
from tenure.domain.measurements import Measurement, MeasurementVerdict
from tenure.domain.report import Concern, Drift, Headline, Monitored
from tenure.domain.tables import FEATURES, ORIGIN, PREDICTIONS
from tenure.domain.wording import counted
from tenure.ports import TableStore
from tenure.render.history import History, read_history
from tenure.reporting.drift import summarise
from tenure.reporting.headline import HIGH_ALERTS
from tenure.reporting.telling import tell_alert
from tenure.running.ledger import load_artefacts
from tenure.stats.bins import bin_labels
from tenure.stats.numbers import NumberProfile
from tenure.stats.profile import Profile
from tenure.stats.words import CategoryProfile

SCORE = "score"
"""What is drawn of the scores: the probability of the last class."""
MAX_BARS = 24
"""Categories of a distribution that are drawn; the rest is one bar."""
_NOBODY = "Drift is measured from the first period on that somebody scores."


@dataclass(frozen=True, slots=True)
class DriftPage:
    """What the page shows."""

    headline: Headline
    hint: str
    scored_by: int | None
    """The version whose training rows are the reference; None when nobody scored the period."""
    ranked: tuple[Drift, ...]
    """The gravest first."""
    scores: tuple[Measurement, ...]
    causes: tuple[Cause, ...]
    """What explains several of them at once."""
    history: History


@dataclass(frozen=True, slots=True)
class Distribution:
    """A feature, or the score, in the reference and in one period, over the same bins or categories."""

    name: str
    labels: tuple[str, ...]
    then: tuple[float, ...]
    """Share of the reference's rows in each."""
    now: tuple[float, ...]
    n_then: int
    n_now: int


def read_drift(as_of: date, *, store: TableStore) -> DriftPage:
    """The drift of a period that ran, ranked."""
    made = load_artefacts(as_of, store=store)
    monitoring, predictions, report = (made.get(name) for name in ("monitoring", "predictions", "report"))
    monitored = summarise(monitoring.measurements if monitoring else ())
    champion = predictions.champion if predictions else None
    trained = report.holder.trained if report and report.holder else None
    classes, cuts = (trained.classes, trained.cuts) if trained else ((), None)
    history = read_history(store, as_of=as_of, classes=classes, cuts=cuts)
    return DriftPage(
        headline=_headline(as_of, monitored, made.get("decision")) if champion else _nobody(as_of),
        hint="" if champion else _NOBODY,
        scored_by=champion.version if champion else None,
        ranked=monitored.drift,
        scores=monitored.scores,
        causes=monitoring.causes if monitoring else (),
        history=history,
    )


def matching(ranked: Sequence[Drift], words: str, *, top: int) -> tuple[Drift, ...]:
    """The first `top` of those whose name holds every word, in any case.

    Examples
    --------
    >>> rows = [Drift(n, 0.1, None, None, 9, MeasurementVerdict.OK) for n in ("Net_m²", "İlçe", "Net_gelir")]
    >>> [row.feature for row in matching(rows, "net m", top=5)]
    ['Net_m²']
    """
    wanted = words.casefold().split()
    found = (row for row in ranked if all(word in row.feature.casefold() for word in wanted))
    return tuple(row for row, _ in zip(found, range(top), strict=False))


def read_distribution(name: str, as_of: date, bundle: Bundle, *, store: TableStore) -> Distribution | None:
    """Of a feature, or of `SCORE`; None where the bundle has no reference of it, or the period no rows.

    Parameters
    ----------
    name
        The feature.
    as_of
        The period.
    bundle
        Of the version that scored it: its profile is the reference.
    """
    reference = Profile.from_json(bundle.profile, classes=bundle.schema.classes)
    if name == SCORE:
        return _of_scores(reference, as_of, bundle.schema.classes[-1], store)
    of_one = _only(reference, name)
    rows = _rows(FEATURES, as_of, store, (name,))
    if of_one is None or rows is None or not rows.num_rows:
        return None
    now = of_one.empty_like().count(rows, np.empty((rows.num_rows, 0)), ())
    if name in of_one.numbers:
        return _of_numbers(name, of_one.numbers[name], now.numbers[name])
    return _of_categories(name, of_one.categories[name], now.categories[name])


def _headline(as_of: date, monitored: Monitored, decision: RetrainDecision | None) -> Headline:
    """To worry about where alerts matter, as the retrain decision counted them; else to look at."""
    drifted = [row for row in monitored.drift if row.verdict is MeasurementVerdict.ALERT]
    size = counted(len(monitored.drift), "feature")
    if drifted:
        share = sum(row.importance or 0.0 for row in drifted)
        alerts = [a for a in monitored.alerts if a.feature in {row.feature for row in drifted}]
        worst = f": {tell_alert(alerts[0], monitored.drift, ())}" if alerts else ""
        told = f"{len(drifted):,} of {size} drifted in {as_of}, with {share:.0%} of the importance{worst}."
        return Headline(Concern.WORRY if _matters(decision) else Concern.WATCH, told)
    n_warned = sum(row.verdict is MeasurementVerdict.WARNING for row in monitored.drift)
    if n_warned:
        return Headline(
            Concern.WATCH,
            f"No feature is beyond its limit in {as_of}; {n_warned:,} of {size} have a warning.",
        )
    largest = max((row for row in monitored.drift if row.psi is not None), key=_psi, default=None)
    told = "" if largest is None else f": the largest PSI is {_psi(largest):.2f}, of `{largest.feature}`"
    return Headline(Concern.CALM, f"None of {size} has drifted in {as_of}{told}.")


def _matters(decision: RetrainDecision | None) -> bool:
    counts = [r.value for r in (decision.reasons if decision else ()) if r.rule == HIGH_ALERTS]
    return bool(counts[0]) if counts and counts[0] is not None else True


def _nobody(as_of: date) -> Headline:
    return Headline(
        Concern.WATCH,
        f"Nobody was in office when the period {as_of} began, so there is nothing to compare it with.",
    )


def _psi(row: Drift) -> float:
    return row.psi if row.psi is not None else 0.0


def _only(reference: Profile, name: str) -> Profile | None:
    """The profile of one feature alone."""
    numbers = {key: part for key, part in reference.numbers.items() if key == name}
    categories = {key: part for key, part in reference.categories.items() if key == name}
    if not numbers and not categories:
        return None
    return replace(reference, numbers=numbers, categories=categories, scores={}, classes={}, score_sums={})


def _of_scores(reference: Profile, as_of: date, name: str, store: TableStore) -> Distribution | None:
    rows = _rows(PREDICTIONS, as_of, store, ("probabilities", ORIGIN))
    batch = None if rows is None else rows.filter(pc.equal(rows[ORIGIN], Origin.BATCH.value))
    if batch is None or not batch.num_rows or name not in reference.scores:
        return None
    place = list(reference.scores).index(name)
    last = pa.table({SCORE: pc.list_element(batch["probabilities"], place)})
    then = replace(
        reference,
        numbers={SCORE: reference.scores[name]},
        categories={},
        scores={},
        classes={},
        score_sums={},
    )
    now = then.empty_like().count(last, np.empty((last.num_rows, 0)), ())
    return _of_numbers(f"{SCORE} of {name}", then.numbers[SCORE], now.numbers[SCORE])


def _rows(table: str, as_of: date, store: TableStore, columns: tuple[str, ...]) -> pa.Table | None:
    if as_of not in store.periods(table):
        return None
    try:
        return store.read(table, columns=columns, after=as_of - timedelta(days=1), until=as_of)
    except (KeyError, pa.ArrowException):  # a feature that is no longer built has no column
        return None


def _of_numbers(name: str, then: NumberProfile, now: NumberProfile) -> Distribution:
    return _distribution(name, bin_labels(then.edges), then.counts, now.counts)


def _of_categories(name: str, then: CategoryProfile, now: CategoryProfile) -> Distribution:
    shown = then.top[:MAX_BARS]
    n_rest = len(then.top) - len(shown)

    def folded(counts: Sequence[int]) -> tuple[int, ...]:
        *of_top, other, unseen, null = counts
        return (
            *of_top[: len(shown)],
            sum(of_top[len(of_top) - n_rest :] if n_rest else ()) + other,
            unseen,
            null,
        )

    labels = [*shown, "other", "new", "null"]
    return _distribution(name, _distinct(labels), folded(then.counts), folded(now.counts))


def _distribution(name: str, labels: Sequence[str], then: Sequence[int], now: Sequence[int]) -> Distribution:
    """Without the outermost bins and categories in which neither has a row."""
    kept = [place for place in range(len(labels)) if then[place] or now[place]]
    return Distribution(
        name,
        tuple(labels[place] for place in kept),
        tuple(then[place] / max(sum(then), 1) for place in kept),
        tuple(now[place] / max(sum(now), 1) for place in kept),
        sum(then),
        sum(now),
    )


def _distinct(labels: Sequence[str]) -> list[str]:
    """Labels told apart: of equal ones each further one gets a number."""
    seen: dict[str, int] = {}
    told = []
    for label in labels:
        seen[label] = seen.get(label, 0) + 1
        told.append(label if seen[label] == 1 else f"{label} ({seen[label]})")
    return told
