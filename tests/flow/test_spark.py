"""The loop on Spark, and on DuckDB: the same tables."""

import math
import shutil
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest

from tenure.stores.delta import DeltaStore

EQUAL = ("bronze", "silver", "gold/labels", "gold/findings")
"""Tables that are equal to the last bit: nothing in them is a sum of floats."""
COMPARED = ("gold/features", "gold/predictions", "gold/monitoring")
PROVENANCE = {"bundle_sha256", "model_version"}
"""A bundle's hash covers what its model was fitted on, to the last bit."""


def replayed(folder, engine, env, *words):
    """The datamart of a lender whose periods ran on an engine."""
    file = folder / "tenure.yaml"
    told = file.read_text()
    assert "engine: duckdb" in told
    file.write_text(told.replace("engine: duckdb", f"engine: {engine}"))
    done = subprocess.run(
        [sys.executable, "-m", "tenure", "backfill", *words, "-p", str(folder)],
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return DeltaStore(folder / "datamart")


def differences(here, there, table):
    """Values of a table that are not the same; numbers are to nine digits."""
    ours, theirs = here.read(table), there.read(table)
    names = [name for name in ours.column_names if name not in PROVENANCE]
    assert ours.schema == theirs.schema
    exact = [n for n in names if not _is_number(ours.schema.field(n).type)]
    rows = zip(_sorted(ours, exact), _sorted(theirs, exact), strict=True)
    return [(name, a[name], b[name]) for a, b in rows for name in names if not _same(a[name], b[name])]


def _is_number(kind):
    return pa.types.is_floating(kind) or pa.types.is_nested(kind)


def _sorted(rows, names):
    return sorted(rows.to_pylist(), key=lambda row: str([row[name] for name in names]))


def _same(a, b):
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(_same, a, b))
    if isinstance(a, float) and isinstance(b, float):
        return (math.isnan(a) and math.isnan(b)) or math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-12)
    return a == b


@pytest.fixture
def lenders(tmp_path, lender_of):
    """One lender, twice."""
    one = lender_of(tmp_path / "duckdb", n_months=15)
    return one, Path(shutil.copytree(one, tmp_path / "spark"))


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_the_loop_on_spark_gives_the_tables_of_duckdb(lenders, spark_environment):
    span = ("--from", "2023-06-01", "--to", "2023-07-01")
    here = replayed(lenders[0], "duckdb", spark_environment, *span)
    there = replayed(lenders[1], "{name: spark, master: 'local[2]'}", spark_environment, *span)
    assert here.tables() == there.tables()
    equal = [table for table in here.tables() if table.startswith(EQUAL)]
    assert [t for t in equal if here.content_hash(t) != there.content_hash(t)] == []
    assert {table: differences(here, there, table) for table in COMPARED} == {t: [] for t in COMPARED}


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_features_built_on_a_cluster_are_those_of_duckdb(lenders, spark_environment, spark_cluster, tmp_path):
    span = ("--from", "2023-06-01", "--to", "2023-06-01", "--through", "build")
    engine = (
        f"{{name: spark, master: '{spark_cluster}', folder: {tmp_path / 'shared'}, "
        "settings: {spark.executor.memory: 512m}}"
    )
    here = replayed(lenders[0], "duckdb", spark_environment, *span)
    there = replayed(lenders[1], engine, spark_environment, *span)
    assert here.content_hash("gold/labels") == there.content_hash("gold/labels")
    assert differences(here, there, "gold/features") == []
