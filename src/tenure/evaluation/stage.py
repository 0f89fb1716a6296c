"""The shell: score the rows that decide with candidate and champion, and put them to the rule."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa

from tenure.bundle import Bundle, is_audited, load_bundle, split_of
from tenure.domain.cuts import class_names
from tenure.domain.decisions import Verdict
from tenure.domain.evaluations import Evaluation
from tenure.domain.models import Candidate, ModelVersion
from tenure.domain.office import in_office
from tenure.domain.protected import Groups, groups_of, protected_columns
from tenure.domain.sources import Source
from tenure.domain.splits import entity_codes
from tenure.domain.tables import DECISIONS, LABEL
from tenure.evaluation.comparison import Answers, measure_difference, moved_cuts, why_not_comparable
from tenure.evaluation.config import GatePolicy
from tenure.evaluation.fairness import Treatment
from tenure.evaluation.probe import run_probe
from tenure.evaluation.rows import read_labelled_rows, unseen
from tenure.evaluation.rule import Comparison, Evidence, decide_promotion
from tenure.ports import Engine, ModelRegistry, TableStore
from tenure.stats.arrays import Floats
from tenure.stats.bootstrap import Resampling
from tenure.stats.evaluate import EVEN_THRESHOLD, Outcomes, class_codes, evaluate

N_PROBE_ROWS = 256


def judge(
    candidate: Candidate,
    *,
    gate: GatePolicy,
    sources: Mapping[str, Source],
    seed: int,
    registry: ModelRegistry,
    store: TableStore,
    engine: Engine,
) -> Verdict:
    """Whether the candidate has shown that it should take office, with every reason.

    Both models score the same rows: the candidate's test rows, read anew from ``gold``, without
    those that the champion was fitted or tuned on. The champion is whoever was in office when the
    period began, by the decisions. Nothing is written.

    Raises
    ------
    BundleError
        If a bundle cannot be used, or a feature one of them needs is no longer built.
    """
    office = in_office(store.read(DECISIONS, until=candidate.as_of), candidate.as_of)
    challenger = _load(candidate.version, registry)
    champion = _load(office.version, registry) if office else None
    rows = _test_rows(candidate, (challenger, champion), store=store, engine=engine)
    probabilities = challenger.score(rows)
    few = rows.slice(0, N_PROBE_ROWS)
    groups = groups_of(rows, protected_columns(sources))
    evidence = Evidence(
        as_of=candidate.as_of,
        candidate=candidate.version,
        champion=office.version if office else None,
        test=_evaluate(challenger, probabilities, rows),
        n_test_rows=candidate.split.test.n_rows,
        audited=is_audited(challenger.provenance),
        probe=run_probe(challenger.folder, few, probabilities[: few.num_rows]),
        comparison=_compare(challenger, champion, rows, policy=gate, seed=seed) if champion else None,
        treatments=_treatments(challenger, probabilities, rows, groups),
    )
    return decide_promotion(evidence, policy=gate)


def _load(version: ModelVersion, registry: ModelRegistry) -> Bundle:
    return load_bundle(registry.bundle(version.version), sha256=version.bundle_sha256)


def _test_rows(
    candidate: Candidate, bundles: tuple[Bundle, Bundle | None], *, store: TableStore, engine: Engine
) -> pa.Table:
    """The candidate's test rows, with the features that each bundle needs."""
    schemas = [bundle.schema for bundle in bundles if bundle is not None]
    return read_labelled_rows(
        candidate.split.test,
        as_of=candidate.as_of,
        keys=schemas[0].keys,
        features=[spec.name for schema in schemas for spec in schema.features],
        store=store,
        engine=engine,
    )


def _evaluate(bundle: Bundle, probabilities: Floats, rows: pa.Table) -> Evaluation:
    schema = bundle.schema
    return evaluate(probabilities, _classes(rows, bundle), schema.classes, schema.threshold, "test")


def _classes(rows: pa.Table, bundle: Bundle) -> list[str]:
    """What came true, by the bundle's cuts where it has some."""
    names: list[str] = class_names(rows[LABEL], bundle.schema.cuts).tolist()
    return names


def _treatments(
    bundle: Bundle, probabilities: Floats, rows: pa.Table, groups: Mapping[str, Groups]
) -> tuple[Treatment, ...]:
    schema = bundle.schema
    codes = class_codes(_classes(rows, bundle), schema.classes)
    cut = EVEN_THRESHOLD if schema.threshold is None else schema.threshold
    outcomes = Outcomes(codes, probabilities, cut)
    return tuple(Treatment(name, found, outcomes, schema.classes) for name, found in groups.items())


def _compare(
    challenger: Bundle, champion: Bundle, rows: pa.Table, *, policy: GatePolicy, seed: int
) -> Comparison:
    """Both on the rows that the champion was not fitted or tuned on either."""
    keys = challenger.schema.keys
    shared = rows.filter(pa.array(unseen(rows, keys, split_of(champion.provenance))))
    n_left_out = rows.num_rows - shared.num_rows
    obstacle = why_not_comparable(challenger.schema, champion.schema)
    if obstacle:
        return Comparison(shared.num_rows, n_left_out, None, obstacle)
    entities = entity_codes(shared, keys)
    ours, theirs = (Answers(bundle.schema, bundle.score(shared)) for bundle in (challenger, champion))
    difference = measure_difference(
        policy.beat_champion.metric,
        ours,
        theirs,
        _classes(shared, challenger),
        resampling=Resampling(seed, n_resamples=policy.resamples, clusters=entities),
    )
    moved = moved_cuts(challenger.schema, champion.schema, shared[LABEL])
    return Comparison(shared.num_rows, n_left_out, difference, moved_cuts=moved)
