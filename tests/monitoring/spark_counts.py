"""In a Spark environment: ``spark_counts.py PARQUET SQL_FILE ...`` prints the rows of each query as JSON."""

import json
import sys
from pathlib import Path

if __name__ == "__main__":
    from pyspark.sql import SparkSession

    spark = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    spark.read.parquet(sys.argv[1]).createOrReplaceTempView("rows")
    queries = [Path(file).read_text(encoding="utf-8") for file in sys.argv[2:]]
    found = [[row.asDict() for row in spark.sql(query).collect()] for query in queries]
    sys.stdout.write(json.dumps(found) + "\n")
