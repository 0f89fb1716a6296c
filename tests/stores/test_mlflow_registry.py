import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

import tenure
from tenure.bundle import load_bundle
from tenure.errors import BundleIntegrityError, RegistryError
from tenure.stores.bundles import BundleShelf
from tenure.stores.mlflow import MlflowRegistry
from tenure.testing import write_small_bundle

SOURCE = str(Path(tenure.__file__).parents[1])
JANUARY = date(2024, 1, 1)


def python(script, *arguments):
    return subprocess.Popen(
        [sys.executable, "-c", script, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={"PYTHONPATH": SOURCE, "HOME": "/nonexistent"},
    )


@pytest.fixture
def registry(models):
    return MlflowRegistry("loans", models=models)


@pytest.fixture
def register(registry, tmp_path):
    def register_one(weight, as_of=JANUARY, **tags):
        sha256 = write_small_bundle(tmp_path / "candidate", weights=(weight,))
        return registry.register(tmp_path / "candidate", as_of=as_of, sha256=sha256, tags=tags)

    return register_one


def test_a_project_without_models_is_answered_without_importing_mlflow(tmp_path):
    script = (
        "import sys; from pathlib import Path; from tenure.stores.mlflow import *;"
        "r = MlflowRegistry('p', models=Path(sys.argv[1])); MlflowTracker('p', models=Path(sys.argv[1]));"
        "print(r.production(), r.staging(), r.versions(), 'mlflow' in sys.modules)"
    )
    out, err = python(script, tmp_path / "models").communicate()
    assert out == "None None () False\n", err
    assert not (tmp_path / "models").exists()


def test_versions_are_seen_by_another_process_and_nothing_is_said_on_the_way(registry, register, models):
    version = register(1.0, algorithm="xgboost")
    registry.promote(version.version, expected=None)
    script = (
        "import sys; from pathlib import Path; from tenure.stores.mlflow import MlflowRegistry;"
        "print(MlflowRegistry('loans', models=Path(sys.argv[1])).production().bundle_sha256)"
    )
    out, err = python(script, models).communicate()
    assert (out, err) == (f"{version.bundle_sha256}\n", "")


PROMOTER = """
import sys
from pathlib import Path
from tenure.errors import StaleVersionError
from tenure.stores.mlflow import MlflowRegistry

registry = MlflowRegistry("loans", models=Path(sys.argv[1]))
registry.versions()
print("ready", flush=True)
sys.stdin.readline()
try:
    registry.promote(int(sys.argv[2]), expected=1)
    print("promoted")
except StaleVersionError:
    print("stale")
"""

WATCHER = """
import sys
from pathlib import Path
from tenure.stores.mlflow import MlflowRegistry

registry = MlflowRegistry("loans", models=Path(sys.argv[1]))
registry.versions()
print("ready", flush=True)
seen = []
while not Path(sys.argv[2]).exists() or not seen:
    champion = registry.production()
    seen.append(champion.version if champion else 0)
print(" ".join(str(now) for now, before in zip(seen, [None, *seen]) if now != before))
"""


def test_of_two_promoters_at_once_one_is_stale_and_somebody_is_in_office_at_every_moment(
    registry, register, models, tmp_path
):
    for weight in (1.0, 2.0, 3.0):
        register(weight)
    registry.promote(1, expected=None)
    watcher = python(WATCHER, models, tmp_path / "stop")
    promoters = [
        subprocess.Popen(
            [sys.executable, "-c", PROMOTER, str(models), str(version)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={"PYTHONPATH": SOURCE},
        )
        for version in (2, 3)
    ]
    for process in (watcher, *promoters):
        assert process.stdout.readline() == "ready\n"
    for promoter in promoters:
        promoter.stdin.write("go\n")
        promoter.stdin.flush()
    said = [promoter.communicate(timeout=60)[0].strip() for promoter in promoters]
    (tmp_path / "stop").touch()
    seen = [int(number) for number in watcher.communicate(timeout=60)[0].split()]
    assert sorted(said) == ["promoted", "stale"]
    winner = (2, 3)[said.index("promoted")]
    assert registry.production().version == winner
    assert seen == [1, winner]


def test_two_processes_that_register_the_same_bundle_in_a_new_folder_make_one_version(tmp_path):
    sha256 = write_small_bundle(tmp_path / "candidate")
    script = (
        "import sys; from datetime import date; from pathlib import Path;"
        "from tenure.stores.mlflow import MlflowRegistry;"
        "r = MlflowRegistry('loans', models=Path(sys.argv[1]));"
        "print(r.register(Path(sys.argv[2]), as_of=date(2024, 1, 1), sha256=sys.argv[3], tags={}).version)"
    )
    models = tmp_path / "models"
    started = [python(script, models, tmp_path / "candidate", sha256) for _ in range(2)]
    results = [process.communicate(timeout=120) for process in started]
    assert [out for out, _ in results] == ["1\n"] * 2, results
    assert len(MlflowRegistry("loans", models=models).versions()) == 1


def test_tags_are_kept_with_the_version_and_a_run_is_linked(register, models):
    from mlflow import MlflowClient  # noqa: PLC0415 - takes a second

    client = MlflowClient(f"sqlite:///{models / 'mlflow.db'}", f"sqlite:///{models / 'mlflow.db'}")
    run = client.create_run(client.create_experiment("e"))
    register(1.0, algorithm="xgboost", run_id=run.info.run_id)
    stored = client.get_model_version("loans", "1")
    assert stored.tags["algorithm"] == "xgboost"
    assert stored.tags["tenure.as_of"] == "2024-01-01"
    assert stored.run_id == run.info.run_id


def test_more_versions_than_one_page_are_all_listed_in_order(registry, register, monkeypatch):
    monkeypatch.setattr("tenure.stores.mlflow.registry._PAGE", 2)
    for month in range(1, 6):
        register(1.0, as_of=date(2024, month, 1))
    assert [version.version for version in registry.versions()] == [1, 2, 3, 4, 5]


def test_the_model_of_another_project_in_the_same_registry_is_not_seen(register, models):
    register(1.0)
    other = MlflowRegistry("it's other", models=models)
    assert other.versions() == ()
    assert other.staging() is None


def test_a_bundle_whose_files_are_gone_is_an_error_that_says_where_they_were(registry, register, models):
    version = register(1.0)
    (models / "bundles" / version.bundle_sha256).rename(models / "away")
    with pytest.raises(RegistryError, match="bundles"):
        registry.bundle(version.version)


def test_a_registered_bundle_that_was_harmed_is_refused_when_it_is_loaded(registry, register):
    version = register(1.0)
    (registry.bundle(version.version) / "metrics.json").write_text("{}\n\n")
    with pytest.raises(BundleIntegrityError, match=r"metrics\.json"):
        load_bundle(registry.bundle(version.version))


def test_the_models_folder_can_be_moved(register, models, tmp_path):
    version = register(1.0)
    moved = models.rename(tmp_path / "elsewhere")
    place = MlflowRegistry("loans", models=moved).bundle(version.version)
    assert load_bundle(place).sha256 == version.bundle_sha256


def test_a_registry_at_another_address_is_used(models, tmp_path, registry):
    sha256 = write_small_bundle(tmp_path / "candidate")
    address = f"sqlite:///{models / 'mlflow.db'}"
    elsewhere = MlflowRegistry("loans", models=tmp_path / "other", uri=address)
    version = elsewhere.register(tmp_path / "candidate", as_of=JANUARY, sha256=sha256, tags={})
    assert registry.staging() == version


def test_an_address_that_does_not_answer_is_our_error_without_the_password(tmp_path):
    registry = MlflowRegistry("loans", models=tmp_path, uri="postgresql+nodriver://user:secret@nowhere/db")
    with pytest.raises(RegistryError) as caught:
        registry.production()
    assert "secret" not in str(caught.value)
    assert "nowhere" in str(caught.value)


def test_a_shelf_copies_a_bundle_once_and_refuses_a_harmed_one(tmp_path):
    sha256 = write_small_bundle(tmp_path / "bundle")
    shelf = BundleShelf(tmp_path / "shelf")
    place = shelf.put(tmp_path / "bundle", sha256)
    inode = place.stat().st_ino
    (tmp_path / "bundle" / "model.onnx").write_bytes(b"x")
    assert shelf.put(tmp_path / "bundle", sha256).stat().st_ino == inode
    with pytest.raises(BundleIntegrityError):
        BundleShelf(tmp_path / "another").put(tmp_path / "bundle", sha256)
    assert not (tmp_path / "another" / sha256).exists()
