"""raw files -> bronze: everything is looked at first, and only then anything is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from tenure.domain.artefacts import Bronze
from tenure.domain.findings import blocking
from tenure.domain.periods import Period
from tenure.domain.serving import ServeConfig
from tenure.domain.sources import Source
from tenure.domain.tables import TableSlice, bronze
from tenure.errors import SourceError
from tenure.ingestion.delivery import Round
from tenure.ingestion.intake import Intake, look_at
from tenure.ingestion.served import land, take_back
from tenure.ports import Engine, TableStore


def ingest(
    period: Period,
    *,
    sources: Mapping[str, Source],
    root: Path,
    store: TableStore,
    engine: Engine,
    serve: ServeConfig | None = None,
) -> Bronze:
    """Take in what became known in the period: raw columns as received, when and where they came from.

    A row belongs to the period in which it became known: ``known_at`` (a column, or event time plus
    `delay`) lies after the period's start and not after its end. Rows that were known before but are
    not in bronze came late, or were corrected: they are taken in now, and count as known at the last
    moment of the period. A datamart's first period takes in all that was known by its end. Sources
    without event time are taken in whole, and again when they changed.

    Answers that `tenure serve` gave by the end of the period land in ``gold/predictions``.

    Everything is checked for all sources before the first table is written. A second run writes the
    same rows.

    Parameters
    ----------
    period
        The period to take in.
    sources
        The raw tables, by name.
    root
        The folder that their paths are relative to.
    store
        Where bronze lies.
    engine
        What reads raw files.
    serve
        Where the log of answers lies; none is taken in when absent.

    Returns
    -------
    Bronze
        One slice per source. Without slices, and with nothing written, if a finding is an error.

    Raises
    ------
    SourceError
        If a source cannot be read, lacks columns, or has dates whose format must be stated; with all
        such problems of all sources.
    """
    intakes = _look_at_all(sources, Round(period, root, store, engine))
    findings = tuple(finding for intake in intakes for finding in intake.findings)
    if blocking(findings):
        return Bronze(period, (), findings)
    slices = tuple(_write(intake, period, store, engine) for intake in intakes)
    served = land(period, root / serve.folder / "log", store=store) if serve else ()
    return Bronze(period, slices, (*findings, *served))


def withdraw(period: Period, *, sources: Mapping[str, Source], store: TableStore) -> None:
    """Take out what `ingest` wrote for the period, findings aside."""
    for source in sources:
        store.remove(bronze(source), as_of=period.as_of)
    take_back(period, store=store)


def _look_at_all(sources: Mapping[str, Source], turn: Round) -> tuple[Intake, ...]:
    intakes, errors = [], []
    for name, source in sources.items():
        try:
            intakes.append(look_at(name, source, turn))
        except SourceError as error:
            errors.append(error)
    if errors:
        raise _all_of(errors)
    _check_known(intakes, turn.period)
    return tuple(intakes)


def _all_of(errors: Sequence[SourceError]) -> SourceError:
    """The one error, or one that tells of all."""
    if len(errors) == 1:
        return errors[0]
    told = "\n".join(f"  - {error.message}\n    hint: {error.hint}" for error in errors)
    transient = all(error.transient for error in errors)
    return SourceError(f"{len(errors)} sources cannot be taken in\n{told}", transient=transient)


def _check_known(intakes: Sequence[Intake], period: Period) -> None:
    """Refuse a period by whose end nothing at all was known."""
    timed = [intake for intake in intakes if intake.first is not None]
    if not timed or any(intake.is_known for intake in timed):
        return
    earliest = min(timed, key=lambda intake: (intake.first, intake.name))
    raise SourceError(
        f"nothing was known by {period}: the first row of `{earliest.name}` became known on "
        f"{earliest.first:%Y-%m-%d}",
        hint=f"begin with a period that ends on or after {earliest.first:%Y-%m-%d}.",
    )


def _write(intake: Intake, period: Period, store: TableStore, engine: Engine) -> TableSlice:
    """Put the rows in the place of what the period held; a period without rows leaves none behind."""
    table = bronze(intake.name)
    if intake.rows is not None and (intake.n_rows or not store.exists(table)):
        return store.replace(table, engine.batches(intake.rows), as_of=period.as_of)
    store.remove(table, as_of=period.as_of)
    return TableSlice(table, period.as_of, 0, store.version(table))
