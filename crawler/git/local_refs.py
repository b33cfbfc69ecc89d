"""HEAD, the branches and all other refs of a local repository, read as files. Source: gitrepository-layout(5).

The git program is not asked: it would open a FIFO, follow a link out of the folder, and believe the
configuration.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from itertools import islice
from pathlib import Path

from crawler.errors import GhostcrawlError, Malformed
from crawler.git.folder import Folder
from crawler.git.interface import Limits
from crawler.git.layout import Layout
from crawler.git.objects import require_oid
from crawler.git.refs import Advertised
from crawler.git.reftable import read_reftable
from crawler.git.skips import Skips
from crawler.model import Refs

__all__ = ["LocalRefs"]

_LONGEST_REF = 4_096
_LONGEST_SHOWN = 200
_MOST_SYMBOLIC = 5
"""As git's own files backend (SYMREF_MAXDEPTH)."""
_REFS, _BRANCHES = "refs/", "refs/heads/"
_REMOTE_HEAD = re.compile(r"refs/remotes/[^/]+/HEAD")
"""Names another ref of the same remote."""
_SAFE = re.compile(r"refs/(?!.*(?:\.\.|//|/\.|\.lock(?:/|$)))[^\x00-\x20\x7f~^:?*\[\\]{1,1000}")
_PACKED = re.compile(rb"^([0-9a-f]{40,64}) (refs/[^\n]+)$", re.MULTILINE)
_LONGEST_PACKED = 64 * 1024 * 1024
_REFTABLE = "refs/heads/.invalid"
"""What HEAD names for readers that know only files (git's reftable documentation)."""


