"""Where a local repository keeps its HEAD, refs and objects. Source: gitrepository-layout(5)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from crawler.errors import GhostcrawlError, Gone, Malformed
from crawler.git.folder import Folder
from crawler.git.skips import Skips

__all__ = ["Layout", "layout_of"]

_POINTER = "gitdir: "
_LONGEST_POINTER = 4_096
_ALTERNATES = "info/alternates"
_LONGEST_ALTERNATES = 64 * 1024
_MOST_STORES = 16
"""Folders of objects; git follows alternates to a depth of 5 (object-file.c)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Real paths, all inside of the folder that was named."""

    git_dir: Path
    """Holds HEAD."""
    common_dir: Path
    """Holds the refs; another one in a linked work tree."""
    object_dirs: tuple[Path, ...]
    """Where objects are, the repository's own folder first, then the alternates."""


def layout_of(folder: Folder, skips: Skips) -> Layout:
    """Find the repository at exactly `folder`, work tree or bare; note alternates that are elsewhere.

    Raises Gone where there is none, Refused where it is elsewhere, Malformed where it is damaged.
    """
    git_dir = _git_dir(folder)
    pointer = git_dir / "commondir"
    line = folder.read_if_there(pointer, _LONGEST_POINTER)
    common = git_dir
    if line is not None:
        common = _real_folder(folder, git_dir / _path_in(line), told_by=pointer)
    objects = _real_folder(folder, common / "objects")
    return Layout(
        git_dir=git_dir,
        common_dir=common,
        object_dirs=(objects, *_alternates(folder, objects, skips)),
    )


def _git_dir(folder: Folder) -> Path:
    dotted = folder.root / ".git"
    real = folder.folder(dotted)
    if real.is_file():
        line = _path_in(folder.read(dotted, _LONGEST_POINTER))
        if not line.startswith(_POINTER):
            raise Malformed(f"{dotted} is a file that names no repository")
        return _real_folder(folder, folder.root / line.removeprefix(_POINTER), told_by=dotted)
    for candidate in (real, folder.root):
        if _has(candidate, "HEAD") and (_has(candidate, "objects") or _has(candidate, "commondir")):
            return candidate
    if _has(folder.root, ".git"):
        raise Malformed(f"{dotted} is not a Git repository: it has no HEAD or no objects")
    raise Gone(f"no Git repository in {folder.root}")


def _has(folder: Path, name: str) -> bool:
    return os.path.lexists(folder / name)


def _path_in(line: bytes) -> str:
    return os.fsdecode(line).strip("\r\n")


def _real_folder(folder: Folder, path: Path, *, told_by: Path | None = None) -> Path:
    real = folder.folder(path, told_by=told_by)
    if not real.is_dir():
        named = "" if told_by is None else f", which {told_by} names,"
        raise Malformed(f"{real}{named} is not a folder")
    return real


def _alternates(folder: Folder, first: Path, skips: Skips) -> Iterator[Path]:
    """Yield the folders of objects that `first` borrows from, and those that these borrow from."""
    seen, waiting = {first}, [first]
    while waiting:
        objects = waiting.pop(0)
        source = objects / _ALTERNATES
        for line in _alternate_lines(folder, source, skips):
            try:
                real = _real_folder(folder, objects / line, told_by=source)
            except GhostcrawlError as error:
                skips.add(folder.shown(source), error)
                continue
            if real not in seen and len(seen) == _MOST_STORES:
                skips.add(folder.shown(source), f"more than {_MOST_STORES} folders of objects")
                return
            if real not in seen:
                seen.add(real)
                waiting.append(real)
                yield real


def _alternate_lines(folder: Folder, source: Path, skips: Skips) -> list[str]:
    try:
        data = folder.read_if_there(source, _LONGEST_ALTERNATES) or b""
    except GhostcrawlError as error:
        skips.add(folder.shown(source), error)
        return []
    lines = [line for line in data.split(b"\n") if line and not line.startswith(b"#")]
    quoted = [line for line in lines if line.startswith(b'"')]
    if quoted:
        skips.add(folder.shown(source), "a path in quotation marks, which is not read")
    return [os.fsdecode(line) for line in lines if line not in quoted]
