"""The registry: every version, what the gate said of it, and what it was made of."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from tenure.bundle import Bundle
from tenure.bundle.tradeoff import Tradeoff, tradeoff_of
from tenure.domain.decisions import DecisionKind, Reason
from tenure.domain.models import Candidate, ModelVersion, Office
from tenure.domain.office import office_history
from tenure.domain.report import Concern, Headline
from tenure.domain.tables import AS_OF, DECISIONS, TableSlice
from tenure.domain.wording import counted
from tenure.flow import LOOP, step_named
from tenure.ports import ModelRegistry, TableStore
from tenure.running.ledger import load_artefact, load_artefacts, recorded_periods

NOTHING_TRAINED = (
    "A first model is trained when enough labels have matured: `tenure decide` says what it waits for."
)


@dataclass(frozen=True, slots=True)
class Registered:
    """One version, as of the period."""

    version: ModelVersion
    standing: str
    """``in office``, ``at staging``, ``refused``, ``held office``, or ``not judged``."""
    trained: Candidate | None
    """What its training recorded; None when another datamart did."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What the gate said of a version."""

    as_of: date
    passed: bool
    against: int | None
    """The champion it was compared with."""
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Made:
    """One step of the period that trained a version: what it read, and what it made."""

    step: str
    reads: str
    makes: str
    tables: tuple[TableSlice, ...]


@dataclass(frozen=True, slots=True)
class ModelsPage:
    """What the page shows."""

    headline: Headline
    hint: str
    versions: tuple[Registered, ...]
    """The newest first."""


@dataclass(frozen=True, slots=True)
class VersionPage:
    """What is shown of the version that was chosen."""

    registered: Registered
    judged: Judged | None
    steps: tuple[Made, ...]
    tradeoff: Tradeoff | None
    provenance: Mapping[str, Any]
    """As its bundle has it; empty where the bundle cannot be read."""


def read_models(as_of: date, *, store: TableStore, registry: ModelRegistry) -> ModelsPage:
    """Every version that was trained by the end of a period."""
    decisions = store.read(DECISIONS, until=as_of)
    rows = decisions.to_pylist()
    offices = office_history(decisions)
    known = [version for version in registry.versions() if version.as_of <= as_of]
    versions = tuple(_registered(version, rows, offices, store) for version in reversed(known))
    is_last = as_of == max(recorded_periods(store=store), default=as_of)
    return ModelsPage(
        headline=_headline(versions, offices, registry if is_last else None),
        hint="" if versions else NOTHING_TRAINED,
        versions=versions,
    )


def read_version(
    registered: Registered, bundle: Bundle | None, *, as_of: date, store: TableStore
) -> VersionPage:
    """One version: its verdict, the steps of the period that trained it, what its bundle tells.

    Parameters
    ----------
    registered
        One of `ModelsPage.versions`.
    bundle
        None where its files are gone.
    as_of
        The period whose reader this is for.
    store
        Where the tables are.
    """
    rows = store.read(DECISIONS, until=as_of).to_pylist()
    verdicts = [row for row in rows if _is(row, DecisionKind.VERDICT, registered.version)]
    return VersionPage(
        registered=registered,
        judged=_judged(verdicts[-1]) if verdicts else None,
        steps=tuple(_steps(registered.version.as_of, store)),
        tradeoff=tradeoff_of(bundle.metrics) if bundle else None,
        provenance=bundle.provenance if bundle else {},
    )


def _headline(
    versions: Sequence[Registered], offices: Sequence[Office], registry: ModelRegistry | None
) -> Headline:
    """To worry about where the registry and the decisions do not agree on who is in office."""
    if not versions:
        return Headline(Concern.CALM, "No model has been trained yet.")
    holder = offices[-1].version.version if offices else None
    held = registry.production() if registry else None
    if registry is not None and (held.version if held else None) != holder:
        there = f"version {held.version}" if held else "nobody"
        said = f"version {holder}" if holder else "nobody"
        return Headline(
            Concern.WORRY, f"The registry has {there} at `production`; by the decisions it is {said}."
        )
    n_refused = sum(each.standing == "refused" for each in versions)
    size = f"{counted(len(versions), 'version')} trained, {n_refused:,} refused"
    if holder is None:
        return Headline(Concern.WATCH, f"Nobody is in office: {size}.")
    return Headline(Concern.CALM, f"Version {holder} is in office since {offices[-1].since}: {size}.")


def _registered(
    version: ModelVersion, rows: Sequence[Mapping[str, Any]], offices: Sequence[Office], store: TableStore
) -> Registered:
    candidate: Candidate | None = load_artefact(step_named("train"), version.as_of, store=store)
    same = candidate is not None and candidate.version.bundle_sha256 == version.bundle_sha256
    return Registered(version, _standing(version, rows, offices), candidate if same else None)


def _standing(version: ModelVersion, rows: Sequence[Mapping[str, Any]], offices: Sequence[Office]) -> str:
    held = [office.version.version for office in offices]
    if held and held[-1] == version.version:
        return "in office"
    if version.version in held:
        return "held office"
    verdicts = [row["outcome"] for row in rows if _is(row, DecisionKind.VERDICT, version)]
    return str(verdicts[-1]) if verdicts else "not judged"


def _is(row: Mapping[str, Any], kind: DecisionKind, version: ModelVersion) -> bool:
    return bool(row["kind"] == kind.value and row["model_version"] == version.version)


def _judged(row: Mapping[str, Any]) -> Judged:
    reasons = tuple(Reason(**reason) for reason in json.loads(row["reasons"]))
    return Judged(row[AS_OF], row["outcome"] == "passed", row["replaced_version"], reasons)


def _steps(as_of: date, store: TableStore) -> Iterator[Made]:
    made = load_artefacts(as_of, store=store)
    for step in LOOP:
        if step.into in made:
            reads = ", ".join(artefact for _, artefact in step.inputs)
            yield Made(step.name, reads, step.into, _slices(made[step.into]))


def _slices(artefact: Any) -> tuple[TableSlice, ...]:
    """What a step wrote to tables."""
    several = getattr(artefact, "slices", ())
    ones = [getattr(artefact, name, None) for name in ("slice", "features", "labels")]
    return (*several, *(one for one in ones if isinstance(one, TableSlice)))
