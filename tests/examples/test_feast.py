"""Feast, in an environment of its own, reads the gold feature table: its values are those of gold."""

import csv
import os
import shutil
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest

from tenure.demo import prepare_demo
from tenure.domain.tables import FEATURES
from tenure.ports import Silent
from tenure.replay import backfill, plan
from tenure.running.runtime import open_runtime

EXAMPLE = Path(__file__).parents[2] / "examples" / "feast"
IDENTITY = {"Customer_ID", "event_time", "known_at", "as_of"}


def run(*command, cwd):
    environment = {name: os.environ[name] for name in os.environ if not name.startswith("PYTHON")}
    done = subprocess.run(
        [str(each) for each in command],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        env=environment | {"FEAST_USAGE": "False"},
    )
    assert done.returncode == 0, done.stderr[-3000:]


@pytest.fixture(scope="module")
def feast(tmp_path_factory):
    """The programs of an environment with the pins of the example."""
    uv = Path(sys.executable).with_name("uv")
    uv = uv if uv.exists() else shutil.which("uv")
    if uv is None:
        pytest.skip("uv is not installed: nothing makes the environment of feast")
    folder = tmp_path_factory.mktemp("feast") / "venv"
    run(uv, "venv", "--quiet", "--python", sys.executable, folder, cwd="/")
    sync = [uv, "pip", "sync", "--quiet", "--require-hashes", "--python", folder / "bin" / "python"]
    done = subprocess.run([*sync, EXAMPLE / "requirements.txt"], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"feast cannot be installed here: {done.stderr.strip()[-300:]}")
    return folder / "bin"


@pytest.fixture(scope="module")
def gold(tmp_path_factory):
    """Three periods of a small lender, built; where the table lies, and its rows."""
    folder = tmp_path_factory.mktemp("lender")
    prepare_demo(folder, n_customers=40, seed=7)
    runtime = open_runtime(folder, progress=Silent(), jobs=1)
    periods = plan(date(2023, 1, 1), date(2023, 3, 1), runtime=runtime, through="build")
    list(backfill(periods, runtime=runtime))
    return folder / "datamart" / "gold" / "features", runtime.store.read(FEATURES).to_pylist()


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_feast_says_of_every_customer_what_gold_says_from_files_and_online(feast, gold, tmp_path):
    table, rows = gold
    example = shutil.copytree(EXAMPLE, tmp_path / "feast")
    run(sys.executable, "link_gold.py", table, "feature_repo/data/gold", cwd=example)
    run(feast / "feast", "-c", "feature_repo", "apply", cwd=example)
    too_early = [{**row, "event_time": row["event_time"] - timedelta(days=1)} for row in rows[:3]]
    with (example / "asked.csv").open("w") as file:
        writer = csv.writer(file)
        writer.writerow(["Customer_ID", "event_timestamp"])
        writer.writerows([row["Customer_ID"], row["event_time"].isoformat()] for row in (*rows, *too_early))
    files = ("asked.csv", "historical.csv", "online.csv")
    run(feast / "python", "historical_and_online.py", *files, cwd=example)
    historical, online = (pd.read_csv(example / name, float_precision="round_trip") for name in files[1:])
    names = sorted(set(rows[0]) - IDENTITY)
    assert set(names) <= set(historical.columns) & set(online.columns)
    assert len({row["Customer_ID"] for row in rows}) == len(rows) > 30
    found = {(row["Customer_ID"], row["event_timestamp"][:19]): row for row in historical.to_dict("records")}
    for row in rows:
        stamp = row["event_time"].isoformat(" ")[:19]
        assert values(found[row["Customer_ID"], stamp], names) == values(row, names)
    asked_too_early = {(row["Customer_ID"], row["event_time"].isoformat(" ")[:19]) for row in too_early}
    assert asked_too_early & found.keys() == set()  # the file store gives no row where nothing was known
    latest = {row["Customer_ID"]: row for row in online.to_dict("records")}
    assert [row for row in rows if values(latest[row["Customer_ID"]], names) != values(row, names)] == []


def values(row, names):
    """The values by name, without nulls; integers that a CSV file made of floats are floats again."""
    told = {name: row[name] for name in names if row[name] is not None and row[name] == row[name]}
    return {name: value if isinstance(value, str) else float(value) for name, value in told.items()}
