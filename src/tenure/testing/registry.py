"""What a model registry must do: see `tenure.ports.ModelRegistry`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

from tenure.bundle import load_bundle
from tenure.domain.models import ModelVersion
from tenure.errors import BundleError, RegistryError, StaleVersionError
from tenure.ports import ModelRegistry
from tenure.testing.expectations import expect_equal, expect_error, expect_true
from tenure.testing.small_bundle import write_small_bundle

RegistryCheck = Callable[[ModelRegistry, Path], None]
"""A check takes an empty registry and an empty folder."""

_JANUARY, _FEBRUARY = date(2024, 1, 1), date(2024, 2, 1)


def an_empty_registry_has_no_version_and_nobody_in_office(registry: ModelRegistry, _folder: Path) -> None:
    """Nothing is there before something is registered, and asking makes nothing."""
    expect_equal(registry.versions(), (), "versions")
    expect_equal(registry.production(), None, "production")
    expect_equal(registry.staging(), None, "staging")


def a_registered_bundle_is_the_challenger_and_not_in_office(registry: ModelRegistry, folder: Path) -> None:
    """Registering puts a version at staging, with the bundle's identity and the period's date."""
    version = _register(registry, folder, weight=1.0)
    expect_equal(registry.staging(), version, "staging")
    expect_equal(registry.production(), None, "production")
    expect_equal(registry.versions(), (version,), "versions")
    expect_equal(version.as_of, _JANUARY, "as_of")


def registering_the_same_bundle_for_the_same_period_again_makes_no_new_version(
    registry: ModelRegistry, folder: Path
) -> None:
    """A training cut off after it registered finds its version again."""
    first = _register(registry, folder, weight=1.0)
    expect_equal(_register(registry, folder, weight=1.0), first, "the version registered again")
    expect_equal(registry.versions(), (first,), "versions")


def the_same_bundle_in_another_period_is_another_version(registry: ModelRegistry, folder: Path) -> None:
    """A version is a bundle as of a period."""
    first = _register(registry, folder, weight=1.0)
    second = _register(registry, folder, weight=1.0, as_of=_FEBRUARY)
    expect_equal(registry.versions(), (first, second), "versions")
    expect_equal(registry.staging(), second, "staging")


def a_versions_bundle_is_the_one_that_was_registered_whatever_happens_to_the_original(
    registry: ModelRegistry, folder: Path
) -> None:
    """The registry keeps a copy; writing another bundle to the folder it came from changes nothing."""
    version = _register(registry, folder, weight=1.0)
    write_small_bundle(folder / "candidate", weights=(9.0,))
    kept = load_bundle(registry.bundle(version.version), sha256=version.bundle_sha256)
    expect_equal(kept.sha256, version.bundle_sha256, "the bundle's identity")


def a_bundle_that_is_not_what_its_identity_says_is_refused(registry: ModelRegistry, folder: Path) -> None:
    """Nothing is registered under a hash that is not its own."""
    write_small_bundle(folder / "candidate")

    def register() -> None:
        registry.register(folder / "candidate", as_of=_JANUARY, sha256="0" * 64, tags={})

    expect_error(BundleError, register, "a bundle under another's hash")
    expect_equal(registry.versions(), (), "versions")


def promoting_moves_production_and_leaves_nobody_at_staging(registry: ModelRegistry, folder: Path) -> None:
    """The challenger becomes the champion."""
    version = _register(registry, folder, weight=1.0)
    registry.promote(version.version, expected=None)
    expect_equal(registry.production(), version, "production")
    expect_equal(registry.staging(), None, "staging")


def promoting_against_another_champion_than_expected_changes_nothing(
    registry: ModelRegistry, folder: Path
) -> None:
    """Whoever was judged against somebody who is no longer in office is not promoted."""
    first = _register(registry, folder, weight=1.0)
    second = _register(registry, folder, weight=2.0)
    registry.promote(first.version, expected=None)
    for expected in (None, second.version + 1):

        def promote(expected: int | None = expected) -> None:
            registry.promote(second.version, expected=expected)

        expect_error(StaleVersionError, promote, f"a promotion that expects {expected}")
    expect_equal(registry.production(), first, "production")
    expect_equal(registry.staging(), second, "staging")


def promoting_the_champion_again_changes_nothing(registry: ModelRegistry, folder: Path) -> None:
    """A promotion cut off after the alias moved is made again without harm."""
    first = _register(registry, folder, weight=1.0)
    registry.promote(first.version, expected=None)
    registry.promote(first.version, expected=None)
    expect_equal(registry.production(), first, "production")


def an_earlier_version_can_be_put_back(registry: ModelRegistry, folder: Path) -> None:
    """A rollback is a promotion of an earlier version; the one at staging stays there."""
    first = _register(registry, folder, weight=1.0)
    second = _register(registry, folder, weight=2.0)
    registry.promote(first.version, expected=None)
    registry.promote(second.version, expected=first.version)
    third = _register(registry, folder, weight=3.0)
    registry.promote(first.version, expected=second.version)
    expect_equal(registry.production(), first, "production")
    expect_equal(registry.staging(), third, "staging")
    expect_equal(registry.versions(), (first, second, third), "versions")


def a_version_that_does_not_exist_is_an_error_that_says_so(registry: ModelRegistry, folder: Path) -> None:
    """Neither promoted nor given out."""
    version = _register(registry, folder, weight=1.0)
    nobody = version.version + 7
    expect_error(RegistryError, lambda: registry.bundle(nobody), "the bundle of no version")
    expect_error(RegistryError, lambda: registry.promote(nobody, expected=None), "promoting no version")
    expect_true(registry.production() is None, "nobody is in office after that")


def _register(
    registry: ModelRegistry, folder: Path, *, weight: float, as_of: date = _JANUARY
) -> ModelVersion:
    sha256 = write_small_bundle(folder / "candidate", weights=(weight,))
    version = registry.register(folder / "candidate", as_of=as_of, sha256=sha256, tags={"algorithm": "x"})
    expect_equal(version.bundle_sha256, sha256, "the version's bundle")
    return version


MODEL_REGISTRY_CONTRACT: tuple[RegistryCheck, ...] = (
    an_empty_registry_has_no_version_and_nobody_in_office,
    a_registered_bundle_is_the_challenger_and_not_in_office,
    registering_the_same_bundle_for_the_same_period_again_makes_no_new_version,
    the_same_bundle_in_another_period_is_another_version,
    a_versions_bundle_is_the_one_that_was_registered_whatever_happens_to_the_original,
    a_bundle_that_is_not_what_its_identity_says_is_refused,
    promoting_moves_production_and_leaves_nobody_at_staging,
    promoting_against_another_champion_than_expected_changes_nothing,
    promoting_the_champion_again_changes_nothing,
    an_earlier_version_can_be_put_back,
    a_version_that_does_not_exist_is_an_error_that_says_so,
)
