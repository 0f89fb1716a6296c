"""The loop with none of its state on the machine that runs it."""

import os
import shutil
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import pytest

import tenure
from tenure.running.runtime import open_runtime
from tenure.stores.delta import DeltaStore

FIRST, LAST = date(2023, 6, 1), date(2023, 9, 1)
REMOTE = """
extends: tenure.yaml
datamart: ${TENURE_TEST_BUCKET}/datamart
tracking: ${TENURE_TEST_DATABASE}
artifacts: ${TENURE_TEST_BUCKET}/files
studies: ${TENURE_TEST_DATABASE}
serve: {features: online, online: "${TENURE_TEST_REDIS}"}
"""
TABLES = ("features", "labels", "predictions", "monitoring", "decisions")


def tenure_command(project, *words, env):
    return subprocess.Popen(
        [sys.executable, "-m", "tenure", *words, "-p", str(project)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=env,
    )


@pytest.fixture
def lender(tmp_path, lender_of):
    """The files of a lender; a worker has a copy of its own."""
    often = {"every_periods": 1, "cooldown_periods": 0}
    folder = lender_of(tmp_path / "lender", n_months=15, retrain=often)
    (folder / "local.yaml").write_text("extends: tenure.yaml\nserve: {features: online}\n")
    (folder / "remote.yaml").write_text(REMOTE)
    return folder


def environment(folder, **more):
    """What a worker finds around it."""
    source = str(Path(tenure.__file__).parents[1])
    return {"PYTHONPATH": source, "HOME": str(folder), "PATH": os.environ["PATH"], **more}


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_replay_on_two_workers_without_a_folder_in_common_gives_the_tables_of_a_local_one(
    lender, tmp_path, bucket, postgres_database, redis_server, s3_server, monkeypatch
):
    env = environment(
        tmp_path,
        **s3_server,
        TENURE_TEST_BUCKET=bucket,
        TENURE_TEST_DATABASE=postgres_database,
        TENURE_TEST_REDIS=redis_server.address,
    )
    span = ("backfill", "--from", str(FIRST), "--to", str(LAST))
    local = tenure_command(lender / "local.yaml", *span, env=env)
    _, problems = local.communicate()
    assert local.returncode == 0, problems[-2000:]
    one, two = (Path(shutil.copytree(lender, tmp_path / name, ignore=_only_raw)) for name in ("one", "two"))

    for name, value in env.items():
        monkeypatch.setenv(name, value)
    tables = DeltaStore(f"{bucket}/datamart")
    killed = tenure_command(one / "remote.yaml", *span, env=env)
    while not tables.periods("gold/decisions"):
        assert killed.poll() is None, killed.communicate()[1][-2000:]
        time.sleep(1)
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    assert tables.periods("gold/decisions") == (FIRST,)

    other = tenure_command(two / "remote.yaml", *span, env=env)
    _, problems = other.communicate()
    assert other.returncode == 0, problems[-2000:]

    here, there = open_runtime(lender / "local.yaml"), open_runtime(two / "remote.yaml")
    for table in TABLES:
        assert there.store.content_hash(f"gold/{table}") == here.store.content_hash(f"gold/{table}"), table
    assert not (two / "datamart").exists()
    champion = there.registry.production()
    assert champion is not None
    assert champion.bundle_sha256 == here.registry.production().bundle_sha256
    third = open_runtime(Path(shutil.copytree(lender, tmp_path / "three", ignore=_only_raw)) / "remote.yaml")
    assert third.registry.bundle(champion.version).is_dir()
    keys = [
        {"Customer_ID": name} for name in here.store.read("gold/features")["Customer_ID"].to_pylist()[:50]
    ]
    assert [row.values for row in there.online.latest(keys)] == [
        row.values for row in here.online.latest(keys)
    ]
    for runtime in (here, there, third):
        runtime.online.close()


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_an_object_store_that_is_gone_is_said_and_may_be_tried_again(lender, tmp_path, s3_server):
    env = environment(
        tmp_path,
        **s3_server | {"AWS_ENDPOINT_URL": "http://127.0.0.1:1"},
        TENURE_TEST_BUCKET="s3://lender",
        TENURE_TEST_DATABASE="postgresql://nobody@127.0.0.1:1/x",
        TENURE_TEST_REDIS="redis://127.0.0.1:1",
    )
    began = time.monotonic()
    asked = tenure_command(lender / "remote.yaml", "run", "--as-of", str(FIRST), env=env)
    _, problems = asked.communicate()
    assert asked.returncode == 75, problems[-2000:]
    assert "Traceback" not in problems
    assert time.monotonic() - began < 300


def _only_raw(_, names):
    """What one worker does not take over from another."""
    return [name for name in names if name in {"datamart", "models", "reports", "serving"}]
