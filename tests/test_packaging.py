"""The package as somebody else gets it: what is pinned, what is explained, what an import does."""

from __future__ import annotations

import ast
import json
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Mapping
from functools import cache
from importlib.metadata import entry_points, packages_distributions
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "tenure"
PINS = sorted((ROOT / "requirements").glob("*.txt"))
NOT_IMPORTED = "not imported:"
# Loaded neither by `import tenure` nor by `tenure --help`: each takes seconds.
SLOW = frozenset(
    {"great_expectations", "mlflow", "optuna", "pandas", "sklearn", "xgboost", "lightgbm", "onnx"}
)
# Comes with pydantic, at the one version that pydantic names, and holds the types of its errors.
HALF_OF_PYDANTIC = {"pydantic_core"}
# What the process that serves a bundle must live without.
NOT_IN_SERVING = SLOW | {"duckdb", "ibis", "scipy"}


def requirements(name: str) -> dict[str, Requirement]:
    lines = (ROOT / "requirements" / name).read_text().splitlines()
    wanted = [Requirement(line) for line in lines if line and line[0] not in "#-"]
    return {each.name: each for each in wanted}


@cache
def pins(name: str) -> dict[str, Version]:
    found = re.findall(
        r"^([a-z0-9.-]+)==([^\s;\\]+)", (ROOT / "requirements" / name).read_text(), re.MULTILINE
    )
    return {package: Version(version) for package, version in found}


@cache
def reasons(heading: str) -> dict[str, tuple[str, ...]]:
    """The rows of the table under a heading of the decision, by package."""
    text = (ROOT / "docs/adr/0001-dependencies.md").read_text()
    section = text.partition(f"### {heading}")[2].partition("### ")[0]
    lines = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("|")]
    return {row[0].strip(): tuple(cell.strip() for cell in row[1:]) for row in lines[2:]}


def configuration() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def project() -> dict[str, Any]:
    return configuration()["project"]


def extras() -> dict[str, str]:
    """The extra of each package that is one, or several."""
    declared = configuration()["tool"]["setuptools"]["dynamic"]["optional-dependencies"]
    lists = {extra: Path(source["file"][0]).name for extra, source in declared.items()}
    found: dict[str, list[str]] = {}
    for extra, listed in sorted(lists.items()):
        for package in requirements(listed):
            found.setdefault(package, []).append(extra)
    return {package: ", ".join(names) for package, names in found.items()}


ABSENT = {"pyspark": ["pyspark"]}
"""What the environment of the tests does not hold: 400 MB, for an engine that seven tests run on."""


@cache
def imported() -> frozenset[str]:
    """Names of the packages that the source imports, wherever in a module it does."""
    names: set[str] = set()
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                names |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names.add(node.module)
    return frozenset(name.partition(".")[0] for name in names)


@cache
def installed() -> Mapping[str, list[str]]:
    return packages_distributions()


def packages_of(name: str) -> set[str]:
    """Packages that bring the import `name`, as the lists of requirements spell them."""
    return {each.lower().replace("_", "-") for each in installed().get(name, ABSENT.get(name, []))}


