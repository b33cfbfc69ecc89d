"""A repository on this machine that a stranger made, and what lies around it and is none of our business."""

from __future__ import annotations

import hashlib
import os
import shutil
import socket
import stat
import struct
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from crawler.git.objects import ObjectType, oid_of
from tests.servers.git_repository import bare, commit, git
from tests.servers.packs import pack

__all__ = ["HONEST", "SECRET", "Place", "device", "fifo", "loose", "packed", "unix_socket"]

HONEST = b"an honest lock\n"
SECRET = b"a lock that lies elsewhere\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A folder to scan, and its neighbours."""

    repo: Path
    """A work tree: `uv.lock` and `sub/uv.lock` are committed on main, `other/uv.lock` on dev."""
    outside: Path
    """Another repository, which nobody named; nothing in it is to be opened."""
    marker: Path
    """Made by whoever runs a stranger's command."""

    @classmethod
    def make(cls, folder: Path) -> Place:
        """Build an honest one; a member of the corpus then spoils it."""
        place = cls(
            repo=folder / "repo", outside=folder / "outside.git", marker=folder / "executed"
        )
        commit(bare(place.outside), {"uv.lock": SECRET})
        commit(bare(folder / "origin.git"), {"uv.lock": HONEST, "sub/uv.lock": HONEST + b"sub\n"})
        commit(folder / "origin.git", {"other/uv.lock": HONEST + b"dev\n"}, branch="dev")
        git(folder, "init", "-q", "-b", "main", "repo")
        git(
            place.repo,
            "fetch",
            "-q",
            str(folder / "origin.git"),
            "main:main",
            "dev:dev",
            "-f",
            "-u",
        )
        return place

    def copied_to(self, folder: Path) -> Place:
        """Return the same in another folder."""
        shutil.copytree(self.repo.parent, folder, dirs_exist_ok=True)
        return replace(
            self, repo=folder / "repo", outside=folder / "outside.git", marker=folder / "executed"
        )

    @property
    def git(self) -> Path:
        """Its `.git`."""
        return self.repo / ".git"

    @property
    def script(self) -> Path:
        """A program of the stranger's."""
        path = self.repo / "evil.sh"
        path.write_text(f"#!/bin/sh\ntouch {self.marker}\n")
        path.chmod(0o755)
        return path

    def object(self, name: str) -> Path:
        """The file of the loose object that git calls `name`."""
        oid = git(self.repo, "rev-parse", name)
        return self.git / "objects" / oid[:2] / oid[2:]

    def configure(self, text: str) -> None:
        """Add to the configuration of the repository."""
        with (self.git / "config").open("a") as config:
            config.write(text)


def instead(path: Path, make: Callable[[Path], object]) -> None:
    """Put something else where a file is, or none."""
    path.unlink(missing_ok=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    make(path)


def fifo(path: Path) -> None:
    """Whoever opens it waits for ever."""
    instead(path, os.mkfifo)


def unix_socket(path: Path) -> None:
    """It cannot be opened at all."""
    here = os.getcwd()  # noqa: PTH109 - the name of a socket is short
    instead(path, lambda _: None)
    with socket.socket(socket.AF_UNIX) as listener:
        os.chdir(path.parent)
        try:
            listener.bind(path.name)
        finally:
            os.chdir(here)


def device(path: Path) -> None:
    """Whoever reads it gets zeros without end; only root can make it."""
    instead(path, lambda p: os.mknod(p, 0o644 | stat.S_IFCHR, os.makedev(1, 5)))


def link(target: str | Path) -> Callable[[Path], None]:
    """Return what puts a symbolic link to `target` in the place of a file."""
    return lambda path: instead(path, lambda p: p.symlink_to(target))


def sparse(size: int) -> Callable[[Path], None]:
    """Return what puts a file of zeros in the place of another, which needs no disk."""

    def make(path: Path) -> None:
        with path.open("wb") as file:
            file.truncate(size)

    return lambda path: instead(path, make)


def loose(place: Place, kind: ObjectType, data: bytes) -> str:
    """Write a loose object without asking git, and return its oid."""
    oid = oid_of(kind, data)
    body = zlib.compress(b"%b %d\0%b" % (kind.word, len(data), data))
    write_loose(place, oid, body)
    return oid


def write_loose(place: Place, oid: str, body: bytes) -> None:
    """Write the file of a loose object, whatever is in it."""
    path = place.git / "objects" / oid[:2] / oid[2:]
    path.parent.mkdir(exist_ok=True)
    path.unlink(missing_ok=True)
    path.write_bytes(body)


def packed(place: Place, entries: Sequence[bytes], oids: Sequence[str]) -> Path:
    """Write a pack and an index that nobody checked; return the path of the pack."""
    data, offset, offsets = pack(entries), 12, dict[str, int]()
    for oid, one in zip(oids, entries, strict=True):
        offsets[oid] = offset
        offset += len(one)
    path = place.git / "objects/pack" / f"pack-{data[-20:].hex()}.pack"
    path.write_bytes(data)
    names = sorted(offsets)
    fanout = (sum(int(n[:2], 16) <= first for n in names) for first in range(256))
    index = b"\xfftOc" + struct.pack(">257I", 2, *fanout)
    index += b"".join(map(bytes.fromhex, names)) + bytes(4 * len(names))
    index += b"".join(struct.pack(">I", offsets[n]) for n in names) + data[-20:]
    path.with_suffix(".idx").write_bytes(index + hashlib.sha1(index).digest())
    return path
