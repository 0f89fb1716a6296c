import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

import tenure
from tenure.bundle import load_bundle
from tenure.testing import write_small_bundle

SOURCE = str(Path(tenure.__file__).parents[1])
ROWS = pa.table({"x0": [0.0, 1.0, None, -3.0], "x1": [1.0, 2.0, 3.0, 4.0]})


def ask(*arguments):
    command = [sys.executable, "-P", "-m", "tenure.bundle", *map(str, arguments)]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, env={"PYTHONPATH": SOURCE, "PATH": ""}
    )


@pytest.fixture
def bundle(tmp_path):
    write_small_bundle(tmp_path / "bundle", weights=(1.0, -0.5))
    return load_bundle(tmp_path / "bundle")


@pytest.fixture(params=["arrow", "jsonl"])
def rows(request, tmp_path):
    path = tmp_path / f"rows.{request.param}"
    if request.param == "arrow":
        with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, ROWS.schema) as writer:
            writer.write_table(ROWS)
    else:
        path.write_text("\n".join(json.dumps(row) for row in ROWS.to_pylist()))
    return path


def test_a_clean_process_gives_the_same_answers_and_imports_nothing_heavy(bundle, rows):
    done = ask(bundle.folder, "--rows", rows, "--sha256", bundle.sha256)
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    np.testing.assert_allclose(answer["probabilities"], bundle.score(ROWS), atol=1e-7)
    assert answer["heavy_modules"] == []
    assert answer["sha256"] == bundle.sha256


def test_a_clean_process_tells_how_long_one_row_takes(bundle, rows):
    latency = json.loads(ask(bundle.folder, "--rows", rows).stdout)["latency_ms"]
    assert 0 < latency["p50"] <= latency["p95"] <= latency["p99"]


def test_a_bundle_tells_what_it_is_without_rows(bundle):
    answer = json.loads(ask(bundle.folder).stdout)
    assert answer["schema"] == bundle.schema.to_json()


def test_a_heavy_import_is_told(bundle, rows):
    code = "import pandas, sys; from tenure.bundle.__main__ import main; sys.exit(main(sys.argv[1:]))"
    command = [sys.executable, "-c", code, str(bundle.folder), "--rows", str(rows)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env={"PYTHONPATH": SOURCE})
    assert "pandas" in json.loads(done.stdout)["heavy_modules"]


def test_a_harmed_bundle_and_unreadable_rows_are_one_paragraph_and_exit_code_2(bundle, tmp_path):
    (tmp_path / "rows.arrow").write_bytes(b"no rows")
    unreadable = ask(bundle.folder, "--rows", tmp_path / "rows.arrow")
    (bundle.folder / "schema.json").write_text("{}")
    harmed = ask(bundle.folder)
    for done, told in ((unreadable, "rows.arrow"), (harmed, "schema.json")):
        assert done.returncode == 2
        assert done.stdout == ""
        assert told in done.stderr
        assert "Traceback" not in done.stderr
