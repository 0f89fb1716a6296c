from datetime import date

import pyarrow as pa
import pytest

from tenure.domain.decisions import Rollback
from tenure.domain.models import ModelVersion, Office
from tenure.domain.tables import DECISIONS
from tenure.errors import RegistryError, StaleVersionError
from tenure.promotion import rollback, rollback_target
from tenure.stores.delta import DeltaStore
from tenure.stores.memory import MemoryRegistry
from tenure.testing import write_small_bundle

MONTHS = [date(2024, month, 1) for month in range(1, 8)]
NOW = MONTHS[-1]


def history(*versions):
    """Terms of office, a month each."""
    return [
        Office(ModelVersion("loans", number, f"{number}", MONTHS[0]), since)
        for number, since in zip(versions, MONTHS, strict=False)
    ]


def target(*versions, to=None):
    return rollback_target(history(*versions), to=to).version


def test_the_one_before_comes_back():
    assert target(1, 2) == 1
    assert target(1, 2, 3) == 2


def test_a_second_rollback_goes_one_further_back_and_not_forth_again():
    assert target(1, 2, 3, 2) == 1


def test_whoever_was_promoted_after_a_rollback_replaced_the_one_put_back():
    assert target(1, 2, 3, 2, 4) == 2


def test_a_named_version_comes_back_even_one_that_was_taken_out():
    assert target(1, 2, 3, to=1) == 1
    assert target(1, 2, 3, 2, to=3) == 3


@pytest.mark.parametrize("versions", [(), (1,), (1, 2, 1)])
def test_with_nobody_before_there_is_nobody_to_go_back_to(versions):
    with pytest.raises(RegistryError, match="nobody"):
        rollback_target(history(*versions))


@pytest.mark.parametrize(("to", "told"), [(2, "in office already"), (9, "never been in office")])
def test_a_version_in_office_or_never_in_office_is_no_way_back_and_the_others_are_listed(to, told):
    with pytest.raises(RegistryError, match=f"{told}; .* 1, 2"):
        rollback_target(history(1, 2), to=to)


@pytest.fixture
def store(tmp_path):
    return DeltaStore(tmp_path / "datamart")


@pytest.fixture
def registry(tmp_path, store):
    """Versions 1 and 2 have been promoted, one a month."""
    registry = MemoryRegistry("loans", tmp_path / "registry")
    for number, since in enumerate(MONTHS[:2], start=1):
        sha256 = write_small_bundle(tmp_path / "candidate", weights=(float(number),))
        version = registry.register(tmp_path / "candidate", as_of=since, sha256=sha256, tags={})
        champion = registry.production()
        registry.promote(version.version, expected=champion.version if champion else None)
        record(store, "promotion", version, since)
    return registry


def record(store, kind, version, as_of):
    row = {
        "kind": [kind],
        "model": [version.name],
        "model_version": [version.version],
        "bundle_sha256": [version.bundle_sha256],
    }
    store.replace(DECISIONS, pa.table(row), as_of=as_of, where={"kind": kind})


def test_a_rollback_moves_the_alias_and_says_who_came_and_who_went(registry, store):
    first, second = registry.versions()
    rolled = rollback(registry=registry, store=store, as_of=NOW, why="complaints")
    assert rolled == Rollback(NOW, restored=first, removed=second, why="complaints")
    assert registry.production() == first


def test_a_rollback_cut_off_before_it_was_recorded_is_the_same_when_made_again(registry, store):
    once = rollback(registry=registry, store=store, as_of=NOW)
    assert rollback(registry=registry, store=store, as_of=NOW) == once
    record(store, "rollback", once.restored, NOW)
    with pytest.raises(RegistryError, match="nobody to go back to"):
        rollback(registry=registry, store=store, as_of=NOW)


def test_a_registry_that_tells_of_another_champion_than_the_decisions_is_left_as_it_is(
    registry, store, tmp_path
):
    sha256 = write_small_bundle(tmp_path / "candidate", weights=(7.0,))
    third = registry.register(tmp_path / "candidate", as_of=NOW, sha256=sha256, tags={})
    registry.promote(third.version, expected=2)
    with pytest.raises(StaleVersionError):
        rollback(registry=registry, store=store, as_of=NOW)
    assert registry.production() == third


def test_decisions_of_later_periods_do_not_count(registry, store):
    with pytest.raises(RegistryError, match="version 1 is the first"):
        rollback(registry=registry, store=store, as_of=MONTHS[0])
