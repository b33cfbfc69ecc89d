"""The application: every page as HTML and as JSON, and the forms that are sent to it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from secrets import token_urlsafe
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from crawler.errors import StoreError, UsageError
from workers.console import campaign_graph, timeline
from workers.console.forms import FORM_SECRET, fields_in, form_of, refuse_nul
from workers.console.guard import Guard
from workers.console.interface import PageRequest
from workers.console.openapi import API, describe, open_parts
from workers.console.registry import HOME, PAGES
from workers.console.rendering import FOLDER, make_environment
from workers.monitoring.feed_polls import network_sources
from workers.values import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from starlette.requests import Request
    from starlette.types import ASGIApp

    from workers.console.interface import ActionResult, Page
    from workers.wiring import Wiring

__all__ = ["make_site"]

_HTML = "text/html; charset=utf-8"


def make_site(wiring: Wiring, *, port: int, token: str) -> ASGIApp:
    """Return the application of the console at `port`, behind its guard."""
    site = _Site(wiring=wiring)
    network_sources(wiring.feeds)  # imports what reads feeds, before anybody waits for a page
    routes: list[Route | Mount] = [
        Route("/", lambda _request: RedirectResponse(HOME)),
        Route(f"{API}/openapi.json", lambda _request: _json(describe(PAGES))),
        Mount("/static", StaticFiles(directory=FOLDER / "static")),
    ]
    for page in PAGES:
        routes.append(Route(page.path, partial(site.html, page), methods=["GET"]))
        routes.append(Route(f"{API}{page.path}", partial(site.json, page), methods=["GET"]))
        if page.act is not None:
            routes.append(Route(page.path, partial(site.sent, page.act), methods=["POST"]))
    app = Starlette(routes=routes, exception_handlers={HTTPException: site.not_there})
    return Guard(app, port=port, token=token)


@dataclass(kw_only=True)
class _Site:
    """What all requests of one process share."""

    wiring: Wiring
    form_secret: str = field(default_factory=lambda: token_urlsafe(32))
    done: ActionResult | None = None
    """What the last form did, until a page has shown it."""

    def __post_init__(self) -> None:
        self._environment = make_environment()
        self._environment.globals |= {
            "timeline": timeline.drawn,
            "campaign_graph": campaign_graph.drawn,
            "most_drawn": campaign_graph.MOST_DRAWN,
        }

    async def html(self, page: Page[Any], request: Request) -> Response:
        """Answer with a page."""
        return await run_in_threadpool(self._html, page, request)

    def _html(self, page: Page[Any], request: Request) -> Response:
        try:
            shown = self._load(page, request)
        except UsageError as error:
            return self._error(_status(page), str(error))
        except StoreError as error:
            return self._error(HTTPStatus.SERVICE_UNAVAILABLE, str(error))
        done, self.done = self.done, None
        return self._render(page.template, page=page, shown=shown, done=done)

    async def json(self, page: Page[Any], request: Request) -> Response:
        """Answer with the same as JSON."""
        return await run_in_threadpool(self._json, page, request)

    def _json(self, page: Page[Any], request: Request) -> Response:
        try:
            return _json(plain(self._load(page, request)))
        except UsageError as error:
            return _json({"error": str(error)}, _status(page))
        except StoreError as error:
            return _json({"error": str(error)}, HTTPStatus.SERVICE_UNAVAILABLE)

    def _load(self, page: Page[Any], request: Request) -> object:
        asked = self._asked(request, fields_in(request.url.query))
        with self.wiring.ledger.snapshot() as conn:
            return page.load(conn, asked)

    def _asked(self, request: Request, fields: Mapping[str, Sequence[str]]) -> PageRequest:
        for name, value in request.path_params.items():
            refuse_nul(name, value)
        return PageRequest(
            wiring=self.wiring, now=self.wiring.clock(), names=request.path_params, query=fields
        )

    async def sent(self, act: Callable[[PageRequest], ActionResult], request: Request) -> Response:
        """Do what a form says, and let the browser load a page anew."""
        try:
            asked = self._asked(request, await form_of(request, self.form_secret))
            self.done = await run_in_threadpool(act, asked)
        except UsageError as error:
            return self._error(HTTPStatus.CONFLICT, str(error))
        except StoreError as error:
            return self._error(HTTPStatus.SERVICE_UNAVAILABLE, str(error))
        return RedirectResponse(self.done.location, HTTPStatus.SEE_OTHER)

    async def not_there(self, request: Request, error: Exception) -> Response:
        """Answer for an address that leads to no page, or that no page may be asked by."""
        status = HTTPStatus(getattr(error, "status_code", HTTPStatus.NOT_FOUND))
        why = str(getattr(error, "detail", status.phrase))
        if request.url.path.startswith(API):
            return _json({"error": why}, status)
        return self._error(status, why)

    def _error(self, status: HTTPStatus, text: str) -> Response:
        changed = status is HTTPStatus.CONFLICT
        heading = "Nothing was changed" if changed else "This page cannot be shown"
        values = {"page": None, "shown": None, "done": None, "heading": heading, "text": text}
        return self._render("error.html", status, **values)

    def _render(self, template: str, status: int = HTTPStatus.OK, **values: object) -> Response:
        body = self._environment.get_template(template).render(
            navigation=[one for one in PAGES if one.in_navigation],
            form_field=FORM_SECRET,
            form_secret=self.form_secret,
            **values,
        )
        return Response(body.encode(errors="replace"), status, media_type=_HTML)


def _status(page: Page[Any]) -> HTTPStatus:
    return HTTPStatus.NOT_FOUND if open_parts(page.path) else HTTPStatus.BAD_REQUEST


def _json(value: object, status: int = HTTPStatus.OK) -> Response:
    # In ASCII: names of repositories may hold what UTF-8 has no bytes for.
    return Response(json.dumps(value, ensure_ascii=True), status, media_type="application/json")
