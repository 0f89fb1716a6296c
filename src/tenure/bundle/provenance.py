"""What ``provenance.json`` must say so that the gate can trust a bundle: its split, and its audit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from tenure.domain.models import Span, Split
from tenure.errors import BundleError

SPLIT = "split"
AUDIT = "audit"
MEMBERS = "members"


@dataclass(frozen=True, slots=True)
class Member:
    """A fitted model that the bundle's graph asks, and what its answer weighs there."""

    algorithm: str
    weight: float
    """In (0, 1]; 1 when it is the only one."""
    parameters: Mapping[str, float | int | str]
    """What it was fitted with."""


def members_record(members: Sequence[Member]) -> list[dict[str, Any]]:
    """The members as ``provenance.json`` holds them, under ``members``."""
    return [
        {"algorithm": each.algorithm, "weight": each.weight, "parameters": dict(each.parameters)}
        for each in members
    ]


def members_of(provenance: Mapping[str, Any]) -> tuple[Member, ...]:
    """The members that a bundle's provenance tells; none when it tells none.

    Examples
    --------
    >>> tree = Member("decision_tree", 1.0, {"max_depth": 4})
    >>> members_of({"members": members_record([tree])}) == (tree,)
    True
    """
    return tuple(
        Member(record["algorithm"], record["weight"], record["parameters"])
        for record in provenance.get(MEMBERS, ())
    )


def split_record(split: Split) -> dict[str, Any]:
    """The split as ``provenance.json`` holds it, under ``split``.

    Examples
    --------
    >>> span = Span(date(2023, 1, 1), date(2023, 6, 1), 10)
    >>> split_of({"split": split_record(Split(span, span, span))}).train == span
    True
    """
    spans = {"train": split.train, "validation": split.validation, "test": split.test}
    return {**{name: _span_record(span) for name, span in spans.items()}, "n_embargoed": split.n_embargoed}


def split_of(provenance: Mapping[str, Any]) -> Split:
    """The split that a bundle's provenance tells.

    Raises
    ------
    BundleError
        If it tells none.
    """
    try:
        record = provenance[SPLIT]
        train, validation, test = (_span(record[name]) for name in ("train", "validation", "test"))
        return Split(train, validation, test, int(record.get("n_embargoed", 0)))
    except (KeyError, TypeError, ValueError) as error:
        raise BundleError(
            f"the bundle's provenance.json does not say which rows it was fitted on: {error!r}",
            hint="train again: a model of unknown origin cannot be judged.",
        ) from error


def audit_record(*, muted: Sequence[str], n_errors: int) -> dict[str, Any]:
    """The audit's outcome as ``provenance.json`` holds it, under ``audit``.

    Parameters
    ----------
    muted
        Findings that the project file mutes.
    n_errors
        Findings of severity error that are not muted; 0, or nothing would have been trained.
    """
    return {"muted": list(muted), "n_errors": n_errors}


def is_audited(provenance: Mapping[str, Any]) -> bool:
    """Whether the provenance says that an audit was made and found no error.

    Examples
    --------
    >>> is_audited({"audit": {"muted": [], "n_errors": 0}}), is_audited({})
    (True, False)
    """
    record = provenance.get(AUDIT)
    return isinstance(record, Mapping) and record.get("n_errors") == 0


def _span_record(span: Span) -> dict[str, Any]:
    record = {"first": span.first.isoformat(), "last": span.last.isoformat(), "n_rows": span.n_rows}
    return record if span.entities is None else {**record, "entities": list(span.entities)}


def _span(record: Mapping[str, Any]) -> Span:
    first, last = (date.fromisoformat(record[name]) for name in ("first", "last"))
    arc = record.get("entities")
    return Span(first, last, int(record["n_rows"]), (float(arc[0]), float(arc[1])) if arc else None)
