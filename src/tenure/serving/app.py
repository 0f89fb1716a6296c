"""The FastAPI application of one worker."""

from __future__ import annotations

import asyncio
import gc
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

from fastapi import FastAPI, Query, Request, Response
from fastapi.exceptions import HTTPException, RequestValidationError
from pydantic_core import to_json

import tenure
from tenure.serving.desk import Desk, tend_forever
from tenure.serving.gate import ASKED, FAILED, JSON, App, Gate, refused
from tenure.serving.history import read_page
from tenure.serving.metrics import CONTENT_TYPE
from tenure.serving.model import ServedModel
from tenure.serving.openapi import describe
from tenure.serving.parameters import PageSize, parameters
from tenure.serving.predicting import Predicting
from tenure.serving.predictionlog import archive
from tenure.serving.refusals import FieldProblem, Refusal

_TEND_SECONDS = 0.5
_CODES = {404: "no_such_path", 405: "method_not_allowed"}


def make_app(desk: Desk) -> App:
    """The application: FastAPI's, behind the gate. The desk is tended for as long as it runs."""
    app = FastAPI(
        title=f"{desk.settings.project} (Tenure)",
        version=tenure.__version__,
        docs_url=None,
        redoc_url=None,
        lifespan=_tending(desk),
    )
    app.openapi = lambda: describe(app, desk)  # type: ignore[method-assign]
    scoring = Predicting(desk)
    endpoints = {"/predict": scoring.one, "/stream": scoring.one, "/batch": scoring.batch}
    _add_probes(app, desk)
    _add_log(app, desk)
    app.add_exception_handler(Refusal, _on_refusal)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(404, _on_http)
    app.add_exception_handler(405, _on_http)
    app.add_exception_handler(RequestValidationError, _on_parameters)
    app.add_exception_handler(Exception, _on_failure)
    return Gate(app, desk, endpoints)


def _tending(desk: Desk) -> Any:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        stopped = threading.Event()
        await asyncio.to_thread(desk.tend)
        gc.freeze()  # what is loaded now stays: the collector need not look at it again and again
        seconds = min(_TEND_SECONDS, desk.settings.config.poll_seconds)
        thread = threading.Thread(
            target=tend_forever, args=(desk,), kwargs={"stopped": stopped, "seconds": seconds}, daemon=True
        )
        thread.start()
        yield
        stopped.set()
        await asyncio.to_thread(thread.join)
        desk.log.close()
        if desk.online is not None:
            await asyncio.to_thread(desk.online.close)

    return lifespan


def _add_probes(app: FastAPI, desk: Desk) -> None:
    @app.get("/health", summary="Whether the process lives")
    async def health() -> dict[str, str]:
        return {"status": "alive"}

    @app.get("/ready", summary="Whether a row would be answered", responses={503: {}, 507: {}})
    async def ready() -> dict[str, Any]:
        model = desk.model()
        if desk.log.is_full:
            raise Refusal(507, "log_full", "no room to write an answer down", headers={"Retry-After": "60"})
        return {"status": "ready", **model.about}

    @app.get("/model", summary="Who is in office, with a row to try", responses={503: {}})
    async def model() -> Response:
        return Response(to_json(_card(desk)), media_type=JSON)

    @app.get("/metrics", summary="Numbers for Prometheus", response_class=Response)
    def metrics() -> Response:
        return Response(desk.metrics.render(), media_type=CONTENT_TYPE)


def _add_log(app: FastAPI, desk: Desk) -> None:
    @app.get("/log", summary="What was answered, newest first: needs the admin token")
    def log(
        request: Request,
        limit: Annotated[PageSize, Query(description="Records of a page")] = 50,
        before: Annotated[str | None, Query(max_length=200, description="`next` of the page before")] = None,
    ) -> Response:
        _check_admin(desk, request)
        asked = parameters(request.scope["query_string"])
        where = {name: text for name, text in asked.items() if name not in {"limit", "before"}}
        page = read_page(desk.settings.log, n_most=limit, before=before, where=where)
        return Response(to_json({"records": page.records, "next": page.next}), media_type=JSON)

    @app.delete("/log", summary="Move the log to the archive: needs the admin token")
    def delete(request: Request) -> Response:
        return _emptied(desk, request)

    @app.get("/emptyLog", summary="As DELETE /log, for clients that know this name")
    def empty(request: Request) -> Response:
        return _emptied(desk, request)


def _emptied(desk: Desk, request: Request) -> Response:
    _check_admin(desk, request)
    client = request.client.host if request.client else ""
    row = archive(desk.settings.log, request_id=request.scope[ASKED], client=client)
    return Response(to_json(row), media_type=JSON)


def _check_admin(desk: Desk, request: Request) -> None:
    presented = request.headers.get("authorization")
    desk.tokens.check_admin(None if presented is None else presented.encode("latin-1"))


def _card(desk: Desk) -> dict[str, Any]:
    """What is in office: whose, from what, how good, and a row to try."""
    model = desk.model()
    schema = model.bundle.schema.to_json()
    return {
        **model.about,
        **{
            name: schema[name]
            for name in ("task", "classes", "threshold", "cuts", "algorithm", "as_of", "keys")
        },
        "features": schema["features"],
        "required": model.reader.required,
        "metrics": model.bundle.metrics,
        "example": model.example,
        "challenger": _tried_beside(desk, model),
    }


def _tried_beside(desk: Desk, model: ServedModel) -> dict[str, Any] | None:
    """Who is tried beside the model in office, and how; None when nobody is."""
    pairing = desk.challenger.against(model)
    if pairing is None:
        return None
    about = pairing.challenger.about
    told = {name: about[name] for name in ("model_version", "bundle_sha256")}
    return told | {"mode": pairing.config.mode, "share": None if pairing.is_shadow else pairing.config.share}


async def _on_refusal(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)  # noqa: S101 - it is registered for nothing else
    return refused(error, request.scope[ASKED])


async def _on_http(request: Request, error: Exception) -> Response:
    status = getattr(error, "status_code", 404)
    headers = {"Allow": _allowed(request)} if status == 405 else getattr(error, "headers", None)
    code = _CODES.get(status, "refused")
    return refused(Refusal(status, code, code.replace("_", " "), headers=headers), request.scope[ASKED])


def _allowed(request: Request) -> str:
    """Every method of a path, which may be several routes."""
    routes = (route for route in request.app.routes if getattr(route, "path", None) == request.url.path)
    return ", ".join(sorted({method for route in routes for method in getattr(route, "methods", ())}))


async def _on_parameters(request: Request, error: Exception) -> Response:
    problems: list[dict[str, Any]] = getattr(error, "errors", list)()
    fields = tuple(FieldProblem(str(each["loc"][-1]), str(each["msg"])) for each in problems)
    refusal = Refusal(422, "invalid_parameters", "parameters cannot be taken", fields=fields)
    return refused(refusal, request.scope[ASKED])


async def _on_failure(request: Request, _: Exception) -> Response:
    return refused(FAILED, request.scope[ASKED])
