"""Who answers: production, staging, the last good bundle, the baked one, or nobody."""

from __future__ import annotations

import json
import logging
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from tenure.bundle import Bundle, load_bundle
from tenure.errors import BundleError, ServingError
from tenure.serving.model import ServedModel, relabelled, served
from tenure.serving.office import Level, OfficeFile, Seat, read_office, replace_file
from tenure.serving.settings import Settings
from tenure.stores.bundles import BundleShelf

_LOG = logging.getLogger("tenure.serving.chain")

LAST_GOOD = "last_good"
REFUSED_FOR_SECONDS = 30.0
"""How long a bundle that could not be used is left alone."""
_KEPT = 3
"""Good bundles that stay on disk: the one that answers, and two before it."""


class Incumbent:
    """The model that answers in this process, and how another takes its place.

    Parameters
    ----------
    settings
        Of the server.
    baked
        Folder of the bundle that came with the image, if one did.
    """

    def __init__(self, settings: Settings, *, baked: Path | None = None) -> None:
        self.model: ServedModel | None = None
        self.office = OfficeFile((), 0.0)
        self.n_refused = 0
        """Bundles that were not taken into office because they could not be trusted or used."""
        self._settings = settings
        self._baked = baked
        self._shelf = BundleShelf(settings.folder / LAST_GOOD)
        self._refused: dict[tuple[str | None, Path | None], float] = {}

    @property
    def level(self) -> Level:
        """Where the model comes from that answers now."""
        return Level.NONE if self.model is None else self.model.level

    def refresh(self) -> bool:
        """Take the best bundle there is into office; whether another one, or on another word, answers now.

        A bundle that cannot be trusted or used is refused and the one in office stays, labelled as the
        last good one. To be called in the background: it loads, verifies and warms up beside the model
        that answers, which is then replaced in one assignment.
        """
        try:
            self.office = read_office(self._settings.office)
        except ServingError as error:
            _LOG.warning("%s", error.message)
        chosen = self._chosen()
        if chosen is None or chosen is self.model:
            return False
        before, self.model = self.model, chosen
        _LOG.info("version %s answers, from %s", chosen.version, chosen.level)
        if before is None or before.bundle.sha256 != chosen.bundle.sha256:
            self._remember(chosen)
        return True

    def _chosen(self) -> ServedModel | None:
        """Whoever the registry names; else the last good one; else the baked one, if nobody answers yet.

        Where a model answers, the registry's second choice does not replace it when the first is refused.
        """
        first_only = self.model is not None
        for seat in self.office.seats[:1] if first_only else self.office.seats:
            if (model := self._seated(seat)) is not None:
                return model
        for seat in _last_good(self._shelf):
            if (model := self._seated(seat)) is not None:
                return model
        if self.model is not None or self._baked is None:
            return self.model
        return self._seated(Seat(Level.BAKED, None, None, self._baked))

    def _seated(self, seat: Seat) -> ServedModel | None:
        """The model of a seat: the one that answers where it is that one, or another."""
        current = self.model
        if current is not None and holds(current, seat):
            return current if current.level is seat.level else relabelled(current, seat.level)
        return self._taken(seat)

    def _taken(self, seat: Seat) -> ServedModel | None:
        """The model of a seat, unless it is refused now or was a moment ago."""
        key = (seat.sha256, seat.folder)
        if time.monotonic() < self._refused.get(key, 0.0):
            return None
        try:
            return load_seat(seat, self._settings)
        except Exception as error:  # noqa: BLE001 - whatever is wrong with it, the one in office stays
            self.n_refused += 1
            self._refused[key] = time.monotonic() + REFUSED_FOR_SECONDS
            said = str(error).partition("\n")[0]
            _LOG.error("refused version %s from %s: %s", seat.version, seat.level, said)
            return None

    def _remember(self, model: ServedModel) -> None:
        """Keep a copy of a good bundle, for the day when nothing else is there."""
        try:
            if model.level in {Level.PRODUCTION, Level.STAGING}:
                self._shelf.put(model.bundle.folder, model.bundle.sha256)
                _record_good(self._shelf, model)
        except (OSError, BundleError) as error:
            _LOG.warning("version %s cannot be kept as the last good one: %s", model.version, error)


def holds(model: ServedModel, seat: Seat) -> bool:
    """Whether the model is the one of the seat."""
    return model.bundle.sha256 == seat.sha256 and model.version == seat.version


def load_seat(seat: Seat, settings: Settings) -> ServedModel:
    """The model of a seat, ready to answer.

    Raises
    ------
    BundleError
        If its files are gone, are not the ones the registry knows, belong to another project or cannot score.
    """
    if seat.folder is None:
        raise BundleError(f"the files of version {seat.version} are gone")
    bundle: Bundle = load_bundle(seat.folder, sha256=seat.sha256)
    if bundle.schema.project != settings.project:
        raise BundleError(f"it is a bundle of `{bundle.schema.project}`, not of `{settings.project}`")
    config = settings.config
    return served(
        bundle,
        version=seat.version,
        level=seat.level,
        required=config.required,
        keys_suffice=config.features == "online",
    )


def _pointer(shelf: BundleShelf) -> Path:
    return shelf.folder / "good.json"


def _good(shelf: BundleShelf) -> list[tuple[int | None, str]]:
    """Versions and identities of good bundles, the newest first."""
    try:
        return [(each["version"], str(each["sha256"])) for each in json.loads(_pointer(shelf).read_bytes())]
    except (OSError, ValueError, KeyError, TypeError):
        return []


def _last_good(shelf: BundleShelf) -> Iterator[Seat]:
    for version, sha256 in _good(shelf):
        yield Seat(Level.LAST_GOOD, version, sha256, shelf.place(sha256))


def _record_good(shelf: BundleShelf, model: ServedModel) -> None:
    this = (model.version, model.bundle.sha256)
    listed = [this, *(each for each in _good(shelf) if each[1] != this[1])]
    kept = [{"version": version, "sha256": sha256} for version, sha256 in listed[:_KEPT]]
    replace_file(_pointer(shelf), json.dumps(kept).encode(), lasting=True)
    for _, sha256 in listed[_KEPT:]:
        shutil.rmtree(shelf.place(sha256), ignore_errors=True)
