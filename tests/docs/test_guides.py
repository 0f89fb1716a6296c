"""Readers follow the guides: each command is run, in its order, on a small project."""

from __future__ import annotations

import importlib.util
import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pytest

_SPEC = importlib.util.spec_from_file_location("tenure_docs_guides", Path(__file__).with_name("reading.py"))
reading = importlib.util.module_from_spec(_SPEC)
sys.modules[_SPEC.name] = reading
_SPEC.loader.exec_module(reading)

DOCS = reading.ROOT / "docs"
INSTALLS = "it would change the environment that the tests run in"
ASKS_OTHERS = "it needs a server that belongs to somebody else; tests/exporting has a made-up one"


@dataclass(frozen=True)
class Scenario:
    """What a guide takes for granted, and what of it cannot be done here."""

    page: str
    prepare: Callable[..., Any]
    before: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    """What happens before a line that begins so: what the text tells, or the reader does by hand."""
    not_run: Mapping[str, str] = field(default_factory=dict)
    """Lines that begin so are not run, with the reason."""
    ends: Mapping[str, int] = field(default_factory=dict)
    """Exit codes that the page does not show."""
    serves: Mapping[str, int] = field(default_factory=dict)
    """Lines that begin so run until interrupted, on this port."""
    slow: bool = False


def _raw(world: Any, _: Any, *, first: date = date(2022, 7, 1), last: date = date(2023, 11, 1)) -> None:
    world.project("made", first, last)
    shutil.copytree(world.folder / "made" / "loans", world.folder / "raw" / "loans")


def _finish_the_draft(world: Any) -> None:
    """What a reader does by hand after `tenure init`: here, all of it."""
    shutil.copytree(world.folder / "made", world.folder / "my-lender", dirs_exist_ok=True)


def _explore(world: Any, _: Any) -> None:
    root = world.project("my-project", date(2024, 1, 1), date(2024, 6, 1))
    shutil.copytree(root / "loans", world.folder / "data" / "loans")


def _to_replay(world: Any, _: Any) -> None:
    world.project("lender", date(2022, 8, 1), date(2023, 6, 1))


def _cut_off(world: Any) -> None:
    world.types("tenure run -p lender --as-of 2023-06-01 --through ingest")


def _done(world: Any) -> None:
    world.types("tenure run -p lender --as-of 2023-06-01")


def _before_may(world: Any, _: Any) -> None:
    world.project("lender", date(2023, 12, 1), date(2024, 7, 1), told_from=date(2024, 3, 1))
    assert world.types("tenure run -p lender --as-of 2024-04-01") == 0, world.said


def _with_my_project(world: Any, replayed: Any) -> None:
    replayed(world, "my-project")
    world.names |= {"/var/lib/node_exporter/": f"{world.folder}/", "9108": str(world.free_port)}
    world.remembers(TENURE_PROJECT="my-project")


def _dashboard(world: Any, replayed: Any) -> None:
    replayed(world, "my-project")
    world.names["-p my-project"] = f"-p my-project --port {world.free_port}"


def _server(world: Any, replayed: Any) -> None:
    replayed(world, "lender")
    world.names |= {"8000": str(world.free_port), "--version 5": f"--version {world.champion('lender')}"}


def _lender(world: Any, replayed: Any) -> None:
    replayed(world, "lender")
    world.remembers(TENURE_PROJECT="lender")


def _awaiting(world: Any, replayed: Any) -> None:
    gate = {"minimum": {"accuracy": 0.0}, "min_rows": 10, "latency_ms": None, "resamples": 100}
    replayed(world, "lender", gate={**gate, "approval": "required"})
    world.remembers(TENURE_PROJECT="lender")
    world.names["approve 3"] = f"approve {world.waiting('lender')}"


def _scored(world: Any, replayed: Any) -> None:
    _lender(world, replayed)
    world.names["CUS_0x1015"] = world.scored("lender", date(2024, 7, 1))


