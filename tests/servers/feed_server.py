"""A loopback server that answers each path with what a test put there, and remembers what was asked."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from types import TracebackType
from typing import Self

from crawler.net import Http
from tests.servers.api import ApiServer, Asked, Reply

__all__ = ["Asked", "FeedServer", "Reply"]

Answer = Reply | Callable[[Asked], Reply]


class FeedServer:
    """Paths, with their query, are answered from `replies`; one that is not in it gets 404."""

    def __init__(self) -> None:
        self.replies = dict[str, Answer]()
        self._stack = ExitStack()
        self._server: ApiServer | None = None

    def __enter__(self) -> Self:
        self._server = self._stack.enter_context(ApiServer(self._answer))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    @property
    def _running(self) -> ApiServer:
        assert self._server is not None, "use it as a context"
        return self._server

    @property
    def asked(self) -> list[Asked]:
        return self._running.asked

    @property
    def url(self) -> str:
        return self._running.base_url

    def http(self) -> Http:
        return Http(agent="ghostcrawl/test", trusted_hosts=[self._running.authority])

    def paths(self) -> list[str]:
        """Return what was asked for, with the queries."""
        return [asked.target for asked in self.asked]

    def _answer(self, asked: Asked) -> Reply:
        found = self.replies.get(asked.target, Reply(status=404))
        return found if isinstance(found, Reply) else found(asked)
