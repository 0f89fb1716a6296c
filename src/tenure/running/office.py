"""Who is in office by a person's word, on record: an earlier champion put back, a candidate approved."""

from __future__ import annotations

from datetime import date

from tenure.domain.decisions import DecisionKind, Promotion, Rollback
from tenure.domain.tables import DECISIONS
from tenure.errors import ReplayError
from tenure.promotion import approve, rollback
from tenure.running.ledger import recorded_periods
from tenure.running.records import record_decision
from tenure.running.runtime import Runtime


def put_back(to: int | None, *, why: str, runtime: Runtime) -> Rollback:
    """The rollback, recorded with the last period that ran: it holds from the next one on.

    Raises
    ------
    ReplayError
        If no period has run yet.
    RegistryError
        If there is no version to go back to.
    """
    as_of = _last_period(runtime)
    made = rollback(registry=runtime.registry, store=runtime.store, as_of=as_of, to=to, why=why)
    record_decision(made, as_of=as_of, store=runtime.store)
    return made


def take_in(version: int, *, by: str, note: str, runtime: Runtime) -> Promotion:
    """The approval, recorded with the last period that ran: the version scores from the next one on.

    Raises
    ------
    ReplayError
        If no period has run yet.
    RegistryError
        If the version cannot be approved.
    """
    as_of = _last_period(runtime)
    made = approve(version, by=by, note=note, registry=runtime.registry, store=runtime.store, as_of=as_of)
    record_decision(made, as_of=as_of, store=runtime.store)
    return made


def _last_period(runtime: Runtime) -> date:
    recorded = recorded_periods(store=runtime.store)
    if not recorded:
        raise ReplayError("no period has run yet: nobody is in office", hint="`tenure run --as-of D` first.")
    return recorded[-1]


def refuse_to_undo_a_rollback(as_of: date, *, runtime: Runtime) -> None:
    """Refuse to promote by hand in a period in which a champion was put back: the rollback came last.

    Raises
    ------
    ReplayError
        If a rollback is recorded with the period.
    """
    rows = runtime.store.read(DECISIONS, columns=["as_of", "kind", "model_version"], until=as_of).to_pylist()
    restored = [row for row in rows if row["as_of"] == as_of and row["kind"] == DecisionKind.ROLLBACK.value]
    if restored:
        version = restored[-1]["model_version"]
        raise ReplayError(
            f"nobody is promoted in the period {as_of} any more: version {version} was put back by hand",
            hint="`tenure rollback --to VERSION` puts another one back.",
        )
