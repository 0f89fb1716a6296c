"""The bundle of the model in office → its card: what it is, what it was made of, how it does."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from tenure.bundle.encoding import FeatureSpec
from tenure.bundle.manifest import check_files, read_manifest, read_verified
from tenure.bundle.provenance import split_of
from tenure.bundle.schema import BundleSchema
from tenure.bundle.tradeoff import Tradeoff, tradeoff_of
from tenure.bundle.write import ENCODINGS, METRICS, PROFILE, PROVENANCE, SCHEMA
from tenure.domain.cuts import LabelCuts
from tenure.domain.evaluations import Task
from tenure.domain.models import ModelVersion, Office, Split
from tenure.domain.report import Matured
from tenure.errors import BundleIntegrityError
from tenure.render.drawing import draw_tradeoff
from tenure.render.history import History
from tenure.render.scorecard import SCALE, TABLE, CardScorecard, read_scorecard
from tenure.render.templates import template
from tenure.render.words import measured_metrics, ordered

SIDES = ("train", "validation", "test")


@dataclass(frozen=True, slots=True)
class CardMetric:
    """One metric on the rows of each side; None where it was not measured."""

    name: str
    train: float | None
    validation: float | None
    test: float | None
    low: float | None
    """Of the 95 % interval on the test rows."""
    high: float | None


@dataclass(frozen=True, slots=True)
class CardFeature:
    """One feature, the most important first."""

    name: str
    kind: str
    """With how it is encoded, where that is not one column per category."""
    n_categories: int
    importance: float | None
    """Share of the whole; None where the training did not record it."""


@dataclass(frozen=True, slots=True)
class ModelCard:
    """What is known of a version; every number is from its bundle or from ``gold/monitoring``."""

    project: str
    version: int
    bundle_sha256: str
    as_of: date
    """The period in which it was trained."""
    since: date | None
    """The period at whose end it took office; None where it is not in office."""
    told_as_of: date
    """The period whose reader this card is for."""
    algorithm: str
    task: Task
    classes: tuple[str, ...]
    threshold: float | None
    cuts: LabelCuts | None
    """Where the label, a number, was cut into classes."""
    keys: tuple[str, ...]
    split: Split
    class_counts: Mapping[str, Mapping[str, int]]
    """Rows by class, by side."""
    metrics: tuple[CardMetric, ...]
    features: tuple[CardFeature, ...]
    cohorts: tuple[Matured, ...]
    """The cohorts that it scored and whose labels have matured."""
    provenance: Mapping[str, Any]
    """As the bundle has it: audit, parameters, trials, seed, versions, hashes of the rows."""
    scorecard: CardScorecard | None = None
    """Bins and points, if that is what the model is."""
    tradeoff: Tradeoff | None = None
    """What every threshold would have done to the validation rows; None for more than two classes."""


def read_card(bundle: Path, *, office: Office, history: History, as_of: date) -> ModelCard:
    """The card of the model in office, from its bundle and from what has matured since.

    Raises
    ------
    BundleError
        If a file of the bundle is missing, was changed, or does not say what it must.
    """
    return read_version(bundle, version=office.version, since=office.since, history=history, as_of=as_of)


def read_version(
    bundle: Path, *, version: ModelVersion, since: date | None, history: History, as_of: date
) -> ModelCard:
    """The card of a version, in office or not, from its bundle and from what has matured since.

    Raises
    ------
    BundleError
        If a file of the bundle is missing, was changed, or does not say what it must.
    """
    files = _verified(bundle, version.bundle_sha256)
    schema = BundleSchema.from_json(files[SCHEMA], files.get(ENCODINGS, {}))
    return ModelCard(
        project=schema.project,
        version=version.version,
        bundle_sha256=version.bundle_sha256,
        as_of=schema.as_of,
        since=since,
        told_as_of=as_of,
        algorithm=schema.algorithm,
        task=schema.task,
        classes=schema.classes,
        threshold=schema.threshold,
        cuts=schema.cuts,
        keys=schema.keys,
        split=split_of(files[PROVENANCE]),
        class_counts={
            side: dict(part.get("classes", {})) for side, part in files[METRICS].get("rows", {}).items()
        },
        metrics=_metrics(files[METRICS]),
        features=_features(schema, files[PROFILE].get("importance", {})),
        cohorts=tuple(cohort for cohort in history.cohorts if cohort.version == version.version),
        provenance=files[PROVENANCE],
        tradeoff=tradeoff_of(files[METRICS]),
        scorecard=read_scorecard(_native(bundle, version.bundle_sha256)),
    )


def render_card(card: ModelCard) -> str:
    """The card as one HTML file that needs nothing else."""
    drawn = None if card.tradeoff is None else draw_tradeoff(card.tradeoff, card.threshold)
    return template("card.html.j2").render(
        card=card, sides=SIDES, metrics=measured_metrics(card.cohorts), tradeoff=drawn
    )


def _hashes(folder: Path, sha256: str) -> dict[str, str]:
    identity, hashes = read_manifest(folder)
    if identity != sha256:
        raise BundleIntegrityError(
            f"{folder} holds bundle {identity[:12]}…; {sha256[:12]}… was registered",
            hint="copy the bundle again from the registry.",
        )
    return hashes


def _verified(folder: Path, sha256: str) -> dict[str, Any]:
    """The JSON files of the bundle, if it is the one that took office."""
    hashes = _hashes(folder, sha256)
    check_files(folder, hashes, contents=False)
    wanted = [SCHEMA, METRICS, PROFILE, PROVENANCE, *({ENCODINGS} & set(hashes))]
    return {path: json.loads(read_verified(folder, path, hashes, verify=True)) for path in wanted}


def _native(folder: Path, sha256: str) -> dict[str, bytes]:
    """The files of a scorecard, if the bundle that took office has them."""
    hashes = _hashes(folder, sha256)
    return {
        path: read_verified(folder, path, hashes, verify=True) for path in (TABLE, SCALE) if path in hashes
    }


def _metrics(record: Mapping[str, Any]) -> tuple[CardMetric, ...]:
    by_side = [record.get(side, {}) for side in SIDES]
    intervals = record.get("intervals", {}).get("test", {})
    names = ordered({name for values in by_side for name in values})
    return tuple(
        CardMetric(name, *(values.get(name) for values in by_side), *intervals.get(name, (None, None)))
        for name in names
    )


def _features(schema: BundleSchema, importance: Mapping[str, float]) -> tuple[CardFeature, ...]:
    rows = [
        CardFeature(spec.name, _kind(spec), len(spec.categories), importance.get(spec.name))
        for spec in schema.features
    ]
    return tuple(sorted(rows, key=lambda row: (-(row.importance or 0.0), row.name)))


def _kind(spec: FeatureSpec) -> str:
    return spec.kind.value if spec.encoding is None else f"{spec.kind} ({spec.encoding.method})"
