"""The list of public repositories of Bitbucket Cloud: pages by time of creation, partial answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from tests.servers.api import Asked, Reply, json_reply

__all__ = ["BitbucketRepositories", "repository"]


def repository(full_name: str, created_on: str, **more: object) -> dict[str, object]:
    """One repository of Bitbucket's documentation."""
    return {
        "type": "repository",
        "uuid": f"{{{full_name}}}",
        "full_name": full_name,
        "is_private": False,
        "scm": "git",
        "name": full_name.partition("/")[2],
        "description": "",
        "created_on": created_on,
        "updated_on": "2026-05-01T00:00:00.000000+00:00",
        "size": 1024,
        "language": "",
        "has_issues": False,
        "has_wiki": False,
        "fork_policy": "allow_forks",
        "mainbranch": {"type": "branch", "name": "main"},
    } | more


@dataclass(slots=True, kw_only=True)
class BitbucketRepositories:
    """Answers `/2.0/repositories` with pages of two, whatever is asked."""

    base_url: str = ""
    repositories: list[dict[str, object]] = field(default_factory=list)

    def __call__(self, asked: Asked) -> Reply:
        if asked.path != "/2.0/repositories":
            return json_reply({"type": "error", "error": {"message": "no"}}, status=404)
        after = asked.query.get("after", "")
        rest = [r for r in self._oldest_first() if str(r["created_on"]) >= after]
        fields = asked.query["fields"].split(",")
        answer: dict[str, object] = {"values": [_partial(r, fields) for r in rest[:2]]}
        if len(rest) > 2:
            query = urlencode({"pagelen": 100, "after": rest[2]["created_on"]})
            answer["next"] = f"{self.base_url}/2.0/repositories?{query}"
        return json_reply(answer)

    def _oldest_first(self) -> list[dict[str, object]]:
        return sorted(self.repositories, key=lambda r: str(r["created_on"]))


def _partial(whole: Mapping[str, object], fields: list[str]) -> dict[str, object]:
    """Keep the `values.x` and `values.x.y` that were asked for."""
    kept: dict[str, object] = {}
    for name in fields:
        _, _, path = name.partition("values.")
        key, _, inner = path.partition(".")
        if key in whole:
            value = whole[key]
            kept[key] = {inner: value.get(inner)} if inner and isinstance(value, dict) else value
    return kept
