"""A Forgejo with private repositories, which it tells and serves to who shows one token."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from workers.demo.forgejo import ForgejoApp
from workers.demo.githttp import GitHost
from workers.demo.model import World
from workers.demo.web import Request, Response, as_json, text

__all__ = ["PrivateForge"]


class PrivateForge:
    """The application of `host`: API and git; `folder` is where `materialise` has written its repositories.

    Source: Forgejo answers 401 to who clones a private repository without credentials, 404 to who may not see
    it, and takes a token for the password of any user (services/auth/basic.go).
    """

    def __init__(
        self, world: World, host: str, folder: Path, *, private: Collection[str], token: str
    ) -> None:
        shown = tuple(r for r in world.repositories if r.path not in private)
        self._private, self._token = private, token
        self._of_members = ForgejoApp(world, host=host, web_url=f"https://{host}")
        self._of_strangers = ForgejoApp(
            replace(world, repositories=shown), host=host, web_url=f"https://{host}"
        )
        self._git = GitHost(world, host, folder)
        self.authorized: list[str] = []
        """Paths of requests that came with credentials, right or wrong."""

    def __call__(self, request: Request) -> Response:
        shown = request.headers.get("authorization")
        if shown is not None:
            self.authorized.append(request.path)
        if not request.path.startswith("/api/"):
            return self._serve(request, shown)
        if shown != f"token {self._token}":
            return self._of_strangers(request)
        return self._marked(self._of_members(request))

    def _marked(self, answer: Response) -> Response:
        content = json.loads(answer.body)
        for entry in content if isinstance(content, list) else content.get("data", ()):
            entry["private"] = entry["full_name"] in self._private
        return as_json(content, answer.headers, answer.status)

    def _serve(self, request: Request, shown: str | None) -> Response:
        if not any(request.path.startswith(f"/{path}.git/") for path in self._private):
            return self._git(request)
        if shown is None:
            return text(401, "Unauthorized", {"WWW-Authenticate": 'Basic realm="Gitea"'})
        password = b64decode(shown.removeprefix("Basic ")).decode().partition(":")[2]
        return self._git(request) if password == self._token else text(404, "Not Found")
