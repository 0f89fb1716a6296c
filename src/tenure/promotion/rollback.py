"""Taking the champion out of office by hand, and putting an earlier one back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from tenure.domain.decisions import Rollback
from tenure.domain.models import ModelVersion, Office
from tenure.domain.office import office_history
from tenure.domain.tables import DECISIONS
from tenure.errors import RegistryError
from tenure.ports import ModelRegistry, TableStore


def rollback(
    *, registry: ModelRegistry, store: TableStore, as_of: date, to: int | None = None, why: str = ""
) -> Rollback:
    """An earlier champion at ``production`` again, in the place of the one in office.

    Which one that is follows from ``gold/decisions``, so that the same call, cut off after the alias
    moved and before the rollback was recorded, gives the same rollback.

    Parameters
    ----------
    registry, store
        Where the alias and the decisions are.
    as_of
        The end of the period in which it happens; the version put back scores from the next one on.
    to
        The version to put back; the one before the champion when None.
    why
        The reason, for the record.

    Raises
    ------
    RegistryError
        If there is no such version to go back to.
    StaleVersionError
        If the registry says that somebody else is in office than the decisions do.
    """
    history = office_history(store.read(DECISIONS, until=as_of))
    restored = rollback_target(history, to=to)
    removed = history[-1].version
    registry.promote(restored.version, expected=removed.version)
    return Rollback(as_of, restored, removed, why)


def rollback_target(history: Sequence[Office], *, to: int | None = None) -> ModelVersion:
    """The version to put back: `to`, or the champion that the one in office replaced.

    A champion that was itself taken out of office is not gone back to unless it is named: after
    1, 2, 3 and a rollback to 2, the one before is 1.

    Parameters
    ----------
    history
        Terms of office, oldest first.
    to
        A version that has been in office; others never passed the gate.

    Raises
    ------
    RegistryError
        If nobody was in office before, or `to` is in office or never was.
    """
    if to is not None:
        return _named(history, to)
    line = _line_of_office(history)
    if len(line) < 2:
        who = f"version {line[-1].version} is the first" if line else "nobody is in office"
        raise RegistryError(
            f"there is nobody to go back to: {who}",
            hint="`tenure status` lists who was in office.",
        )
    return line[-2]


def _named(history: Sequence[Office], to: int) -> ModelVersion:
    held = {office.version.version: office.version for office in history}
    if to in held and history[-1].version.version != to:
        return held[to]
    wrong = "is in office already" if to in held else "has never been in office"
    listed = ", ".join(str(version) for version in sorted(held)) or "none"
    raise RegistryError(
        f"version {to} {wrong}; versions that have been in office: {listed}",
        hint="name one of them, or leave `--to` out to go back to the one before.",
    )


def _line_of_office(history: Sequence[Office]) -> list[ModelVersion]:
    """Each champion after the one it replaced; going back to one cuts off those after it."""
    line: list[ModelVersion] = []
    for office in history:
        numbers = [version.version for version in line]
        if office.version.version in numbers:
            del line[numbers.index(office.version.version) :]
        line.append(office.version)
    return line
