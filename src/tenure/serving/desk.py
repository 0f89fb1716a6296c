"""What the endpoints of one worker share: the model in office, the log, the numbers, who may ask."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tenure.domain.arms import entity_code
from tenure.domain.entities import key_text
from tenure.domain.serving import ENTITY_SECRET
from tenure.serving.access import RateLimit, Tokens
from tenure.serving.answering import Answered
from tenure.serving.chain import Incumbent
from tenure.serving.challenger import Challenger
from tenure.serving.lookup import Lookup
from tenure.serving.metrics import Metrics
from tenure.serving.model import ServedModel
from tenure.serving.predictionlog import PredictionLog
from tenure.serving.refusals import Refusal
from tenure.serving.rows import Reading
from tenure.serving.settings import ADMIN_TOKEN, BAKED, CLIENT_TOKEN, Settings
from tenure.stores.online import open_online_store


@dataclass(frozen=True, slots=True)
class Desk:
    """The parts of one worker."""

    settings: Settings
    incumbent: Incumbent
    log: PredictionLog
    metrics: Metrics
    tokens: Tokens
    limit: RateLimit
    challenger: Challenger
    pii: frozenset[str] = field(default_factory=frozenset)
    secret: str = field(default="", repr=False)
    """What personal keys are hashed with."""
    online: Lookup | None = None
    """How rows are completed that have only their entity's keys; None where they may not."""

    def model(self) -> ServedModel:
        """Who answers now.

        Raises
        ------
        Refusal
            503 when nobody does.
        """
        model = self.incumbent.model
        if model is None:
            wait = max(1, round(self.settings.config.poll_seconds))
            raise Refusal(
                503, "nobody_in_office", "no model is in office", headers={"Retry-After": str(wait)}
            )
        return model

    def record(self, request_id: str, endpoint: str, told: Answered, reading: Reading) -> dict[str, Any]:
        """One answer as the log keeps it: without the columns that are personal."""
        given, pii = reading.given, self.pii
        entity = self._entity(told.model, reading)
        if not pii.isdisjoint(given):
            given = {name: value for name, value in given.items() if name not in pii}
        named = {"request_id": request_id, "endpoint": endpoint, **told.model.about, **told.answer}
        stored = {"stored": reading.stored} if reading.stored else {}
        return {**named, **told.beside, "entity": entity, "input": given, **stored}

    def _entity(self, model: ServedModel, reading: Reading) -> str | None:
        """What stands for whom a row is about; None without keys, or with personal ones and no secret."""
        keys = model.bundle.schema.keys
        if (key := key_text(reading.given, keys)) is None:
            return None
        if self.pii.isdisjoint(keys):
            return entity_code(key)
        return entity_code(key, secret=self.secret) if self.secret else None

    def count_scores(self, model: ServedModel, scores: Iterable[float]) -> None:
        """Have the scores counted."""
        version, scored = str(model.version), self.metrics.scored
        for score in scores:
            scored(version, score)

    def tend(self) -> None:
        """What happens in the background: who is in office, how much room is left."""
        self.incumbent.refresh()
        self.challenger.refresh(self.incumbent)
        self.log.tend()
        self.metrics.gauges |= {
            "fallback_level": self.incumbent.level.rank,
            "bundles_refused": self.incumbent.n_refused + self.challenger.n_refused,
            "challenger_tried": float(self.challenger.pairing is not None),
            "challenger_failures": self.challenger.n_failed,
            "office_age_seconds": max(0.0, time.time() - self.incumbent.office.heard_at),
            "log_bytes": self.log.n_bytes,
            "log_full": float(self.log.is_full),
        }
        with suppress(OSError):  # a full disk says so by the log
            self.metrics.write()


def open_desk(settings: Settings, environment: Mapping[str, str] = os.environ) -> Desk:
    """The parts of a worker; tokens and the baked bundle are taken from the environment."""
    baked = environment.get(BAKED)
    config = settings.config
    rate, metrics = config.rate_per_second, Metrics(settings.metrics)
    return Desk(
        settings=settings,
        incumbent=Incumbent(settings, baked=Path(baked) if baked else None),
        log=PredictionLog(settings.log, config.log),
        metrics=metrics,
        tokens=Tokens(environment.get(CLIENT_TOKEN) or None, environment.get(ADMIN_TOKEN) or None),
        limit=RateLimit(
            None if rate is None else rate / settings.n_workers,
            max(1, config.burst // settings.n_workers),
        ),
        challenger=Challenger(settings),
        pii=frozenset(settings.pii),
        secret=environment.get(ENTITY_SECRET, ""),
        online=_open_lookup(settings, metrics, environment),
    )


def _open_lookup(settings: Settings, metrics: Metrics, environment: Mapping[str, str]) -> Lookup | None:
    config = settings.config
    if config.features != "online":
        return None
    store = open_online_store(
        config.online,
        project=settings.project,
        folder=settings.folder,
        seconds=config.online_seconds,
        environment=environment,
    )
    return Lookup(store, metrics, seconds=config.online_seconds, max_age=config.max_age)


def tend_forever(desk: Desk, *, stopped: threading.Event, seconds: float) -> None:
    """Tend the desk every so often until `stopped` is set."""
    while not stopped.wait(seconds):
        desk.tend()
