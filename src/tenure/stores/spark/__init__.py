"""Expressions and queries → Spark: the engine for more than one machine.

Nothing here is imported before a project says ``engine: {name: spark}``: PySpark is an extra, and Java a
program of its own.
"""

from tenure.stores.spark.engine import SparkEngine
from tenure.stores.spark.session import start_session

__all__ = ["SparkEngine", "start_session"]
