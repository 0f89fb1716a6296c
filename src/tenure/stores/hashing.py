"""A hash of the content of a table: the same for the same rows, whatever their order and files."""

from __future__ import annotations

import hashlib
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from tenure.domain.tables import AS_OF, Snapshot
from tenure.stores.objects import local_copies


def hash_rows(snapshot: Snapshot) -> str:
    """SHA-256 over the sum and the count of the rows' MD5 numbers, columns in order of their names.

    A sum does not depend on the order of the rows and, unlike an exclusive or, sees duplicates.
    """
    if not snapshot.files:
        return hashlib.sha256(b"0 0").hexdigest()
    return hashlib.sha256(_fingerprint(snapshot).encode()).hexdigest()


def _fingerprint(snapshot: Snapshot) -> str:
    names = sorted(name for name in snapshot.schema.names if name != AS_OF)
    with TemporaryDirectory(prefix="tenure-") as folder, duckdb.connect() as connection:
        copies = local_copies(snapshot.files, Path(folder))
        files = connection.read_parquet(list(copies), union_by_name=True, hive_partitioning=True)
        present = [name for name in names if name in files.columns]
        cells = ", ".join(f"coalesce(CAST({_quoted(n)} AS VARCHAR), chr(0))" for n in [*present, AS_OF])
        row = f"md5_number_lower(concat_ws(chr(31), {cells}))"
        total = files.aggregate(f"count(*) AS n, sum({row}::HUGEINT) AS total").fetchone()
    return f"{present} {total}"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
