from __future__ import annotations

import hashlib
import json
import os
import shutil
from pathlib import Path

import pytest

from tenure.domain.sources import Source
from tenure.running.changes import UNREADABLE, changed_sources, raw_sha256, raw_states
from tenure.running.digests import UNREAD, content_hashes
from tenure.stores.duckdb import DuckDBEngine

SOURCES = {name: Source(path=f"{name}.csv", keys=("id",)) for name in ("loans", "clicks")}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    for name in SOURCES:
        (folder / f"{name}.csv").write_text("id,age\n1,20\n", encoding="utf-8")
    return folder


def states(root: Path) -> dict[str, str]:
    return raw_states(SOURCES, root=root, engine=DuckDBEngine(), memory=root / "models" / "raw_files.json")


def rewrite(path: Path, text: str) -> None:
    """Write a file that had as many bytes before, a second later."""
    before = path.stat()
    path.write_text(text, encoding="utf-8")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns + 10**9))
    assert path.stat().st_size == before.st_size


def test_a_file_rewritten_with_as_many_bytes_is_new_data(root: Path) -> None:
    before = raw_sha256(states(root))
    rewrite(root / "loans.csv", "id,age\n1,21\n")
    assert changed_sources(before, states(root)) == ("loans",)


def test_a_file_that_was_only_touched_is_not_new_data(root: Path) -> None:
    before = raw_sha256(states(root))
    rewrite(root / "loans.csv", "id,age\n1,20\n")
    assert changed_sources(before, states(root)) == ()


def test_a_copy_of_the_project_has_the_same_raw_rows(root: Path, tmp_path: Path) -> None:
    before = states(root)
    copy = shutil.copytree(root, tmp_path / "copy", copy_function=shutil.copyfile)
    shutil.rmtree(copy / "models")
    assert states(copy) == before


def test_a_source_that_is_gone_is_changed_and_as_before_when_it_is_back(root: Path) -> None:
    before = states(root)
    (root / "loans.csv").rename(root / "away")
    assert states(root) == before | {"loans": UNREADABLE}
    (root / "away").rename(root / "loans.csv")
    assert states(root) == before


def test_a_hash_is_that_of_what_the_file_holds(root: Path, tmp_path: Path) -> None:
    file = root / "loans.csv"
    assert content_hashes([file], memory=tmp_path / "memory") == {
        file: hashlib.sha256(file.read_bytes()).hexdigest()
    }


def test_a_file_is_read_again_only_where_its_size_or_time_is_another(root: Path, tmp_path: Path) -> None:
    file, memory = root / "loans.csv", tmp_path / "memory"
    honest = content_hashes([file], memory=memory)
    size, time, _ = json.loads(memory.read_text(encoding="utf-8"))[str(file)]
    memory.write_text(json.dumps({str(file): [size, time, "remembered"]}), encoding="utf-8")
    assert content_hashes([file], memory=memory) == {file: "remembered"}
    rewrite(file, file.read_text(encoding="utf-8"))
    assert content_hashes([file], memory=memory) == honest


@pytest.mark.parametrize("held", ["", "[1]", '{"a": 1}', "no JSON"])
def test_a_memory_that_cannot_be_used_only_means_reading_again(root: Path, tmp_path: Path, held: str) -> None:
    file, memory = root / "loans.csv", tmp_path / "memory"
    honest = content_hashes([file], memory=memory)
    memory.write_text(held, encoding="utf-8")
    assert content_hashes([file], memory=memory) == honest


def test_a_memory_that_cannot_be_written_only_means_reading_again(root: Path, tmp_path: Path) -> None:
    memory = tmp_path / "file" / "memory"
    memory.parent.write_text("a file where a folder should be", encoding="utf-8")
    assert set(content_hashes([root / "loans.csv"], memory=memory).values()) != {UNREAD}


def test_what_cannot_be_read_has_no_hash_and_is_not_remembered(root: Path, tmp_path: Path) -> None:
    memory = tmp_path / "memory"
    assert content_hashes([root / "gone.csv"], memory=memory) == {root / "gone.csv": UNREAD}
    assert not memory.exists()
