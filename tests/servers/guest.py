"""Plain requests to a fake on loopback, as patient as a busy machine needs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx

from tests.servers.waiting import PATIENCE

__all__ = ["client", "get", "post"]


def client(headers: Mapping[str, str] | None = None) -> httpx.Client:
    """Return a client; the caller closes it. There is no TLS on loopback, so none is set up."""
    return httpx.Client(headers=headers, timeout=PATIENCE, verify=False)


def get(url: str | httpx.URL, **more: Any) -> httpx.Response:  # noqa: ANN401 - httpx's own
    """Ask once, on a connection of its own; `more` as httpx takes it."""
    with client() as asking:
        return asking.get(url, **more)


def post(url: str | httpx.URL, **more: Any) -> httpx.Response:  # noqa: ANN401 - httpx's own
    """Ask once, on a connection of its own; `more` as httpx takes it."""
    with client() as asking:
        return asking.post(url, **more)
