import json
import shutil
from datetime import date

import pytest

from tenure.domain.models import ModelVersion
from tenure.serving.chain import Incumbent
from tenure.serving.office import Level, read_office
from tenure.serving.watcher import watch_once
from tenure.stores.memory import MemoryRegistry
from tenure.testing import write_small_bundle


@pytest.fixture
def incumbent(office):
    return Incumbent(office.settings())


def spoil(folder):
    (folder / "metrics.json").write_text('{"roc_auc": 1.0}')


def who(incumbent):
    model = incumbent.model
    return (incumbent.level, None if model is None else model.version)


def test_production_comes_before_staging(office, incumbent):
    office.appoint("staging", 2)
    incumbent.refresh()
    assert who(incumbent) == (Level.STAGING, 2)
    office.appoint("production", 1, weights=(2.0,))
    incumbent.refresh()
    assert who(incumbent) == (Level.PRODUCTION, 1)


def test_a_promotion_is_taken_in_one_step_and_the_earlier_model_goes_on_answering(office, incumbent):
    office.appoint("production", 1)
    incumbent.refresh()
    earlier = incumbent.model
    office.appoint("production", 2, weights=(-1.0,))
    assert incumbent.refresh()
    assert who(incumbent) == (Level.PRODUCTION, 2)
    assert earlier.answer(earlier.reader.check({"x0": 1.0}))["score"] == pytest.approx(0.7310586)
    assert not incumbent.refresh()


def test_a_bundle_that_is_not_what_the_registry_says_is_refused_and_the_earlier_one_stays(office, incumbent):
    office.appoint("production", 1)
    incumbent.refresh()
    office.appoint("production", 2, sha256="0" * 64, weights=(3.0,))
    incumbent.refresh()
    assert who(incumbent) == (Level.LAST_GOOD, 1)
    assert incumbent.n_refused == 1


def test_a_harmed_bundle_is_refused_whoever_holds_the_office(office, incumbent):
    office.appoint("staging", 1)
    spoil(office.appoint("production", 2, weights=(3.0,)))
    incumbent.refresh()
    assert who(incumbent) == (Level.STAGING, 1)


def test_a_worker_that_missed_a_promotion_goes_on_with_the_newest_good_bundle(office, incumbent):
    office.appoint("production", 1)
    late = Incumbent(office.settings())
    for worker in (incumbent, late):
        worker.refresh()
    office.appoint("production", 2, weights=(-1.0,))
    incumbent.refresh()
    office.appoint("production", 3, sha256="0" * 64, weights=(5.0,))
    for worker in (incumbent, late):
        worker.refresh()
    assert who(incumbent) == who(late) == (Level.LAST_GOOD, 2)


def test_a_refused_bundle_is_not_read_again_at_every_look(office, incumbent):
    spoil(office.appoint("production", 1))
    for _ in range(5):
        incumbent.refresh()
    assert who(incumbent) == (Level.NONE, None)
    assert incumbent.n_refused == 1


def test_a_bundle_of_another_project_is_refused(office, incumbent):
    office.appoint("production", 1, project="other")
    incumbent.refresh()
    assert who(incumbent) == (Level.NONE, None)


def test_when_the_registry_and_its_bundles_are_gone_the_last_good_one_answers(office, incumbent):
    folder = office.appoint("production", 7)
    incumbent.refresh()
    sha256 = incumbent.model.bundle.sha256
    shutil.rmtree(folder)
    (office.serving / "office.json").unlink()
    successor = Incumbent(office.settings())
    successor.refresh()
    assert who(successor) == (Level.LAST_GOOD, 7)
    assert successor.model.bundle.sha256 == sha256
    assert successor.model.about["served_from"] == "last_good"


def test_the_last_good_bundle_is_verified_as_any_other(office, incumbent):
    folder = office.appoint("production", 7)
    incumbent.refresh()
    shutil.rmtree(folder)
    spoil(office.serving / "last_good" / incumbent.model.bundle.sha256)
    successor = Incumbent(office.settings())
    successor.refresh()
    assert who(successor) == (Level.NONE, None)


def test_with_nothing_else_the_baked_bundle_answers_until_the_registry_speaks(office, tmp_path):
    write_small_bundle(tmp_path / "baked")
    incumbent = Incumbent(office.settings(), baked=tmp_path / "baked")
    incumbent.refresh()
    assert who(incumbent) == (Level.BAKED, None)
    incumbent.refresh()
    assert who(incumbent) == (Level.BAKED, None)
    office.appoint("production", 1, weights=(2.0,))
    incumbent.refresh()
    assert who(incumbent) == (Level.PRODUCTION, 1)


def test_when_the_aliases_are_taken_away_the_model_stays_as_the_last_good_one(office, incumbent):
    office.appoint("production", 1)
    incumbent.refresh()
    office.dismiss("production")
    incumbent.refresh()
    assert who(incumbent) == (Level.LAST_GOOD, 1)


def test_an_office_file_that_cannot_be_read_changes_nothing(office, incumbent):
    office.appoint("production", 1)
    incumbent.refresh()
    (office.serving / "office.json").write_text("{")
    assert not incumbent.refresh()
    assert who(incumbent) == (Level.PRODUCTION, 1)


def test_no_more_than_three_good_bundles_are_kept(office, incumbent):
    for version in range(1, 7):
        office.appoint("production", version, weights=(float(version),))
        incumbent.refresh()
    good = json.loads((office.serving / "last_good" / "good.json").read_text())
    assert [each["version"] for each in good] == [6, 5, 4]
    kept = {path.name for path in (office.serving / "last_good").iterdir() if path.is_dir()}
    assert kept == {each["sha256"] for each in good}


class Silent(MemoryRegistry):
    """A registry that does not answer."""

    def production(self) -> ModelVersion | None:
        raise ConnectionError("nobody there")


def test_what_the_registry_said_last_holds_while_it_does_not_answer(office, tmp_path):
    registry = MemoryRegistry("small", tmp_path / "registry")
    folder, sha256 = office.bundle(1)
    version = registry.register(folder, as_of=date(2024, 1, 1), sha256=sha256, tags={})
    registry.promote(version.version, expected=None)
    path = tmp_path / "office.json"
    first = watch_once(path, registry=registry, clock=lambda: 100.0)
    assert [(seat.level, seat.version, seat.sha256) for seat in first.seats] == [
        (Level.PRODUCTION, 1, sha256)
    ]
    watch_once(path, registry=Silent("small", tmp_path / "registry"), clock=lambda: 200.0)
    later = read_office(path)
    assert (later.seats, later.heard_at, later.trouble) == (first.seats, 100.0, "nobody there")
