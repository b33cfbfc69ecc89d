"""One identity asking one GitHub: REST and GraphQL over the one HTTP client.

Nothing here ever sleeps: a rate limit, primary or secondary, is Defer. `Http` spends from the budget
and learns from headers; what only the body of an answer says (a secondary limit without Retry-After,
GraphQL's RATE_LIMITED inside a 200) is learned here. Give both the same budget.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

from crawler.errors import (
    Blocked,
    ConfigurationError,
    Defer,
    Gone,
    Malformed,
    Private,
    Refused,
    Retry,
    Unsupported,
)
from crawler.hosts.answers import JsonObject, document, printable
from crawler.hosts.checked_names import checked_repository_path
from crawler.hosts.forge import bucket_of
from crawler.net import Quota, quota_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from crawler.hosts.interface import HostSettings
    from crawler.net import Answer, Bucket, Budget, Http, HttpLimits

__all__ = ["Fault", "GitHubApi", "GraphqlAnswer", "QueryTooExpensive"]

_JSON = "application/vnd.github+json"
_VERSION = "2022-11-28"
_DEFAULT_RETRY_AFTER = 60.0
_LONGEST_RETRY_AFTER = 3600.0
_BLOCK = b"access blocked"
"""In the 403 of a repository that breaks the terms; a DMCA block answers 451."""
_BLOCK_REASON = re.compile(r"[a-z][a-z_]{0,39}", re.ASCII)
_LEGAL = (HTTPStatus.FORBIDDEN, HTTPStatus.UNAVAILABLE_FOR_LEGAL_REASONS)
_GATEWAY = (HTTPStatus.BAD_GATEWAY, HTTPStatus.GATEWAY_TIMEOUT)
_LIMITED = frozenset({"RATE_LIMITED", "RATE_LIMIT"})
"""Kinds of the error of a spent quota (cli/cli 12812 has the second one)."""
_EXPENSIVE_WORDS = ("timeout", "timed out", "something went wrong", "resource limit")
"""In the one error of a query that GitHub did not finish within its 10 s, or that took too much."""
_LIMIT_WORDS = ("rate limit", "abuse detection", "wait a few minutes", "retry your request again")


class QueryTooExpensive(Retry):
    """The host could not finish this query; a smaller one may work at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One entry of `errors` in a GraphQL answer."""

    kind: str
    """`NOT_FOUND`, `FORBIDDEN`, `RATE_LIMITED`; empty where GitHub names none."""
    path: tuple[str, ...]
    message: str
    """Printable."""
    reason: str = ""
    """Why the repository is blocked, where the fault has a block: `tos`, `dmca`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphqlAnswer:
    """What came, and what did not come and why."""

    data: JsonObject
    faults: tuple[Fault, ...]


