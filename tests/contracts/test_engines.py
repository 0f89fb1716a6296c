import pytest

from tenure.ports import Engine
from tenure.stores.duckdb import DuckDBEngine
from tenure.testing import ENGINE_CONTRACT


@pytest.mark.parametrize("check", ENGINE_CONTRACT, ids=lambda check: check.__name__)
def test_duckdb_keeps_the_contract_of_an_engine(check, tmp_path):
    engine = DuckDBEngine()
    assert isinstance(engine, Engine)
    check(engine, tmp_path)
