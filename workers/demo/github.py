"""GitHub over the world: who asks, what it costs, and when the answer is no.

Facts: GitHub's documentation, "Rate limits for the REST API" and "Best practices for using the REST
API". The endpoints are in `workers.demo.github_rest` and `workers.demo.graphql`.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from http import HTTPStatus

from workers.demo.catalogue import Catalogue, Circumstances
from workers.demo.github_rest import RefusalError, RestEndpoints
from workers.demo.graphql import Check, GraphqlApi
from workers.demo.graphql_resolvers import Resolvers
from workers.demo.model import World
from workers.demo.quotas import Charge, PointLimit, Quotas, Stats
from workers.demo.web import Request, Response, as_json

__all__ = ["GithubApp"]

_ANONYMOUS = "anonymous"
_ANONYMOUS_CORE = PointLimit(resource="core", limit=60, seconds=3600)
_CODE_SEARCH = PointLimit(resource="code_search", limit=10, seconds=60)
_CORE = PointLimit(resource="core", limit=5000, seconds=3600)
_GRAPHQL = PointLimit(resource="graphql", limit=5000, seconds=3600)
_SEARCH = PointLimit(resource="search", limit=30, seconds=60)
_SECONDARY = "You have exceeded a secondary rate limit. Please wait a few minutes."


class GithubApp:
    """The application behind `api.github.example`."""

    def __init__(  # noqa: PLR0913 - all in which two fakes of one host can differ
        self,
        world: World,
        *,
        host: str = "github.example",
        api_url: str = "https://api.github.example",
        web_url: str = "https://github.example",
        circumstances: Circumstances | None = None,
        tokens: frozenset[str] | None = None,
        clock: Callable[[], float] = time.time,
        clock_factor: float = 1.0,
        resolvers: Resolvers | None = None,
        check: Check | None = None,
    ) -> None:
        """Serve the repositories of `host`.

        `tokens` are those that are taken (None: any). `clock` gives Unix time; the windows of the
        limits pass `clock_factor` times as fast as on GitHub: with 60, ten code searches a second.
        `resolvers` answer GraphQL in the stead of the usual ones, where a world is too large for those;
        `check` judges its queries by a schema.
        """
        self._host, self._circumstances = host, circumstances
        self._api_url, self._web_url = api_url, web_url
        self._quotas = Quotas(clock=clock, clock_factor=clock_factor)
        self._resolvers, self._check, self._tokens = resolvers, check, tokens
        self.publish(world)

    def publish(self, world: World) -> None:
        """Show the repositories of another world from now on; the limits go on."""
        catalogue = Catalogue(world, self._host, self._circumstances)
        self._rest = RestEndpoints(catalogue, api_url=self._api_url, web_url=self._web_url)
        resolvers = self._resolvers or Resolvers(catalogue, web_url=self._web_url)
        self._graphql = GraphqlApi(resolvers, self._check)

    def stats(self) -> Stats:
        """Return how the API was treated so far."""
        return self._quotas.stats()

    def __call__(self, request: Request) -> Response:
        """Answer one request."""
        try:
            identity = self._identity(request)
            if request.path == "/graphql":
                return self._answer_graphql(request, identity)
            return self._answer_rest(request, identity)
        except RefusalError as refusal:
            return refusal.response({})

    def _identity(self, request: Request) -> str:
        if "user-agent" not in request.headers:
            raise RefusalError(HTTPStatus.FORBIDDEN, "Request forbidden: name a User-Agent.")
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if not scheme:
            return _ANONYMOUS
        known = self._tokens is None or token in self._tokens
        if scheme.lower() not in {"bearer", "token"} or not token or not known:
            raise RefusalError(HTTPStatus.UNAUTHORIZED, "Bad credentials")
        return token

    def _answer_rest(self, request: Request, identity: str) -> Response:
        if request.path == "/rate_limit":
            self._quotas.count("GET /rate_limit")
            return self._rate_limit(identity)
        endpoint = self._rest.find(request.method, request.path)
        self._quotas.count(f"{request.method} {endpoint.template}")
        allowance = _allowance(endpoint.template, identity)
        charge = self._quotas.spend(allowance, identity)
        if not charge.allowed:
            return _spent(charge)
        try:
            response = endpoint.answer(request)
        except RefusalError as refusal:
            return refusal.response(_limits(charge))
        if request.headers.get("if-none-match") != _etag(response):
            headers = {**response.headers, "ETag": _etag(response), **_limits(charge)}
            return replace(response, headers=headers)
        if identity != _ANONYMOUS:
            charge = self._quotas.refund(allowance, identity)
        unchanged = {"ETag": _etag(response), **_limits(charge)}
        return Response(status=HTTPStatus.NOT_MODIFIED, headers=unchanged)

    def _answer_graphql(self, request: Request, identity: str) -> Response:
        self._quotas.count("POST /graphql")
        if identity == _ANONYMOUS:
            raise RefusalError(HTTPStatus.UNAUTHORIZED, "This endpoint requires authentication.")
        question = self._graphql.read(request.body)
        charge = self._quotas.spend(_GRAPHQL, identity, question.price.cost)
        if not charge.allowed and charge.retry_after is not None:
            return _spent(charge)
        if not charge.allowed:
            error = {"type": "RATE_LIMITED", "message": "API rate limit exceeded for this user."}
            return as_json({"errors": [error]}, _limits(charge))
        return as_json(self._graphql.answer(question, charge), _limits(charge))

    def _rate_limit(self, identity: str) -> Response:
        core = _allowance("", identity)
        looks = [self._quotas.look(a, identity) for a in (core, _SEARCH, _CODE_SEARCH, _GRAPHQL)]
        resources = {look.allowance.resource: _rate(look) for look in looks}
        return as_json({"resources": resources, "rate": _rate(looks[0])}, _limits(looks[0]))


def _allowance(template: str, identity: str) -> PointLimit:
    if template == "/search/code":
        if identity == _ANONYMOUS:
            why = "Must be authenticated to access the code search API"
            errors = [{"message": why, "resource": "Search", "field": "q", "code": "invalid"}]
            raise RefusalError(HTTPStatus.UNAUTHORIZED, "Requires authentication", errors=errors)
        return _CODE_SEARCH
    return _ANONYMOUS_CORE if identity == _ANONYMOUS else _CORE


def _rate(charge: Charge) -> Mapping[str, int]:
    return {
        "limit": charge.allowance.limit,
        "used": charge.used,
        "remaining": charge.remaining,
        "reset": charge.reset,
    }


def _limits(charge: Charge) -> dict[str, str]:
    numbers = {f"X-RateLimit-{key.title()}": str(value) for key, value in _rate(charge).items()}
    return {**numbers, "X-RateLimit-Resource": charge.allowance.resource}


def _spent(charge: Charge) -> Response:
    """The primary limit names a reset; whoever carries on meets the secondary one and Retry-After."""
    if charge.retry_after is None:
        refusal = RefusalError(HTTPStatus.FORBIDDEN, "API rate limit exceeded for this user.")
        return refusal.response(_limits(charge))
    wait = {"Retry-After": str(charge.retry_after)}
    return RefusalError(HTTPStatus.FORBIDDEN, _SECONDARY).response(_limits(charge) | wait)


def _etag(response: Response) -> str:
    return f'W/"{hashlib.sha256(response.body).hexdigest()}"'
