import shutil

import pytest

from tenure.stores.mlflow.connection import Connection


@pytest.fixture(scope="session")
def empty_mlflow(tmp_path_factory):
    """A models folder with MLflow's tables and nothing in them: making them takes two seconds."""
    folder = tmp_path_factory.mktemp("mlflow") / "models"
    with Connection(folder, None).asked():
        pass
    return folder


@pytest.fixture
def models(empty_mlflow, tmp_path):
    """A models folder of one test's own."""
    return shutil.copytree(empty_mlflow, tmp_path / "models")
