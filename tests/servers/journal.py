"""The change journal of an index, which answers its two calls over XML-RPC."""

from __future__ import annotations

import xmlrpc.client
from dataclasses import dataclass, field
from typing import Any

from tests.servers.feed_server import Asked, Reply

__all__ = ["Journal", "Row"]

Row = list[object]
"""Name, version, Unix time, action, serial."""


@dataclass
class Journal:
    """Answers the two calls as the index does."""

    rows: list[Row]
    limit: int = 50_000
    last: int | None = None
    asked: list[int] = field(default_factory=list)

    def __call__(self, asked: Asked) -> Reply:
        arguments, method = xmlrpc.client.loads(asked.body)
        value: Any = self.last if self.last is not None else self.rows[-1][4]
        if method == "changelog_since_serial":
            since = int(str(arguments[0]))
            self.asked.append(since)
            value = [row for row in self.rows if int(str(row[4])) > since][: self.limit]
        text = xmlrpc.client.dumps((value,), methodresponse=True, allow_none=True)
        return Reply(body=text.encode(), media_type="text/xml")
