"""The loop once: every step that is due, in order, each one only if it has not run yet."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from tenure.alerting import stopped_period
from tenure.domain.findings import Finding, Severity, blocking
from tenure.domain.models import Search
from tenure.domain.periods import Period
from tenure.domain.tables import FINDINGS
from tenure.domain.wording import counted
from tenure.errors import NotEnoughLabelsError, PeriodStoppedError, ReplayError, SourceError
from tenure.flow import LOOP, PARAMETER_SEARCH, PERIOD, Step, step_named, steps_through
from tenure.ingestion import withdraw
from tenure.running.ledger import forget, load_artefacts, project_hashes, recorded_periods
from tenure.running.records import record_findings, record_incidents
from tenure.running.runtime import Runtime
from tenure.running.step import call, is_due, run_step
from tenure.training.config import AlgorithmName

LAST_STEP = LOOP[-1]
UNREADABLE = "source error"
"""What an incident says of a source that cannot be read, in the place of a finding's code."""
NO_TRAINING = "TRN008"
"""The code of the finding that a training which was decided on has too few labels yet."""


def open_period(as_of: date, *, runtime: Runtime) -> Period:
    """The period that ends at `as_of`: a first one if no earlier one has run.

    Raises
    ------
    ReplayError
        If later periods have run already, or a period in between has not.
    """
    recorded = recorded_periods(store=runtime.store)
    earlier = [day for day in recorded if day < as_of]
    unit = runtime.project.period
    if as_of in recorded or not recorded:
        return Period(as_of, unit, first=not earlier)
    expected = Period(recorded[-1], unit).next()
    if as_of != expected.as_of:
        raise ReplayError(
            f"the period {as_of} cannot run now: the last one that ran is {recorded[-1]}, "
            f"so the next one is {expected}",
            hint=f"`tenure backfill --from {expected} --to D` runs the periods in their order.",
        )
    return Period(as_of, unit)


def run_period(period: Period, *, runtime: Runtime, through: Step = LAST_STEP) -> Mapping[str, Any]:
    """The artefacts of the period, by name; steps that have run before are not run again.

    A period that was broken off and goes on under another project file runs from its start: what its first
    steps made by the old rules must not meet the new ones.

    Parameters
    ----------
    period
        Which one.
    runtime
        The project, opened.
    through
        The last step that runs; a later call without it runs the rest.

    Raises
    ------
    PeriodStoppedError
        If ingestion or validation found errors. Every table is then as it was before, but for the
        findings and the incidents.
    """
    artefacts: dict[str, Any] = {PERIOD: period} | _made_before(period, runtime)
    for step in steps_through(through):
        if step.into not in artefacts and is_due(step, artefacts):
            runtime.progress.say(f"{period}  {step.name}")
            artefacts |= _made(step, artefacts, period, runtime)
        _stop_if_refused(step, artefacts.get(step.into), period, runtime)
    return artefacts


def run_one(step: Step, period: Period, *, runtime: Runtime) -> Mapping[str, Any]:
    """What one step of the period made, by name, as `run_period` would run it; empty when it is not due.

    For schedulers that start each step by itself: a step that has run does not run again, and one that comes
    too early is refused.

    Raises
    ------
    ReplayError
        If a step before it is due and has not run, or the period before is not finished.
    PeriodStoppedError
        If the step refuses the period's rows. Every table is then as it was before, but for the findings
        and the incidents.
    """
    artefacts = _made_until(step, period, runtime)
    if step.into not in artefacts and is_due(step, artefacts):
        artefacts |= _made(step, artefacts, period, runtime)
    _stop_if_refused(step, artefacts.get(step.into), period, runtime)
    return {step.into: artefacts[step.into]} if step.into in artefacts else {}


def search_ahead(algorithm: AlgorithmName, period: Period, *, runtime: Runtime) -> Search | None:
    """What was searched of an algorithm for the period's training, which then need not search it again.

    None when no training is due, it has run, or its labels do not suffice.

    Raises
    ------
    ReplayError
        If a step before the training is due and has not run, or the period before is not finished.
    TrainingError
        If the algorithm does not compete, or another process searches it at this moment.
    """
    train = step_named("train")
    artefacts = _made_until(train, period, runtime)
    if train.into in artefacts or not is_due(train, artefacts):
        return None
    try:
        searched: Search = call(PARAMETER_SEARCH, artefacts, runtime=runtime.competing(algorithm))
    except NotEnoughLabelsError:
        return None
    return searched


