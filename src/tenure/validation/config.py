"""How raw rows are checked: the section ``validation`` of the project file."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from tenure.domain.sources import Identifier, Section
from tenure.validation.codes import Code


class DataDocs(StrEnum):
    """When Great Expectations' Data Docs are written."""

    WHEN_FOUND = "when_found"
    ALWAYS = "always"
    NEVER = "never"


class RowCountPolicy(Section):
    """What number of rows is usual for a source."""

    at_least: float = Field(default=0.5, ge=0, le=1)
    """Fewer rows than this multiple of the median of the earlier periods are unusual."""
    at_most: float = Field(default=2.5, ge=1)
    """More rows than this multiple of it are unusual; a book that grows by as much every month stays
    below twice the median, and rows that came twice are found as copies."""
    min_periods: int = Field(default=3, ge=1)
    """With fewer earlier periods than this the count is compared with nothing."""
    window: int = Field(default=12, ge=1)
    """How many earlier periods, at most, the median is taken over."""


class SuiteFile(Section):
    """A suite of your own, in Great Expectations' JSON."""

    path: str
    """The file, relative to the project file."""
    source: Identifier | None = None
    """The source it checks; the suite's own ``name`` when absent."""

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, value: Any) -> Any:
        return {"path": value} if isinstance(value, str) else value


class ValidationPolicy(Section):
    """How raw rows are checked. Shares are of the rows, or of the values, of one source in one period."""

    max_repaired_share: float = Field(default=0.1, ge=0, le=1)
    """Share of a column's values that may be unreadable, out of range, or of an unknown category before
    it is a warning: up to here repairs are ordinary. With ``otherwise: error`` no value may be."""
    max_null_key_share: float = Field(default=0.01, ge=0, le=1)
    """Share of the rows that may lack a key."""
    max_conflict_share: float = Field(default=0.01, ge=0, le=1)
    """Share of the rows that may have the key and event time of a different row."""
    max_copy_share: float = Field(default=0.05, ge=0, le=1)
    """Share of the rows that may be exact copies of another."""
    row_count: RowCountPolicy = RowCountPolicy()
    """What number of rows is usual."""
    severity: dict[str, Literal["error", "warning", "off"]] = Field(default_factory=dict)
    """Severity of a check in every source, by code; `severity` of a source goes before it."""
    suites: tuple[SuiteFile, ...] = ()
    """Suites of your own: a path (its ``name`` is the source), or a section with `path` and `source`."""
    data_docs: DataDocs = DataDocs.WHEN_FOUND
    """``when_found``: for the sources of a period in which something was found, errors or warnings;
    ``always``: for every source of every period; ``never``."""

    @field_validator("severity")
    @classmethod
    def _codes_there_are(cls, value: dict[str, str]) -> dict[str, str]:
        unknown = sorted(set(value) - set(Code))
        if unknown:
            raise ValueError(f"no such check: {', '.join(unknown)}; there are {', '.join(Code)}")
        return value
