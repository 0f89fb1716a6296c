"""An exploration -> the same with what columns and features say of the label, and what knows it already."""

from __future__ import annotations

import dataclasses
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from tenure.domain.columns import rule_of
from tenure.domain.report import Concern
from tenure.domain.tables import EVENT_TIME, LABEL
from tenure.domain.wording import counted
from tenure.exploration.labelled import Labelled, features_of, label_events, last_known
from tenure.exploration.readings import Reading
from tenure.exploration.relations import Outcomes, relate_columns
from tenure.exploration.summary import (
    Bar,
    ClassShare,
    Exploration,
    FeatureRelation,
    LabelSummary,
    Relation,
    SourceSummary,
    Worry,
)
from tenure.exploration.worries import as_name, by_weight
from tenure.ports import Engine
from tenure.project import Project

if TYPE_CHECKING:
    import ibis.expr.types as ir

_MOST_CLASSES = 30
"""Of a label: more are no classes."""
_SUSPECTED = 1e12
"""The weight of a leakage suspect: nothing comes before it."""


def relate(
    exploration: Exploration,
    project: Project,
    root: Path,
    *,
    readings: tuple[Reading, ...],
    as_of: date,
    engine: Engine,
) -> Exploration:
    """The exploration with relations to the labels known by the end of a day.

    A column counts as last known at the event, the features as the project builds them: nothing here
    looks past an event. Where fewer than two classes are known, a note says so and nothing is related.

    Parameters
    ----------
    exploration
        What was found in the sources alone.
    project, root
        The project, and the folder that its paths start from.
    readings
        How the sources were read.
    as_of
        The day.
    engine
        Where it is computed.

    Raises
    ------
    ProjectError
        If a query or a feature block does not fit the data.
    """
    labelled = label_events(project, root, readings=readings, as_of=as_of, engine=engine)
    counts = _class_counts(labelled)
    if not 2 <= len(counts) <= _MOST_CLASSES:
        known = counted(len(counts), "class of the label is", "classes of the label are")
        note = f"{known} known by {as_of}: nothing can be related to them"
        return dataclasses.replace(exploration, notes=(*exploration.notes, note))
    total = sum(counts.values())
    classes = tuple(sorted(counts))
    targets = classes[-1:] if len(classes) == 2 else classes
    outcomes = Outcomes(classes, tuple(counts[name] / total for name in classes), targets)
    sources = tuple(_related(source, labelled, outcomes) for source in exploration.sources)
    return dataclasses.replace(
        exploration,
        sources=sources,
        label=_label(labelled, counts),
        features=_features(labelled, outcomes),
    )


def _related(source: SourceSummary, labelled: Labelled, outcomes: Outcomes) -> SourceSummary:
    """The source with the relation of each column that may be shown, and its suspects as worries."""
    rows, why_not = last_known(labelled, source.name)
    if rows is None:
        return dataclasses.replace(source, notes=(*source.notes, why_not))
    told = [
        c.name
        for c in source.columns
        if not c.is_personal and c.kind != "identifier" and c.name in rows.columns
    ]
    kept = labelled.engine.cache(rows.select(EVENT_TIME, LABEL, *told))
    found = relate_columns(kept, outcomes, policy=labelled.project.audit, engine=labelled.engine)
    columns = tuple(dataclasses.replace(c, relation=found.get(c.name)) for c in source.columns)
    rules = labelled.project.sources[source.name]
    suspects = [
        _suspect(name, relation, is_feature=rule_of(name, rules).feature)
        for name, relation in found.items()
        if relation.suspicion
    ]
    return dataclasses.replace(source, columns=columns, worries=by_weight([*suspects, *source.worries]))


def _suspect(name: str, relation: Relation, *, is_feature: bool) -> Worry:
    """A worry; the least of all to look at where the project file says that the column is no feature."""
    sentence = f"`{as_name(name)}` may know the outcome: {relation.suspicion}"
    if not is_feature:
        return Worry(Concern.WATCH, f"{sentence} (it is declared `feature: false`)", name)
    return Worry(Concern.WORRY, sentence, name, weight=_SUSPECTED)


def _features(labelled: Labelled, outcomes: Outcomes) -> tuple[FeatureRelation, ...]:
    """The relation of each feature, the strongest first."""
    rows, columns = features_of(labelled)
    found = relate_columns(rows, outcomes, policy=labelled.project.audit, engine=labelled.engine)
    related = [FeatureRelation(c.name, c.inputs, found[c.name]) for c in columns if c.name in found]
    return tuple(sorted(related, key=lambda each: (each.relation.metric, -(each.relation.value or 0.0))))


def _class_counts(labelled: Labelled) -> dict[str, int]:
    by_class = labelled.events.group_by(LABEL).aggregate(n=labelled.events.count())
    ordered = by_class.order_by(LABEL).limit(_MOST_CLASSES + 1)
    return {str(row[LABEL]): int(row["n"]) for row in labelled.engine.arrow(ordered).to_pylist()}


def _label(labelled: Labelled, counts: dict[str, int]) -> LabelSummary:
    classes = sorted(counts)
    shown = classes[-1] if len(classes) == 2 else min(classes, key=lambda name: counts[name])
    periods = _by_month(labelled.events, shown)
    rows = labelled.engine.arrow(periods.order_by("period")).to_pylist()
    return LabelSummary(
        tuple(Bar(name, counts[name]) for name in classes),
        shown,
        tuple(ClassShare(row["period"], int(row["n"]), int(row["n_of_class"])) for row in rows),
    )


def _by_month(events: ir.Table, shown: str) -> ir.Table:
    month = events[EVENT_TIME].truncate("M").cast("string").left(7)
    named = events.mutate(period=month)
    return named.group_by("period").aggregate(n=named.count(), n_of_class=(named[LABEL] == shown).sum())
