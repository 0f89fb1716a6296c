"""Putting an earlier champion back, on record."""

from __future__ import annotations

from tenure.domain.decisions import Rollback
from tenure.errors import ReplayError
from tenure.promotion import rollback
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
    recorded = recorded_periods(store=runtime.store)
    if not recorded:
        raise ReplayError("no period has run yet: nobody is in office", hint="`tenure run --as-of D` first.")
    as_of = recorded[-1]
    made = rollback(registry=runtime.registry, store=runtime.store, as_of=as_of, to=to, why=why)
    record_decision(made, as_of=as_of, store=runtime.store)
    return made
