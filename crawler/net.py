"""The one HTTP client: who we are, how long, how much, and when to wait.

Every request carries an identifying User-Agent, has a deadline over all of it (httpx times out per
read only), a cap on the bytes of the answer, follows no redirect, ignores proxies and credentials of
the environment, and reaches plain http or private addresses only on hosts the operator named.
"""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, Protocol
from urllib.parse import urlsplit

import httpcore
import httpx

from crawler import __version__
from crawler.errors import Blocked, Defer, Gone, Malformed, Private, Refused, Retry, TooLarge

__all__ = [
    "Answer",
    "Bucket",
    "Budget",
    "Http",
    "HttpLimits",
    "NullBudget",
    "Quota",
    "quota_of",
    "user_agent",
]

_LONGEST_WAIT = 24 * 3600.0
_SHORTEST_WAIT = 1.0
_UNTOLD_WAIT = 60.0
_deadline: ContextVar[float] = ContextVar("deadline")


def user_agent(project_url: str, operator: str) -> str:
    """Return the User-Agent of all requests: version, project URL, and how to reach the operator."""
    return f"ghostcrawl/{__version__} (+{project_url}; mailto:{operator})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """What a budget is counted for. One identity is one queue: no token pools."""

    host: str
    resource: str = "http"
    identity: str = "anonymous"
    """Never a token: `anonymous`, or a fingerprint of one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """What an answer says of the budget it was paid from."""

    limit: int | None = None
    remaining: int | None = None
    wait: float | None = None
    """Seconds until the next request makes sense; None where nothing asks to wait."""
    bytes_down: int = 0


class Budget(Protocol):
    """Shared by all workers; see `workers.governor`."""

    def spend(self, bucket: Bucket) -> None:
        """Take one request out of `bucket`; raise Defer where it is empty."""
        ...

    def learn(self, bucket: Bucket, quota: Quota) -> None:
        """Correct `bucket` by what the host itself said."""
        ...

    def failed(self, bucket: Bucket, why: str) -> None:
        """Count a connection that failed: a host that is down is left alone for a while."""
        ...


class NullBudget:
    """Without limits: for a single command that asks a handful of questions."""

    def spend(self, bucket: Bucket) -> None:
        """Allow it."""

    def learn(self, bucket: Bucket, quota: Quota) -> None:
        """Forget it."""

    def failed(self, bucket: Bucket, why: str) -> None:
        """Forget it."""


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

    def __init__(
        self,
        *,
        agent: str,
        budget: Budget | None = None,
        limits: HttpLimits | None = None,
        trusted_hosts: Iterable[str] = (),
        connect_to: Mapping[str, str] | None = None,
    ) -> None:
        """Set up the client.

        `trusted_hosts` are `host` or `host:port` names that the operator configured as plain http
        or private; all others are https on public addresses only. `connect_to` maps a host name to
        the base URL that really answers for it (a local proxy, the demo world); the Host header
        keeps the name.
        """
        self._agent = agent
        self._budget = budget or NullBudget()
        self._limits = limits or HttpLimits()
        self._trusted = frozenset(h.lower() for h in trusted_hosts)
        self._connect_to = {
            host.lower(): base.rstrip("/") for host, base in (connect_to or {}).items()
        }
        reachable = self._trusted | {urlsplit(base).netloc for base in self._connect_to.values()}
        transport = httpx.HTTPTransport(retries=0, trust_env=False)
        transport._pool = httpcore.ConnectionPool(  # noqa: SLF001 - the only way to a deadline over headers too
            ssl_context=httpx.create_ssl_context(trust_env=False),
            max_connections=100,
            max_keepalive_connections=20,
            network_backend=_DeadlineBackend(reachable),
        )
        self._client = httpx.Client(transport=transport, trust_env=False, follow_redirects=False)

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
        self._budget.spend(bucket)
        token = _deadline.set(time.monotonic() + limits.total_seconds)
        try:
            address, own = self._addressed(url, host)
            request = self._client.build_request(
                method,
                address,
                content=content,
                headers=own | dict(headers or {}),
                timeout=httpx.Timeout(limits.idle_seconds, connect=limits.connect_seconds),
            )
            response = self._client.send(request, stream=True)
            try:
                counted = _Counted(response, limits, url)
                quota = quota_of(response.status_code, response.headers, datetime.now(UTC))
                self._raise_wait(url, response.status_code, quota, bucket)
                if response.has_redirect_location:
                    msg = f"{url} redirects to another address, which is never followed"
                    raise Refused(msg)
                yield response.status_code, dict(response.headers), iter(counted)
                self._budget.learn(
                    bucket,
                    Quota(
                        limit=quota.limit,
                        remaining=quota.remaining,
                        wait=quota.wait,
                        bytes_down=counted.count,
                    ),
                )
            finally:
                response.close()
        except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
            msg = f"{url!r} is no usable URL: {error}"
            raise Refused(msg) from error
        except (httpx.HTTPError, httpx.StreamError) as error:
            msg = f"{url}: {type(error).__name__}: {error}"
            self._budget.failed(bucket, type(error).__name__)
            raise Retry(msg) from error
        finally:
            _deadline.reset(token)

    def _raise_wait(self, url: str, status: int, quota: Quota, bucket: Bucket) -> None:
        asked_to_wait = status == HTTPStatus.TOO_MANY_REQUESTS or (
            status in {403, 503} and quota.wait is not None
        )
        if asked_to_wait:
            wait = _UNTOLD_WAIT if quota.wait is None else quota.wait
            self._budget.learn(bucket, Quota(limit=quota.limit, remaining=0, wait=wait))
            raise Defer(wait, f"{urlsplit(url).netloc} asks to wait ({status})")

    def _addressed(self, url: str, host: str) -> tuple[str, dict[str, str]]:
        headers = {"user-agent": self._agent, "accept-encoding": "identity"}
        base = self._connect_to.get(host)
        if base is None:
            return url, headers
        parts = urlsplit(url)
        query = f"?{parts.query}" if parts.query else ""
        return f"{base}{parts.path}{query}", headers | {"host": host}

    def _checked_host(self, url: str) -> str:
        try:
            parts = urlsplit(url)
            host = (parts.hostname or "").lower()
            port = parts.port
        except ValueError as error:
            msg = f"{url!r} is no usable URL: {error}"
            raise Refused(msg) from error
        if parts.username is not None or parts.password is not None:
            msg = "credentials inside a URL are refused; use a token setting"
            raise Refused(msg)
        name = host if port is None else f"{host}:{port}"
        if parts.scheme == "https" or (parts.scheme == "http" and {host, name} & self._trusted):
            return name
        msg = f"{url!r}: only https, or http on hosts configured as trusted"
        raise Refused(msg)


