"""The GraphQL API of a git.sr.ht: real queries over the repositories of users."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

from graphql import build_schema, graphql_sync

from tests.servers.api import Asked, Reply, json_reply

__all__ = ["SCHEMA", "SourceHutRepositories"]

SCHEMA = Path(__file__).with_name("sourcehut.graphql")


@dataclass(slots=True, kw_only=True)
class SourceHutRepositories:
    """Answers `/query` to whoever brings a token; a cursor names the last repository that was seen."""

    token: str
    size: int = 25
    users: dict[str, list[dict[str, object]]] = field(default_factory=dict)

    def add(self, username: str, name: str, **more: object) -> None:
        number = sum(map(len, self.users.values())) + 1
        self.users.setdefault(username, []).append(
            {
                "id": number, "name": name, "visibility": "PUBLIC", "description": None,
                "created": "2026-01-02T03:04:05.678901Z", "updated": "2026-05-01T00:00:00Z",
            } | more
        )  # fmt: skip

    def __call__(self, asked: Asked) -> Reply:
        if asked.path != "/query" or asked.method != "POST":
            return Reply(status=404)
        if asked.headers.get("authorization") != f"Bearer {self.token}":
            return json_reply({"errors": [{"message": "Invalid OAuth bearer token"}]}, status=403)
        question = json.loads(asked.body)
        result = graphql_sync(
            build_schema(SCHEMA.read_text("utf-8")),
            question["query"],
            root_value={"user": self._user},
            variable_values=question["variables"],
        )
        return json_reply(result.formatted, status=422 if result.data is None else 200)

    def _user(self, _info: object, username: str) -> dict[str, object] | None:
        if username not in self.users:
            return None
        newest_first = sorted(self.users[username], key=lambda r: -int(str(r["id"])))

        def repositories(_info: object, cursor: str | None = None) -> dict[str, object]:
            below = 10**9 if cursor is None else int(cursor.removeprefix("gAAAA_"))
            left = [r for r in newest_first if int(str(r["id"])) < below]
            page, further = left[: self.size], left[self.size :]
            return {"results": page, "cursor": f"gAAAA_{page[-1]['id']}" if further else None}

        return {"repositories": repositories}
