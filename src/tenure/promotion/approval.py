"""Taking a candidate that passed the gate into office by hand, where the project asks for a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from tenure.domain.decisions import DecisionKind, Promotion
from tenure.domain.models import ModelVersion
from tenure.domain.office import office_history
from tenure.domain.tables import AS_OF, DECISIONS
from tenure.errors import RegistryError
from tenure.ports import ModelRegistry, TableStore

_PASSED = "passed"


def approve(
    version: int, *, by: str, note: str, registry: ModelRegistry, store: TableStore, as_of: date
) -> Promotion:
    """The candidate at ``production``, in the place of the champion that it was judged against.

    Cut off after the alias moved and before the approval was recorded, the same call gives the same
    promotion.

    Parameters
    ----------
    version
        A candidate that passed the gate and waits.
    by, note
        Who approves, and what they say; both are recorded.
    registry, store
        Where the alias and the decisions are.
    as_of
        The end of the period in which it happens; the version scores from the next one on.

    Raises
    ------
    RegistryError
        If nobody is named, the gate has not passed the version, it is in office already, or somebody else
        took office since it was judged.
    StaleVersionError
        If the registry says that somebody else is in office than the decisions do.
    """
    if not by.strip():
        raise RegistryError("an approval has a name", hint="say who approves: `--by NAME`.")
    decisions = store.read(DECISIONS, until=as_of)
    history = office_history(decisions)
    champion = history[-1].version if history else None
    verdict = _verdict_on(version, decisions.to_pylist(), champion)
    registry.promote(version, expected=champion.version if champion else None)
    approved = ModelVersion(verdict["model"], version, verdict["bundle_sha256"], verdict[AS_OF])
    return Promotion(as_of, approved, champion, by.strip(), note)


def waiting(decisions: Sequence[Mapping[str, Any]], champion: ModelVersion | None) -> tuple[int, ...]:
    """The versions that passed the gate against the champion in office, and are not in office themselves.

    Parameters
    ----------
    decisions
        Rows of ``gold/decisions``.
    champion
        Who is in office; None when nobody is.
    """
    against = champion.version if champion else None
    held = {row["model_version"] for row in decisions if row["kind"] == DecisionKind.PROMOTION.value}
    return tuple(
        row["model_version"]
        for row in sorted(decisions, key=lambda row: row[AS_OF])
        if row["kind"] == DecisionKind.VERDICT.value
        and row["outcome"] == _PASSED
        and row["replaced_version"] == against
        and row["model_version"] not in held
    )


def _verdict_on(
    version: int, decisions: Sequence[Mapping[str, Any]], champion: ModelVersion | None
) -> Mapping[str, Any]:
    """The verdict that the approval rests on."""
    if champion is not None and champion.version == version:
        raise RegistryError(
            f"version {version} is in office already", hint="`tenure status` tells since when."
        )
    of_version = [
        row
        for row in decisions
        if row["kind"] == DecisionKind.VERDICT.value and row["model_version"] == version
    ]
    ready = ", ".join(str(number) for number in waiting(decisions, champion)) or "none"
    if not of_version or of_version[-1]["outcome"] != _PASSED:
        said = "was refused by the gate" if of_version else "has never been judged"
        raise RegistryError(f"version {version} {said}", hint=f"versions that wait for approval: {ready}.")
    verdict = of_version[-1]
    if verdict["replaced_version"] != (champion.version if champion else None):
        there = f"version {champion.version}" if champion else "nobody"
        judged = verdict["replaced_version"]
        raise RegistryError(
            f"version {version} was judged against {f'version {judged}' if judged else 'nobody'}, "
            f"and {there} is in office now",
            hint=f"versions that wait for approval: {ready}; `tenure judge` compares anew.",
        )
    return verdict
