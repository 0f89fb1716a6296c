"""The challenger beside the model in office: loaded, tried, paired with it, or left out."""

from __future__ import annotations

import logging
import statistics
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tenure.bundle import BundleSchema
from tenure.domain.arms import Arm, place_of
from tenure.domain.entities import key_text
from tenure.domain.features import FeatureKind
from tenure.domain.serving import ChallengerConfig, ChallengerMode
from tenure.errors import BundleError
from tenure.serving.chain import REFUSED_FOR_SECONDS, Incumbent, holds, load_seat
from tenure.serving.model import ServedModel
from tenure.serving.office import Level, Seat
from tenure.serving.rows import RowReader
from tenure.serving.settings import Settings

_LOG = logging.getLogger("tenure.serving.challenger")
_N_TIMED = 30


@dataclass(frozen=True, slots=True)
class Pairing:
    """Champion and challenger who are asked for the same rows."""

    champion: ServedModel
    challenger: ServedModel
    config: ChallengerConfig
    reader: RowReader
    """Takes the features of both."""

    @property
    def is_shadow(self) -> bool:
        """Whether both score every row."""
        return self.config.mode is ChallengerMode.SHADOW

    def arm(self, row: Mapping[str, Any]) -> Arm | None:
        """Whose answer a row is given; None for a row without keys, which takes no part in a comparison.

        Parameters
        ----------
        row
            What the client sent.
        """
        if self.is_shadow:
            return Arm.CHAMPION
        key = key_text(row, self.champion.bundle.schema.keys)
        if key is None:
            return None
        place = place_of(key, salt=self.config.salt)
        return Arm.CHALLENGER if place < self.config.share else Arm.CHAMPION

    def beside(self, arm: Arm) -> dict[str, Any]:
        """What the log is told of an answer of this arm: ``arm``, and the other's version as ``against``."""
        other = self.challenger if arm is Arm.CHAMPION else self.champion
        return {"arm": arm.value, "against": other.version}


class Challenger:
    """Who is tried beside the model that answers in this process.

    Parameters
    ----------
    settings
        Of the server.
    """

    def __init__(self, settings: Settings) -> None:
        self.pairing: Pairing | None = None
        self.n_refused = 0
        """Bundles that were not paired because they could not be trusted or used."""
        self.n_failed = 0
        """Requests for which the challenger had no answer; the champion gave its own."""
        self._settings = settings
        self._refused: dict[tuple[str | None, Path | None], float] = {}

    def against(self, champion: ServedModel) -> Pairing | None:
        """The pairing of this champion; None when nobody is tried beside it."""
        pairing = self.pairing
        return pairing if pairing is not None and pairing.champion is champion else None

    def refresh(self, incumbent: Incumbent) -> None:
        """Pair the registry's second choice with the model that answers, or nobody.

        To be called in the background: it loads, verifies and times the challenger. Whatever is wrong with
        it, the champion answers as if there were none; it is looked at again after half a minute.
        """
        config, champion, current = self._settings.config.challenger, incumbent.model, self.pairing
        seat = _second(incumbent)
        if config is None or champion is None or seat is None or _is_same(champion, seat):
            self.pairing = None
            return
        if current is not None and current.champion is champion and holds(current.challenger, seat):
            return
        self.pairing = self._paired(champion, seat, config)

    def failed(self, pairing: Pairing, error: Exception) -> None:
        """Note that the challenger had no answer, and leave it out for half a minute."""
        self.n_failed += 1
        bundle = pairing.challenger.bundle
        self._refuse((bundle.sha256, bundle.folder), pairing.challenger.version, error)
        self.pairing = None

    def _paired(self, champion: ServedModel, seat: Seat, config: ChallengerConfig) -> Pairing | None:
        key = (seat.sha256, seat.folder)
        if time.monotonic() < self._refused.get(key, 0.0):
            return None
        try:
            challenger = self._loaded(seat)
            schema = _asked(champion.bundle.schema, challenger.bundle.schema)
            _check_speed(challenger, config.slowest_ms)
        except Exception as error:  # noqa: BLE001 - whatever is wrong with it, the champion answers alone
            self.n_refused += 1
            self._refuse(key, seat.version, error)
            return None
        _LOG.info("version %s is tried beside version %s: %s", seat.version, champion.version, config.mode)
        serve = self._settings.config
        reader = RowReader(schema, required=serve.required, keys_suffice=serve.features == "online")
        return Pairing(champion, challenger, config, reader)

    def _loaded(self, seat: Seat) -> ServedModel:
        """The challenger: the one there is, when only the champion has changed."""
        current = self.pairing
        if current is not None and holds(current.challenger, seat):
            return current.challenger
        return load_seat(seat, self._settings)

    def _refuse(self, key: tuple[str | None, Path | None], version: int | None, error: Exception) -> None:
        self._refused[key] = time.monotonic() + REFUSED_FOR_SECONDS
        said = str(error).partition("\n")[0]
        _LOG.error("version %s is not tried beside the champion for now: %s", version, said)


def _second(incumbent: Incumbent) -> Seat | None:
    return next((seat for seat in incumbent.office.seats if seat.level is Level.STAGING), None)


def _is_same(champion: ServedModel, seat: Seat) -> bool:
    return champion.level is Level.STAGING or champion.bundle.sha256 == seat.sha256


def _asked(champion: BundleSchema, challenger: BundleSchema) -> BundleSchema:
    """What rows for both look like: the champion's features, then those that only the challenger knows.

    Raises
    ------
    BundleError
        If the two do not answer the same question, or take one name for different things.
    """
    if (champion.task, champion.classes, champion.keys) != (
        challenger.task,
        challenger.classes,
        challenger.keys,
    ):
        raise BundleError("its task, classes or keys are not those of the champion")
    known = {spec.name: spec.kind is FeatureKind.NUMBER for spec in champion.features}
    other = [
        spec.name
        for spec in challenger.features
        if known.get(spec.name, spec.kind is FeatureKind.NUMBER) is not (spec.kind is FeatureKind.NUMBER)
    ]
    if other:
        raise BundleError(f"{', '.join(other[:5])}: a number for one of the two, a category for the other")
    more = tuple(spec for spec in challenger.features if spec.name not in known)
    return replace(champion, features=(*champion.features, *more))


def _check_speed(model: ServedModel, slowest_ms: float) -> None:
    reading = model.reader.check(model.example)
    seconds = []
    for _ in range(_N_TIMED):
        start = time.perf_counter()
        model.answer(reading)
        seconds.append(time.perf_counter() - start)
    taken = statistics.median(seconds) * 1000
    if taken > slowest_ms:
        raise BundleError(
            f"it takes {taken:.2f} ms for a row; `serve.challenger.slowest_ms` is {slowest_ms:g}"
        )
