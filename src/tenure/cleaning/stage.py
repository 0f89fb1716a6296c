"""bronze -> silver: typed, repaired as the project file says, one row per key and event time."""

from __future__ import annotations

from collections.abc import Mapping

from tenure.cleaning.source import Cleaned, clean_source
from tenure.domain.artefacts import Bronze, Silver, Validation
from tenure.domain.findings import Finding, blocking
from tenure.domain.periods import Period
from tenure.domain.sources import Source
from tenure.domain.tables import TableSlice, silver
from tenure.domain.wording import counted
from tenure.errors import PeriodStoppedError
from tenure.ports import Engine, TableStore


def clean(
    bronze: Bronze,
    validation: Validation,
    *,
    sources: Mapping[str, Source],
    store: TableStore,
    engine: Engine,
) -> Silver:
    """Type and repair the bronze rows of the period, and keep one row per key and event time.

    Every value becomes what its column is declared to be, or null; each repair is counted. Of rows that
    say the same one is kept; of rows that contradict each other the last by file and row. A row whose key
    and event time an earlier period holds is kept beside it: readers take the last known. Sources with
    ``unique: false`` keep all their rows. A second run writes the same rows.

    Parameters
    ----------
    bronze
        What ingestion took in.
    validation
        What the checks found of it.
    sources
        The raw tables, by name.
    store
        Where bronze and silver lie.
    engine
        What types and repairs.

    Returns
    -------
    Silver
        One slice per source, the repairs by column and kind, and findings.

    Raises
    ------
    PeriodStoppedError
        If validation, or a finding of cleaning that the project file makes an error, stops the period;
        nothing is written then.
    """
    if not validation.proceeds:
        raise _stopped("validation", blocking(validation.findings), bronze.period)
    period = bronze.period
    cleaned = [
        clean_source(name, source, period, store=store, engine=engine) for name, source in sources.items()
    ]
    findings = tuple(finding for each in cleaned for finding in each.findings)
    if blocking(findings):
        raise _stopped("cleaning", blocking(findings), period)
    slices = tuple(_write(each, period, store, engine) for each in cleaned)
    return Silver(period, slices, tuple(repair for each in cleaned for repair in each.repairs), findings)


def _stopped(stage: str, findings: tuple[Finding, ...], period: Period) -> PeriodStoppedError:
    listed = "\n".join(f"  - {finding.code} {finding.message}" for finding in findings[:10])
    return PeriodStoppedError(
        f"{stage} stopped the period {period}: {counted(len(findings), 'finding')} of severity error\n"
        f"{listed}",
        hint=findings[0].hint,
    )


def _write(cleaned: Cleaned, period: Period, store: TableStore, engine: Engine) -> TableSlice:
    """Put the rows in the place of what the period held; a period without rows leaves none behind."""
    table = silver(cleaned.name)
    if cleaned.n_received or not store.exists(table):
        return store.replace(table, engine.batches(cleaned.rows), as_of=period.as_of)
    store.remove(table, as_of=period.as_of)
    return TableSlice(table, period.as_of, 0, store.version(table))
