"""Spark counts as DuckDB and NumPy do: the same expression, in its dialect."""

import json
import math
import os
import subprocess
from pathlib import Path

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from ibis.config import Config

from tenure.domain.features import FeatureKind
from tenure.monitoring.counting import N_ROWS, PARTS, category_counts, number_of, number_sums
from tenure.stats.profile import reference_profile
from tenure.stats.words import count_words
from tenure.stores.histograms import histogram_of_counts

SPARK = Path(
    os.environ.get(
        "TENURE_SPARK_PYTHON", Path(__file__).parents[2] / ".benchmarks" / "spark" / "bin" / "python"
    )
)
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not SPARK.exists(), reason="no Spark: TENURE_SPARK_PYTHON names no interpreter with PySpark"
    ),
]


class SparkOptions(Config):
    """As Ibis has them where PySpark is installed."""

    treat_nan_as_null: bool = False


@pytest.fixture(autouse=True)
def _dialect(monkeypatch):
    """What Ibis asks of its settings to write for Spark where PySpark itself is not installed."""
    monkeypatch.setattr(ibis.options, "pyspark", SparkOptions())


def asked_of_spark(expressions, rows, folder):
    pq.write_table(rows, folder / "rows.parquet")
    files = [folder / f"{place}.sql" for place in range(len(expressions))]
    for file, expression in zip(files, expressions, strict=True):
        file.write_text(str(ibis.to_sql(expression, dialect="pyspark")), encoding="utf-8")
    command = [SPARK, Path(__file__).with_name("spark_counts.py"), folder / "rows.parquet", *files]
    here = {"SPARK_LOCAL_IP": "127.0.0.1", "PYSPARK_PYTHON": str(SPARK), "PYTHONPATH": ""}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ | here)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.strip().splitlines()[-1])


def reference():
    rng = np.random.default_rng(1)
    rows = pa.table(
        {
            "amount": rng.normal(size=500),
            "flag": (rng.random(500) < 0.1).astype(float),
            "job": rng.choice(list("abc"), 500),
        }
    )
    kinds = {"amount": FeatureKind.NUMBER, "flag": FeatureKind.NUMBER, "job": FeatureKind.CATEGORY}
    return reference_profile(
        rows,
        kinds,
        classes=("0", "1"),
        probabilities=np.full((500, 2), 0.5),
        predicted=["1"] * 500,
        importance=dict.fromkeys(kinds, 1.0),
    )


def test_ties_nan_infinite_and_null_are_counted_to_the_row_by_spark(tmp_path):
    then = reference()
    edges = list(then.numbers["amount"].edges)
    amount = [*edges, *edges, math.inf, -math.inf, math.nan, None, 0.0, -0.0, 1e300]
    n = len(amount)
    rows = pa.table(
        {
            "amount": pa.array(amount, pa.float64()),
            "flag": pa.array([0.0, 1.0, 0.5, None] * n, pa.float64())[:n],
            "job": pa.array(["a", "pirate", None, "c"] * n)[:n],
        }
    )
    table = ibis.table(ibis.Schema.from_pyarrow(rows.schema), name="rows")
    asked = [number_sums(table, then.numbers, histogram_of_counts), category_counts(table, ["job"])]
    (sums,), tallies = asked_of_spark(asked, rows, tmp_path)
    expected = then.empty_like().count(rows, np.full((n, 2), 0.5), ["1"] * n)
    assert sums[N_ROWS] == n
    for place, (name, part) in enumerate(then.numbers.items()):
        found = number_of(part, {what: sums[f"{what}_{place}"] for what in PARTS}, n)
        told = expected.numbers[name]
        assert found.counts == told.counts
        assert (found.n, found.n_null, found.n_infinite) == (told.n, told.n_null, told.n_infinite)
        assert (found.minimum, found.maximum) == (told.minimum, told.maximum)
        assert found.mean == pytest.approx(told.mean, rel=1e-9)
    counted = count_words({row["category"]: row["n"] for row in tallies}, then.categories["job"])
    assert counted == expected.categories["job"]