SCENARIOS = (
    Scenario("guides/first-project.md", _raw, before={"tenure backfill": _finish_the_draft}),
    Scenario("guides/explore.md", _explore),
    Scenario(
        "guides/from-a-notebook.md",
        _raw,
        before={"tenure run": _finish_the_draft, "tenure backfill": _finish_the_draft},
        slow=True,
    ),
    Scenario("guides/from-mlflow.md", _raw, before={"tenure train": _finish_the_draft}, slow=True),
    Scenario(
        "guides/replay.md",
        _to_replay,
        before={
            "tenure backfill -p lender --from 2023-06-01": _cut_off,
            "tenure backfill -p lender --from 2023-08-01": _done,
        },
        slow=True,
    ),
    Scenario("guides/running.md", _before_may, slow=True),
    Scenario(
        "guides/alerts.md",
        _with_my_project,
        not_run={
            "pip": INSTALLS,
            "export TENURE_ALERTS": "it would write to somebody; tests/alerting has a mail server of its own",
            "TENURE_PUSHGATEWAY": ASKS_OTHERS,
            "tenure metrics --cloudwatch": ASKS_OTHERS,
        },
        serves={"tenure metrics --serve": 9108},
        slow=True,
    ),
    Scenario(
        "guides/dashboard.md",
        _dashboard,
        not_run={"pip": INSTALLS},
        serves={"tenure dashboard": 8501},
        slow=True,
    ),
    Scenario(
        "guides/serve.md",
        _server,
        not_run={"pip": INSTALLS},
        serves={"tenure serve": 8000},
        slow=True,
    ),
    Scenario(
        "guides/challenger.md",
        _lender,
        ends={
            "tenure ab report": 2
        },  # nobody has asked a server yet: tests/experiment has answers to compare
        slow=True,
    ),
    Scenario(
        "guides/other-teams.md",
        lambda *_: None,
        not_run={
            "pip": INSTALLS,
            "export WAREHOUSE": "there is no such database; tests/stores reads a PostgreSQL of its own",
        },
        slow=True,
    ),
    Scenario("guides/report.md", _lender, slow=True),
    Scenario("concepts/gate.md", _awaiting, slow=True),
    Scenario(
        "concepts/reasons.md",
        _scored,
        not_run={"tenure explain 5f0c1d2e-1a": "a request id of a server; tests/cli/test_tracing.py has one"},
        slow=True,
    ),
)
ELSEWHERE = {
    "guides/schedule.md": "cron, systemd and Prefect: tests/orchestration",
    "guides/airflow.md": "Airflow in an environment of its own: tests/orchestration",
    "guides/deploy.md": "images and clusters: tests/deploy, tests/serving/test_deployment_files.py",
    "guides/remote.md": "object stores and databases of somebody else: tests/stores",
}
"""Guides whose commands need more than this machine; tests of their own run what can be run."""


def _following() -> list[Any]:
    marks = {True: [pytest.mark.slow, pytest.mark.timeout(900)], False: []}
    return [pytest.param(scenario, id=scenario.page, marks=marks[scenario.slow]) for scenario in SCENARIOS]


@pytest.mark.parametrize("scenario", _following())
def test_a_reader_who_follows_a_guide_gets_through(scenario, world, replayed, capsys):
    scenario.prepare(world, replayed)
    for step in reading.followed(DOCS / scenario.page):
        if isinstance(step, reading.Written):
            world.writes(step.name, step.text)
            continue
        if reason := _of(scenario.not_run, step.text):
            with capsys.disabled():
                print(f"\nnot run: {step.text}  ({reason})")  # noqa: T201 - a reader of the log should know
            continue
        if prepare := _of(scenario.before, step.text):
            prepare(world)
        if port := _of(scenario.serves, step.text):
            world.serves(step.text, int(world.names.get(str(port), world.free_port)))
            continue
        expected = 2 if step.is_refused else _of(scenario.ends, step.text) or 0
        assert (world.types(step.text), step.text) == (expected, step.text), world.said[-2000:]


def test_every_guide_with_a_command_is_followed_or_says_where_it_is():
    pages = [*DOCS.glob("guides/*.md"), *DOCS.glob("concepts/*.md")]
    typed = {page.relative_to(DOCS).as_posix() for page in pages if reading.commands_of(page)}
    assert typed - set(ELSEWHERE) == {scenario.page for scenario in SCENARIOS}


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.page)
def test_what_a_scenario_names_is_on_its_page(scenario):
    typed = [step.text for step in reading.commands_of(DOCS / scenario.page)]
    named = [*scenario.before, *scenario.not_run, *scenario.ends, *scenario.serves]
    assert [start for start in named if not any(text.startswith(start) for text in typed)] == []


def _of(told: Mapping[str, Any], text: str) -> Any:
    """What is told of the line: by the longest beginning that fits."""
    return next(
        (told[start] for start in sorted(told, key=len, reverse=True) if text.startswith(start)), None
    )
