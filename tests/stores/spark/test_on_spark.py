"""Spark itself, in an environment of its own: the contract, and the same answers as DuckDB's."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent


def asked(master, folder, env):
    done = subprocess.run(
        [sys.executable, str(HERE / "ask.py"), master, str(folder)],
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_spark_keeps_the_contract_of_an_engine_and_answers_as_duckdb_does(spark_environment, tmp_path):
    assert asked("local[2]", tmp_path, spark_environment) == {"contract": {}, "queries": {}, "times": []}


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_cluster_of_two_workers_keeps_the_contract_of_an_engine(spark_cluster, spark_environment, tmp_path):
    assert asked(spark_cluster, tmp_path, spark_environment) == {"contract": {}}
