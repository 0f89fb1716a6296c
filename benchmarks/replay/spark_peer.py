"""The peer: the tables of `examples/cash_loans` in PySpark, month by month: ``spark_peer.py DATA OUT D...``.

Written as one would by hand for these four files: each month typed and cleaned once, a window for the last
row known, one join and one aggregation for the clicks, small tables broadcast by the planner. Raw files are
read once and kept in memory; bronze is left out; population and labels read one month only.
"""

from __future__ import annotations

import json
import sys
from datetime import date
from pathlib import Path
from typing import Any

from pyspark.sql import Column, DataFrame, SparkSession, Window
from pyspark.sql import functions as F  # noqa: N812 — how everybody writes it
from pyspark.sql.types import DateType, StructField, StructType

from harness.clock import Clock

FILES = {
    "attributes": "features_attributes.csv",
    "financials": "features_financials.csv",
    "clickstream": "feature_clickstream.csv",
    "loan_ledger": "lms_loan_daily.csv",
}
KEYS = {
    "attributes": ["Customer_ID", "snapshot_date"],
    "financials": ["Customer_ID", "snapshot_date"],
    "clickstream": ["Customer_ID", "snapshot_date"],
    "loan_ledger": ["loan_id", "installment_num", "snapshot_date"],
}
CLICKS = [f"fe_{number}" for number in range(1, 21)]
IDENTITY = ["Customer_ID", "event_time"]


def number(name: str, low: float, high: float, *, null: str = "", whole: bool = False) -> Column:
    """A dirty number within a range, null otherwise."""
    value = F.btrim(F.col(name), F.lit(" _")).try_cast("double")
    allowed = value.between(low, high) & (F.col(name) != F.lit(null))
    return F.when(allowed & (value == F.floor(value)) if whole else allowed, value).alias(name)


def category(name: str, *values: str, null: str = "") -> Column:
    """Trimmed text, null where it means null or is none of the values there may be."""
    text = F.trim(F.col(name))
    allowed = (text != "") & (text != F.lit(null))
    return F.when(allowed & text.isin(*values) if values else allowed, text).alias(name)


def months(name: str) -> Column:
    """``10 Years and 9 Months`` as 129."""
    years = F.regexp_extract(name, r"^(\d+) Year", 1).try_cast("int")
    rest = F.regexp_extract(name, r"(\d+) Month", 1).try_cast("int")
    return (years * 12 + rest).cast("double").alias(name)


def plain(*names: str) -> list[Column]:
    """Numbers as they come."""
    return [F.col(name).try_cast("double").alias(name) for name in names]


def silver_columns() -> dict[str, list[Column]]:
    """What is kept of each source, typed and cleaned."""
    snapshot = F.to_date("snapshot_date").alias("snapshot_date")
    customer = F.col("Customer_ID")
    return {
        "attributes": [
            customer,
            snapshot,
            number("Age", 14, 100, whole=True),
            category("Occupation", null="_______"),
        ],
        "financials": [
            customer,
            snapshot,
            number("Annual_Income", 0, 500_000),
            number("Monthly_Inhand_Salary", 0, 50_000),
            number("Num_Bank_Accounts", 0, 20, whole=True),
            number("Num_Credit_Card", 0, 20, whole=True),
            number("Interest_Rate", 0, 50),
            number("Num_of_Loan", 0, 12, whole=True),
            number("Delay_from_due_date", -10, 90, whole=True),
            number("Num_of_Delayed_Payment", -5, 40, whole=True),
            number("Changed_Credit_Limit", -50, 100, null="_"),
            number("Num_Credit_Inquiries", 0, 30, whole=True),
            category("Credit_Mix", "Bad", "Standard", "Good"),
            number("Outstanding_Debt", 0, 20_000),
            number("Credit_Utilization_Ratio", 0, 100),
            months("Credit_History_Age"),
            category("Payment_of_Min_Amount", "Yes", "No"),
            number("Total_EMI_per_month", 0, 100_000),
            number("Amount_invested_monthly", 0, 10_000, null="__10000__"),
            category("Payment_Behaviour", null="!@9#%8"),
            number("Monthly_Balance", 0, 10_000),
        ],
        "clickstream": [customer, snapshot, *plain(*CLICKS)],
        "loan_ledger": [
            F.col("loan_id"),
            customer,
            snapshot,
            F.to_date("loan_start_date").alias("loan_start_date"),
            *plain("tenure", "loan_amt", "due_amt", "paid_amt", "overdue_amt", "balance"),
            number("installment_num", 0, 10, whole=True),
        ],
    }


class Peer:
    """A session, the raw files in memory, and the folders of silver and gold."""

    def __init__(self, spark: SparkSession, data: Path, out: Path) -> None:
        self.spark, self.out = spark, out
        self.columns = silver_columns()
        self.raw = {
            name: spark.read.csv(str(data / file), header=True).cache() for name, file in FILES.items()
        }
        self.schemas = {
            name: StructType([*rows.select(*self.columns[name]).schema, StructField("as_of", DateType())])
            for name, rows in self.raw.items()
        }

    def clean(self, day: date, after: date | None) -> None:
        """Silver of what became known in the month that ends at `day`."""
        for name, raw in self.raw.items():
            # ISO dates compare as text, and the raw columns are text
            arrived = raw.filter(F.col("snapshot_date") <= str(day))
            if after is not None:
                arrived = arrived.filter(F.col("snapshot_date") > str(after))
            cleaned = arrived.select(*self.columns[name]).dropDuplicates(KEYS[name])
            cleaned.coalesce(1).write.mode("overwrite").parquet(f"{self.out}/silver/{name}/as_of={day}")

    def build(self, day: date) -> None:
        """Features of the loans that started in the month, and the labels that matured in it."""
        ledger = self.silver("loan_ledger").filter(F.col("as_of") == F.lit(day))
        features(self, events(ledger), day).coalesce(1).write.mode("overwrite").parquet(
            f"{self.out}/gold/features/as_of={day}"
        )
        labels(ledger).coalesce(1).write.mode("overwrite").parquet(f"{self.out}/gold/labels/as_of={day}")

    def silver(self, name: str) -> DataFrame:
        """The silver rows of a source, partitioned by month."""
        return self.spark.read.schema(self.schemas[name]).parquet(f"{self.out}/silver/{name}")


