"""Each page with commands: what it takes for granted, and what of it cannot be done in a folder of a test."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from tenure_docs_reading import ROOT
from tenure_docs_world import World

CI = ".ci/run"
MAKE = "tests/docs/test_make.py"
AIRFLOW = "tests/orchestration/test_real_airflow.py"
IMAGES = "tests/deploy/test_images.py"
STACK = "tests/deploy/test_stack.py"
DEPLOYMENT = "tests/deploy/test_deployment.py"
SPARK = "tests/flow/test_spark.py"


@dataclass(frozen=True)
class Scenario:
    """What a page takes for granted, and what of it is done otherwise here.

    Lines are told by how they begin, blocks of Python too.
    """

    page: str
    """From the root of the repository."""
    prepare: Callable[[World], Any] = lambda _: None
    before: Mapping[str, Callable[[World], Any]] = field(default_factory=dict)
    """What happens before a line: what the text tells, or the reader does by hand."""
    not_run: Mapping[str, str] = field(default_factory=dict)
    """Lines that are not run, with the reason."""
    elsewhere: Mapping[str, str] = field(default_factory=dict)
    """Lines that a test with more than a folder runs: the file of that test."""
    ends: Mapping[str, int] = field(default_factory=dict)
    """Exit codes that the page does not show."""
    runs_on: Mapping[str, int | str] = field(default_factory=dict)
    """Lines that run until interrupted: the port they answer on, or what they have said when they are."""


def _raw(world: World) -> None:
    made = world.project("made", date(2022, 7, 1), date(2023, 11, 1))
    shutil.copytree(made / "loans", world.folder / "raw" / "loans")


def _finish_the_draft(world: World) -> None:
    """What a reader does by hand after `tenure init`: here, all of it."""
    shutil.copytree(world.folder / "made", world.folder / "my-lender", dirs_exist_ok=True)


def _explore(world: World) -> None:
    root = world.project("my-project", date(2024, 1, 1), date(2024, 6, 1))
    shutil.copytree(root / "loans", world.folder / "data" / "loans")


def _readme(world: World) -> None:
    made = world.project("made", date(2023, 12, 1), date(2024, 7, 1), told_from=date(2024, 3, 1))
    shutil.copytree(made / "loans", world.folder / "data" / "loans")
    world.names |= {"2023-01-01": "2024-04-01", "2025-01-01": "2024-07-01"}


def _finish_the_readme(world: World) -> None:
    shutil.copytree(world.folder / "made", world.folder / "my-project", dirs_exist_ok=True)


def _somebody_scored(world: World) -> None:
    world.names["customer=C-17"] = f"Customer_ID={world.scored('my-project', date(2024, 7, 1))}"


def _on_a_free_port(world: World) -> None:
    world.names["-p my-project"] = f"-p my-project --port {world.free_port}"


def _to_replay(world: World) -> None:
    world.project("lender", date(2022, 8, 1), date(2023, 6, 1))


def _cut_off(world: World) -> None:
    world.types("tenure run -p lender --as-of 2023-06-01 --through ingest")


def _done(world: World) -> None:
    world.types("tenure run -p lender --as-of 2023-06-01")


def _before_may(world: World) -> None:
    world.project("lender", date(2023, 12, 1), date(2024, 7, 1), told_from=date(2024, 3, 1))
    assert world.types("tenure run -p lender --as-of 2024-04-01") == 0, world.said


def _replayed(world: World, name: str, **changes: Any) -> None:
    world.fixture("replayed")(world, name, **changes)


def _alerts(world: World) -> None:
    """With a mail server and an address of each of the others."""
    _replayed(world, "my-project")
    port, _ = world.fixture("mailbox")
    address, _ = world.fixture("webhook")
    world.names |= {
        "mailto://user:password@mail.example.org?": f"mailto://127.0.0.1:{port}?from=a@example.org&mode=insecure&",
        "slack://TokenA/TokenB/TokenC": f"json://{address}/team",
        "gateway:9091": address,
        "/var/lib/node_exporter/": f"{world.folder}/",
        "9108": str(world.free_port),
    }
    world.remembers(TENURE_PROJECT="my-project", **world.fixture("s3_server"))


def _dashboard(world: World) -> None:
    _replayed(world, "my-project")
    _on_a_free_port(world)


def _server(world: World) -> None:
    _replayed(world, "lender")
    world.names |= {"8000": str(world.free_port), "--version 5": f"--version {world.champion('lender')}"}


def _lender(world: World) -> None:
    _replayed(world, "lender")
    world.remembers(TENURE_PROJECT="lender")


def _reported(world: World) -> None:
    _lender(world)
    world.names |= {
        "2024-12-01": "2024-07-01",
        "reports/": "lender/reports/",
        'f"datamart/': 'f"lender/datamart/',
    }


def _awaiting(world: World) -> None:
    gate = {"minimum": {"accuracy": 0.0}, "min_rows": 10, "latency_ms": None, "resamples": 100}
    _replayed(world, "lender", gate={**gate, "approval": "required"})
    world.remembers(TENURE_PROJECT="lender")
    world.names["approve 3"] = f"approve {world.waiting('lender')}"


def _scored(world: World) -> None:
    _lender(world)
    world.names["CUS_0x1015"] = world.scored("lender", date(2024, 7, 1))


def _gold(world: World) -> None:
    _replayed(world, "lender")
    world.names['"datamart/'] = '"lender/datamart/'


def _bundle(world: World) -> None:
    """A bundle, with rows as Arrow and as lines of JSON."""
    import pyarrow as pa  # noqa: PLC0415 - for this page alone

    _replayed(world, "lender")
    folder = next(path for path in (world.folder / "lender/models/bundles").iterdir() if path.is_dir())
    row = {"loans_income": 50.0, "loans_mix": "Good"}
    world.names |= {
        "models/bundles/<sha256>": str(folder),
        "FOLDER": str(folder),
        '{"Age": 32, "Occupation": None}': repr({"loans_income": 32.0, "loans_mix": None}),
    }
    world.python |= {"table": pa.Table.from_pylist([row]), "values": row}
    (world.folder / "rows.jsonl").write_text(
        '{"loans_income": 50.0, "loans_mix": "Good"}\n', encoding="utf-8"
    )


def _explainer(world: World) -> None:
    from tenure.bundle.reasons import load_explainer  # noqa: PLC0415 - for this page alone

    world.python["load_explainer"] = load_explainer


def _scheduled(world: World) -> None:
    """July 2024 is over and not run; days of the page are those of this lender."""
    world.project("lender", date(2023, 12, 1), date(2024, 7, 1))
    assert world.types("tenure backfill -p lender --from 2024-05-01 --to 2024-06-01 --jobs 1") == 0, (
        world.said
    )
    home = world.folder / "prefect"
    world.remembers(PREFECT_HOME=str(home), PREFECT_SERVER_ANALYTICS_ENABLED="false", DO_NOT_TRACK="1")
    world.names |= {"--on 2023-08-02": "--on 2024-07-02", "--every 18:00": "--every 18:00 --until 2024-07-01"}
    world.names |= {"server start": f"server start --port {world.free_port}", "4200": str(world.free_port)}


def _checkout(world: World) -> None:
    """What the page's commands read of a checkout."""
    for name in (".env.example", "compose.yaml"):
        shutil.copy(ROOT / name, world.folder / name)
    shutil.copytree(ROOT / "deploy" / "kubernetes", world.folder / "deploy" / "kubernetes")
    world.project(".", date(2024, 1, 1), date(2024, 1, 1))
    world.names |= {  # there is no cluster: what it would be sent
        "kubectl create configmap": "kubectl create --dry-run=client configmap",
        "kubectl create secret generic": "kubectl create --dry-run=client secret generic",
        "kubectl apply -k deploy/kubernetes": f"kubectl kustomize {world.folder}/deploy/kubernetes",
    }