class LocalRefs:
    """Reads refs below one layout; what cannot be read is noted, and hides no other."""

    def __init__(self, folder: Folder, layout: Layout, limits: Limits, skips: Skips) -> None:
        """Read within `limits`."""
        self._folder, self._layout, self._limits, self._skips = folder, layout, limits, skips
        self._packed: Mapping[str, str] | None = None
        self._table: Mapping[str, str] | None = None
        """What refs name where they are stored as tables."""
        self._below = _BRANCHES

    def read(self, refs: Refs) -> Iterator[Advertised]:
        """Yield HEAD, and the branches or all refs where they are asked for.

        Raises what `read_reftable` raises for refs that are stored as tables.
        """
        self._below = _REFS if refs is Refs.ALL else _BRANCHES
        self._open_tables()
        try:
            yield from self._head()
        except GhostcrawlError as error:
            self._skips.add(self._folder.shown(self._layout.git_dir / "HEAD"), error)
        if refs is not Refs.DEFAULT:
            for name in sorted({*self._loose_names(), *self._packed_refs()}):
                if not _REMOTE_HEAD.fullmatch(name):
                    yield from self._ref(name)

    def _ref(self, name: str) -> Iterator[Advertised]:
        try:
            if not _SAFE.fullmatch(name):
                raise Malformed("a ref of a forbidden name")
            if (oid := self._oid(name)) is not None:
                yield Advertised(name=name, oid=require_oid(oid))
        except GhostcrawlError as error:
            self._skips.add(name[:_LONGEST_SHOWN], error)

    def _head(self) -> Iterator[Advertised]:
        value = self._value("HEAD")
        if value is None:
            raise Malformed("invalid repository: expected a HEAD")
        target = _target(value)
        oid = value if target is None else self._oid(target)
        if oid is not None:
            yield Advertised(name="HEAD", oid=require_oid(oid), target=target)

    def _oid(self, name: str) -> str | None:
        """Follow a ref to an object name; None where it does not exist."""
        for _ in range(_MOST_SYMBOLIC):
            value = self._value(name)
            if value is None:
                return self._packed_refs().get(name)
            if (target := _target(value)) is None:
                return value
            name = target
        raise Malformed(f"more than {_MOST_SYMBOLIC} symbolic refs that name one another")

    def _open_tables(self) -> None:
        """Read the refs where they are stored as tables, those of a linked work tree behind all others."""
        git_dir, common = self._layout.git_dir, self._layout.common_dir
        head = None
        with suppress(GhostcrawlError):  # which whoever reads HEAD will say
            head = self._content(git_dir / "HEAD")
        if head is not None and head.removeprefix("ref:").strip() == _REFTABLE:
            table = read_reftable(self._folder, common / "reftable", self._limits.refs)
            if git_dir != common:
                table |= read_reftable(self._folder, git_dir / "reftable", self._limits.refs)
            if "HEAD" not in table:
                raise Malformed("the reftable is damaged: it has no HEAD")
            self._table = table

    def _value(self, name: str) -> str | None:
        """Return what a ref names, or what its file says."""
        if self._table is not None:
            return self._table.get(name)
        base = self._layout.git_dir if name == "HEAD" else self._layout.common_dir
        return self._content(base / name)

    def _content(self, path: Path) -> str | None:
        """Return what a ref file says; a link to a ref is an older way to say `ref: `.

        A folder in its place is one that git left when it packed the refs in it.
        """
        path = self._folder.file(path.parent) / path.name
        if path.is_symlink() and (linked := os.readlink(path)).startswith("refs/"):  # noqa: PTH115 - its text
            return f"ref: {linked}"
        if os.path.isdir(path):  # noqa: PTH112 - which swallows every error
            return None
        data = self._folder.read_if_there(path, _LONGEST_REF)
        if data is None:
            return None
        text = os.fsdecode(data).strip()
        if not text:
            raise Malformed("the ref is damaged: its file is empty")
        return text if text.startswith("ref:") else text.split(maxsplit=1)[0]

    def _loose_names(self) -> Iterator[str]:
        """Yield the names of all files of refs, as far as there are not too many."""
        if self._table is not None:
            yield from (name for name in self._table if name.startswith(self._below))
            return
        room, seen = self._limits.refs, set[Path]()
        folders = [(self._layout.common_dir / self._below, self._below)]
        while folders:
            path, prefix = folders.pop()
            entries = self._entries(path, seen, room)
            room -= len(entries)
            if room <= 0:
                self._say_more_than(self._limits.refs)
                return
            for name in entries:
                if os.path.isdir(path / name):  # noqa: PTH112 - which swallows every error
                    folders.append((path / name, f"{prefix}{name}/"))
                elif not name.endswith(".lock"):  # git's own, while it writes a ref
                    yield f"{prefix}{name}"

    def _entries(self, path: Path, seen: set[Path], most: int) -> list[str]:
        """List a folder that was not `seen` yet."""
        shown = self._folder.shown(path)[:_LONGEST_SHOWN]
        try:
            real = self._folder.folder(path)
            if real in seen:
                return []
            seen.add(real)
            with os.scandir(real) as entries:
                return [entry.name for entry in islice(entries, most)]
        except FileNotFoundError:
            return []
        except GhostcrawlError as error:
            self._skips.add(shown, error)
        except OSError as error:
            self._skips.add(shown, f"cannot be listed: {error.strerror}")
        return []

    def _packed_refs(self) -> Mapping[str, str]:
        if self._table is not None:
            return {}
        if self._packed is None:
            path, most = self._layout.common_dir / "packed-refs", self._limits.refs
            try:
                data = self._folder.read_if_there(path, _LONGEST_PACKED) or b""
            except GhostcrawlError as error:
                self._skips.add(self._folder.shown(path), error)
                data = b""
            below = self._below.encode()
            there = (one for one in _PACKED.finditer(data) if one[2].startswith(below))
            found = list(islice(there, most + 1))
            if len(found) > most:
                self._say_more_than(most)
            self._packed = {os.fsdecode(match[2]): match[1].decode() for match in found[:most]}
        return self._packed

    def _say_more_than(self, most: int) -> None:
        self._skips.add("refs", f"more than {most} refs: the others were not read")


def _target(value: str) -> str | None:
    """Return the ref that a symbolic one names, None for one that names an object; raises Malformed."""
    if not value.startswith("ref:"):
        return None
    target = value.removeprefix("ref:").strip()
    if target != _REFTABLE and not _SAFE.fullmatch(target):
        raise Malformed("a symbolic ref to a forbidden name")
    return target