class _Counted:
    """The chunks of an answer, no more than allowed."""

    def __init__(self, response: httpx.Response, limits: HttpLimits, url: str) -> None:
        self._response, self._limits, self._url = response, limits, url
        self.count = 0

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._response.iter_raw():
            self.count += len(chunk)
            if self.count > self._limits.max_bytes:
                msg = f"{self._url} sends more than {self._limits.max_bytes} bytes"
                raise TooLarge(msg)
            if self._response.headers.get("content-encoding", "identity") != "identity":
                msg = f"{self._url} sends a compressed answer that nobody asked for"
                raise Malformed(msg)
            yield chunk


def quota_of(status: int, headers: Mapping[str, str], now: datetime) -> Quota:
    """Read what the headers of an answer say of the quota.

    Knows Retry-After (seconds or date), x-ratelimit-* (GitHub; reset is an epoch second) and
    ratelimit-* (IETF draft; reset is a number of seconds). Waits are clamped to 1 s .. 24 h, so that a
    hostile or absurd value neither hammers a host nor forgets it.
    """
    limit = _number(headers.get("x-ratelimit-limit") or headers.get("ratelimit-limit"))
    remaining = _number(headers.get("x-ratelimit-remaining") or headers.get("ratelimit-remaining"))
    wait = _retry_after(headers.get("retry-after"), now)
    spent = remaining == 0 or status == HTTPStatus.TOO_MANY_REQUESTS
    if wait is None and spent:
        reset = _number(headers.get("x-ratelimit-reset"))
        seconds = _number(headers.get("ratelimit-reset"))
        if reset is not None:
            wait = _clamp(reset - now.timestamp())
        elif seconds is not None:
            wait = _clamp(float(seconds))
    return Quota(limit=limit, remaining=remaining, wait=wait)


def _retry_after(value: str | None, now: datetime) -> float | None:
    if value is None:
        return None
    seconds = _number(value)
    if seconds is not None:
        return _clamp(float(seconds))
    try:
        when = parsedate_to_datetime(value)
    except (ValueError, TypeError):
        return _UNTOLD_WAIT
    return _clamp((when.replace(tzinfo=when.tzinfo or UTC) - now).total_seconds())


def _number(value: str | None) -> int | None:
    digits = (value or "").split(",")[0].split(";")[0].strip()
    negative = digits.startswith("-")
    digits = digits.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) < 16):  # noqa: PLR2004
        return None
    return -int(digits) if negative else int(digits)


def _clamp(seconds: float) -> float:
    return min(max(seconds, _SHORTEST_WAIT), _LONGEST_WAIT)


def _remaining(timeout: float | None) -> float:
    left = _deadline.get(time.monotonic() + _UNTOLD_WAIT) - time.monotonic()
    if left <= 0:
        msg = "the total time for this request is used up"
        raise httpcore.ReadTimeout(msg)
    return left if timeout is None else min(left, timeout)


class _DeadlineBackend(httpcore.NetworkBackend):
    """Opens sockets that obey the deadline of the request and stay off private addresses."""

    def __init__(self, trusted: frozenset[str]) -> None:
        self._backend = httpcore.SyncBackend()
        self._trusted = trusted

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Any = None,  # noqa: ANN401 - httpcore's own type
    ) -> httpcore.NetworkStream:
        stream = self._backend.connect_tcp(
            host, port, _remaining(timeout), local_address, socket_options
        )
        address = ipaddress.ip_address(stream.get_extra_info("server_addr")[0].split("%")[0])
        if not address.is_global and not {host.lower(), f"{host.lower()}:{port}"} & self._trusted:
            stream.close()
            msg = (
                f"{host} is at the private address {address}; configure it as trusted to allow that"
            )
            raise Refused(msg)
        return _DeadlineStream(stream)


class _DeadlineStream(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _remaining(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _remaining(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: Any,  # noqa: ANN401 - httpcore's own type
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        return _DeadlineStream(
            self._stream.start_tls(ssl_context, server_hostname, _remaining(timeout))
        )

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401
        return self._stream.get_extra_info(info)
