"""The list of projects of a GitLab: keyset pages, projects that come and go, pages that fail."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.servers.api import Asked, Reply, json_reply

__all__ = ["GitLabProjects", "project"]


def project(number: int, path: str, **more: object) -> dict[str, object]:
    """One project in the short form (`simple=true`) of GitLab's documentation."""
    namespace, _, name = path.rpartition("/")
    return {
        "id": number,
        "description": None,
        "name": name,
        "name_with_namespace": path.replace("/", " / "),
        "path": name,
        "path_with_namespace": path,
        "created_at": "2026-01-02T03:04:05.678Z",
        "default_branch": "main",
        "tag_list": [],
        "topics": [],
        "ssh_url_to_repo": f"git@elsewhere.example:{path}.git",
        "http_url_to_repo": f"https://elsewhere.example/{path}.git",
        "web_url": f"https://elsewhere.example/{path}",
        "readme_url": None,
        "forks_count": 0,
        "avatar_url": None,
        "star_count": 0,
        "last_activity_at": "2026-05-01T00:00:00.000Z",
        "namespace": {
            "id": 9, "name": namespace, "path": namespace, "kind": "group",
            "full_path": namespace, "parent_id": None, "avatar_url": None,
            "web_url": f"https://elsewhere.example/groups/{namespace}",
        },
    } | more  # fmt: skip


@dataclass(slots=True, kw_only=True)
class GitLabProjects:
    """Answers `/api/v4/projects` as the documentation says of keyset pages."""

    projects: dict[int, dict[str, object]] = field(default_factory=dict)
    broken: set[int] = field(default_factory=set)
    """A page that would hold one of these ids answers 500."""

    def add(self, number: int, path: str, **more: object) -> None:
        self.projects[number] = project(number, path, **more)

    def __call__(self, asked: Asked) -> Reply:
        query = asked.query
        if asked.path != "/api/v4/projects" or query.get("order_by") != "id":
            return json_reply({"error": "404 Not Found"}, status=404)
        if query.get("pagination") != "keyset":
            return json_reply({"error": "offset is over 50000"}, status=405)
        first, last = int(query["id_after"]), int(query.get("id_before", "999999999"))
        active = query.get("last_activity_after", "")
        page = [
            self.projects.get(number)
            for number in sorted({*self.projects, *self.broken})
            if first < number < last and str(self._activity(number)) > active
        ][: int(query["per_page"])]
        if None in page:
            return json_reply({"message": "500 Internal Server Error"}, status=500)
        return json_reply(page, link='<https://elsewhere.example/>; rel="next"' if page else "")

    def _activity(self, number: int) -> object:
        return "9999" if number in self.broken else self.projects[number]["last_activity_at"]
