import pytest

from tenure.ports import ModelRegistry
from tenure.stores.memory import MemoryRegistry
from tenure.stores.mlflow import MlflowRegistry
from tenure.testing import MODEL_REGISTRY_CONTRACT

REGISTRIES = {
    "memory": lambda folder: MemoryRegistry("loans", folder),
    "sqlite": lambda folder: MlflowRegistry("loans", models=folder),
}


@pytest.mark.parametrize("make", REGISTRIES.values(), ids=REGISTRIES)
@pytest.mark.parametrize("check", MODEL_REGISTRY_CONTRACT, ids=lambda check: check.__name__)
def test_a_registry_keeps_its_contract(check, make, models, tmp_path):
    registry = make(models)
    (tmp_path / "work").mkdir()
    assert isinstance(registry, ModelRegistry)
    check(registry, tmp_path / "work")