class GitHubApi:
    """Requests with the token of one identity; the token appears in one header and nowhere else.

    A token of a file may be renewed at any moment: one that is refused is looked for again, once.
    """

    def __init__(
        self, settings: HostSettings, http: Http, budget: Budget, clock: Callable[[], datetime]
    ) -> None:
        """Ask as `settings.identity`; `clock` returns the time in UTC."""
        self.settings = settings
        self._http, self._budget, self._clock = http, budget, clock
        self._silent_limits = 0

    def now(self) -> datetime:
        """Return the time in UTC."""
        return self._clock()

    def get(
        self,
        path: str,
        *,
        resource: str = "core",
        accept: str = _JSON,
        limits: HttpLimits | None = None,
    ) -> Answer:
        """GET `path` (with a leading slash) below the API's base; `resource` names the quota.

        Raises Defer, Retry, Gone, Private, Blocked, Refused (a redirect), Unsupported (422), or
        ConfigurationError for an invalid token.
        """
        bucket = bucket_of(self.settings, resource)
        url = f"{self.settings.api_url}{path}"
        answer = self._authorised("GET", url, bucket, headers={"accept": accept}, limits=limits)
        return self._checked(answer, bucket)

    def full_name(self, native_id: str) -> str:
        """Return the present `owner/name` of a repository by its number; raises Gone and the like."""
        if not (native_id.isascii() and native_id.isdigit()):
            raise Refused(f"invalid repository id {native_id[:40]!r}: expected a number")
        answer = self.get(f"/repositories/{native_id}")
        return checked_repository_path(document(answer.body, answer.url).text("full_name"))

    def graphql(self, query: str, variables: Mapping[str, object]) -> GraphqlAnswer:
        """POST one query; errors about a part of it are `faults`.

        Raises Defer, Refused, Unsupported and ConfigurationError like `get`; Retry where there is no
        data at all, QueryTooExpensive where a smaller query may have some. That a repository is gone, private
        or blocked is said by a fault alone, never by the status of an answer about many.
        """
        bucket = bucket_of(self.settings, "graphql")
        url = self.settings.graphql_url or f"{self.settings.api_url}/graphql"
        body = json.dumps({"query": query, "variables": variables}).encode()
        headers = {"accept": _JSON, "content-type": "application/json"}
        answer = self._authorised("POST", url, bucket, headers=headers, content=body)
        if answer.status in _GATEWAY:
            raise QueryTooExpensive(f"{answer.url} answered {answer.status}")
        try:
            checked = self._checked(answer, bucket)
        except Private as error:
            msg = f"{error}: access refused; check the account that the token belongs to"
            raise ConfigurationError(msg) from error
        except (Gone, Blocked) as error:
            raise Retry(str(error)) from error
        return self._parts(checked, bucket)

    def _parts(self, answer: Answer, bucket: Bucket) -> GraphqlAnswer:
        root = document(answer.body, answer.url)
        listed = root.nodes("errors") if root.fields.get("errors") is not None else ()
        faults = tuple(_fault(node) for node in listed if node is not None)
        if any(fault.kind in _LIMITED for fault in faults):
            self._wait(answer, bucket)
        data = root.node("data")
        if data is None:
            why = faults[0].message if faults else "no data"
            too_expensive = any(_is_too_expensive(fault) for fault in faults)
            raise (QueryTooExpensive if too_expensive else Retry)(f"{answer.url}: {why}")
        return GraphqlAnswer(data=data, faults=faults)

    def _checked(self, answer: Answer, bucket: Bucket) -> Answer:
        if answer.status == HTTPStatus.UNAUTHORIZED:
            name = self.settings.name
            raise ConfigurationError(f"{name}: authentication failed (401); check the token")
        if answer.status == HTTPStatus.FORBIDDEN and _speaks_of_a_limit(answer.body):
            self._wait(answer, bucket)
        if answer.status in _LEGAL and (reason := _block_reason(answer)) is not None:
            raise Blocked(f"{answer.url}: blocked by the host ({reason})")
        if answer.status == HTTPStatus.UNPROCESSABLE_ENTITY:
            why = printable(answer.body.decode("utf-8", "replace"))
            raise Unsupported(f"{answer.url}: query rejected: {why}")
        self._silent_limits = 0
        return answer.raise_for_status()

    def _wait(self, answer: Answer, bucket: Bucket) -> None:
        """Raise Defer: for what the headers say, else 60 s, doubled each time in a row."""
        quota = quota_of(answer.status, answer.headers, self._clock())
        wait = quota.wait
        if wait is None:
            wait = min(_DEFAULT_RETRY_AFTER * 2.0**self._silent_limits, _LONGEST_RETRY_AFTER)
            self._silent_limits = min(self._silent_limits + 1, 10)
        self._budget.learn(bucket, Quota(limit=quota.limit, remaining=0, wait=wait))
        raise Defer(wait, f"{self.settings.name}: rate limit of {bucket.resource} reached")

    def _authorised(  # noqa: PLR0913 - the parts of an HTTP request
        self,
        method: str,
        url: str,
        bucket: Bucket,
        *,
        headers: Mapping[str, str],
        content: bytes | None = None,
        limits: HttpLimits | None = None,
    ) -> Answer:
        """Ask with the token of this moment; once more where it was refused and another is there now."""

        def ask(token: str | None) -> Answer:
            sent = {**headers, "x-github-api-version": _VERSION}
            if token is not None:
                sent["authorization"] = f"Bearer {token}"
            return self._http.request(
                method, url, headers=sent, content=content, limits=limits, bucket=bucket
            )

        token = self.settings.current_token()
        answer = ask(token)
        if answer.status != HTTPStatus.UNAUTHORIZED:
            return answer
        renewed = self.settings.current_token(force_reload=True)
        return answer if renewed == token else ask(renewed)


def _speaks_of_a_limit(body: bytes) -> bool:
    text = body[:4096].decode("utf-8", "replace").lower()
    return any(words in text for words in _LIMIT_WORDS)


def _is_too_expensive(fault: Fault) -> bool:
    text = fault.message.lower()
    return fault.kind == "RESOURCE_LIMITS_EXCEEDED" or any(w in text for w in _EXPENSIVE_WORDS)


def _block_reason(answer: Answer) -> str | None:
    """Return why a repository is blocked (`tos`, `dmca`), or None where it is another refusal."""
    legal = answer.status == HTTPStatus.UNAVAILABLE_FOR_LEGAL_REASONS
    if not legal and _BLOCK not in answer.body:
        return None
    try:
        return _reason_in(document(answer.body, answer.url)) or "no reason given"
    except (Malformed, Retry):
        return "no reason given"


def _reason_in(node: JsonObject) -> str:
    """Return the word in `block.reason` (REST answers; `extensions` of GraphQL errors), or nothing."""
    block = node.fields.get("block")
    reason = block.get("reason") if isinstance(block, dict) else None
    return reason if isinstance(reason, str) and _BLOCK_REASON.fullmatch(reason) else ""


def _fault(node: JsonObject) -> Fault:
    kind, path, message = (node.fields.get(key) for key in ("type", "path", "message"))
    more = node.fields.get("extensions")
    extensions = JsonObject(more if isinstance(more, dict) else {}, "extensions")
    return Fault(
        kind=kind if isinstance(kind, str) else "",
        path=tuple(str(part) for part in path) if isinstance(path, list) else (),
        message=printable(message if isinstance(message, str) else "unnamed error"),
        reason=_reason_in(node) or _reason_in(extensions),
    )
