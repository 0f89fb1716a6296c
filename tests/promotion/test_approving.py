"""A candidate that passed the gate takes office by a person's word."""

from datetime import date

import pytest

from tenure.domain.decisions import Promotion, Verdict
from tenure.domain.models import ModelVersion
from tenure.domain.office import office_history
from tenure.domain.tables import DECISIONS
from tenure.errors import RegistryError, StaleVersionError
from tenure.evaluation.config import GatePolicy
from tenure.promotion import approve, waiting
from tenure.running.records import record_decision
from tenure.stores.delta import DeltaStore
from tenure.stores.memory import MemoryRegistry
from tenure.testing import write_small_bundle

JAN, FEB, MAR = (date(2024, month, 1) for month in (1, 2, 3))


class Project:
    def __init__(self, folder):
        self.folder = folder
        self.store = DeltaStore(folder / "datamart")
        self.registry = MemoryRegistry("loans", folder / "registry")

    def train(self, as_of, *, against=None, passed=True):
        """A candidate with its verdict, waiting where it passed."""
        sha256 = write_small_bundle(self.folder / "bundle", as_of=as_of)
        version = self.registry.register(self.folder / "bundle", as_of=as_of, sha256=sha256, tags={})
        verdict = Verdict(as_of, version, against, passed, (), awaits_approval=passed)
        record_decision(verdict, as_of=as_of, store=self.store)
        return version

    def approve(self, version, *, as_of, by="R. Officer", note="looked at the card"):
        promotion = approve(version, by=by, note=note, registry=self.registry, store=self.store, as_of=as_of)
        record_decision(promotion, as_of=as_of, store=self.store)
        return promotion

    def waiting(self):
        rows = self.store.read(DECISIONS)
        history = office_history(rows)
        return waiting(rows.to_pylist(), history[-1].version if history else None)


@pytest.fixture
def project(tmp_path):
    return Project(tmp_path)


def test_a_verdict_that_waits_for_a_person_promotes_nobody():
    candidate = ModelVersion("loans", 1, "a", JAN)
    assert Verdict(JAN, candidate, None, True, ()).proceeds
    assert not Verdict(JAN, candidate, None, True, (), awaits_approval=True).proceeds
    assert GatePolicy().approval == "automatic"


def test_who_approved_is_on_record_and_the_version_is_in_office(project):
    first = project.train(JAN)
    assert project.waiting() == (1,)
    promotion = project.approve(1, as_of=FEB)
    assert promotion == Promotion(FEB, first, None, "R. Officer", "looked at the card")
    assert project.registry.production() == first
    (row,) = (row for row in project.store.read(DECISIONS).to_pylist() if row["kind"] == "promotion")
    assert (row["as_of"], '"approved_by": "R. Officer"' in row["evidence"]) == (FEB, True)
    assert project.waiting() == ()


def test_an_approval_cut_off_before_it_was_recorded_can_be_given_again(project):
    first = project.train(JAN)
    approve(1, by="R", note="", registry=project.registry, store=project.store, as_of=FEB)
    assert project.registry.production() == first
    assert project.approve(1, as_of=FEB).promoted == first


def test_a_version_that_was_refused_or_never_judged_cannot_be_approved(project):
    project.train(JAN, passed=False)
    with pytest.raises(RegistryError, match="version 1 was refused by the gate"):
        project.approve(1, as_of=FEB)
    with pytest.raises(RegistryError, match="version 7 has never been judged"):
        project.approve(7, as_of=FEB)
    assert project.registry.production() is None


def test_a_version_that_was_judged_against_somebody_else_is_not_approved(project):
    first = project.train(JAN)
    project.train(FEB)
    project.approve(1, as_of=FEB)
    with pytest.raises(RegistryError, match="judged against nobody, and version 1 is in office now") as error:
        project.approve(2, as_of=MAR)
    assert "wait for approval: none" in error.value.hint
    project.train(MAR, against=first)
    assert project.waiting() == (3,)
    assert project.approve(3, as_of=MAR).replaced == first


def test_a_version_in_office_cannot_be_approved_again(project):
    project.train(JAN)
    project.approve(1, as_of=JAN)
    with pytest.raises(RegistryError, match="in office already"):
        project.approve(1, as_of=FEB)


def test_an_approval_needs_a_name(project):
    project.train(JAN)
    with pytest.raises(RegistryError, match="an approval has a name"):
        project.approve(1, as_of=FEB, by="  ")


def test_a_registry_that_tells_of_somebody_else_is_not_overruled(project):
    project.train(JAN)
    project.train(FEB)
    project.registry.promote(2, expected=None)
    with pytest.raises(StaleVersionError):
        project.approve(1, as_of=FEB)
    assert project.registry.production().version == 2
