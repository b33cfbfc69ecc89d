"""The list of projects of a Pagure: pages by number, projects that come and go."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.servers.api import Asked, Reply, json_reply

__all__ = ["PagureProjects", "project"]

_NOT_GIVEN = dict.fromkeys(("fork", "namespace", "owner", "pattern", "username"))
"""Arguments that the answer repeats, given or not."""


def project(number: int, fullname: str, **more: object) -> dict[str, object]:
    """One project as Pagure's documentation shows it."""
    parts = fullname.split("/")
    of_fork = parts[2:] if parts[0] == "forks" else parts
    return {
        "access_groups": {"admin": [], "commit": [], "ticket": []},
        "access_users": {"admin": [], "commit": [], "owner": ["o"], "ticket": []},
        "close_status": [],
        "custom_keys": [],
        "date_created": "1498841289",
        "date_modified": "1499795310",
        "description": "a project",
        "full_url": f"https://elsewhere.example/{fullname}",
        "fullname": fullname,
        "id": number,
        "milestones": {},
        "name": parts[-1],
        "namespace": of_fork[0] if len(of_fork) > 1 else None,
        "parent": None,
        "priorities": {},
        "tags": [],
        "url_path": fullname.replace("forks/", "fork/", 1),
        "user": {"fullname": "A Person", "name": "o"},
    } | more


@dataclass(slots=True, kw_only=True)
class PagureProjects:
    """Answers `/api/0/projects`, by name."""

    host: str = "https://pagure.example"
    """What it calls itself in the addresses of other pages."""
    most: int = 100
    """How many a page has at most, whatever was asked for."""
    projects: list[dict[str, object]] = field(default_factory=list)

    def add(self, number: int, fullname: str, **more: object) -> None:
        self.projects.append(project(number, fullname, **more))

    def remove(self, fullname: str) -> None:
        self.projects = [p for p in self.projects if p["fullname"] != fullname]

    def __call__(self, asked: Asked) -> Reply:
        if asked.path != "/api/0/projects":
            return json_reply(
                {"error": "Project not found", "error_code": "ENOPROJECT"}, status=404
            )
        page, size = int(asked.query["page"]), min(int(asked.query["per_page"]), self.most)
        sorted_by_name = sorted(self.projects, key=lambda p: str(p["name"]).lower())
        last = max(1, -(-len(sorted_by_name) // size))
        return json_reply(
            {
                "args": {"page": page, "per_page": size, "short": False, "tags": []} | _NOT_GIVEN,
                "pagination": {
                    "first": self._address(1),
                    "last": self._address(last),
                    "next": self._address(page + 1) if page < last else None,
                    "page": page,
                    "pages": last,
                    "per_page": size,
                    "prev": self._address(page - 1) if page > 1 else None,
                },
                "projects": sorted_by_name[(page - 1) * size : page * size],
                "total_projects": len(sorted_by_name),
            }
        )

    def _address(self, page: int) -> str:
        return f"{self.host}/api/0/projects?per_page={self.most}&page={page}"
