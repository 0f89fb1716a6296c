"""With and without each group of features: same rows, same split, same algorithm, same parameters."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from tenure.comparison.groups import Group, groups_of, needs_of
from tenure.domain.artefacts import Audit, Gold
from tenure.domain.cuts import CutPolicy
from tenure.domain.evaluations import Direction
from tenure.domain.features import FeatureColumn
from tenure.domain.group_values import FeatureComparison, GroupValue
from tenure.domain.sources import Source
from tenure.domain.splits import entity_codes
from tenure.domain.wording import counted
from tenure.errors import TrainingError
from tenure.evaluation.config import GatePolicy
from tenure.evaluation.resampling import resampled_metric
from tenure.features.config import FeatureBlock
from tenure.features.queries import with_texts
from tenure.ports import Engine, ModelRegistry, Progress, TableStore
from tenure.stats.arrays import Floats
from tenure.stats.bootstrap import Resampling, bootstrap_difference
from tenure.stats.evaluate import METRICS, Outcomes
from tenure.stats.resampled import ResampledMetric
from tenure.training.config import ModelConfig
from tenure.training.monotone import require_orders
from tenure.training.preparing import Prepared, prepare
from tenure.training.requirements import require_audit
from tenure.training.rows import load_labelled_rows, require_labels

if TYPE_CHECKING:
    from tenure.comparison.fitting import Recipe


@dataclass(frozen=True, slots=True, eq=False)
class Answered:
    """What the models of all folds say of their test rows."""

    outcomes: tuple[Outcomes, ...]
    rows: pa.Table
    """Keys of the test rows, fold after fold."""

    @property
    def n_rows(self) -> int:
        """Test rows in all folds."""
        return int(self.rows.num_rows)


def compare_features(  # noqa: PLR0913 - two artefacts, and the settings and ports that training needs
    gold: Gold,
    audit: Audit,
    *,
    model: ModelConfig,
    cuts: CutPolicy | None,
    gate: GatePolicy,
    features: tuple[FeatureBlock, ...],
    sources: Mapping[str, Source],
    root: Path,
    seed: int,
    registry: ModelRegistry,
    store: TableStore,
    engine: Engine,
    progress: Progress,
) -> FeatureComparison:
    """What each group of features adds to all the others, on rows that no model saw; nothing is registered.

    One model is fitted with all features and one without each group, in every fold of a split by
    entity. The difference of the tuning metric on the test rows comes with the gate's paired bootstrap
    interval: both models are measured on the same resampled rows, entities drawn whole. It holds what
    the draw of test rows does; not what another draw of training rows would.

    Raises
    ------
    TrainingError
        If all features are of one group, or none varies.
    LeakageError
        If the audit found errors that are not muted.
    NotEnoughLabelsError
        If too few labels are known, or a side of the split lacks a class.
    """
    require_audit(audit)
    require_orders(gold.columns, model.monotone)
    groups = _groups(gold.columns, features, sources, root)
    rows = load_labelled_rows(gold.columns, gold.keys, as_of=audit.as_of, store=store, engine=engine)
    require_labels(rows, at_least=model.min_labels, as_of=audit.as_of)
    # scikit-learn, XGBoost and LightGBM: seconds that nothing else should wait for
    from tenure.comparison.fitting import choose_recipe  # noqa: PLC0415

    recipe = choose_recipe(model, as_of=audit.as_of, registry=registry, store=store)
    wanted = {"": gold.columns, **{group.name: group.others for group in groups if group.others}}
    prepared = partial(prepare, rows, cuts=cuts)
    answered = _answer_all(wanted, prepared, recipe, model=model, seed=seed, progress=progress)
    everything = answered[""]
    resampling = Resampling(
        seed, n_resamples=gate.resamples, clusters=entity_codes(everything.rows, gold.keys)
    )
    values = [_value(group, answered, model.tuning.metric.value, resampling) for group in groups]
    return FeatureComparison(
        as_of=audit.as_of,
        metric=model.tuning.metric.value,
        value=_measured(_resampled(everything, model.tuning.metric.value), everything.n_rows),
        n_features=len(gold.columns),
        n_test_rows=everything.n_rows,
        n_folds=len(everything.outcomes),
        algorithm=recipe.algorithm.value,
        parameters=tuple(sorted((name, str(value)) for name, value in recipe.parameters.items())),
        taken_from=recipe.taken_from,
        groups=tuple(sorted(values, key=lambda each: np.inf if each.adds is None else -each.adds)),
    )


def _groups(
    columns: Sequence[FeatureColumn],
    blocks: Sequence[FeatureBlock],
    sources: Mapping[str, Source],
    root: Path,
) -> tuple[Group, ...]:
    groups = groups_of(columns, needs_of(with_texts(blocks, root), list(sources)))
    if len(groups) < 2:
        raise TrainingError(
            f"{counted(len(columns), 'feature')}, and nothing from outside "
            f"`{groups[0].name if groups else ''}`: nothing to compare",
            hint="a group is a source, an SQL file or the crosses: compare where there are two.",
        )
    return groups


def _answer_all(
    wanted: Mapping[str, Sequence[FeatureColumn]],
    prepared: Callable[..., Prepared],
    recipe: Recipe,
    *,
    model: ModelConfig,
    seed: int,
    progress: Progress,
) -> dict[str, Answered]:
    """The answers of each set of features, a fit per set and fold; none of a set in which nothing varies."""
    policies = list(_folds(model))
    runs = [(name, policy) for name in wanted for policy in policies]
    found: dict[str, list[tuple[Outcomes, pa.Table]]] = {name: [] for name in wanted}
    for name, policy in progress.track(runs, "trainings", total=len(runs)):
        progress.say(f"without {name}" if name else "with all features")
        try:
            sides = prepared(wanted[name], model=policy)
            found[name].append(_answer(sides, recipe, model=policy, seed=seed))
        except TrainingError:
            if not name:
                raise
    whole = {name: answers for name, answers in found.items() if len(answers) == len(policies)}
    return {name: _together(answers) for name, answers in whole.items()}


def _together(answers: Sequence[tuple[Outcomes, pa.Table]]) -> Answered:
    return Answered(
        tuple(outcomes for outcomes, _ in answers), pa.concat_tables([keys for _, keys in answers])
    )


def _answer(
    prepared: Prepared, recipe: Recipe, *, model: ModelConfig, seed: int
) -> tuple[Outcomes, pa.Table]:
    from tenure.comparison.fitting import answers_on_test  # noqa: PLC0415 - slow, as above

    rows = prepared.sides["test"].rows
    return answers_on_test(prepared, recipe, model=model, seed=seed), rows.table.select(list(rows.keys))


def _folds(model: ModelConfig) -> Iterator[ModelConfig]:
    """The settings of every fold; of a split by time those of the project."""
    if model.split.n_folds < 2:
        yield model
        return
    for number in range(1, model.split.n_folds + 1):
        yield model.model_copy(update={"split": model.split.model_copy(update={"fold": number})})


def _value(group: Group, answered: Mapping[str, Answered], metric: str, resampling: Resampling) -> GroupValue:
    if group.name not in answered:
        return GroupValue(group.name, len(group.columns))
    n_rows = answered[""].n_rows
    better, worse = (_resampled(answered[name], metric) for name in ("", group.name))
    without = _measured(worse, n_rows)
    if METRICS[metric].direction is Direction.LOWER:
        better, worse = worse, better
    interval = bootstrap_difference(better, worse, n_rows=n_rows, resampling=resampling)
    bounds = [None if np.isnan(bound) else bound for bound in (interval.low, interval.high)]
    return GroupValue(group.name, len(group.columns), without, interval.estimate, *bounds)


def _resampled(answered: Answered, metric: str) -> ResampledMetric:
    """The mean over folds of the metric on each one's test rows; NaN where it is undefined on one."""
    ends = np.cumsum([outcomes.codes.size for outcomes in answered.outcomes])
    measures = [resampled_metric(metric, outcomes) for outcomes in answered.outcomes]

    def measure(weights: Floats) -> Floats:
        parts: Iterable[Floats] = np.split(weights, ends[:-1], axis=1)
        values: Floats = np.mean(
            [take(np.ascontiguousarray(part)) for take, part in zip(measures, parts, strict=True)], axis=0
        )
        return values

    return measure


def _measured(metric: ResampledMetric, n_rows: int) -> float:
    return float(metric(np.ones((1, n_rows)))[0])
