"""A session of Spark: how it is started, and what it must be told to answer as DuckDB does."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING

from tenure.errors import ProjectError, StoreError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_MEANING = {
    "spark.sql.ansi.enabled": "true",  # what does not fit is an error, as in DuckDB, and no silent null
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.timestampType": "TIMESTAMP_NTZ",  # tables hold no zones
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    "spark.sql.parquet.datetimeRebaseModeInRead": "CORRECTED",  # one calendar, before 1582 too
    "spark.sql.parquet.datetimeRebaseModeInWrite": "CORRECTED",
    "spark.sql.caseSensitive": "false",
    "spark.sql.mapKeyDedupPolicy": "LAST_WIN",
}
"""What answers depend on: a project cannot set these."""

_QUIET = {
    "spark.app.name": "tenure",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "ERROR",
    "spark.driver.maxResultSize": "0",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
    "spark.sql.sources.parallelPartitionDiscovery.threshold": "100000",  # a table's files are known by name
}
"""What is of use unless a project says otherwise."""


def start_session(master: str, settings: Mapping[str, str] | None = None) -> SparkSession:
    """A session of its own at a master; the connection is shared with others of this process.

    Parameters
    ----------
    master
        ``local[2]`` for two threads of this machine, ``spark://host:7077`` for a cluster, or whatever else
        Spark takes for one.
    settings
        Spark's own, such as ``spark.executor.memory``.

    Raises
    ------
    ProjectError
        If PySpark or Java is not installed, or a setting would change what expressions mean.
    StoreError
        Transient, if Spark does not start.
    """
    asked = dict(settings or {})
    _refuse_meaning(asked)
    _require_installed()
    _place_workers(master)
    from pyspark.sql import SparkSession  # noqa: PLC0415 - an extra

    defaults = _QUIET | (_SMALL if master.startswith("local") else {})
    builder = SparkSession.builder.master(master)
    for name, value in (defaults | asked | _MEANING).items():
        builder = builder.config(name, value)
    try:
        session = builder.getOrCreate().newSession()
    except Exception as error:  # Java's come through Py4J, whose types are there only with PySpark
        if type(error).__module__.partition(".")[0] not in {"py4j", "pyspark"}:
            raise
        raise _does_not_start(master, error) from error
    _require_master(session, master)
    for name, value in (_MEANING | asked).items():
        if session.conf.isModifiable(name):
            session.conf.set(name, value)
    return session


def _does_not_start(master: str, error: Exception) -> StoreError:
    said = [line.strip(" :") for line in str(error).splitlines() if "Exception" in line or "[" in line]
    return StoreError(
        f"Spark does not start at {master}: {(said or [type(error).__name__])[0][:200]}",
        hint="look whether the master runs and can be reached, and whether `java -version` says 17.",
        transient=True,
    )


def _require_master(session: SparkSession, master: str) -> None:
    there = session.sparkContext.master
    if there != master:
        raise ProjectError(
            f"this process has a session of Spark at {there} already, and `engine.master` is {master}",
            hint="run the project in a process of its own.",
        )


_SMALL = {"spark.sql.shuffle.partitions": "4", "spark.driver.host": "127.0.0.1"}
"""Without a cluster: 200 partitions of a few rows each take longer than the rows."""


def _refuse_meaning(settings: Mapping[str, str]) -> None:
    fixed = sorted(name for name in settings if name in _MEANING)
    if fixed:
        raise ProjectError(
            f"`engine.settings` sets {', '.join(f'`{name}`' for name in fixed)}, on which the meaning of "
            "expressions depends",
            hint="leave it out: it is set so that both engines give the same.",
        )


def _require_installed() -> None:
    if importlib.util.find_spec("pyspark") is None:
        raise ProjectError(
            "`engine: spark` needs the extra `spark`: pyspark is not installed",
            hint="`pip install 'tenure[spark]'`, and Java 17.",
        )
    if shutil.which("java") is None and not os.environ.get("JAVA_HOME"):
        raise ProjectError(
            "`engine: spark` needs Java: there is no `java` on PATH, and JAVA_HOME is not set",
            hint="install Java 17, such as `apt-get install openjdk-17-jre-headless`.",
        )


def _place_workers(master: str) -> None:
    """Workers run this Python, and a Spark without a cluster is no business of the network's."""
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    if master.startswith("local"):
        os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
