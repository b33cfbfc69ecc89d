"""A loopback API that answers what a test scripts, and remembers what it was asked."""

from __future__ import annotations

import json

from crawler.net import Bucket, Quota
from workers.demo.loopback import Server
from workers.demo.web import App, as_json
from workers.demo.web import Request as Asked
from workers.demo.web import Response as Reply

__all__ = ["ApiServer", "Asked", "RecordingBudget", "Reply", "json_reply", "variables_of"]


def variables_of(asked: Asked) -> dict[str, object]:
    """The variables of a GraphQL request."""
    found: dict[str, object] = json.loads(asked.body)["variables"]
    return found


class RecordingBudget:
    """Allows everything and remembers it."""

    def __init__(self) -> None:
        self.spent: list[Bucket] = []
        self.learned: list[tuple[Bucket, Quota]] = []
        self.faults: list[tuple[Bucket, str]] = []

    def spend(self, bucket: Bucket) -> None:
        self.spent.append(bucket)

    def learn(self, bucket: Bucket, quota: Quota) -> None:
        self.learned.append((bucket, quota))

    def failed(self, bucket: Bucket, why: str) -> None:
        self.faults.append((bucket, why))


def json_reply(content: object, *, status: int = 200, **headers: str) -> Reply:
    """A JSON reply; `x_ratelimit_reset` becomes `x-ratelimit-reset`."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return as_json(content, named, status)


class ApiServer(Server):
    """Answers with `answer` on a free loopback port; a context manager."""

    def __init__(self, answer: App) -> None:
        super().__init__({"*": self._remember})
        self._application = answer
        self.asked: list[Asked] = []

    def _remember(self, request: Asked) -> Reply:
        self.asked.append(request)
        return self._application(request)
