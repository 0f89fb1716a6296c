from uuid import uuid4

import pytest

from tenure.ports import OnlineStore
from tenure.stores.online import open_online_store
from tenure.testing import ONLINE_STORE_CONTRACT


@pytest.fixture(params=["sqlite", "redis", pytest.param("postgres", marks=pytest.mark.slow)])
def make(request, tmp_path):
    """Opens one empty store, again and again; closed with the test."""
    where = "sqlite" if request.param == "sqlite" else request.getfixturevalue(f"{request.param}_address")
    project, opened = f"loans-{uuid4().hex}", []

    def _make():
        opened.append(open_online_store(where, project=project, folder=tmp_path, seconds=5.0))
        return opened[-1]

    yield _make
    for store in opened:
        store.close()


@pytest.mark.parametrize("check", ONLINE_STORE_CONTRACT, ids=lambda check: check.__name__)
def test_an_online_store_keeps_its_contract(check, make):
    assert isinstance(make(), OnlineStore)
    check(make)
