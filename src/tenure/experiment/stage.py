"""The shell: read what was served and the labels it met, measure both arms, ask the rule."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tenure.bundle import BundleSchema, load_bundle
from tenure.domain.arms import Arm
from tenure.domain.cuts import class_names
from tenure.domain.durations import Duration
from tenure.domain.evaluations import Direction
from tenure.domain.serving import ChallengerConfig, ChallengerMode
from tenure.domain.tables import EVENT_TIME
from tenure.domain.wording import agreeing, counted
from tenure.errors import ReplayError
from tenure.evaluation.resampling import resampled_metric
from tenure.experiment.rows import Compared, Labels, match, read_compared, read_labels
from tenure.experiment.rule import (
    ArmComparison,
    ArmResult,
    Estimate,
    Traffic,
    decide_winner,
    foresee,
)
from tenure.ports import Engine, ModelRegistry, TableStore
from tenure.stats.arrays import Floats
from tenure.stats.bootstrap import Resampling, bootstrap_between, bootstrap_difference, bootstrap_interval
from tenure.stats.evaluate import METRICS, outcomes_of
from tenure.stats.interval import Interval
from tenure.stats.proportion import wilson_interval
from tenure.stats.resampled import ResampledMetric, resampled_mean

_UNLIKELY = 0.001
"""Arms of sizes less likely than this under the share that was asked for are told."""


@dataclass(frozen=True, slots=True)
class Terms:
    """How the arms are compared."""

    metric: str
    config: ChallengerConfig
    horizon: Duration
    seed: int
    n_resamples: int = 1000
    secret: str = ""
    """What the keys were hashed with; nothing when none of them is personal."""

    @property
    def level(self) -> float:
        """Confidence of each look's intervals: together they are wrong in 5 % (Bonferroni)."""
        return 1 - 0.05 / self.config.looks


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """One arm with the model that answered."""

    arm: Arm
    version: int
    rows: pa.Table
    schema: BundleSchema
    seed: int
    matched: npt.NDArray[np.int64]
    """Rows with a label."""
    labels: npt.NDArray[np.object_]
    """The class that came true for each of these."""


def compare_arms(
    as_of: date, *, terms: Terms, registry: ModelRegistry, store: TableStore, engine: Engine
) -> ArmComparison:
    """Champion against challenger on live requests, by the labels known at `as_of`.

    Shadow: both on the same events, paired. A/B: two independent samples. Entities are drawn whole.
    Nothing is written.

    Parameters
    ----------
    as_of
        Answers that landed, and labels that matured, by the end of this period count.
    terms
        Metric, what is worth finding, horizon of the label.
    registry
        Where the two bundles lie: classes, threshold and cuts are theirs.
    store, engine
        Where the gold tables lie, and what reads them.

    Raises
    ------
    ReplayError
        If nothing that was compared has landed by then.
    """
    compared = read_compared(as_of, store=store, engine=engine)
    if compared is None or not compared.champion.num_rows or not compared.challenger.num_rows:
        raise ReplayError(
            f"no answers of a champion and a challenger have landed by {as_of}",
            hint="set `serve.challenger`, serve with a version at `staging`, and run `tenure ingest`.",
        )
    found = read_labels(as_of, secret=terms.secret, store=store, engine=engine)
    champion, challenger = _sides(compared, found, terms, registry)
    difference = _difference(compared.mode, champion, challenger, terms)
    n_matured, n_least, share = _counts(compared.mode, champion, challenger)
    traffic = Traffic(_days(compared), n_matured, as_of, terms.horizon)
    outlook = foresee(difference, traffic, least_share=share, config=terms.config)
    gain = _oriented(difference, terms.metric)
    winner, why = decide_winner(gain, n_least=n_least, outlook=outlook, config=terms.config)
    return ArmComparison(
        as_of=as_of,
        mode=compared.mode,
        metric=terms.metric,
        level=terms.level,
        champion=_result(champion, terms),
        challenger=_result(challenger, terms),
        difference=_estimate(difference),
        decisions=_estimate(_decisions(compared.mode, champion, challenger, terms)),
        scores=_estimate(_scores(compared.mode, champion, challenger, terms)),
        winner=winner,
        why=why,
        outlook=outlook,
        notes=tuple(_notes(compared, champion, challenger, terms)),
    )


