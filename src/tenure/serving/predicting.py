"""``POST /predict``, ``/stream`` and ``/batch``: rows in, answers out, written down in between."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic_core import to_json

from tenure.serving.answering import answer_many, answer_one
from tenure.serving.arrow import ARROW, answered, read_table, write_file
from tenure.serving.bodies import media_type, read_body
from tenure.serving.desk import Desk
from tenure.serving.gate import JSON, Asked, Reply
from tenure.serving.model import ServedModel
from tenure.serving.refusals import Refusal
from tenure.serving.rows import Reading, RowReader, parse

NDJSON = "application/x-ndjson"
_IN_LOOP_AT_MOST = 32
"""Rows that are scored at once without a thread of their own."""


@dataclass(frozen=True, slots=True)
class Predicting:
    """The endpoints that score."""

    desk: Desk

    async def one(self, asked: Asked) -> Reply:
        """The answer to one row."""
        desk, config = self.desk, self.desk.settings.config
        body = await read_body(asked, most=config.max_row_bytes, seconds=config.timeout_seconds)
        _expect(asked, JSON)
        model = desk.model()
        pairing = desk.challenger.against(model)
        reading = (pairing or model).reader.one(body)
        told = answer_one(model, pairing, reading, desk.challenger)
        desk.log.write((desk.record(asked.request_id, asked.path, told, reading),))
        desk.count_scores(told.model, (told.answer["score"],))
        return Reply(to_json({"request_id": asked.request_id, **told.answer, **told.model.about}))

    async def batch(self, asked: Asked) -> Reply:
        """The answers to many rows, in the format in which they came."""
        config = self.desk.settings.config
        body = await read_body(asked, most=config.max_batch_bytes, seconds=config.timeout_seconds)
        kind = media_type(asked)
        _expect(asked, JSON, NDJSON, ARROW)
        model = self.desk.model()
        work = {JSON: self._array, NDJSON: self._lines, ARROW: self._arrow}[kind]
        return await self._in_time(lambda: work(body, model, asked.request_id), n_bytes=len(body))

    async def _in_time(self, work: Callable[[], Reply], *, n_bytes: int) -> Reply:
        """What `work` makes: here when it is little, else in a thread, while others are answered."""
        if n_bytes <= _IN_LOOP_AT_MOST * 2**10:
            return work()
        seconds = self.desk.settings.config.timeout_seconds
        gauges = self.desk.metrics.gauges
        gauges["log_queue"] = gauges.get("log_queue", 0.0) + 1
        try:
            return await asyncio.wait_for(asyncio.to_thread(work), seconds)
        except TimeoutError:
            message = f"the batch was not scored after {seconds:g} seconds: send fewer rows at once"
            raise Refusal(503, "too_much", message, headers={"Retry-After": "5"}) from None
        finally:
            gauges["log_queue"] -= 1

    def _array(self, body: bytes, model: ServedModel, request_id: str) -> Reply:
        readings = self._reader(model).many(parse(body), max_rows=self.desk.settings.config.max_rows)
        answers = self._answered(readings, model, request_id)
        content = {"request_id": request_id, **model.about, "predictions": answers}
        return Reply(to_json(content))

    def _lines(self, body: bytes, model: ServedModel, request_id: str) -> Reply:
        parsed = [_parse_line(line, place) for place, line in enumerate(body.splitlines()) if line.strip()]
        readings = self._reader(model).many(parsed, max_rows=self.desk.settings.config.max_rows)
        answers = self._answered(readings, model, request_id)
        about = {"request_id": request_id, **model.about}
        content = b"".join(to_json({**about, **answer}) + b"\n" for answer in answers)
        return Reply(content, NDJSON)

    def _arrow(self, body: bytes, model: ServedModel, request_id: str) -> Reply:
        rows = read_table(body, self._reader(model), max_rows=self.desk.settings.config.max_rows)
        probabilities = model.bundle.score(rows)
        content, kept, scores = answered(rows, probabilities, model, request_id, pii=self.desk.pii)
        name = f"{time.time_ns():020d}-{request_id}.arrow"
        self.desk.log.put_file(name, lambda path: write_file(kept, path))
        told = {"request_id": request_id, "endpoint": "/batch", **model.about}
        told["threshold"] = model.bundle.schema.threshold
        self.desk.log.write(({**told, "n_rows": rows.num_rows, "file": name},))
        self.desk.metrics.scored_all(str(model.version), scores)
        return Reply(content, ARROW)

    def _answered(
        self, readings: Sequence[Reading], model: ServedModel, request_id: str
    ) -> list[dict[str, Any]]:
        desk = self.desk
        told = answer_many(model, desk.challenger.against(model), readings, desk.challenger)
        desk.log.write(
            {**desk.record(request_id, "/batch", each, reading), "row": place}
            for place, (reading, each) in enumerate(zip(readings, told, strict=True))
        )
        for each in told:
            desk.count_scores(each.model, (each.answer["score"],))
        return [each.answer if each.model is model else {**each.answer, **each.model.about} for each in told]

    def _reader(self, model: ServedModel) -> RowReader:
        """What rows look like: those of the model in office, and of the challenger beside it."""
        return (self.desk.challenger.against(model) or model).reader


def _expect(asked: Asked, *kinds: str) -> None:
    if media_type(asked) not in kinds:
        raise Refusal(415, "media_type", f"the body may be {', '.join(kinds)} here")


def _parse_line(line: bytes, place: int) -> object:
    try:
        return parse(line)
    except Refusal as refusal:
        raise Refusal(refusal.status, refusal.code, f"line {place}: {refusal.message}", row=place) from None
