import json
import os

import pytest

from tenure.domain.serving import PredictionLogConfig
from tenure.serving.history import read_page
from tenure.serving.predictionlog import PredictionLog
from tenure.serving.refusals import Refusal


def lines(folder):
    return [
        json.loads(line) for path in sorted(folder.glob("*.jsonl")) for line in path.read_text().splitlines()
    ]


def log(folder, **config):
    return PredictionLog(folder, PredictionLogConfig(**({"min_free_bytes": 0} | config)))


def records(*numbers):
    return ({"request_id": f"r{n}", "n": n} for n in numbers)


def test_a_record_is_in_its_file_when_write_returns(tmp_path):
    log(tmp_path).write(records(1, 2))
    assert [row["n"] for row in lines(tmp_path)] == [1, 2]


def test_a_new_file_is_begun_when_one_is_large_enough(tmp_path):
    written = log(tmp_path, segment_bytes=1024)
    for n in range(100):
        written.write(records(n))
    sizes = [path.stat().st_size for path in sorted(tmp_path.glob("*.jsonl"))]
    assert len(sizes) > 5
    assert all(1024 <= size < 1200 for size in sizes[:-1])
    assert [row["n"] for row in lines(tmp_path)] == list(range(100))


def test_a_log_beyond_its_limit_takes_nothing_more_until_there_is_room(tmp_path):
    written = log(tmp_path, max_bytes=1024)
    while not written.is_full:
        written.write(records(1))
        written.tend()
    assert 1024 <= written.n_bytes < 1100
    with pytest.raises(Refusal) as refused:
        written.write(records(2))
    assert (refused.value.status, "Retry-After" in refused.value.headers) == (507, True)
    for path in tmp_path.glob("*.jsonl"):
        path.unlink()
    written.tend()
    written.write(records(3))
    assert [row["n"] for row in lines(tmp_path)] == [3]


def test_a_disk_without_room_is_507_and_leaves_no_part_of_a_line(tmp_path, monkeypatch):
    written = log(tmp_path)
    written.write(records(1))

    def part(handle, content):
        return really(handle, content[:10])

    really = os.write
    monkeypatch.setattr(os, "write", part)
    with pytest.raises(Refusal, match="no room"):
        written.write(records(2))
    monkeypatch.setattr(os, "write", really)
    written.tend()
    written.write(records(3))
    assert [row["n"] for row in lines(tmp_path)] == [1, 3]


def test_a_device_that_is_full_is_507(tmp_path, monkeypatch):
    written = log(tmp_path)
    written.write(records(1))
    full = os.open("/dev/full", os.O_WRONLY)
    monkeypatch.setattr(written, "_file", full)
    with pytest.raises(Refusal) as refused:
        written.write(records(2))
    assert refused.value.status == 507
    os.close(full)
    monkeypatch.setattr(written, "_file", -1)


def test_too_little_free_space_is_no_room(tmp_path):
    written = log(tmp_path, min_free_bytes=2**62)
    written.tend()
    with pytest.raises(Refusal):
        written.write(records(1))


def test_a_line_that_a_dying_machine_left_behind_is_passed_over(tmp_path):
    log(tmp_path).write(records(1, 2))
    (path,) = tmp_path.glob("*.jsonl")
    with path.open("ab") as file:
        file.write(
            b'{"at": "2024',
        )
    assert [row["n"] for row in read_page(tmp_path, n_most=5).records] == [2, 1]


def test_pages_over_the_files_of_several_workers_have_every_record_once_in_order(tmp_path):
    workers = [log(tmp_path, segment_bytes=2048) for _ in range(3)]
    for n in range(300):
        workers[n % 3].write([{"request_id": f"r{n}", "n": n, "text": "é" * (n % 50)}])
    seen, before = [], None
    while True:
        page = read_page(tmp_path, n_most=7, before=before)
        seen += [row["n"] for row in page.records]
        before = page.next
        if before is None:
            break
    assert seen == list(range(299, -1, -1))


def test_records_longer_than_a_block_are_read_whole(tmp_path):
    log(tmp_path).write([{"request_id": f"r{n}", "text": str(n) * 100_000} for n in range(3)])
    assert [row["text"][0] for row in read_page(tmp_path, n_most=5).records] == ["2", "1", "0"]
