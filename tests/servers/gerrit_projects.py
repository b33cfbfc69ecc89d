"""The list of projects of a Gerrit, as its documentation says; projects come and go."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from urllib.parse import quote

from tests.servers.api import Asked, Reply

__all__ = ["GerritProjects", "gerrit_reply"]


def gerrit_reply(content: object, status: int = 200) -> Reply:
    """A JSON answer behind the prefix that keeps it from being run as a script."""
    headers = {"content-type": "application/json; charset=UTF-8"}
    return Reply(
        status=status, headers=headers, body=b")]}'\n" + json.dumps(content, indent=2).encode()
    )


@dataclass(slots=True, kw_only=True)
class GerritProjects:
    """Answers `/projects/` as documented under "List Projects"."""

    states: dict[str, str] = field(default_factory=dict)
    """Name -> ACTIVE, READ_ONLY or HIDDEN; the last are shown with `all` only."""
    most: int = 500
    """The server's own limit of a page."""

    def __call__(self, asked: Asked) -> Reply:
        if asked.path != "/projects/" or asked.query.get("type") != "CODE":
            return Reply(status=404, body=b"Not Found")
        shown = [name for name in sorted(self.states) if self.states[name] != "HIDDEN"]
        skip, limit = int(asked.query.get("S", "0")), int(asked.query.get("n", self.most))
        page = shown[skip : skip + min(limit, self.most)]
        return gerrit_reply({name: self._info(name) for name in page})

    def _info(self, name: str) -> dict[str, object]:
        link = {"name": "gitiles", "url": f"https://elsewhere.example/{name}"}
        return {
            "id": quote(name, safe=""),
            "description": f"About {name}",
            "state": self.states[name],
            "web_links": [link],
        }
