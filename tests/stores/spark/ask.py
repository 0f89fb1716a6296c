"""Where PySpark is: ``ask.py MASTER FOLDER`` asks Spark what DuckDB is asked; what differs, as JSON."""

import importlib.util
import json
import math
import re
import sys
import tempfile
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path

import pyarrow as pa

from tenure.domain.parsing import read_text
from tenure.domain.sources import ColumnType
from tenure.errors import ProjectError
from tenure.ports import Engine
from tenure.stores.duckdb import DuckDBEngine
from tenure.stores.spark import SparkEngine
from tenure.testing import ENGINE_CONTRACT

_SPEC = importlib.util.spec_from_file_location(
    "tenure_spark_questions", Path(__file__).with_name("questions.py")
)
questions = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(questions)

_LAST_ORDER = re.compile(r"ORDER BY [^()]*$")


def broken_promises(make):
    """The checks of the contract that fail, and how."""
    broken = {}
    for check in ENGINE_CONTRACT:
        engine = make()
        assert isinstance(engine, Engine)
        try:
            check(engine, Path(tempfile.mkdtemp()))
        except Exception as error:  # noqa: BLE001 - whatever fails is told
            broken[check.__name__] = repr(error)[:2000]
    return broken


def other_answers(spark, duck):
    """The queries that are answered with other rows."""
    found = {}
    for query in questions.QUERIES:
        here, there = (answer(engine, query) for engine in (duck, spark))
        if isinstance(here, str) or not same(here, there):  # a text: DuckDB has refused the query
            found[query] = f"{here} != {there}"[:2000]
    return found


def answer(engine, query):
    """The rows of a query, in an order of their own where it states none."""
    try:
        rows = engine.arrow(engine.sql(query, {"t": engine.table(questions.ROWS)})).to_pylist()
    except ProjectError as error:
        return str(error)
    plain = [{name: comparable(value) for name, value in row.items()} for row in rows]
    return plain if _LAST_ORDER.search(query) else sorted(plain, key=lambda row: str(list(row.values())[:2]))


def comparable(value):
    """Numbers of any type as floats, dates as times: engines give one type or the other."""
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime.combine(value, time.min)
    return value


def same(here, there):
    """Whether two answers are equal, floats to nine digits."""
    if isinstance(here, float) and isinstance(there, float):
        return (math.isnan(here) and math.isnan(there)) or math.isclose(here, there, rel_tol=1e-9)
    if isinstance(here, list) and isinstance(there, list):
        return len(here) == len(there) and all(map(same, here, there))
    if isinstance(here, dict) and isinstance(there, dict):
        return list(here) == list(there) and all(same(here[name], there[name]) for name in here)
    return here == there


def other_times(spark, duck):
    """Text that is another time, or none."""
    found = []
    for time_format, texts in ((None, questions.TIMES), *questions.FORMATS.items()):
        here, there = (times(engine, texts, time_format) for engine in (duck, spark))
        found += [
            f"{time_format} {text!r}: {ours} != {theirs}"
            for text, ours, theirs in zip(texts, here, there, strict=True)
            if ours != theirs
        ]
    return found


def times(engine, texts, time_format):
    """What the texts are as dates of a source."""
    rows = engine.table(pa.table({"n": list(range(len(texts))), "text": pa.array(texts, pa.string())}))
    read = read_text(rows.text.strip(), ColumnType.DATE, time_format, engine=engine)
    return engine.arrow(rows.select("n", read=read).order_by("n"))["read"].to_pylist()


if __name__ == "__main__":
    master, folder = sys.argv[1], Path(sys.argv[2])

    def make():
        return SparkEngine(master, settings={"spark.executor.memory": "512m"}, folder=folder)

    told = {"contract": broken_promises(make)}
    if master.startswith("local"):
        spark, duck = make(), DuckDBEngine()
        told |= {"queries": other_answers(spark, duck), "times": other_times(spark, duck)}
    sys.stdout.write("\n" + json.dumps(told) + "\n")
