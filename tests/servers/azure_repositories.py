"""The repositories of one organisation of Azure DevOps, in one answer."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.servers.api import Asked, Reply, json_reply

__all__ = ["AzureRepositories", "repository"]


def repository(project_name: str, name: str, /, **more: object) -> dict[str, object]:
    """One `GitRepository` of Azure DevOps' documentation."""
    return {
        "id": "5febef5a-833d-4e14-b9c0-14cb638f91e6",
        "name": name,
        "url": "https://elsewhere.example/org/_apis/git/repositories/5febef5a",
        "project": {
            "id": "6ce954b1-ce1f-45d1-b94d-e6bf2464ba2c",
            "name": project_name,
            "url": "https://elsewhere.example/org/_apis/projects/6ce954b1",
            "state": "wellFormed",
            "revision": 11,
            "visibility": "public",
            "lastUpdateTime": "2026-05-01T00:00:00.000Z",
        },
        "defaultBranch": "refs/heads/main",
        "size": 728,
        "remoteUrl": "https://elsewhere.example/org/project/_git/name",
        "sshUrl": "git@elsewhere.example:v3/org/project/name",
        "webUrl": "https://elsewhere.example/org/project/_git/name",
        "isDisabled": False,
        "isInMaintenance": False,
    } | more


@dataclass(slots=True, kw_only=True)
class AzureRepositories:
    """Answers `/ORGANISATION/_apis/git/repositories` of version 7.1; no organisation is any."""

    repositories: list[dict[str, object]] = field(default_factory=list)

    def __call__(self, asked: Asked) -> Reply:
        _, _, resource = asked.path.rpartition("/_apis/")
        known = resource == "git/repositories" and asked.query["api-version"] == "7.1"
        if not known:
            return json_reply({"message": "no such resource"}, status=404)
        return json_reply({"value": self.repositories, "count": len(self.repositories)})