def _sides(
    compared: Compared, found: Labels | None, terms: Terms, registry: ModelRegistry
) -> tuple[Side, Side]:
    """Both arms with their models and the labels that they met, classed by the challenger's cuts."""
    second = Arm.SHADOW if compared.mode is ChallengerMode.SHADOW else Arm.CHALLENGER
    champion, challenger = (_schema(rows, registry) for rows in (compared.champion, compared.challenger))
    arms = (
        (Arm.CHAMPION, compared.champion, champion, terms.seed),
        (second, compared.challenger, challenger, terms.seed + 1),
    )
    ours, theirs = (
        Side(arm, rows["model_version"][0].as_py(), rows, schema, seed, *_met(rows, found, challenger))
        for arm, rows, schema, seed in arms
    )
    return ours, theirs


def _met(
    rows: pa.Table, found: Labels | None, schema: BundleSchema
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.object_]]:
    if found is None:
        return np.empty(0, np.int64), np.empty(0, object)
    matched, places = match(rows, found.places)
    return matched, class_names(found.values.take(pa.array(places)), schema.cuts)


def _schema(rows: pa.Table, registry: ModelRegistry) -> BundleSchema:
    version, sha256 = rows["model_version"][0].as_py(), rows["bundle_sha256"][0].as_py()
    return load_bundle(registry.bundle(version), sha256=sha256).schema


def _measured(side: Side, metric: str) -> ResampledMetric | None:
    """The metric of the arm's labelled rows; None without any."""
    if not side.matched.size:
        return None
    probabilities = np.array(side.rows["probabilities"].take(pa.array(side.matched)).to_pylist())
    outcomes = outcomes_of(probabilities, side.labels, side.schema.classes, side.schema.threshold)
    return resampled_metric(metric, outcomes)


def _resampling(side: Side, terms: Terms, rows: npt.NDArray[np.int64] | None = None) -> Resampling:
    """Entities are drawn whole; a row without one stands for itself."""
    entities = side.rows["entity"].to_pylist()
    names = [entity or f"row {place}" for place, entity in enumerate(entities)]
    _, codes = np.unique(np.array(names, dtype=object).astype(str), return_inverse=True)
    clusters = codes if rows is None else codes[rows]
    return Resampling(side.seed, n_resamples=terms.n_resamples, level=terms.level, clusters=clusters)


def _difference(mode: ChallengerMode, champion: Side, challenger: Side, terms: Terms) -> Interval | None:
    ours, theirs = (_measured(side, terms.metric) for side in (challenger, champion))
    if ours is None or theirs is None:
        return None
    interval = _between(mode, (ours, challenger), (theirs, champion), terms, labelled=True)
    return None if math.isnan(interval.estimate) or math.isnan(interval.low) else interval


def _between(
    mode: ChallengerMode,
    challenger: tuple[ResampledMetric, Side],
    champion: tuple[ResampledMetric, Side],
    terms: Terms,
    *,
    labelled: bool,
) -> Interval:
    """Challenger − champion: paired where both answered the same rows."""
    (ours, our_side), (theirs, their_side) = challenger, champion
    our_rows, their_rows = (
        side.matched if labelled else np.arange(side.rows.num_rows) for side in (our_side, their_side)
    )
    if mode is ChallengerMode.SHADOW:
        resampling = _resampling(their_side, terms, their_rows)
        return bootstrap_difference(ours, theirs, n_rows=their_rows.size, resampling=resampling)
    return bootstrap_between(
        (ours, our_rows.size, _resampling(our_side, terms, our_rows)),
        (theirs, their_rows.size, _resampling(their_side, terms, their_rows)),
    )


