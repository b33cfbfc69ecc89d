"""Repositories as plain files over HTTP, alone or beside those that git answers for, and redirects.

Alone: a web server on a folder, after `git update-server-info`. Beside: a POST to such a repository is
answered with `refusal`, as web servers do.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tests.servers.git_http import GitHttpServer
from tests.servers.git_repository import git
from workers.demo.web import Request, Response


class GitFilesServer(GitHttpServer):
    """Serves the repositories called in `files` as files, all others through git.

    `redirects` maps the name of a repository to where it is said to be, with whatever follows the name
    put behind it.
    """

    def __init__(
        self,
        root: Path,
        *,
        files: tuple[str, ...] = (),
        redirects: Mapping[str, str] | None = None,
        refusal: int = 501,
        status: int = 301,
        protocol: int = 2,
        media_type: str = "text/plain",
    ) -> None:
        super().__init__(root, protocol=protocol)
        self.files, self.redirects = files, redirects or {}
        self.refusal, self.status, self.media_type = refusal, status, media_type
        self.blocked: Mapping[str, Response] = {}
        """What is answered to whatever is asked of a repository, by its name."""
        for name in files:
            git(root / name, "update-server-info")

    def answer(self, request: Request) -> Response:
        name, _, rest = request.path.lstrip("/").partition(".git/")
        for old, new in self.redirects.items():
            if request.path.startswith(f"/{old}/"):
                end = request.target.removeprefix(f"/{old}")
                return _said(self.status, {"location": new + end})
        if f"{name}.git" in self.blocked:
            return self.blocked[f"{name}.git"]
        if f"{name}.git" not in self.files:
            return super().answer(request)
        if request.method != "GET":
            return _said(self.refusal, {})
        path = self.root / f"{name}.git" / rest
        if not path.is_file():
            return _said(404, {})
        return Response(headers={"Content-Type": self.media_type}, body=path.read_bytes())


def _said(status: int, headers: Mapping[str, str]) -> Response:
    return Response(status=status, headers=headers)