def events(ledger: DataFrame) -> DataFrame:
    """Every loan on the day it starts."""
    start = F.col("loan_start_date").cast("timestamp_ntz").alias("event_time")
    return ledger.filter(F.col("installment_num") == 0).select("Customer_ID", start)


def labels(ledger: DataFrame) -> DataFrame:
    """Thirty days past due, six months into the loan."""
    missed = F.ceil(F.col("overdue_amt") / F.col("due_amt")).cast("int")
    first_missed = F.add_months("snapshot_date", -missed)
    default = F.datediff("snapshot_date", first_missed) >= 30
    event_time = F.col("loan_start_date").cast("timestamp_ntz")
    known_at = F.add_months("loan_start_date", 6).cast("timestamp_ntz")
    return ledger.filter(F.col("installment_num") == 6).select(
        "Customer_ID",
        event_time.alias("event_time"),
        known_at.alias("known_at"),
        F.when(default, "1").otherwise("0").alias("label"),
    )


def last_known(people: DataFrame, rows: DataFrame, prefix: str) -> DataFrame:
    """The last row of a source that was known at each event, its columns under the source's name."""
    latest = Window.partitionBy(*IDENTITY).orderBy(F.col("snapshot_date").desc())
    known = people.join(rows, "Customer_ID").filter(F.col("snapshot_date") <= F.col("event_time"))
    one = known.withColumn("rank", F.row_number().over(latest)).filter(F.col("rank") == 1)
    values = [name for name in rows.columns if name not in {"Customer_ID", "snapshot_date", "as_of"}]
    return one.select(
        *IDENTITY,
        F.col("snapshot_date").alias(f"{prefix}_known_at"),
        *[F.col(name).alias(f"{prefix}_{name}") for name in values],
    )


def clicks_before(people: DataFrame, rows: DataFrame) -> DataFrame:
    """Mean, standard deviation and count of all clicks known at each event."""
    known = people.join(rows, "Customer_ID").filter(F.col("snapshot_date") <= F.col("event_time"))
    return known.groupBy(*IDENTITY).agg(
        F.max("snapshot_date").alias("clickstream_known_at"),
        F.count(F.lit(1)).cast("double").alias("clickstream_count_all"),
        *[
            aggregate(name).alias(f"clickstream_{name}_{word}_all")
            for name in CLICKS
            for word, aggregate in (("mean", F.mean), ("std", F.stddev_samp))
        ],
    )


def features(peer: Peer, people: DataFrame, day: date) -> DataFrame:
    """One row per loan: what was known of its customer when it started."""

    def known(name: str) -> DataFrame:
        return peer.silver(name).filter(F.col("as_of") <= F.lit(day))

    joined = people
    for name in ("attributes", "financials"):
        joined = joined.join(last_known(people, known(name), name), IDENTITY, "left")
    joined = joined.join(clicks_before(people, known("clickstream")), IDENTITY, "left")
    times = [F.col(f"{name}_known_at") for name in ("attributes", "financials", "clickstream")]
    return joined.withColumns(
        {
            "known_at": F.greatest(*times).cast("timestamp_ntz"),
            "clickstream_count_all": F.coalesce("clickstream_count_all", F.lit(0.0)),
            "debt_to_income": _share("Outstanding_Debt", "Annual_Income"),
            "instalments_to_salary": _share("Total_EMI_per_month", "Monthly_Inhand_Salary"),
            "delays_per_month_of_history": _share("Num_of_Delayed_Payment", "Credit_History_Age"),
        }
    ).drop("attributes_known_at", "financials_known_at", "clickstream_known_at")


def _share(part: str, whole: str) -> Column:
    return F.col(f"financials_{part}") / F.nullif(F.col(f"financials_{whole}"), F.lit(0.0))


def main(data: Path, out: Path, days: list[date]) -> dict[str, Any]:
    """Seconds of each phase over the months; the start of the session is a phase of its own."""
    clock = Clock()
    with clock.phase("start"):
        spark = (
            SparkSession.builder.master("local[2]")
            .config("spark.sql.shuffle.partitions", "2")  # the default of 200 would be unfair
            .config("spark.ui.enabled", "false")
            .config("spark.driver.memory", "4g")
            .config("spark.log.level", "ERROR")
            .getOrCreate()
        )
        spark.range(1).count()
    with clock.phase("clean"):
        peer = Peer(spark, data, out)
    for after, day in zip([None, *days], days, strict=False):
        with clock.phase("clean"):
            peer.clean(day, after)
        with clock.phase("build"):
            peer.build(day)
    version = spark.version
    spark.stop()
    return clock.as_json() | {"version": version}


if __name__ == "__main__":
    folder, target, *ends = sys.argv[1:]
    json.dump(main(Path(folder), Path(target), [date.fromisoformat(end) for end in ends]), sys.stdout)