def _result(side: Side, terms: Terms) -> ArmResult:
    measured, metric = _measured(side, terms.metric), None
    if measured is not None:
        resampling = _resampling(side, terms, side.matched)
        metric = _estimate(bootstrap_interval(measured, n_rows=side.matched.size, resampling=resampling))
    positive = None if side.schema.threshold is None else float(_positive(side).mean())
    return ArmResult(side.arm, side.version, side.rows.num_rows, int(side.matched.size), metric, positive)


def _decisions(mode: ChallengerMode, champion: Side, challenger: Side, terms: Terms) -> Interval | None:
    if mode is ChallengerMode.SHADOW:
        ours, theirs = (np.array(side.rows["class"].to_pylist()) for side in (challenger, champion))
        return wilson_interval(int((ours != theirs).sum()), ours.size, level=terms.level)
    if champion.schema.threshold is None:
        return None
    pair = tuple((resampled_mean(_positive(side)), side) for side in (challenger, champion))
    return _between(mode, pair[0], pair[1], terms, labelled=False)


def _scores(mode: ChallengerMode, champion: Side, challenger: Side, terms: Terms) -> Interval:
    pair = tuple((resampled_mean(side.rows["score"].to_numpy()), side) for side in (challenger, champion))
    return _between(mode, pair[0], pair[1], terms, labelled=False)


def _positive(side: Side) -> Floats:
    named = np.array(side.rows["class"].to_pylist()) == side.schema.positive_class
    flags: Floats = named.astype(np.float64)
    return flags


def _counts(mode: ChallengerMode, champion: Side, challenger: Side) -> tuple[int, int, float]:
    """Labelled events of both, those of the arm with fewer, and its share of them."""
    ours, theirs = int(challenger.matched.size), int(champion.matched.size)
    if mode is ChallengerMode.SHADOW:
        return theirs, theirs, 1.0
    least = min(ours, theirs)
    return ours + theirs, least, least / max(ours + theirs, 1)


def _days(compared: Compared) -> list[date]:
    """The day of every event that was answered, ascending."""
    shadow = compared.mode is ChallengerMode.SHADOW
    tables = (compared.champion,) if shadow else (compared.champion, compared.challenger)
    events = {
        event
        for rows in tables
        for event in zip(rows["entity"].to_pylist(), rows[EVENT_TIME].to_pylist(), strict=True)
    }
    return sorted(time.date() for _, time in events)


def _oriented(difference: Interval | None, metric: str) -> Interval | None:
    """By how much the challenger is better."""
    if difference is None or METRICS[metric].direction is Direction.HIGHER:
        return difference
    return Interval(
        low=-difference.high,
        high=-difference.low,
        level=difference.level,
        estimate=-difference.estimate,
        standard_error=difference.standard_error,
    )


def _estimate(interval: Interval | None) -> Estimate | None:
    if interval is None or any(map(math.isnan, (interval.estimate, interval.low, interval.high))):
        return None
    return Estimate(interval.estimate, interval.low, interval.high)


def _notes(compared: Compared, champion: Side, challenger: Side, terms: Terms) -> Iterator[str]:
    if compared.n_crossed:
        entities = counted(compared.n_crossed, "entity was", "entities were")
        yield f"{entities} answered by both arms and left out"
    n_unknown = champion.rows["entity"].null_count
    if n_unknown:
        tell = agreeing(n_unknown, "tells", "tell")
        yield f"{counted(n_unknown, 'answer')} of the champion {tell} of no entity and can meet no label"
    if compared.mode is ChallengerMode.AB:
        from scipy import stats  # noqa: PLC0415 - takes a second

        ours, theirs = (len(set(side.rows["entity"].to_pylist())) for side in (challenger, champion))
        chance = float(stats.binomtest(ours, ours + theirs, terms.config.share).pvalue)
        if chance < _UNLIKELY:
            yield (
                f"{ours:,} of {ours + theirs:,} entities were the challenger's, where "
                f"{terms.config.share:.1%} were asked for (p = {chance:.1g}): who was left out?"
            )
