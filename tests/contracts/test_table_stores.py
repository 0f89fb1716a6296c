import pytest

from tenure.ports import TableStore
from tenure.stores.delta import DeltaStore
from tenure.testing import TABLE_STORE_CONTRACT


@pytest.mark.parametrize("check", TABLE_STORE_CONTRACT, ids=lambda check: check.__name__)
def test_delta_keeps_the_contract_of_a_table_store(check, tmp_path):
    store = DeltaStore(tmp_path / "data mart")
    assert isinstance(store, TableStore)
    check(store)


@pytest.mark.parametrize("check", TABLE_STORE_CONTRACT, ids=lambda check: check.__name__)
def test_delta_keeps_the_contract_in_an_object_store(check, bucket):
    check(DeltaStore(f"{bucket}/data mart"))
