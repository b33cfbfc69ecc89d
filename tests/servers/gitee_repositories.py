"""The repositories of users and organisations of a Gitee: pages by number, counted in headers."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from tests.servers.api import Asked, Reply, json_reply

__all__ = ["GiteeRepositories", "repository"]


def repository(number: int, full_name: str, **more: object) -> dict[str, object]:
    """One repository as Gitee's OpenAPI description names its parts."""
    owner, _, name = full_name.partition("/")
    return {
        "id": number,
        "full_name": full_name,
        "human_name": full_name,
        "namespace": {"id": 9, "type": "personal", "name": owner, "path": owner},
        "path": name,
        "name": name,
        "owner": {"id": 8, "login": owner, "name": owner},
        "description": None,
        "private": False,
        "public": True,
        "internal": False,
        "fork": False,
        "html_url": f"https://elsewhere.example/{full_name}.git",
        "default_branch": "master",
        "parent": None,
        "created_at": "2026-01-02T03:04:05+08:00",
        "pushed_at": "2026-05-01T00:00:00+08:00",
        "updated_at": "2026-05-01T00:00:00+08:00",
    } | more


@dataclass(slots=True, kw_only=True)
class GiteeRepositories:
    """Answers `/api/v5/orgs/NAME/repos` and `/api/v5/users/NAME/repos`."""

    most: int = 100
    """How many a page has at most, whatever was asked for."""
    counts: bool = True
    """Whether it tells the number of repositories and of pages."""
    orgs: dict[str, list[str]] = field(default_factory=dict)
    users: dict[str, list[str]] = field(default_factory=dict)

    def __call__(self, asked: Asked) -> Reply:
        match asked.path.split("/"):
            case ["", "api", "v5", "orgs", name, "repos"] if name in self.orgs:
                return self._page(asked, self.orgs[name])
            case ["", "api", "v5", "users", name, "repos"] if name in self.users:
                return self._page(asked, self.users[name])
        return json_reply({"message": "404 Not Found"}, status=404)

    def _page(self, asked: Asked, names: list[str]) -> Reply:
        page, size = int(asked.query["page"]), min(int(asked.query["per_page"]), self.most)
        shown = [repository(n, name) for n, name in enumerate(names)][(page - 1) * size :][:size]
        pages = -(-len(names) // size)
        counted = {"total_count": str(len(names)), "total_page": str(pages)} if self.counts else {}
        return replace(json_reply(shown), headers=counted)
