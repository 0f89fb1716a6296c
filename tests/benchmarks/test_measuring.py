from __future__ import annotations

import sys
from pathlib import Path

import pytest

from harness.clock import Clock
from harness.measuring import BenchmarkError, Measured, measure
from harness.processes import PROC
from scale.benchmark import Size, faster_than_rows

linux = pytest.mark.skipif(not PROC.is_dir(), reason="memory and CPU time are read from /proc")


def script(folder, text):
    path = folder / "script.py"
    path.write_text(text, encoding="utf-8")
    return path


@linux
def test_the_memory_of_a_grandchild_counts(tmp_path):
    holds = "import time; held = bytearray(200_000_000); time.sleep(1)"
    starts = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {holds!r}]); print('{{}}')"
    assert measure(script(tmp_path, starts), python=Path(sys.executable)).peak_mb > 200


@linux
def test_the_clock_counts_the_cpu_time_of_children(tmp_path):
    spends = "import time\nend = time.process_time() + 0.5\nwhile time.process_time() < end: pass"
    text = (
        "import json, subprocess, sys\nfrom harness.clock import Clock\nclock = Clock()\n"
        f"with clock.phase('x'): subprocess.run([sys.executable, '-c', {spends!r}])\n"
        "print(json.dumps(clock.as_json()))"
    )
    result = measure(script(tmp_path, text), python=Path(sys.executable)).result
    assert 0.5 <= result["cpu_s"]["x"] < 2
    assert result["wall_s"]["x"] >= result["cpu_s"]["x"] - 0.1


def test_a_phase_that_comes_again_is_added_to_itself():
    clock = Clock()
    for _ in range(2):
        with clock.phase("x"):
            sum(range(1000))
    once = clock.wall_s["x"]
    with clock.phase("x"):
        sum(range(1000))
    assert clock.wall_s["x"] > once


def test_a_script_that_fails_says_how(tmp_path):
    with pytest.raises(BenchmarkError, match="no such lender"):
        measure(script(tmp_path, "raise SystemExit('no such lender')"))


def size(number, seconds):
    walls = {"ingest": 1.0, "clean": 1.0, "build": seconds}
    return Size(number, 1000 * number, (Measured({"wall_s": walls}, 0.0, 0.0),))


def test_time_that_grows_faster_than_rows_is_told():
    assert list(faster_than_rows(size(1, 1.0), size(10, 12.0))) == [
        "build: 12.0 times the seconds for 10.0 times the rows"
    ]


def test_time_that_grows_as_rows_do_is_not_told():
    assert list(faster_than_rows(size(1, 1.0), size(10, 10.0))) == []


@linux
def test_a_process_that_still_runs_in_the_memory_of_its_parent_does_not_count_twice(tmp_path):
    forks = (
        "import os, time\nheld = bytearray(200_000_000)\nchild = os.fork()\nif not child:\n"
        "    time.sleep(0.3)\n    os._exit(0)\nos.waitpid(child, 0)\nprint('{}')"
    )
    assert 200 < measure(script(tmp_path, forks), python=Path(sys.executable)).peak_mb < 350
