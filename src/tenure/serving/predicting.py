"""``POST /predict``, ``/stream`` and ``/batch``: rows in, answers out, written down in between."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import Request, Response
from pydantic_core import to_json

from tenure.serving.arrow import ARROW, answered, read_table
from tenure.serving.bodies import media_type, read_body
from tenure.serving.desk import Desk
from tenure.serving.gate import ASKED, JSON
from tenure.serving.model import ServedModel
from tenure.serving.refusals import Refusal
from tenure.serving.rows import Reading, parse

NDJSON = "application/x-ndjson"
_IN_LOOP_AT_MOST = 32
"""Rows that are scored at once without a thread of their own."""
_LONGEST_LINE = 2**18


@dataclass(frozen=True, slots=True)
class Predicting:
    """The endpoints that score."""

    desk: Desk

    async def one(self, request: Request) -> Response:
        """The answer to one row."""
        desk, config = self.desk, self.desk.settings.config
        body = await read_body(request, most=config.max_row_bytes, seconds=config.timeout_seconds)
        _expect(request, JSON)
        model = desk.model()
        reading = model.reader.one(body)
        answer = model.answer(reading)
        request_id = request.scope[ASKED]
        desk.log.write((desk.record(request_id, request.scope["path"], model, reading, answer),))
        desk.count_scores(model, (answer,))
        return Response(to_json({"request_id": request_id, **answer, **model.about}), media_type=JSON)

    async def batch(self, request: Request) -> Response:
        """The answers to many rows, in the format in which they came."""
        config = self.desk.settings.config
        body = await read_body(request, most=config.max_batch_bytes, seconds=config.timeout_seconds)
        kind = media_type(request)
        _expect(request, JSON, NDJSON, ARROW)
        model = self.desk.model()
        request_id = request.scope[ASKED]
        work = {JSON: self._array, NDJSON: self._lines, ARROW: self._arrow}[kind]
        return await self._in_time(lambda: work(body, model, request_id), n_bytes=len(body))

    async def _in_time(self, work: Callable[[], Response], *, n_bytes: int) -> Response:
        """What `work` makes: here when it is little, else in a thread, while others are answered."""
        if n_bytes <= _IN_LOOP_AT_MOST * 2**10:
            return work()
        seconds = self.desk.settings.config.timeout_seconds
        self.desk.metrics.queue.inc()
        try:
            return await asyncio.wait_for(asyncio.to_thread(work), seconds)
        except TimeoutError:
            message = f"the batch was not scored after {seconds:g} seconds: send fewer rows at once"
            raise Refusal(503, "too_much", message, headers={"Retry-After": "5"}) from None
        finally:
            self.desk.metrics.queue.dec()

    def _array(self, body: bytes, model: ServedModel, request_id: str) -> Response:
        readings = model.reader.many(parse(body), max_rows=self.desk.settings.config.max_rows)
        answers = self._answered(readings, model, request_id)
        content = {"request_id": request_id, **model.about, "predictions": answers}
        return Response(to_json(content), media_type=JSON)

    def _lines(self, body: bytes, model: ServedModel, request_id: str) -> Response:
        parsed = [_parse_line(line, place) for place, line in enumerate(body.splitlines()) if line.strip()]
        readings = model.reader.many(parsed, max_rows=self.desk.settings.config.max_rows)
        answers = self._answered(readings, model, request_id)
        about = {"request_id": request_id, **model.about}
        content = b"".join(to_json({**about, **answer}) + b"\n" for answer in answers)
        return Response(content, media_type=NDJSON)

    def _arrow(self, body: bytes, model: ServedModel, request_id: str) -> Response:
        rows = read_table(body, model.reader, max_rows=self.desk.settings.config.max_rows)
        probabilities = model.bundle.score(rows)
        content, kept = answered(rows, probabilities, model, request_id, pii=self.desk.pii)
        name = f"{request_id}-{abs(hash(kept)):x}.arrow"
        self.desk.log.put_file(name, kept)
        told = {"request_id": request_id, "endpoint": "/batch", **model.about}
        self.desk.log.write(({**told, "n_rows": rows.num_rows, "file": name},))
        return Response(content, media_type=ARROW)

    def _answered(
        self, readings: Sequence[Reading], model: ServedModel, request_id: str
    ) -> list[dict[str, Any]]:
        answers = model.answers(readings)
        self.desk.log.write(
            {**self.desk.record(request_id, "/batch", model, reading, answer), "row": place}
            for place, (reading, answer) in enumerate(zip(readings, answers, strict=True))
        )
        self.desk.count_scores(model, answers)
        return answers


def _expect(request: Request, *kinds: str) -> None:
    if media_type(request) not in kinds:
        raise Refusal(415, "media_type", f"the body may be {', '.join(kinds)} here")


def _parse_line(line: bytes, place: int) -> object:
    try:
        return parse(line)
    except Refusal as refusal:
        raise Refusal(refusal.status, refusal.code, f"line {place}: {refusal.message}", row=place) from None
