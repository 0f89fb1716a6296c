"""``POST /predict``, ``/stream`` and ``/batch``: rows in, answers out, written down in between."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from pydantic_core import to_json

from tenure.serving.answering import answer_many, answer_one
from tenure.serving.arrow import (
    ARROW,
    answered,
    completed,
    read_table,
    scores_of,
    to_keep,
    write_file,
)
from tenure.serving.bodies import media_type, read_body
from tenure.serving.desk import Desk
from tenure.serving.explaining import wants_reasons, with_reasons
from tenure.serving.gate import JSON, Asked, Reply
from tenure.serving.model import ServedModel
from tenure.serving.parts import Part, parts_of
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
        explained = wants_reasons(asked)
        pairing = desk.challenger.against(model)
        reader = (pairing or model).reader
        reading = reader.one(body)
        if desk.online is not None:
            reading = await desk.online.one(reading, reader)
        told = answer_one(model, pairing, reading, desk.challenger)
        if explained:
            told = await asyncio.to_thread(with_reasons, told, reading, desk=desk)
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
        explained = wants_reasons(asked)
        if explained and kind == ARROW:
            raise Refusal(415, "media_type", f"reasons are told in {JSON} and {NDJSON} only")
        work = {JSON: self._array, NDJSON: self._lines, ARROW: self._arrow}[kind]
        is_short = not explained and len(body) <= _IN_LOOP_AT_MOST * 2**10
        return await self._in_time(lambda: work(body, model, asked), is_short=is_short)

    async def _in_time(self, work: Callable[[], Reply], *, is_short: bool) -> Reply:
        """What `work` makes: here when it is little and asks nobody, else in a thread of its own."""
        if is_short and self.desk.online is None:
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

    def _array(self, body: bytes, model: ServedModel, asked: Asked) -> Reply:
        readings = self._reader(model).many(parse(body), max_rows=self._max_rows(asked))
        answers = self._answered(readings, model, asked)
        content = {"request_id": asked.request_id, **model.about, "predictions": answers}
        return Reply(to_json(content))

    def _lines(self, body: bytes, model: ServedModel, asked: Asked) -> Reply:
        parsed = [_parse_line(line, place) for place, line in enumerate(body.splitlines()) if line.strip()]
        readings = self._reader(model).many(parsed, max_rows=self._max_rows(asked))
        answers = self._answered(readings, model, asked)
        about = {"request_id": asked.request_id, **model.about}
        content = b"".join(to_json({**about, **answer}) + b"\n" for answer in answers)
        return Reply(content, NDJSON)

    def _arrow(self, body: bytes, model: ServedModel, asked: Asked) -> Reply:
        desk, reader = self.desk, self._reader(model)
        rows = read_table(body, reader, max_rows=desk.settings.config.max_rows)
        rows, origins = completed(rows, reader, desk.online)
        pairing = desk.challenger.against(model)
        parts = parts_of(rows, model, pairing, desk.challenger)
        lines = [self._put(rows, part, asked.request_id, origins) for part in parts]
        desk.log.write(lines)
        for part in parts:
            if part.is_given:
                desk.metrics.scored_all(str(part.model.version), scores_of(part))
        by_model = pairing is not None and not pairing.is_shadow
        content = answered(parts, model, asked.request_id, by_model=by_model, origins=origins)
        return Reply(content, ARROW)

    def _put(
        self, rows: pa.Table, part: Part, request_id: str, origins: Mapping[str, pa.Array]
    ) -> dict[str, Any]:
        """The line of a part, once its rows lie in the file that it names."""
        kept = to_keep(rows, part, request_id, pii=self.desk.pii, origins=origins)
        name = f"{time.time_ns():020d}-{request_id}-{part.beside.get('arm', 'alone')}.arrow"
        self.desk.log.put_file(name, lambda path: write_file(kept, path))
        told = {"request_id": request_id, "endpoint": "/batch", **part.model.about, **part.beside}
        threshold = part.model.bundle.schema.threshold
        return {**told, "threshold": threshold, "n_rows": len(part.places), "file": name}

    def _answered(
        self, readings: Sequence[Reading], model: ServedModel, asked: Asked
    ) -> list[dict[str, Any]]:
        desk = self.desk
        if desk.online is not None:
            readings = desk.online.many(readings, self._reader(model))
        told = answer_many(model, desk.challenger.against(model), readings, desk.challenger)
        if wants_reasons(asked):
            told = [
                with_reasons(each, reading, desk=desk) for each, reading in zip(told, readings, strict=True)
            ]
        desk.log.write(
            {**desk.record(asked.request_id, "/batch", each, reading), "row": place}
            for place, (reading, each) in enumerate(zip(readings, told, strict=True))
        )
        for each in told:
            desk.count_scores(each.model, (each.answer["score"],))
        return [each.answer if each.model is model else {**each.answer, **each.model.about} for each in told]

    def _reader(self, model: ServedModel) -> RowReader:
        """What rows look like: those of the model in office, and of the challenger beside it."""
        return (self.desk.challenger.against(model) or model).reader

    def _max_rows(self, asked: Asked) -> int:
        config = self.desk.settings.config
        return min(config.max_rows, config.reasons.max_rows) if wants_reasons(asked) else config.max_rows


def _expect(asked: Asked, *kinds: str) -> None:
    if media_type(asked) not in kinds:
        raise Refusal(415, "media_type", f"the body may be {', '.join(kinds)} here")


def _parse_line(line: bytes, place: int) -> object:
    try:
        return parse(line)
    except Refusal as refusal:
        raise Refusal(refusal.status, refusal.code, f"line {place}: {refusal.message}", row=place) from None
