"""A registry of several hosts: MLflow in PostgreSQL, bundles in an object store, no folder in common."""

import subprocess
import sys
from datetime import date
from pathlib import Path

import boto3
import pytest

import tenure
from tenure.bundle import load_bundle
from tenure.errors import BundleIntegrityError, RegistryError, StaleVersionError
from tenure.stores.mlflow import MlflowRegistry
from tenure.testing import MODEL_REGISTRY_CONTRACT, write_small_bundle

JANUARY = date(2024, 1, 1)
pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture
def host(tmp_path, bucket, postgres_database):
    """A registry of one host: a folder of its own, the database and the bucket of all."""

    def _host(name, project="loans"):
        return MlflowRegistry(project, tmp_path / name / "models", postgres_database, f"{bucket}/files")

    return _host


def bundle(folder, weight=1.0):
    return folder, write_small_bundle(folder, weights=(weight,))


def test_what_one_host_registers_another_one_answers_with(host, tmp_path):
    folder, sha256 = bundle(tmp_path / "made")
    version = host("one").register(folder, as_of=JANUARY, sha256=sha256, tags={})
    host("one").promote(version.version, expected=None)
    there = host("two")
    assert there.production() == version
    place = there.bundle(version.version)
    assert tmp_path / "two" in place.parents
    assert load_bundle(place).score_row({"x0": 1.0}) == pytest.approx(
        load_bundle(folder).score_row({"x0": 1.0})
    )


def test_a_bundle_that_was_changed_in_the_object_store_is_refused(host, tmp_path, bucket):
    folder, sha256 = bundle(tmp_path / "made")
    version = host("one").register(folder, as_of=JANUARY, sha256=sha256, tags={})
    s3, name = boto3.client("s3"), bucket.removeprefix("s3://")
    (key,) = [
        o["Key"] for o in s3.list_objects_v2(Bucket=name)["Contents"] if o["Key"].endswith("model.onnx")
    ]
    s3.put_object(Bucket=name, Key=key, Body=b"another model")
    with pytest.raises(BundleIntegrityError):
        host("two").bundle(version.version)


PROMOTER = """
import sys
from pathlib import Path
from tenure.errors import StaleVersionError
from tenure.stores.mlflow import MlflowRegistry

folder, database, artifacts, version = sys.argv[1:]
registry = MlflowRegistry("loans", Path(folder), database, artifacts)
registry.versions()
print("ready", flush=True)
sys.stdin.readline()
try:
    registry.promote(int(version), expected=None)
    print("promoted")
except StaleVersionError:
    print("too late")
"""


def test_of_hosts_that_promote_at_once_one_does(host, tmp_path, bucket, postgres_database):
    versions = []
    for number in range(3):
        folder, sha256 = bundle(tmp_path / f"made{number}", weight=float(number + 1))
        versions.append(host("one").register(folder, as_of=JANUARY, sha256=sha256, tags={}).version)
    source = str(Path(tenure.__file__).parents[1])
    hosts = [
        subprocess.Popen(
            [
                sys.executable,
                "-c",
                PROMOTER,
                str(tmp_path / f"h{n}"),
                postgres_database,
                f"{bucket}/files",
                str(n),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={"PYTHONPATH": source, "HOME": str(tmp_path)},
        )
        for n in versions
    ]
    for each in hosts:
        assert each.stdout.readline() == "ready\n"
    said = [each.communicate("go\n") for each in hosts]
    assert sorted(out for out, _ in said) == ["promoted\n", "too late\n", "too late\n"]
    with pytest.raises(StaleVersionError):
        host("four").promote(max(versions) + 1, expected=None)


@pytest.mark.parametrize("check", MODEL_REGISTRY_CONTRACT, ids=lambda check: check.__name__)
def test_the_contract_of_a_registry_is_kept(check, host, tmp_path):
    (tmp_path / "work").mkdir()
    check(host("one", project=check.__name__[:40]), tmp_path / "work")


def test_a_database_that_is_not_there_is_said_without_its_password(tmp_path):
    registry = MlflowRegistry("loans", tmp_path, "postgresql://somebody:secret@127.0.0.1:1/nothing")
    with pytest.raises(RegistryError) as refused:
        registry.versions()
    assert "secret" not in str(refused.value)