SCENARIOS = (
    Scenario(
        "README.md",
        _readme,
        before={
            "tenure backfill": _finish_the_readme,
            "tenure explain": _somebody_scored,
            "tenure dashboard": _on_a_free_port,
        },
        elsewhere={"make test": CI, "make airflow": MAKE, "make demo": MAKE},
        runs_on={"tenure schedule": "runs the period", "tenure dashboard": 8501, "tenure serve": 8501},
    ),
    Scenario("docs/guides/first-project.md", _raw, before={"tenure backfill": _finish_the_draft}),
    Scenario("docs/guides/explore.md", _explore),
    Scenario(
        "docs/guides/from-a-notebook.md",
        _raw,
        before={"tenure run": _finish_the_draft, "tenure backfill": _finish_the_draft},
    ),
    Scenario("docs/guides/from-mlflow.md", _raw, before={"tenure train": _finish_the_draft}),
    Scenario(
        "docs/guides/replay.md",
        _to_replay,
        before={
            "tenure backfill -p lender --from 2023-06-01": _cut_off,
            "tenure backfill -p lender --from 2023-08-01": _done,
        },
    ),
    Scenario("docs/guides/running.md", _before_may),
    Scenario("docs/guides/alerts.md", _alerts, runs_on={"tenure metrics --serve": 9108}),
    Scenario("docs/guides/dashboard.md", _dashboard, runs_on={"tenure dashboard": 8501}),
    Scenario("docs/guides/serve.md", _server, runs_on={"tenure serve": 8000}),
    Scenario(
        "docs/guides/challenger.md",
        _lender,
        ends={
            "tenure ab report": 2
        },  # nobody has asked a server yet: tests/experiment has answers to compare
    ),
    Scenario("docs/guides/other-teams.md"),
    Scenario("docs/guides/report.md", _reported),
    Scenario(
        "docs/guides/airflow.md",
        _lender,
        elsewhere={"from airflow.sdk": AIRFLOW, "make airflow": MAKE, "airflow backfill create": AIRFLOW},
    ),
    Scenario(
        "docs/guides/schedule.md",
        _scheduled,
        runs_on={
            "tenure schedule": "look at",
            "prefect server start": 4200,
            "tenure prefect serve": "until interrupted",
        },
    ),
    Scenario(
        "docs/guides/deploy.md",
        _checkout,
        elsewhere={
            "docker compose build": IMAGES,
            "docker compose up": STACK,
            "docker build -f deploy/bundle.Dockerfile": DEPLOYMENT,
            "scripts/deploy": DEPLOYMENT,
        },
    ),
    Scenario("docs/guides/engines.md", elsewhere={"pip install": SPARK, "tenure run": SPARK}),
    Scenario("docs/concepts/gate.md", _awaiting),
    Scenario(
        "docs/concepts/reasons.md",
        _scored,
        elsewhere={"tenure explain 5f0c1d2e-1a": "tests/cli/test_tracing.py"},  # a server's request
    ),
    Scenario("docs/reference/bundle.md", _bundle, before={"explainer =": _explainer}),
    Scenario("docs/reference/gold-tables.md", _gold),
)
