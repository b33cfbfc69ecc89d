"""Git hosts of the demo: bare repositories on disk, served by git's own `git http-backend`.

Objects are written loose and directly (`gitformat-loose`): no git process is started for it, and the ids
depend on the content alone.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlencode

from workers.demo.model import World, WorldRepository
from workers.demo.objects import commit_object, tree_objects
from workers.demo.web import Request, Response, text

__all__ = ["GitHost", "backend", "materialise", "tips"]

_CONFIG = """[core]
\trepositoryformatversion = 0
\tfilemode = true
\tbare = true
[uploadpack]
\tallowFilter = true
\tallowAnySHA1InWant = true
[http]
\treceivepack = false
\tgetanyfile = false
"""
_ROUTE = re.compile(
    r"/(?P<path>[\w.-]+/[\w.-]+?)(?:\.git)?(?P<service>/info/refs|/git-upload-pack)", re.ASCII
)
_SECONDS = 60


def materialise(repositories: Iterable[WorldRepository], directory: Path) -> None:
    """Write repositories as `directory/HOST/OWNER/NAME.git`; what lies there gets their branches."""
    for repository in repositories:
        _write(repository, directory / repository.host / f"{repository.path}.git")


def tips(repository: WorldRepository) -> Mapping[str, str]:
    """Return branch -> commit id, as every part of the world states it."""
    return {
        branch: commit_object(tree_objects(commit.files)[0], at=commit.at)[0]
        for branch, commit in repository.branches.items()
    }


def _write(repository: WorldRepository, folder: Path) -> None:
    (folder / "refs/heads").mkdir(parents=True, exist_ok=True)
    (folder / "objects").mkdir(exist_ok=True)
    (folder / "HEAD").write_text(f"ref: refs/heads/{repository.default_branch}\n")
    (folder / "config").write_text(_CONFIG)
    for branch, commit in repository.branches.items():
        root, objects = tree_objects(commit.files)
        oid, data = commit_object(root, at=commit.at)
        for one, (kind, content) in {**objects, oid: ("commit", data)}.items():
            _write_object(folder / "objects" / one[:2] / one[2:], kind, content)
        ref = folder / "refs/heads" / branch
        ref.parent.mkdir(parents=True, exist_ok=True)
        ref.write_text(f"{oid}\n")


def _write_object(path: Path, kind: str, content: bytes) -> None:
    if path.exists():
        return  # its name is its content
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(zlib.compress(f"{kind} {len(content)}\0".encode() + content, level=1))


class GitHost:
    """An application for one Git host: smart HTTP, protocol versions 0 to 2, reading only."""

    def __init__(self, world: World, host: str, directory: Path) -> None:
        """Serve what `materialise` has written for `host` below `directory`."""
        self._host, self._root = host, directory / host
        self.publish(world)

    def publish(self, world: World) -> None:
        """Serve the repositories of another world from now on, once they are written."""
        self._paths = {
            r.path for r in world.repositories if r.host == self._host and not r.taken_down
        }

    def __call__(self, request: Request) -> Response:
        """Hand a request for a repository of the world to git; all else is 404."""
        route = _ROUTE.fullmatch(request.path)
        if route is None or route["path"] not in self._paths:
            return text(HTTPStatus.NOT_FOUND, "Not Found")
        inside = f"/{route['path']}.git{route['service']}"
        return backend(replace(request, path=inside), self._root)


def backend(
    request: Request,
    root: Path,
    settings: Mapping[str, str] | None = None,
    *,
    protocol: int = 2,
) -> Response:
    """Let git answer a request for a bare repository below `root`.

    `settings` are some of git's own; with `protocol` 0 it does not hear which version the guest speaks.
    The path of the request must be one that `root` may be asked for.
    """
    ran = subprocess.run(  # noqa: S603 - fixed words
        [shutil.which("git") or "git", "http-backend"],
        input=request.body,
        env=_environment(request, root, settings or {}, protocol),
        capture_output=True,
        timeout=_SECONDS,
        check=False,
    )
    return _cgi_response(ran.stdout)


def _environment(
    request: Request, root: Path, settings: Mapping[str, str], protocol: int
) -> dict[str, str]:
    headers = request.headers
    environment = {
        "PATH": os.environ.get("PATH", os.defpath),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_COUNT": str(len(settings)),
        "GIT_PROJECT_ROOT": str(root),
        "GIT_HTTP_EXPORT_ALL": "1",
        "GIT_PROTOCOL": headers.get("git-protocol", "") if protocol else "",
        "PATH_INFO": request.path,
        "QUERY_STRING": urlencode(request.query),
        "REQUEST_METHOD": request.method,
        "CONTENT_TYPE": headers.get("content-type", ""),
        "CONTENT_LENGTH": str(len(request.body)),
        "HTTP_CONTENT_ENCODING": headers.get("content-encoding", ""),
        "REMOTE_ADDR": "127.0.0.1",
    }
    for number, (key, value) in enumerate(settings.items()):
        environment |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    return environment


def _cgi_response(output: bytes) -> Response:
    """Split what a CGI program wrote (RFC 3875, section 6)."""
    head, _, body = output.partition(b"\r\n\r\n")
    headers = dict(_header_lines(head.decode("latin-1").splitlines()))
    status = headers.pop("Status", "200" if head else "500")
    return Response(status=int(status.split()[0]), headers=headers, body=body)


def _header_lines(lines: Iterable[str]) -> Iterable[tuple[str, str]]:
    for line in lines:
        name, _, value = line.partition(":")
        yield name.strip(), value.strip()
