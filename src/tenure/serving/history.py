"""The files of the log → the newest answers that fit, page by page."""

from __future__ import annotations

import heapq
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from tenure.serving.predictionlog import AUDIT, SEGMENT

Record: TypeAlias = dict[str, Any]

SCANNED_AT_MOST = 50_000
"""Records that one page looks at; a filter that fits less often has pages of fewer records."""
_BLOCK = 2**16


@dataclass(frozen=True, slots=True)
class Page:
    """Some answers, newest first."""

    records: tuple[Record, ...]
    next: str | None
    """Where the next page begins; None when this is the last one."""


def read_page(
    folder: Path, *, n_most: int, before: str | None = None, where: Mapping[str, str] | None = None
) -> Page:
    """The newest answers in the log, archives aside.

    Parameters
    ----------
    folder
        The log's.
    n_most
        Records of a page.
    before
        The `next` of the page before; the newest ones when None.
    where
        Fields and the text that their value must have, such as ``{"model_version": "3"}``; keys of the
        row and features are found as well.
    """
    found: list[Record] = []
    last = None
    for n_seen, record in enumerate(_newest_first(folder, before)):
        if len(found) == n_most or n_seen == SCANNED_AT_MOST:
            return Page(tuple(found), last)
        last = _place(record)
        if all(_fits(record, name, text) for name, text in (where or {}).items()):
            found.append(record)
    return Page(tuple(found), None)


def _newest_first(folder: Path, before: str | None) -> Iterator[Record]:
    paths = [path for path in folder.glob(SEGMENT) if path.name != AUDIT]
    merged = heapq.merge(*(_backwards(path) for path in paths), key=_place, reverse=True)
    return (record for record in merged if before is None or _place(record) < before)


def _place(record: Record) -> str:
    """Where a record stands in time; no two stand at the same."""
    arm = record.get("arm") or ""  # a batch of columns has a line per arm
    return f"{record['at']}~{record['request_id']}~{record.get('row', 0):07d}~{arm}"


def _fits(record: Record, name: str, text: str) -> bool:
    value = record.get(name, record.get("input", {}).get(name))
    return value is not None and str(value) == text


def _backwards(path: Path) -> Iterator[Record]:
    """The records of a file, the last one first; a line that is no record is passed over."""
    for line in _lines_backwards(path):
        try:
            record = json.loads(line)
        except ValueError:
            continue
        if isinstance(record, dict) and "at" in record and "request_id" in record:
            yield record


def _lines_backwards(path: Path) -> Iterator[bytes]:
    try:
        file = path.open("rb")
    except FileNotFoundError:  # archived meanwhile
        return
    with file:
        end, rest = file.seek(0, os.SEEK_END), b""
        while end > 0:
            start = max(0, end - _BLOCK)
            file.seek(start)
            first, *lines = (file.read(end - start) + rest).split(b"\n")
            yield from (line for line in reversed(lines) if line)
            end, rest = start, first
        if rest:
            yield rest
