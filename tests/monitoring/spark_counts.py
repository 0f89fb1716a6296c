"""In a Spark environment: ``spark_counts.py PARQUET SQL_FILE`` prints the rows of the query as JSON."""

import json
import sys
from pathlib import Path

from pyspark.sql import SparkSession

if __name__ == "__main__":
    spark = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    spark.read.parquet(sys.argv[1]).createOrReplaceTempView("rows")
    found = spark.sql(Path(sys.argv[2]).read_text(encoding="utf-8")).collect()
    sys.stdout.write(json.dumps([row.asDict() for row in found]) + "\n")
