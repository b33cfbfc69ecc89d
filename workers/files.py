"""Locks in folders of this machine, read as data: nothing is run, no link is followed."""

from __future__ import annotations

import hashlib
import os
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from crawler import lockfiles
from crawler.errors import GiveUp
from crawler.model import LockBlob, Skipped
from crawler.sandbox.files import read_file, starts_with

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from crawler.model import ParseResult

__all__ = [
    "FOREIGN_FOLDERS",
    "LARGEST_LOCK",
    "Found",
    "blob_of",
    "find",
    "is_below",
    "read",
    "with_included",
]

LARGEST_LOCK = 20 * 1024 * 1024
"""Bytes; the largest real lock of the corpus has 5 MB."""
_MOST_INCLUDED = 200
_BARE = "not entered: a bare Git repository; name it with --refs to read what is committed"
FOREIGN_FOLDERS = {
    ".git": "git's own folder; use --refs to read what is committed",
    ".venv": "a virtual environment",
    "node_modules": "installed packages",
    "site-packages": "installed packages",
    "__pycache__": "a cache",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A lock, by its path below the folder that was asked for, with `/` between parts."""

    path: str
    file: Path
    read_as: str = ""
    """Of a file that another one includes: the name of a file that is read as this one is."""
    most: int = LARGEST_LOCK
    """Bytes; a larger file is not read."""


def find(
    root: Path,
    wanted: Callable[[str], bool] = lockfiles.is_lock,
    *,
    named: str = "",
) -> Iterator[Found | Skipped]:
    """Yield the wanted files below `root` in a stable order, and what was passed over and why.

    A file given by name is always wanted. Paths are those below `root`, behind `named` where several
    roots have to be told apart. Raises OSError where `root` itself cannot be read.
    """
    named = named.rstrip("/")
    if not root.is_dir():
        root.lstat()
        yield Found(path=named or root.name, file=root)
        return
    folders = [(root, f"{named}/" if named else "")]
    while folders:
        folder, prefix = folders.pop()
        below: list[tuple[Path, str]] = []
        yield from _entries(folder, prefix, wanted, below)
        folders += reversed(below)


def _entries(
    folder: Path, prefix: str, wanted: Callable[[str], bool], below: list[tuple[Path, str]]
) -> Iterator[Found | Skipped]:
    """Yield what lies directly in `folder`; the folders in it are added to `below`."""
    try:
        entries = sorted(os.scandir(folder), key=lambda e: e.name)
    except OSError as error:
        yield Skipped(context=prefix or ".", reason=f"cannot be listed: {error.strerror}")
        return
    if {"HEAD", "objects", "refs"} <= {one.name for one in entries}:
        yield Skipped(context=prefix or ".", reason=_BARE)
        return
    for entry in entries:
        path = f"{prefix}{entry.name}"
        if entry.is_dir(follow_symlinks=False):
            if (why := FOREIGN_FOLDERS.get(entry.name)) is not None:
                yield Skipped(context=f"{path}/", reason=f"not entered: {why}")
            else:
                below.append((Path(entry.path), f"{path}/"))
        elif wanted(path) and (not _needs_shebang(path) or _is_script(entry)):
            yield _regular(entry, path)


def _needs_shebang(path: str) -> bool:
    return lockfiles.is_told_by_shebang(path) and lockfiles.command_kind(path) is None


def _is_script(entry: os.DirEntry[str]) -> bool:
    """Say whether a file begins as scripts do; of one that cannot be opened that is said where it is read."""
    try:
        return entry.is_file(follow_symlinks=False) and starts_with(Path(entry.path), b"#!")
    except OSError:
        return True


def _regular(entry: os.DirEntry[str], path: str) -> Found | Skipped:
    if entry.is_file(follow_symlinks=False):
        return Found(path=path, file=Path(entry.path))
    return Skipped(context=path, reason="not a regular file; links are never followed")


def with_included(
    root: Path,
    found: Sequence[Found],
    parse: Callable[[str, bytes], ParseResult],
    named: str = "",
) -> Iterator[Found | Skipped]:
    """Yield `found`, and behind them what these include inside of the folder `root`.

    Each file once, so that cycles end; more than 200 that are not found by their name are said. `parse` reads
    what strangers wrote, `named` as in `find`. What was found only for what it mentions comes again where it is included.
    """
    yield from found
    within, prefix = root.resolve(), f"{named.rstrip('/')}/" if named else ""
    paths = (one.path for one in found)
    known = {path for path in paths if not lockfiles.only_mentions(path.removeprefix(prefix))}
    waiting = deque(found if root.is_dir() else ())
    followed = 0
    while waiting:
        for included in _included(waiting.popleft(), prefix, parse):
            path, file = f"{prefix}{included.path}", root / included.path
            if path in known or not is_below(file, within):
                continue
            known.add(path)
            followed += 1
            if followed > _MOST_INCLUDED:
                yield Skipped(context=path, reason=f"more than {_MOST_INCLUDED} included files")
                return
            one = Found(path=path, file=file, read_as=included.read_as)
            waiting.append(one)
            yield one


def _included(
    found: Found, prefix: str, parse: Callable[[str, bytes], ParseResult]
) -> tuple[lockfiles.Included, ...]:
    """Return what a file includes; most cannot include any."""
    below = found.path.removeprefix(prefix)
    if not found.read_as and not lockfiles.may_include(below):
        return ()
    blob = read(found)
    return (
        ()
        if isinstance(blob, Skipped)
        else lockfiles.included_by(below, blob.data, found.read_as, parse)
    )


def is_below(file: Path, root: Path) -> bool:
    """Say whether `file` is a regular one that no link leads out of `root` to."""
    try:
        return file.is_file() and not file.is_symlink() and file.resolve().is_relative_to(root)
    except (OSError, ValueError):
        return False


def read(found: Found) -> LockBlob | Skipped:
    """Read a lock whole, or say why not. Never waits, whatever a stranger put in its place."""
    try:
        return blob_of(found.path, read_file(found.file, found.most))
    except OSError as error:
        return Skipped(context=found.path, reason=f"cannot be read: {error.strerror}")
    except GiveUp as error:
        return Skipped(context=found.path, reason=str(error))


def blob_of(path: str, data: bytes) -> LockBlob:
    """Return `data` as git names it: the sha1 over its blob header and the bytes."""
    oid = hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()
    return LockBlob(oid=oid, path=path, data=data)
