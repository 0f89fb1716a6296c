"""Sentences that more than one page opens with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from tenure.domain.findings import Finding, blocking
from tenure.domain.report import Concern, Headline

RUN_FIRST = "`tenure run --as-of YYYY-MM-DD` runs the first period; `tenure backfill` replays several."
"""What to do about a project in which nothing has run."""


def nothing_ran(project: str) -> Headline:
    """Of a project without any period.

    Examples
    --------
    >>> nothing_ran("cash-loans").sentence
    'No period of cash-loans has run yet, so there is nothing to worry about, and nothing to see.'
    """
    return Headline(
        Concern.CALM,
        f"No period of {project} has run yet, so there is nothing to worry about, and nothing to see.",
    )


def stopped(artefacts: Mapping[str, Any], as_of: date) -> Headline | None:
    """Why a period did not run to its end; None when its report is there.

    Parameters
    ----------
    artefacts
        What its steps made, by name.
    as_of
        The period.
    """
    if "report" in artefacts:
        return None
    errors = [finding for made in artefacts.values() for finding in blocking(_findings(made))]
    if errors:
        more = f", and {len(errors) - 1:,} more" if len(errors) > 1 else ""
        return Headline(
            Concern.WORRY, f"The period {as_of} was stopped: {_ended(f'{errors[0].message}{more}')}"
        )
    last = list(artefacts)[-1] if artefacts else "nothing"
    return Headline(Concern.WATCH, f"The period {as_of} has not run to its end: {last} is the last it made.")


def _findings(made: Any) -> Sequence[Finding]:
    found: Sequence[Finding] = getattr(made, "findings", ())
    return found


def _ended(text: str) -> str:
    return text if text.endswith(".") else f"{text}."
