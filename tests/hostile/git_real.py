"""Groups A16, A18 and A35 once more: what the git program itself serves, and how old servers are read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.hostile.git_modes import HONEST, Mode, Serve, Served, Trap
from tests.servers.git_http import GitHttpServer
from tests.servers.git_repository import bare, commit, git

__all__ = ["real_modes"]

_ROOT = ("uv.lock",)
_LURE: dict[str, bytes | tuple[str, bytes]] = {
    "uv.lock": HONEST,
    "a/uv.lock": ("120000", b"/etc/passwd"),
    ".gitattributes": b"* filter=evil ident\n",
    "hooks/post-checkout": ("100755", b"#!/bin/sh\ntouch marker\n"),
}


def real_modes() -> Iterator[Mode]:
    """Yield all modes of this file."""
    for label, (build, verdict) in _EMPTY.items():
        yield Mode(id=label, serve=_served(build), reader=verdict, program=verdict)
    servers = {"0": (0, True), "2": (2, True), "2-without-filter": (2, False)}
    for label, (protocol, filters) in servers.items():
        yield Mode(
            id=f"A8-real-version-{label}",
            serve=_served(_lure, protocol=protocol, filters=filters),
            reader="visited partial",
            program="visited partial",
            reads=_ROOT,
        )


def _served(build: Callable[[Path], None], *, protocol: int = 2, filters: bool = True) -> Serve:
    @contextmanager
    def serve(_: Trap) -> Iterator[Served]:
        with TemporaryDirectory() as folder:
            root = Path(folder)
            build(root / "r.git")
            with GitHttpServer(root, protocol=protocol, filters=filters) as server:
                heard = server.traffic.requests
                yield Served(
                    url=server.url("r.git"), trusted=(server.authority,), heard=lambda: heard
                )

    return serve


def _lure(path: Path) -> None:
    commit(bare(path), _LURE)


def _bare(path: Path) -> None:
    bare(path)


def _sha256(path: Path) -> None:
    path.mkdir()
    git(path, "init", "-q", "--bare", "-b", "main", "--object-format=sha256")
    commit(path, {"uv.lock": HONEST})


def _missing_branch(path: Path) -> None:
    commit(bare(path), {"uv.lock": HONEST}, branch="other")


def _replaced(path: Path) -> None:
    """A replace ref says that the tip is another commit; only who believes it reads an empty tree."""
    tip = commit(bare(path), {"uv.lock": HONEST})
    git(path, "update-ref", f"refs/replace/{tip}", commit(path, {"x": b"x"}, branch="other"))


def _alternates(path: Path) -> None:
    commit(bare(path), {"uv.lock": HONEST})
    (path / "objects/info").mkdir(exist_ok=True)
    (path / "objects/info/alternates").write_text("/nonexistent\n")


_EMPTY: dict[str, tuple[Callable[[Path], None], str]] = {
    "A16-real-sha256": (_sha256, "visited whole"),
    "A18-real-empty": (_bare, "empty whole"),
    "A18-real-head-to-missing-branch": (_missing_branch, "visited whole"),
    "A14-real-replace-ref": (_replaced, "visited whole"),
    "A13-real-alternates": (_alternates, "visited whole"),
}
