"""The shell: the rows that would be trained on, put to every check."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from tenure.auditing.config import AuditPolicy
from tenure.auditing.contamination import check_duplicates, check_entities
from tenure.auditing.muting import mute
from tenure.auditing.outcome import check_outcome_columns
from tenure.auditing.proxies import check_proxies
from tenure.auditing.rows import AuditedRows, load_rows
from tenure.auditing.target import check_target
from tenure.auditing.telling import check_information
from tenure.auditing.temporal import check_known_at, check_rebuilt, choose_events, rows_of_day
from tenure.domain import splits
from tenure.domain.artefacts import Audit, Gold
from tenure.domain.cuts import CutPolicy, cuts_of
from tenure.domain.decisions import RetrainDecision
from tenure.domain.findings import Finding, Outcome, Severity
from tenure.domain.protected import groups_of, protected_columns
from tenure.domain.sources import Source
from tenure.domain.splits import SplitPolicy, SplitRows
from tenure.domain.tables import LABEL, LABELS
from tenure.errors import NotEnoughLabelsError
from tenure.ports import Engine, FeatureBuilder, TableStore

_SCOPES = {
    "LEAK002": "gold/features",
    "LEAK003": "features",
    "LEAK004": "features",
    "LEAK005": "features",
    "LEAK008": "features",
    "LEAK009": "features",
}
"""Checks that look at every feature, and what they are about when they find nothing."""

_NEED_TWO_CLASSES = ("LEAK003", "LEAK004", "LEAK005", "LEAK009")


def audit(  # noqa: PLR0913 - two artefacts, and the settings and ports that the checks need
    gold: Gold,
    decision: RetrainDecision,
    *,
    audit: AuditPolicy,
    split: SplitPolicy,
    sources: Mapping[str, Source],
    cuts: CutPolicy | None,
    outcomes: frozenset[str],
    rebuild: FeatureBuilder,
    store: TableStore,
    engine: Engine,
) -> Audit:
    """What the leakage audit finds in the rows that a model would be trained on.

    Errors block training unless the project file mutes them by name. Checks that found nothing are
    among the findings as passed; those that could not run, as skipped.
    """
    as_of = decision.as_of
    if not store.exists(LABELS):
        missing = Finding("LEAK001", Severity.ERROR, "there are no labels yet", Outcome.SKIPPED, LABELS)
        return Audit(as_of, (missing,))
    rows = load_rows(gold.columns, gold.keys, as_of=as_of, store=store, engine=engine)
    sides = _sides(rows, split)
    rows = _cut(rows, sides, cuts)
    found = [
        check_known_at(rows),
        *_check_lookahead(rows, audit, rebuild, engine),
        *check_target(rows, policy=audit),
        *check_information(rows, policy=audit),
        *_check_split(rows, sides, audit),
        *check_outcome_columns(gold.columns, outcomes),
        *check_proxies(rows, groups_of(rows.table, protected_columns(sources)), policy=audit),
    ]
    findings, muted = mute([*found, *_passed(found, rows)], audit.mute)
    return Audit(as_of, findings, muted)


def _check_lookahead(
    rows: AuditedRows, policy: AuditPolicy, rebuild: FeatureBuilder, engine: Engine
) -> Iterator[Finding]:
    seen: set[str] = set()
    for day in choose_events(rows, policy.n_rebuilt_events) if rows.table.num_rows else ():
        stored = rows_of_day(rows.table, day)
        rebuilt = engine.arrow(rebuild(events=[day], known_by=day))
        for finding in check_rebuilt(stored, rebuilt, keys=rows.keys, columns=rows.columns):
            if finding.column not in seen:
                seen.add(finding.column)
                yield finding


def _sides(rows: AuditedRows, split: SplitPolicy) -> SplitRows | NotEnoughLabelsError:
    """The sides that training would make, or why it could make none."""
    try:
        known = rows.table["label_known_at"].to_numpy()
        return splits.split(rows.table, rows.keys, rows.event_times, known, policy=split)
    except NotEnoughLabelsError as error:
        return error


def _cut(rows: AuditedRows, sides: SplitRows | NotEnoughLabelsError, policy: CutPolicy | None) -> AuditedRows:
    """The outcome as the model would learn it: a number is cut at the training rows."""
    if policy is None:
        return rows
    if isinstance(sides, NotEnoughLabelsError):
        return replace(rows, why_no_classes=sides.message)
    try:
        return replace(rows, cuts=cuts_of(policy, rows.table[LABEL], sides.train))
    except NotEnoughLabelsError as error:
        return replace(rows, why_no_classes=error.message)


def _check_split(
    rows: AuditedRows, sides: SplitRows | NotEnoughLabelsError, policy: AuditPolicy
) -> Iterator[Finding]:
    if isinstance(sides, NotEnoughLabelsError):
        yield Finding("LEAK006", Severity.ERROR, sides.message, Outcome.SKIPPED, "split")
        yield Finding("LEAK007", Severity.ERROR, sides.message, Outcome.SKIPPED, "split")
        return
    yield check_entities(rows, sides)
    yield check_duplicates(rows, sides, policy=policy)


def _passed(found: list[Finding], rows: AuditedRows) -> Iterator[Finding]:
    """The checks that looked at every feature and found nothing, or had nothing to look at: skipped."""
    for code, scope in _SCOPES.items():
        if rows.table.num_rows == 0:
            yield Finding(code, Severity.ERROR, "there are no labelled rows yet", Outcome.SKIPPED, scope)
        elif code in _NEED_TWO_CLASSES and len(rows.classes) < 2:
            message = rows.why_no_classes or f"all {rows.table.num_rows:,} labels are of one class"
            yield Finding(code, Severity.ERROR, message, Outcome.SKIPPED, scope)
        elif all(finding.code != code for finding in found):
            message = f"nothing in {len(rows.columns)} features of {rows.table.num_rows:,} rows"
            yield Finding(code, Severity.ERROR, message, Outcome.PASSED, scope)
