"""The one HTTP client: who we are, how long, how much, and when to wait.

Every request carries an identifying User-Agent, has a deadline over all of it (httpx times out per
read only), a cap on the bytes of the answer, follows no redirect, ignores proxies and credentials of
the environment, and reaches plain http or private addresses only on hosts the operator named.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from http import HTTPStatus
from http.cookiejar import DefaultCookiePolicy
from urllib.parse import urlsplit

import httpx

from crawler import __version__
from crawler.errors import (
    Blocked,
    Defer,
    GiveUp,
    Gone,
    Malformed,
    Private,
    Refused,
    Retry,
    TooLarge,
)
from crawler.net.addresses import NO_ADDRESS, Lookup, Reach, authority, system_lookup
from crawler.net.budget import UNTOLD_WAIT, Bucket, Budget, NullBudget, Quota, quota_of
from crawler.net.sockets import DeadlineBackend, deadline, head_of_answer
from crawler.net.transport import Transport

__all__ = ["Answer", "Http", "HttpLimits", "user_agent"]

_LEFTOVER_BYTES = 16 * 1024
_LEFTOVER_SECONDS = 0.5
_HEAD_BYTES = 256 * 1024
_FREE_PIECES = 100_000
_LEAST_PIECE = 512
"""Bytes: beyond the free ones, chunks of an answer that are smaller on average are a flood, not data."""


def user_agent(project_url: str, operator: str) -> str:
    """Return the User-Agent of all requests: version, project URL, and how to reach the operator."""
    return f"ghostcrawl/{__version__} (+{project_url}; mailto:{operator})"


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpLimits:
    """Limits of one request."""

    total_seconds: float = 60.0
    """From the first packet to the last byte."""
    connect_seconds: float = 10.0
    idle_seconds: float = 20.0
    """Without a single byte."""
    max_bytes: int = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A complete answer; header names are lower-case."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    def raise_for_status(self) -> Answer:
        """Return self when 2xx or 304; raise Gone, Private, Blocked, Retry or Malformed otherwise."""
        if 200 <= self.status < 300 or self.status == HTTPStatus.NOT_MODIFIED:  # noqa: PLR2004
            return self
        what = f"{self.url} answered {self.status}"
        if self.status in {404, 410}:
            raise Gone(what)
        if self.status in {401, 403, 407}:
            raise Private(what)
        if self.status == HTTPStatus.UNAVAILABLE_FOR_LEGAL_REASONS:
            raise Blocked(what)
        if self.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise Retry(what)
        raise Malformed(what)


class Http:
    """The client; share one per process, it keeps connections."""

    def __init__(  # noqa: PLR0913 - settings of one client
        self,
        *,
        agent: str,
        budget: Budget | None = None,
        limits: HttpLimits | None = None,
        trusted_hosts: Iterable[str] = (),
        connect_to: Mapping[str, str] | None = None,
        lookup: Lookup = system_lookup,
        requested: Callable[[str, str], None] = lambda _host, _outcome: None,
        may_ask: Callable[[], None] = lambda: None,
    ) -> None:
        """Set up the client.

        `trusted_hosts` are `host` or `host:port` names that the operator configured as plain http
        or private; all others are https on public addresses only. `connect_to` maps a host name to
        the base URL that really answers for it (a local proxy, the demo world); the Host header
        keeps the name. `lookup` resolves names. `requested` is called after each
        request with its host and how it ended: the class of its status (`2xx`), `429`, `wait` where the budget
        did not allow it, or `failed`. `may_ask` is called before each request, and raises where this process
        may not ask any more.
        """
        self._agent = agent
        self._budget = budget or NullBudget()
        self._limits = limits or HttpLimits()
        self._requested, self._may_ask = requested, may_ask
        self._reach = Reach(trusted_hosts, connect_to, lookup)
        self._client = httpx.Client(
            transport=Transport(DeadlineBackend(self._reach)),
            trust_env=False,
            follow_redirects=False,
        )
        self._client.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))

    def close(self) -> None:
        """Close all connections."""
        self._client.close()

    def request(  # noqa: PLR0913 - the parts of an HTTP request
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        limits: HttpLimits | None = None,
        bucket: Bucket | None = None,
    ) -> Answer:
        """Send one request and return the whole answer, whatever its status but 429.

        Raises Refused (scheme, address, redirect), Retry (connection, deadline), TooLarge (bytes),
        Defer (429, or 403 and 503 that name a time).
        """
        with self.stream(
            method, url, headers=headers, content=content, limits=limits, bucket=bucket
        ) as (status, answer_headers, chunks):
            body = b"".join(chunks)
        return Answer(url=url, status=status, headers=answer_headers, body=body)

    @contextmanager
    def stream(  # noqa: PLR0913
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        limits: HttpLimits | None = None,
        bucket: Bucket | None = None,
    ) -> Iterator[tuple[int, Mapping[str, str], Iterator[bytes]]]:
        """Like `request`, yielding (status, headers, chunks of the body) while it arrives."""
        limits = limits or self._limits
        host = self._checked_host(url)
        bucket = bucket or Bucket(host=host)
        self._may_ask()
        try:
            self._budget.spend(bucket)
        except Defer:
            self._requested(host, "wait")
            raise
        address, own = self._addressed(url)
        try:
            with deadline(limits.total_seconds):
                request = self._client.build_request(
                    method,
                    address,
                    content=content,
                    headers=own | dict(headers or {}),
                    timeout=httpx.Timeout(limits.idle_seconds, connect=limits.connect_seconds),
                )
                with head_of_answer(_HEAD_BYTES):
                    response = self._client.send(request, stream=True)
                counted = _Counted(response, limits, url)
                self._requested(host, _outcome(response.status_code))
                quota = quota_of(response.status_code, response.headers, datetime.now(UTC))
                try:
                    _raise_wait(host, response.status_code, quota)
                    if response.has_redirect_location:
                        msg = f"{url} redirects to another address, which is never followed"
                        raise Refused(msg, asked=url, location=response.headers["location"])
                    yield response.status_code, dict(response.headers), counted.chunks
                    counted.finish()
                except GeneratorExit:  # who reads in a generator has what it needs
                    counted.finish()
                    raise
                except Defer as error:
                    quota = replace(quota, remaining=0, wait=error.seconds)
                    raise
                except (httpx.HTTPError, httpx.StreamError):
                    quota = replace(quota, broken=True)
                    raise
                finally:
                    response.close()
                    self._budget.learn(bucket, replace(quota, bytes_down=counted.count))
        except (httpx.InvalidURL, httpx.UnsupportedProtocol, UnicodeError) as error:
            msg = f"invalid URL {_shown(url)}: {type(error).__name__}"
            raise Refused(msg) from error
        except (httpx.HTTPError, httpx.StreamError) as error:
            msg = f"{url}: {_in_words(error)}"
            self._requested(host, "failed")
            self._budget.failed(bucket, type(error).__name__)
            raise Retry(msg) from error

    def _addressed(self, url: str) -> tuple[str, dict[str, str]]:
        headers = {"user-agent": self._agent, "accept-encoding": "identity"}
        route = self._reach.route(url)
        return route.url, headers if route.host is None else headers | {"host": route.host}

    def _checked_host(self, url: str) -> str:
        """Return the host as budgets and settings call it: lower-case, with a port of its own only."""
        try:
            parts = urlsplit(url)
            name = authority(parts)
        except ValueError as error:
            msg = f"invalid URL {_shown(url)}: expected http or https with a host"
            raise Refused(msg) from error
        if parts.username is not None or parts.password is not None:
            msg = "credentials inside a URL are refused; use a token setting"
            raise Refused(msg)
        if parts.scheme == "https" or (parts.scheme == "http" and self._reach.is_trusted(parts)):
            return name
        msg = f"{_shown(url)}: only https, or http on hosts configured as trusted"
        raise Refused(msg)


_PROBLEMS: Mapping[type[Exception], str] = {
    httpx.ConnectTimeout: "no connection in time",
    httpx.ReadTimeout: "no answer in time",
    httpx.WriteTimeout: "the request was not taken in time",
    httpx.ConnectError: "cannot connect",
    httpx.ReadError: "the connection broke",
    httpx.WriteError: "the connection broke",
    httpx.RemoteProtocolError: "invalid answer",
}
"""What an exception of httpx means to people; others speak for themselves."""


def _in_words(error: Exception) -> str:
    """Return what went wrong; whose name has no address is not said to be a failed connection."""
    told, problem = str(error), _PROBLEMS.get(type(error))
    if problem is None or NO_ADDRESS in told:
        return told or "the connection failed"
    return f"{problem}: {told}" if told else problem


def _outcome(status: int) -> str:
    return "429" if status == HTTPStatus.TOO_MANY_REQUESTS else f"{status // 100}xx"


def _raise_wait(host: str, status: int, quota: Quota) -> None:
    asked_to_wait = status == HTTPStatus.TOO_MANY_REQUESTS or (
        status in {403, 503} and quota.wait is not None
    )
    if asked_to_wait:
        wait = UNTOLD_WAIT if quota.wait is None else quota.wait
        raise Defer(wait, f"{host} asks to wait ({status})")


def _shown(url: str) -> str:
    """Return of a URL that is refused what cannot hold a secret: its scheme."""
    scheme, found, _ = url.partition(":")
    return f"{scheme[:10]!r}: URL" if found else "a URL without a scheme"


class _Counted:
    """The chunks of an answer, no more than allowed."""

    def __init__(self, response: httpx.Response, limits: HttpLimits, url: str) -> None:
        self._response, self._limits, self._url = response, limits, url
        self.count = self._pieces = 0
        self.chunks = self._read()

    def finish(self) -> None:
        """Read what is left behind the content, if it is next to nothing.

        A connection is only used again when the answer on it was read to its end; a reader of packs or
        lists stops at the last thing it needs, a few bytes earlier.
        """
        ends = self.count + _LEFTOVER_BYTES
        with suppress(httpx.HTTPError, httpx.StreamError, GiveUp), deadline(_LEFTOVER_SECONDS):
            while self.count < ends and next(self.chunks, None) is not None:
                pass

    def _read(self) -> Iterator[bytes]:
        for chunk in self._response.iter_raw():
            self.count += len(chunk)
            if self.count > self._limits.max_bytes:
                msg = f"{self._url} sends more than {self._limits.max_bytes} bytes"
                raise TooLarge(msg)
            self._pieces += 1
            if self._pieces > _FREE_PIECES + self.count // _LEAST_PIECE:
                msg = f"{self._url} sends {self.count} bytes in {self._pieces} pieces"
                raise TooLarge(msg)
            if self._response.headers.get("content-encoding", "identity") != "identity":
                msg = f"{self._url} sends a compressed answer that nobody asked for"
                raise Malformed(msg)
            yield chunk
