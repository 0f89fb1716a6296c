"""A server → whether it answers as it should: what a deployment runs before it sends clients there."""

from __future__ import annotations

import http.client
import json
import math
import os
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlsplit

from tenure.errors import ServingError
from tenure.serving.settings import CLIENT_TOKEN

_BAD_FIELD = "a field that no model has"
_N_BATCH = 3


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was asked, and what was said."""

    name: str
    passed: bool
    said: str
    transient: bool = False
    """Whether asking again may help."""

    def as_json(self) -> dict[str, Any]:
        """The check as JSON holds it."""
        return asdict(self)


class _Unexpected(Exception):  # noqa: N818 - an answer, turned into a check
    def __init__(self, said: str, *, transient: bool = False) -> None:
        super().__init__(said)
        self.transient = transient


@dataclass(frozen=True, slots=True)
class _Client:
    url: str
    timeout: float
    token: str | None

    def ask(self, method: str, path: str, body: object = None, *, expect: int = 200) -> Any:
        """What the server answers, as JSON."""
        parts = urlsplit(self.url)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        connection = kind(parts.netloc, timeout=self.timeout)
        headers = {"Content-Type": "application/json"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        content = None if body is None else json.dumps(body).encode()
        try:
            connection.request(method, f"{parts.path.rstrip('/')}{path}", content, headers)
            answer = connection.getresponse()
            said = answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise _Unexpected(f"no answer: {error}", transient=True) from error
        finally:
            connection.close()
        if answer.status != expect:
            told = (
                f"{method} {path} gave {answer.status}, not {expect}: {said[:200].decode(errors='replace')}"
            )
            raise _Unexpected(told, transient=answer.status in {429, 503, 507})
        try:
            return json.loads(said)
        except ValueError as error:
            raise _Unexpected(f"{method} {path} gave no JSON") from error


def run_smoke(
    url: str, *, version: int | None = None, timeout: float = 10.0, token: str | None = None
) -> tuple[Check, ...]:
    """Health, readiness, who is in office, one row, a batch, and a row that must be refused.

    Parameters
    ----------
    url
        The server.
    version
        Of the model that must answer; any when None.
    timeout
        Seconds for each answer.
    token
        Of a client; that of the environment when None.

    Raises
    ------
    ServingError
        If `url` is no address of a server.
    """
    if urlsplit(url).scheme not in {"http", "https"} or not urlsplit(url).netloc:
        raise ServingError(f"`{url}` is no address", hint="such as http://127.0.0.1:8000")
    client = _Client(url, timeout, token or os.environ.get(CLIENT_TOKEN))
    return tuple(_checks(client, version))


def outcome(checks: tuple[Check, ...], url: str) -> None:
    """Nothing when every check has passed.

    Raises
    ------
    ServingError
        Which checks have not; transient when asking again may help for all of them.
    """
    failed = [check for check in checks if not check.passed]
    if not failed:
        return
    names = ", ".join(check.name for check in failed)
    later = all(check.transient for check in failed)
    told = "is not ready" if later else "does not answer as it should"
    raise ServingError(f"{url} {told}: {names}", hint=failed[0].said, transient=later)


def _checks(client: _Client, version: int | None) -> Iterator[Check]:
    yield _made("health", lambda: str(client.ask("GET", "/health")["status"]))
    ready = _made("ready", lambda: f"served from {client.ask('GET', '/ready')['served_from']}")
    yield ready
    if not ready.passed:
        return
    try:
        card = client.ask("GET", "/model")
        example = dict(card["example"])
    except (_Unexpected, KeyError, TypeError) as error:
        yield Check("model", passed=False, said=str(error))
        return
    yield _version(card, version)
    yield _made("one row", lambda: _one(client, example))
    yield _made("batch", lambda: _batch(client, example))
    yield _made("bad row", lambda: _bad(client, example))


def _made(name: str, check: Callable[[], str]) -> Check:
    try:
        return Check(name, passed=True, said=check())
    except _Unexpected as error:
        return Check(name, passed=False, said=str(error), transient=error.transient)
    except (KeyError, TypeError, IndexError) as error:
        return Check(name, passed=False, said=f"the answer has another form: {error!r}")


def _version(card: dict[str, Any], version: int | None) -> Check:
    there = card.get("model_version")
    said = f"version {there}, {card.get('algorithm')}, {str(card.get('bundle_sha256'))[:12]}…"
    if version is None or there == version:
        return Check("version", passed=True, said=said)
    return Check("version", passed=False, said=f"{said}; expected version {version}", transient=True)


def _one(client: _Client, example: dict[str, Any]) -> str:
    answer = client.ask("POST", "/predict", example)
    _check_answer(answer)
    return f"score {answer['score']:.6f}, class {answer['class']}"


def _batch(client: _Client, example: dict[str, Any]) -> str:
    answers = client.ask("POST", "/batch", [example] * _N_BATCH)["predictions"]
    if len(answers) != _N_BATCH:
        raise _Unexpected(f"{len(answers)} answers to {_N_BATCH} rows")
    for answer in answers:
        _check_answer(answer)
    return f"{_N_BATCH} answers"


def _bad(client: _Client, example: dict[str, Any]) -> str:
    refused = client.ask("POST", "/predict", {**example, _BAD_FIELD: 1}, expect=422)
    fields = [each["field"] for each in refused["error"]["fields"]]
    if fields != [_BAD_FIELD]:
        raise _Unexpected(f"refused for {fields}, not for the field that is unknown")
    return "refused, by the name of the field"


def _check_answer(answer: dict[str, Any]) -> None:
    total = sum(answer["probabilities"].values())
    if not math.isclose(total, 1.0, abs_tol=1e-4) or not 0 <= answer["score"] <= 1:
        raise _Unexpected(f"probabilities add up to {total}, score {answer['score']}")
