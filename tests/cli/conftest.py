"""``tenure`` as it is called, and a small lender whose files a test spoils."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import math
import random
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
import yaml

from tenure.cli import main
from tenure.domain.tables import FINDINGS, INCIDENTS, NOTIFICATIONS
from tenure.stores.delta import DeltaStore

FIRST, SECOND, THIRD = "2024-05-01", "2024-06-01", "2024-07-01"

HEADER = ("id", "started", "income", "mix", "bad")
PROJECT: Mapping[str, Any] = {
    "project": "small",
    "sources": {
        "loans": {
            "path": "loans",
            "keys": ["id"],
            "event_time": "started",
            "columns": {
                "income": {"type": "number"},
                "mix": {"type": "category"},
                "bad": {"type": "integer", "feature": False},
            },
        }
    },
    "population": {"select": "SELECT id, started AS event_time FROM loans"},
    "label": {"select": "SELECT id, started AS event_time, bad AS label FROM loans", "horizon": "1 month"},
    "features": [{"source": "loans"}],
    "model": {"algorithms": ["decision_tree"], "tuning": {"trials": 1}, "min_labels": 60},
    "retrain": {"min_labels": 60, "every_periods": 1, "cooldown_periods": 2},
    "gate": {"minimum": {"accuracy": 0.0}, "min_rows": 10, "latency_ms": None, "resamples": 100},
}


@dataclass(frozen=True)
class Answer:
    """What a command printed, and the code it ended with."""

    code: int
    out: str
    err: str

    @property
    def told(self) -> str:
        """What it said beside the data, on one line."""
        return " ".join(self.err.split())

    @property
    def json(self) -> Any:
        """Stdout as the one JSON document that it is."""
        return json.loads(self.out)


def call(*arguments: object) -> Answer:
    """``tenure`` with these arguments, as a shell would start it."""
    out, err = io.StringIO(), io.StringIO()
    given = ["tenure", *(str(argument) for argument in arguments)]
    with (
        patch.object(sys, "argv", given),
        patch.dict("os.environ"),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        pytest.raises(SystemExit) as ended,
    ):
        main()
    return Answer(int(ended.value.code or 0), out.getvalue(), err.getvalue())


@dataclass
class Lender:
    """A project of one source in files by month; changes are made before and between its runs."""

    root: Path
    project: dict[str, Any] = field(default_factory=lambda: json.loads(json.dumps(PROJECT)))

    def tenure(self, command: str, *arguments: object) -> Answer:
        """A command for this project."""
        return call(command, "--project", self.root, *arguments)

    @property
    def source(self) -> dict[str, Any]:
        """What the project file says of the loans."""
        return self.project["sources"]["loans"]

    def declare(self, **changes: Any) -> None:
        """Write the project file, with these keys changed."""
        self.project |= changes
        text = yaml.safe_dump(self.project, allow_unicode=True, sort_keys=False)
        (self.root / "tenure.yaml").write_text(text, encoding="utf-8")

    def deliver(
        self, month: int, rows: Sequence[Sequence[object]], *, header: Sequence[str] = HEADER, **how: str
    ) -> Path:
        """The file of a month."""
        path = self.root / "loans" / f"2024-{month:02d}.csv"
        path.parent.mkdir(exist_ok=True)
        with path.open("w", newline="", encoding=how.get("encoding", "utf-8")) as stream:
            csv.writer(stream, delimiter=how.get("delimiter", ",")).writerows([header, *rows])
        return path

    def copy(self, folder: Path) -> Lender:
        """The same project with everything it made, elsewhere."""
        shutil.copytree(self.root, folder)
        return Lender(folder, json.loads(json.dumps(self.project)))

    @property
    def store(self) -> DeltaStore:
        """Its tables."""
        return DeltaStore(self.root / "datamart")

    def hashes(self) -> dict[str, str]:
        """The content of every table but the findings, and what is made of them."""
        store = self.store
        told = {FINDINGS, INCIDENTS, NOTIFICATIONS}
        return {table: store.content_hash(table) for table in store.tables() if table not in told}

    def found(self, code: str) -> list[dict[str, Any]]:
        """The findings of that code that found something."""
        rows = self.store.read(FINDINGS).to_pylist()
        return [row for row in rows if row["code"] == code and row["outcome"] == "found"]


def loans(month: int, n: int, *, is_noise: bool = False) -> list[tuple[object, ...]]:
    """Loans of a month: the poorer the customer, the likelier a default; or nothing says anything."""
    draw = random.Random(month)  # noqa: S311 - a draw that can be repeated
    rows = []
    for number in range(n):
        income, mix = draw.gauss(50, 15), draw.choice(("Bad", "Standard", "Good"))
        odds = 0.5 if is_noise else 1 / (1 + math.exp((income - 50) / 6))
        day = f"2024-{month:02d}-{1 + number % 28:02d}"
        rows.append((f"c{month}-{number}", day, round(income, 6), mix, int(draw.random() < odds)))
    return rows


@pytest.fixture(autouse=True)
def _quiet_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is printed does not depend on who looks."""
    for name in ("TENURE_DEBUG", "TENURE_PROJECT", "FORCE_COLOR", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def tenure() -> Callable[..., Answer]:
    """The command line."""
    return call


@pytest.fixture(scope="session")
def month_of_loans() -> Callable[..., list[tuple[object, ...]]]:
    """Draws the loans of a month."""
    return loans


@pytest.fixture(scope="session")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Lender:
    """The project before anything has run; not to be changed.

    Until April nothing tells who will default, in May and June income does: whoever is trained on May beats
    whoever was trained before.
    """
    lender = Lender(tmp_path_factory.mktemp("fresh") / "project")
    lender.root.mkdir()
    for month in range(1, 5):
        lender.deliver(month, loans(month, 40, is_noise=True))
    for month in (5, 6):
        lender.deliver(month, loans(month, 300))
    lender.declare()
    return lender


@dataclass(frozen=True)
class Replayed:
    """A lender, and what was printed while its first three periods ran."""

    lender: Lender
    planned: Answer
    replayed: Answer


@pytest.fixture(scope="session")
def replay(fresh: Lender, tmp_path_factory: pytest.TempPathFactory) -> Replayed:
    """The project after three periods, two champions among them; not to be changed."""
    lender = fresh.copy(tmp_path_factory.mktemp("replayed") / "project")
    span = ("--from", FIRST, "--to", THIRD, "--jobs", 1)
    return Replayed(lender, lender.tenure("backfill", *span, "--dry-run"), lender.tenure("backfill", *span))


@pytest.fixture
def untouched(fresh: Lender, tmp_path: Path) -> Lender:
    """A project of one's own, before anything has run."""
    return fresh.copy(tmp_path / "project")


@pytest.fixture
def lender(replay: Replayed, tmp_path: Path) -> Lender:
    """A project of one's own, after three periods."""
    return replay.lender.copy(tmp_path / "project")
