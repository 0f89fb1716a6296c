"""A replay that is killed at every stage boundary, and inside the writes, ends as if it never was."""

import json
import subprocess
import sys
from datetime import date
from functools import partial
from pathlib import Path

import pytest

from tenure.domain.tables import RUNS
from tenure.replay import backfill, plan
from tenure.running.runtime import open_runtime

FIRST, LAST = date(2023, 6, 1), date(2023, 7, 1)
DRIVER = Path(__file__).with_name("kill_driver.py")


@pytest.fixture
def make_project(lender_of):
    """Makes a lender that trains in every period."""
    return partial(lender_of, n_months=13, retrain={"every_periods": 1, "cooldown_periods": 0})


def hashes(folder: Path) -> dict[str, str]:
    store = open_runtime(folder).store
    return {table: store.content_hash(table) for table in store.tables() if table != RUNS}


def replay(folder: Path) -> None:
    runtime = open_runtime(folder, jobs=1)
    for _ in backfill(plan(FIRST, LAST, runtime=runtime), runtime=runtime):
        pass


@pytest.mark.timeout(900)
def test_a_replay_killed_at_every_boundary_and_inside_writes_ends_the_same(tmp_path, make_project):
    whole = make_project(tmp_path / "whole")
    killed = make_project(tmp_path / "killed")
    replay(whole)
    done = subprocess.run(
        [sys.executable, str(DRIVER), str(killed), FIRST.isoformat(), LAST.isoformat()],
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    places = json.loads(done.stdout.splitlines()[-1])["killed"]
    assert {place.split()[1] for place in places if place.startswith("after")} >= {
        *("ingest", "validate", "clean", "build", "predict", "monitor", "decide"),
        *("audit", "train", "judge", "promote"),
    }
    inside = {place.split()[1].split("/")[0] for place in places if place.startswith("inside")}
    assert inside == {"bronze", "silver", "gold"}
    assert hashes(killed) == hashes(whole)


@pytest.mark.timeout(600)
def test_a_second_replay_changes_nothing(tmp_path, make_project):
    folder = make_project(tmp_path)
    replay(folder)
    before = {
        table: (hashes(folder)[table], open_runtime(folder).store.version(table)) for table in hashes(folder)
    }
    replay(folder)
    after = {
        table: (hashes(folder)[table], open_runtime(folder).store.version(table)) for table in hashes(folder)
    }
    assert after == before
