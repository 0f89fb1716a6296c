"""Each fault that validation is there for, planted in clean rows: found under its code, and only there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from tenure.domain.artefacts import Bronze, Validation
from tenure.domain.findings import Outcome, Severity, found
from tenure.domain.periods import Period
from tenure.domain.sources import Source
from tenure.domain.tables import bronze
from tenure.stores.delta import DeltaStore
from tenure.stores.duckdb import DuckDBEngine
from tenure.validation import validate
from tenure.validation.config import ValidationPolicy

N_ROWS = 200
AS_OF = date(2024, 5, 1)
SOURCE = {
    "path": "loans.csv",
    "keys": ["id"],
    "event_time": "day",
    "known_at": "loaded",
    "max_age": "1 month",
    "columns": {
        "ssn": {"type": "integer", "pii": True},
        "income": {"type": "number", "between": [0, 1e6], "strip": "_", "max_null_share": 0.3},
        "score": {"type": "integer", "between": [0, 10], "otherwise": "error"},
        "mix": {"type": "category", "values": ["Good", "Bad"], "null_values": ["_"]},
        "since": {"type": "date", "format": "%d/%m/%Y"},
        "span": {"type": "months"},
        "city": {"type": "text"},
    },
}
Rows = dict[str, list[Any]]


def clean(n_rows: int = N_ROWS) -> Rows:
    return {
        "id": [f"L{row}" for row in range(n_rows)],
        "ssn": [str(900_000_000 + row) for row in range(n_rows)],
        "income": [f"{1000 + row}_" if row % 4 else f"{1000 + row}.5" for row in range(n_rows)],
        "score": [str(row % 11) for row in range(n_rows)],
        "mix": [("Good", "Bad", "_")[row % 3] for row in range(n_rows)],
        "since": ["28/02/2019"] * n_rows,
        "span": ["10 Years and 9 Months"] * n_rows,
        "city": ["İzmir"] * n_rows,
        "_event_time": [datetime(2024, 4, 20)] * n_rows,
        "_known_at": [datetime(2024, 4, 21)] * n_rows,
    }


def some(column: str, share: float, value: Any) -> Callable[[Rows], None]:
    """Put `value` in the first `share` of a column."""

    def plant(rows: Rows) -> None:
        n_planted = round(share * len(rows[column]))
        rows[column][:n_planted] = [value] * n_planted

    return plant


def copied(share: float) -> Callable[[Rows], None]:
    """Append exact copies of the first rows."""

    def plant(rows: Rows) -> None:
        n_planted = round(share * len(rows["id"]))
        for values in rows.values():
            values.extend(values[:n_planted])

    return plant


def without(column: str) -> Callable[[Rows], None]:
    def plant(rows: Rows) -> None:
        del rows[column]

    return plant


@dataclass(frozen=True)
class Fault:
    plant: Callable[[Rows], None]
    code: str
    severity: Severity
    column: str
    n_rows: int
    examples: tuple[str, ...] | None = None


FAULTS = {
    "a declared column is gone": Fault(without("income"), "VAL001", Severity.ERROR, "income", 0),
    "the key is gone": Fault(without("id"), "VAL001", Severity.ERROR, "id", 0),
    "a column is blank": Fault(some("city", 1, " "), "VAL002", Severity.WARNING, "city", 200),
    "a column is null": Fault(some("since", 1, None), "VAL002", Severity.WARNING, "since", 200),
    "a fifth of a column is no number": Fault(
        some("income", 0.2, "12,5"), "VAL003", Severity.WARNING, "income", 40, ("12,5",)
    ),
    "no date fits the format": Fault(
        some("since", 1, "2019-02-28"), "VAL003", Severity.ERROR, "since", 200, ("2019-02-28",)
    ),
    "a fifth of the spans are words": Fault(
        some("span", 0.2, "a while"), "VAL003", Severity.WARNING, "span", 40, ("a while",)
    ),
    "infinite numbers": Fault(some("income", 0.2, "inf"), "VAL003", Severity.WARNING, "income", 40, ("inf",)),
    "one unreadable value where none may be": Fault(
        some("score", 0.005, "high"), "VAL003", Severity.ERROR, "score", 1, ("high",)
    ),
    "rows without a key": Fault(some("id", 0.02, None), "VAL004", Severity.ERROR, "id", 4, ()),
    "rows with a blank key": Fault(some("id", 0.02, "  "), "VAL004", Severity.ERROR, "id", 4, ()),
    "different rows with one key": Fault(
        some("id", 0.02, "L199"),
        "VAL005",
        Severity.ERROR,
        "",
        5,
        ("L199 | 2024-04-20 00:00:00 | 2024-04-21 00:00:00",),
    ),
    "rows delivered twice": Fault(copied(0.1), "VAL006", Severity.WARNING, "", 20),
    "incomes out of range": Fault(
        some("income", 0.2, "23834698_"), "VAL007", Severity.WARNING, "income", 40, ("23834698.0",)
    ),
    "one score out of range where none may be": Fault(
        some("score", 0.005, "11"), "VAL007", Severity.ERROR, "score", 1, ("11",)
    ),
    "a new category": Fault(some("mix", 0.6, "Payday"), "VAL008", Severity.WARNING, "mix", 120, ("Payday",)),
    "more nulls than allowed": Fault(some("income", 0.4, None), "VAL009", Severity.WARNING, "income", 80, ()),
    "rows without a time": Fault(some("_event_time", 0.01, None), "VAL010", Severity.ERROR, "", 2, ()),
    "rows known before they happened": Fault(
        some("_known_at", 0.1, datetime(2024, 4, 1)), "VAL011", Severity.WARNING, "", 20
    ),
    "a feed that stands still": Fault(
        some("_event_time", 1, datetime(2024, 3, 20)), "VAL013", Severity.WARNING, "", 0
    ),
}


@pytest.fixture(scope="module")
def engine() -> DuckDBEngine:
    return DuckDBEngine()


def run(rows: Mapping[str, Sequence[Any]], folder: Path, engine: DuckDBEngine, source: Source) -> Validation:
    store = DeltaStore(folder / "datamart")
    stamp = pa.timestamp("us")
    rows = {**rows, "_file": ["loans.csv"] * len(rows["_known_at"]), "_row": range(len(rows["_known_at"]))}
    columns = {
        name: pa.array(values, stamp if name in ("_event_time", "_known_at") else None)
        for name, values in rows.items()
    }
    store.replace(bronze("loans"), pa.table(columns), as_of=AS_OF)
    return validate(
        Bronze(Period(AS_OF), ()),
        sources={"loans": source},
        validation=ValidationPolicy(),
        root=folder,
        reports=folder / "reports",
        store=store,
        engine=engine,
    )


def test_clean_rows_have_no_fault(tmp_path: Path, engine: DuckDBEngine) -> None:
    validation = run(clean(), tmp_path, engine, Source.model_validate(SOURCE))
    assert found(validation.findings) == ()
    assert Outcome.SKIPPED not in {each.outcome for each in validation.findings}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=list(FAULTS))
def test_a_planted_fault_is_found_under_its_code_and_no_other(
    fault: Fault, tmp_path: Path, engine: DuckDBEngine
) -> None:
    rows = clean()
    fault.plant(rows)
    validation = run(rows, tmp_path, engine, Source.model_validate(SOURCE))
    finding = next(each for each in found(validation.findings) if each.code == fault.code)
    assert (finding.severity, finding.column, finding.n_rows) == (fault.severity, fault.column, fault.n_rows)
    if fault.examples is not None:
        assert finding.examples == fault.examples
    assert validation.proceeds is (fault.severity is not Severity.ERROR)
    beside = {"VAL009"} if fault.column == "income" else set()  # what is repaired to null is null
    assert {each.code for each in found(validation.findings)} <= {fault.code} | beside


@pytest.mark.parametrize("fault", FAULTS.values(), ids=list(FAULTS))
def test_a_fault_that_is_switched_off_is_muted(fault: Fault, tmp_path: Path, engine: DuckDBEngine) -> None:
    rows = clean()
    fault.plant(rows)
    source = Source.model_validate(SOURCE | {"severity": {fault.code: "off", "VAL009": "off"}})
    validation = run(rows, tmp_path, engine, source)
    outcomes = {each.outcome for each in validation.findings if each.code == fault.code}
    assert Outcome.FOUND not in outcomes
    assert Outcome.MUTED in outcomes
    assert validation.proceeds


def test_a_private_column_shows_no_value_of_its_own(tmp_path: Path, engine: DuckDBEngine) -> None:
    rows = clean()
    rows["ssn"][:50] = ["#F%$D@*&8"] * 50
    validation = run(rows, tmp_path, engine, Source.model_validate(SOURCE))
    finding = next(each for each in found(validation.findings) if each.column == "ssn")
    assert (finding.code, finding.n_rows, finding.examples) == ("VAL003", 50, ())
    pages = "".join(path.read_text() for path in (tmp_path / "reports").rglob("*.html"))
    assert "ssn as read" in pages
    assert "#F%$D@*&8" not in str(validation) + pages
    assert "90000" not in str(validation) + pages


def test_private_keys_are_not_shown_where_they_are_double(tmp_path: Path, engine: DuckDBEngine) -> None:
    rows = clean()
    rows["id"][:40] = ["secret-key"] * 40
    columns = SOURCE["columns"] | {"id": {"pii": True}}
    validation = run(rows, tmp_path, engine, Source.model_validate(SOURCE | {"columns": columns}))
    assert not validation.proceeds
    pages = "".join(path.read_text() for path in (tmp_path / "reports").rglob("*.html"))
    assert pages
    assert "secret-key" not in str(validation) + pages
