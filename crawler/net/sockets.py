"""Sockets that obey the deadline of their request and stay off private addresses."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import httpcore

from crawler.errors import Retry
from crawler.net.addresses import Reach

__all__ = ["DeadlineBackend", "deadline", "head_of_answer"]


@dataclass(slots=True)
class _Bounds:
    """Of what the sockets of this thread do for one request."""

    ends: float
    head_bytes: float
    """That may still come before the head of the answer is whole."""


_bounds: ContextVar[_Bounds | None] = ContextVar("bounds", default=None)


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Bound all that the sockets of this thread do meanwhile: headers, body, handshakes."""
    token = _bounds.set(_Bounds(ends=time.monotonic() + seconds, head_bytes=math.inf))
    try:
        yield
    finally:
        _bounds.reset(token)


@contextmanager
def head_of_answer(most_bytes: int) -> Iterator[None]:
    """Bound what comes meanwhile: interim answers (1xx) have no number, and each costs a step."""
    if (bounds := _bounds.get()) is None:
        raise RuntimeError("a head without a deadline")
    bounds.head_bytes = most_bytes
    try:
        yield
    finally:
        bounds.head_bytes = math.inf


_USED_UP = "transfer too slow: the total time for this request is used up"


def _remaining(timeout: float | None) -> float:
    bounds = _bounds.get()
    left = 0.0 if bounds is None else bounds.ends - time.monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout(_USED_UP)
    return left if timeout is None else min(left, timeout)


def _count(data: bytes) -> bytes:
    if (bounds := _bounds.get()) is not None:
        bounds.head_bytes -= len(data)
        if bounds.head_bytes < 0:
            raise httpcore.RemoteProtocolError("a head of an answer that does not end")
    return data


class DeadlineBackend(httpcore.NetworkBackend):
    """Opens sockets that obey the deadline of the request and stay off private addresses."""

    def __init__(self, reach: Reach) -> None:
        self._backend, self._reach = httpcore.SyncBackend(), reach

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Any = None,  # noqa: ANN401 - httpcore's own type
    ) -> httpcore.NetworkStream:
        """Connect to the first address of `host` that answers, if all of them may be reached."""
        try:
            addresses = self._reach.addresses(host, port)
        except Retry as error:
            raise httpcore.ConnectError(str(error)) from error
        for address in addresses[:-1]:
            with suppress(httpcore.ConnectError):
                return self._connected(address, port, timeout, local_address, socket_options)
        return self._connected(addresses[-1], port, timeout, local_address, socket_options)

    def _connected(
        self,
        address: str,
        port: int,
        timeout: float | None,
        local_address: str | None,
        socket_options: Any,  # noqa: ANN401 - httpcore's own type
    ) -> httpcore.NetworkStream:
        left = _remaining(timeout)
        return _DeadlineStream(
            self._backend.connect_tcp(address, port, left, local_address, socket_options)
        )


class _DeadlineStream(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        left = _remaining(timeout)
        try:
            return _count(self._stream.read(max_bytes, left))
        except httpcore.ReadTimeout:
            _remaining(timeout)  # raises, where it was not only idle for too long
            raise

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
