"""Who may talk to the console: a browser of this user, on this machine, from a page of the console itself.

Other programs and web pages can reach a port of loopback, too: by its address, by a name that they let point
to it (DNS rebinding), and with forms that a visited page sends. So every request names us as its host and
carries the session, and every change comes from our own page and carries the secret of its forms.
"""

from __future__ import annotations

import hmac
from http import HTTPStatus
from secrets import token_urlsafe
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["Guard"]

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; form-action 'self';"
    " frame-ancestors 'none'; base-uri 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_READING = frozenset({"GET", "HEAD"})


class Guard:
    """Stands before the application; one per process."""

    def __init__(self, app: ASGIApp, *, port: int, token: str) -> None:
        """Let requests to `port` of loopback through to `app` from whoever once showed `token`."""
        self._app = app
        self._token = token
        self._session = token_urlsafe(32)
        self._cookie = f"ghostcrawl-{port}"  # cookies of one host are shared by all its ports
        self._names = {f"{name}:{port}" for name in ("127.0.0.1", "localhost")}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, as ASGI wants it."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(_HEADERS)
            await send(message)

        if scope["type"] != "http":
            return  # there are no web sockets here: the server closes it
        answer = self._answer(Request(scope))
        await (answer or self._app)(scope, receive, send_with_headers)

    def _answer(self, request: Request) -> Response | None:
        """Return what to answer instead of the application; None: it may answer."""
        if request.headers.getlist("host") not in [[name] for name in self._names]:
            return _refusal(HTTPStatus.MISDIRECTED_REQUEST, "this console has another address")
        if request.method not in _READING and not self._is_own(request):
            return _refusal(HTTPStatus.FORBIDDEN, "the form was sent by another site")
        shown = request.query_params.getlist("token")
        if request.method in _READING and len(shown) == 1 and _same(shown[0], self._token):
            return self._welcome(request)
        if _same(request.cookies.get(self._cookie, ""), self._session):
            return None
        bearer = request.headers.get("authorization", "")
        if request.method in _READING and _same(bearer, f"Bearer {self._token}"):
            return None
        return _refusal(
            HTTPStatus.UNAUTHORIZED,
            "open the address that `ghostcrawl console` printed when it was started: it holds the token",
        )

    def _is_own(self, request: Request) -> bool:
        """Say whether one of our pages has sent a form: by what the browser itself says of it.

        Source: Fetch Standard, "Origin header" (`null` under our Referrer-Policy) and "Sec-Fetch-Site".
        """
        site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
        own = origin in {f"http://{name}" for name in self._names}
        return own if site is None else site == "same-origin" and (own or origin in {None, "null"})

    def _welcome(self, request: Request) -> Response:
        """Begin the session, and take the token out of the address."""
        rest = [
            (name, said) for name, said in request.query_params.multi_items() if name != "token"
        ]
        path = f"/{request.url.path.lstrip('/')}"  # never `//host`
        answer = RedirectResponse(
            f"{path}?{urlencode(rest)}" if rest else path, HTTPStatus.SEE_OTHER
        )
        answer.set_cookie(self._cookie, self._session, httponly=True, samesite="strict", path="/")
        return answer


def _same(said: str, known: str) -> bool:
    """Compare in a time that tells nothing of how much was right."""
    return hmac.compare_digest(said.encode(errors="replace"), known.encode())


def _refusal(status: HTTPStatus, why: str) -> Response:
    return PlainTextResponse(f"refused: {why}\n", status)
