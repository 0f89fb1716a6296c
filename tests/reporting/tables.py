"""Tables in memory, as far as reports read them: what `DeltaStore` does, without its files."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from tenure.domain.tables import TableSlice


@dataclass
class Tables:
    """Rows by table and period."""

    rows: dict[str, dict[date, pa.Table]] = field(default_factory=dict)

    def exists(self, table):
        return table in self.rows

    def replace(self, table, rows, *, as_of, where=None):
        parts = self.rows.setdefault(table, {})
        dated = rows.append_column("as_of", pa.array([as_of] * rows.num_rows, pa.date32()))
        if where and as_of in parts:
            [(column, value)] = where.items()
            dated = pa.concat_tables([parts[as_of].filter(pc.not_equal(parts[as_of][column], value)), dated])
        parts[as_of] = dated
        return TableSlice(table, as_of, rows.num_rows, 0)

    def remove(self, table, *, as_of):
        self.rows.get(table, {}).pop(as_of, None)

    def periods(self, table):
        return tuple(sorted(day for day, rows in self.rows.get(table, {}).items() if rows.num_rows))

    def read(self, table, *, columns=None, after=None, until=None):
        parts = self.rows.get(table)
        if parts is None:
            return pa.table({})
        wanted = [
            rows
            for day, rows in sorted(parts.items())
            if (after is None or day > after) and (until is None or day <= until)
        ]
        empty = next(iter(parts.values())).schema.empty_table()
        found = pa.concat_tables([empty, *wanted])
        return found if columns is None else found.select(list(columns))