def run_python(code: str, *, cwd: Path) -> str:
    command = [sys.executable, "-W", "error", "-c", code]
    environment = {
        "PATH": "/usr/bin:/bin",
        "HOME": str(cwd),
        "PYTHONPATH": str(ROOT / "src"),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def loaded_by(statement: str, *, cwd: Path) -> set[str]:
    """Names of the top-level packages that are loaded once the statement has run."""
    printed = run_python(f"import json, sys\n{statement}\nprint(json.dumps(list(sys.modules)))", cwd=cwd)
    return {name.partition(".")[0] for name in json.loads(printed)}


def test_no_tracked_file_names_a_package_index() -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("not a checkout: which files are tracked is not known")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    host = re.compile(
        rb"(files\.)?python" + rb"hosted\.org|py" + rb"pi\.org|--(extra-)?index-" + rb"url\b[ =]\S*://"
    )
    tracked = [ROOT / name.decode() for name in listed.split(b"\0") if name]
    naming = [str(path) for path in tracked if path.is_file() and host.search(path.read_bytes())]
    assert naming == []


@pytest.mark.parametrize("path", PINS, ids=lambda path: path.name)
def test_every_pin_is_exact_and_carries_hashes(path: Path) -> None:
    entries = path.read_text().replace("\\\n", " ").splitlines()
    assert entries
    hashed = re.compile(r"[a-z0-9.-]+==\S+( ; .+?)? .*--hash=sha256:[0-9a-f]{64}")
    assert [entry for entry in entries if not hashed.match(entry)] == []


def test_the_core_has_fewer_than_130_packages() -> None:
    assert len(pins("core.txt")) + len(pins("bootstrap.txt")) < 130


@pytest.mark.parametrize("path", PINS, ids=lambda path: path.name)
def test_the_pins_satisfy_what_is_asked_for(path: Path) -> None:
    asked, pinned = requirements(f"{path.stem}.in"), pins(path.name)
    assert set(asked) <= set(pinned)
    assert [str(each) for each in asked.values() if pinned[each.name] not in each.specifier] == []


def test_tools_come_on_top_of_the_core_and_move_none_of_it() -> None:
    for extra in ("report.txt", "serve.txt", "prefect.txt", "dashboard.txt"):
        assert pins("core.txt").items() <= pins(extra).items() <= pins("dev.txt").items()


@pytest.mark.parametrize(
    ("package", "version"),
    [
        ("duckdb", "2.0"),
        ("mlflow-skinny", "3.18.0"),
        ("pandas", "3.0"),
        ("sqlalchemy", "2.1"),
        ("sqlglot", "30.0"),
    ],
)
def test_versions_known_to_break_are_ruled_out(package: str, version: str) -> None:
    assert Version(version) not in requirements("core.in")[package].specifier


@pytest.mark.parametrize("package", ["xgboost", "evidently", "apache-airflow", "pyspark", "mlflow"])
def test_what_is_heavy_or_a_peer_stays_out_of_the_core(package: str) -> None:
    assert package not in pins("core.txt")


def test_every_direct_dependency_has_a_reason_and_every_reason_a_dependency() -> None:
    core, more = reasons("The core"), reasons("Extras")
    assert set(core) == set(requirements("core.in"))
    assert {name: row[-1] for name, row in more.items()} == extras()
    assert [name for name, row in (core | more).items() if not all(row)] == []


def test_every_direct_dependency_has_an_upper_bound() -> None:
    operators = {
        name: {one.operator for one in each.specifier} for name, each in requirements("core.in").items()
    }
    assert [name for name, has in operators.items() if "<" not in has] == []


def test_a_direct_dependency_is_imported_or_says_why_not() -> None:
    where = {name: row[2] for name, row in (reasons("The core") | reasons("Extras")).items()}
    explained = {name for name, text in where.items() if text.startswith(NOT_IMPORTED)}
    used = {package for name in imported() for package in packages_of(name)}
    assert set(where) - explained - used == set()


def test_no_module_imports_what_is_not_a_direct_dependency_or_an_extra() -> None:
    allowed = requirements("core.in").keys() | extras().keys()
    others = imported() - sys.stdlib_module_names - HALF_OF_PYDANTIC - {"tenure"}
    assert {name for name in others if not packages_of(name) & allowed} == set()


def test_importing_tenure_loads_nothing_but_tenure(tmp_path: Path) -> None:
    more = loaded_by("import tenure", cwd=tmp_path) - loaded_by("", cwd=tmp_path)
    assert more - sys.stdlib_module_names == {"tenure"}


def test_the_command_line_answers_without_waking_the_slow_libraries(tmp_path: Path) -> None:
    ask = """
import contextlib, io
from tenure.cli import main
sys.argv = ["tenure", "--help"]
with contextlib.redirect_stdout(io.StringIO()) as said, contextlib.suppress(SystemExit):
    main()
assert "backfill" in said.getvalue()
"""
    assert SLOW & loaded_by(ask, cwd=tmp_path) == set()


def test_a_bundle_is_scored_without_what_trained_or_registered_it(tmp_path: Path) -> None:
    assert NOT_IN_SERVING & loaded_by("import tenure.bundle", cwd=tmp_path) == set()


def test_the_runtime_of_bundles_keeps_no_device_id_and_reports_to_nobody(tmp_path: Path) -> None:
    # From 1.29 on ONNX Runtime sends names and hashes of models to its maker, unless ORT_DISABLE_TELEMETRY is
    # set before it is first imported; then it makes no identifier and no store of events in the home folder.
    run_python("import tenure.bundle, onnxruntime; onnxruntime.get_available_providers()", cwd=tmp_path)
    assert list(tmp_path.rglob("*")) == []


def test_importing_any_module_prints_nothing_writes_nothing_and_starts_nothing(tmp_path: Path) -> None:
    code = """
import importlib, json, logging, os, pkgutil, random, sys, threading, warnings
import numpy
warnings.filterwarnings("ignore", "module 'sre_", DeprecationWarning)
import great_expectations, ibis, optuna, prefect.main, sklearn, streamlit, xgboost
import tenure
def world():
    drawn = numpy.random.get_state()[1].tolist()
    return [os.getcwd(), dict(os.environ), threading.active_count(), len(logging.getLogger().handlers), drawn,
            hash(random.getstate()), len(warnings.filters)]
before = world()
names = [m.name for m in pkgutil.walk_packages(tenure.__path__, "tenure.") if not m.name.endswith("__main__")]
changed = []
for name in names:
    importlib.import_module(name)
    now = world()
    if now != before:
        changed.append(name)
        before = now
print(json.dumps([len(names), changed]))
"""
    n_modules, changed = json.loads(run_python(code, cwd=tmp_path))
    assert n_modules > 50
    assert changed == []
    # Prefect makes its home, an empty folder, when it is imported.
    assert [each.name for each in tmp_path.rglob("*") if each.name != ".prefect"] == []


def test_the_command_of_the_package_can_be_called() -> None:
    module, _, function = project()["scripts"]["tenure"].partition(":")
    assert callable(getattr(__import__(module, fromlist=[function]), function))
    installed = [each.value for each in entry_points(group="console_scripts", name="tenure")]
    assert installed in ([], [project()["scripts"]["tenure"]])


def test_the_licence_is_apache_2_in_full() -> None:
    text = (ROOT / "LICENSE").read_text()
    assert project()["license"] == "Apache-2.0"
    assert "Apache License" in text
    assert "END OF TERMS AND CONDITIONS" in text


def test_the_wheel_holds_every_file_of_the_package(tmp_path: Path) -> None:
    pytest.importorskip("setuptools", reason="the build backend is not installed")
    copy = tmp_path / "project"
    leftovers = shutil.ignore_patterns("__pycache__", "*.egg-info")
    for name in ("src", "requirements"):
        shutil.copytree(ROOT / name, copy / name, ignore=leftovers)
    for path in (ROOT / "pyproject.toml", ROOT / "LICENSE", *ROOT.glob("README*")):
        shutil.copy(path, copy)
    build = "import setuptools.build_meta as backend; backend.build_wheel('.')"
    subprocess.run([sys.executable, "-c", build], cwd=copy, capture_output=True, check=True)
    (wheel,) = copy.glob("*.whl")
    held = set(zipfile.ZipFile(wheel).namelist())
    package = copy / "src"
    there = {str(path.relative_to(package)) for path in (package / "tenure").rglob("*") if path.is_file()}
    assert there - held == set()
