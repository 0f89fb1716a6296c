from datetime import date

import pytest

from tenure.domain.decisions import Promotion, Reason, Verdict
from tenure.errors import RegistryError, StaleVersionError
from tenure.promotion import promote
from tenure.stores.memory import MemoryRegistry
from tenure.testing import write_small_bundle

AS_OF = date(2024, 7, 1)


class KilledError(Exception):
    """The process ends here."""


@pytest.fixture
def registry(tmp_path):
    return MemoryRegistry("loans", tmp_path / "registry")


@pytest.fixture
def register(registry, tmp_path):
    def register_one(weight):
        sha256 = write_small_bundle(tmp_path / "candidate", weights=(weight,))
        return registry.register(tmp_path / "candidate", as_of=AS_OF, sha256=sha256, tags={})

    return register_one


def verdict(candidate, champion=None, passed=True):
    return Verdict(AS_OF, candidate, champion, passed, (Reason("beat champion", passed, "f1"),))


def test_a_candidate_that_passed_takes_office_in_the_place_of_the_champion(registry, register):
    first, second = register(1.0), register(2.0)
    assert promote(verdict(first), registry=registry) == Promotion(AS_OF, first, None)
    assert promote(verdict(second, first), registry=registry) == Promotion(AS_OF, second, first)
    assert registry.production() == second
    assert registry.staging() is None


def test_a_candidate_that_was_refused_is_not_promoted_and_the_reason_is_told(registry, register):
    with pytest.raises(RegistryError, match="beat champion"):
        promote(verdict(register(1.0), passed=False), registry=registry)
    assert registry.production() is None


def test_a_champion_that_changed_since_the_verdict_stays(registry, register):
    first, second, third = (register(weight) for weight in (1.0, 2.0, 3.0))
    promote(verdict(first), registry=registry)
    promote(verdict(second, first), registry=registry)
    with pytest.raises(StaleVersionError):
        promote(verdict(third, first), registry=registry)
    assert registry.production() == second


@pytest.mark.parametrize("after", [False, True], ids=["before the alias moves", "after the alias moved"])
def test_a_promotion_cut_off_and_made_again_is_the_same_promotion(registry, register, monkeypatch, after):
    first, second = register(1.0), register(2.0)
    promote(verdict(first), registry=registry)
    move = MemoryRegistry.promote

    def cut_off(self, version, *, expected):
        if after:
            move(self, version, expected=expected)
        raise KilledError

    monkeypatch.setattr(MemoryRegistry, "promote", cut_off)
    with pytest.raises(KilledError):
        promote(verdict(second, first), registry=registry)
    monkeypatch.undo()
    assert registry.production() == (second if after else first)
    assert promote(verdict(second, first), registry=registry) == Promotion(AS_OF, second, first)
    assert registry.production() == second