def _made_until(step: Step, period: Period, runtime: Runtime) -> dict[str, Any]:
    """What the steps of the period made, once all before `step` that are due have run."""
    earlier = [day for day in recorded_periods(store=runtime.store) if day < period.as_of]
    if earlier and not is_finished(Period(earlier[-1], period.unit), runtime=runtime):
        raise ReplayError(
            f"the period {period} cannot run now: the one before, {earlier[-1]}, is not finished",
            hint=f"`tenure run --as-of {earlier[-1]}` runs what is left of it.",
        )
    artefacts: dict[str, Any] = {PERIOD: period} | _made_before(period, runtime)
    for before in steps_through(step)[:-1]:
        is_missing = before.into not in artefacts and is_due(before, artefacts)
        if is_missing and not (before.name == "train" and _waits_for_labels(period, runtime)):
            raise ReplayError(
                f"`{step.name}` of {period} comes after `{before.name}`, and that has not run",
                hint=f"`tenure run --as-of {period} --only {before.name}`; without `--only`, all of it.",
            )
    return artefacts


def _waits_for_labels(period: Period, runtime: Runtime) -> bool:
    """Whether the period's training was begun, and put off."""
    after = period.as_of - timedelta(days=1)
    codes = runtime.store.read(FINDINGS, columns=["code"], after=after, until=period.as_of)
    return NO_TRAINING in codes["code"].to_pylist() if codes.num_columns else False


def _made(step: Step, artefacts: Mapping[str, Any], period: Period, runtime: Runtime) -> dict[str, Any]:
    """What the step makes, by name; nothing of a training whose labels do not suffice yet.

    Which classes each side of the split has shows when it is split. A replay goes on: a later period
    has more labels.
    """
    try:
        return {step.into: run_step(step, artefacts, period=period, runtime=runtime)}
    except SourceError as error:
        if not (error.transient or period.first):
            said = Finding(UNREADABLE, Severity.ERROR, error.message, scope=step.name, hint=error.hint)
            _open_incident(step, (said,), period, runtime)
        raise
    except NotEnoughLabelsError as error:
        if step.name != "train":
            raise
        message = f"nothing was trained: {error.message}"
        waits = Finding(NO_TRAINING, Severity.WARNING, message, scope="training", hint=error.hint or "")
        record_findings(step.name, [waits], as_of=period.as_of, store=runtime.store)
        return {}


def is_finished(period: Period, *, runtime: Runtime) -> bool:
    """Whether every step of the period that was due has run."""
    return LAST_STEP.into in load_artefacts(period.as_of, store=runtime.store)


def _made_before(period: Period, runtime: Runtime) -> dict[str, Any]:
    """What the steps that have run made; nothing when they ran under another project file.

    A period that promoted somebody is past changing: only its report is missing.
    """
    made = load_artefacts(period.as_of, store=runtime.store)
    ends = {LAST_STEP.into, "promotion"} & made.keys()
    if ends or project_hashes(period.as_of, store=runtime.store) <= {runtime.project_sha256}:
        return made
    forget(period.as_of, store=runtime.store)
    return {}


def _stop_if_refused(step: Step, artefact: Any, period: Period, runtime: Runtime) -> None:
    """Take back what the period wrote, if a step that guards it refuses it."""
    if not step.guards or artefact is None or artefact.proceeds:
        return
    withdraw(period, sources=runtime.project.sources, store=runtime.store)
    forget(period.as_of, store=runtime.store)
    _open_incident(step, blocking(artefact.findings), period, runtime)
    raise _stopped(step, blocking(artefact.findings), period)


def _open_incident(step: Step, findings: tuple[Finding, ...], period: Period, runtime: Runtime) -> None:
    """Write down that the period was stopped, for those who are told of incidents."""
    opened = stopped_period(
        period,
        findings,
        stage=step.name,
        alert=runtime.project.alert,
        store=runtime.store,
    )
    record_incidents(opened.incidents, as_of=period.as_of, store=runtime.store)


def _stopped(step: Step, findings: tuple[Finding, ...], period: Period) -> PeriodStoppedError:
    listed = "\n".join(f"  - {finding.code} {finding.message}" for finding in findings[:10])
    more = f"\n  - and {len(findings) - 10} more" if len(findings) > 10 else ""
    hints = [finding.hint for finding in findings if finding.hint]
    return PeriodStoppedError(
        f"{step.name} stopped the period {period}: {counted(len(findings), 'finding')} of severity error; "
        f"nothing was taken in\n{listed}{more}",
        hint=hints[0] if hints else "mend the file, or set the severity of the check in the project file.",
    )
