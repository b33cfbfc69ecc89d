"""The console without a socket: its application, and a browser that has opened it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
from starlette.types import ASGIApp

from tests.servers.terminal import Terminal
from workers import settings
from workers.console.site import make_site
from workers.wiring import Wiring

__all__ = ["PORT", "TOKEN", "client_of", "form_secret", "wiring_of"]

PORT = 8642
TOKEN = "token-of-this-start"


@contextmanager
def wiring_of(user: Terminal) -> Iterator[Wiring]:
    """The parts that a command of this user has, with cases that have followed."""
    made = Wiring(
        settings.load(
            config=user.folder / "ghostcrawl.toml",
            state_dir=user.state,
            database_url=None,
            broker_url=None,
            metrics=None,
            log_format=None,
        )
    )
    try:
        made.follow_cases()
        yield made
    finally:
        made.close()


class _InProcess(httpx.BaseTransport):
    """Asks an application by a call."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return asyncio.run(self._answer(request))

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        asked = httpx.Request(
            request.method, request.url, headers=request.headers, content=request.read()
        )
        answer = await httpx.ASGITransport(self._app).handle_async_request(asked)
        content = await answer.aread()
        return httpx.Response(answer.status_code, headers=answer.headers, content=content)


def client_of(wiring: Wiring, *, opened: bool = True) -> httpx.Client:
    """Return a browser; `opened`: it has shown the token already."""
    app = make_site(wiring, port=PORT, token=TOKEN)
    client = httpx.Client(transport=_InProcess(app), base_url=f"http://127.0.0.1:{PORT}")
    client.headers["Origin"] = f"http://127.0.0.1:{PORT}"
    if opened:
        assert client.get(f"/?token={TOKEN}").status_code == 303
    return client


def form_secret(client: httpx.Client) -> str:
    """Return what our own forms carry."""
    found = re.search(r'name="form" value="([^"]+)"', client.get("/cases").text)
    assert found
    return found[1]
