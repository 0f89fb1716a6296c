"""The shell: a candidate that passed the gate takes office in one step."""

from __future__ import annotations

from tenure.domain.decisions import Promotion, Verdict
from tenure.errors import RegistryError
from tenure.ports import ModelRegistry


def promote(verdict: Verdict, *, registry: ModelRegistry) -> Promotion:
    """The candidate at ``production``, in the place of the champion it was judged against.

    Cut off before the alias moved, nothing has happened; after it, the same call changes nothing and
    gives the same promotion.

    Raises
    ------
    StaleVersionError
        If somebody else is in office than the verdict compared with; nothing has changed then.
    RegistryError
        If the gate refused the candidate.
    """
    candidate, champion = verdict.candidate, verdict.champion
    if not verdict.passed:
        refused = ", ".join(reason.rule for reason in verdict.reasons if not reason.favours)
        raise RegistryError(
            f"version {candidate.version} of `{candidate.name}` was refused as of {verdict.as_of}: {refused}",
            hint="only a candidate that passed the gate takes office; `tenure judge` gives the reasons.",
        )
    registry.promote(candidate.version, expected=champion.version if champion else None)
    return Promotion(verdict.as_of, candidate, champion)
