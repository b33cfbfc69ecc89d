"""Searching the files of a folder that no parser reads, whatever their names are."""

from __future__ import annotations

import os
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from crawler import lockfiles
from crawler.model import Skipped
from workers import files
from workers.cli.mentioned import MentionReader
from workers.cli.traces import Trace, by_bytes, by_digest, text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from crawler.model import LockBlob
    from crawler.pipeline import Lookup

__all__ = ["other_files", "traces_in"]

_MOST_OF_ONE_FILE = 20
_NOT_OPENED = "an archive: what it requires or bundles is not read"


def other_files(root: Path, place: str, is_left: Callable[[str], bool]) -> Iterator[files.Found]:
    """Yield the regular files below `root` for which `is_left` holds, by their path behind `place`.

    Folders that no scan enters are passed over; no link is followed.
    """
    prefix = f"{place.rstrip('/')}/" if place else ""
    for folder, below, names in os.walk(root):
        below[:] = sorted(set(below) - files.FOREIGN_FOLDERS.keys())
        for name in sorted(names):
            file = Path(folder, name)
            path = f"{prefix}{file.relative_to(root).as_posix()}"
            if is_left(path) and not file.is_symlink() and file.is_file():
                yield files.Found(path=path, file=file)


def traces_in(lookup: Lookup, found: Iterator[files.Found]) -> Iterator[Trace]:
    """Yield what stands of ghosts in each file, 20 lines of one at most.

    Of files of more than 1 MiB only the bytes are compared, and larger ones than a lock may be are said.
    """
    mentions = MentionReader(lookup)
    for one in found:
        blob = files.read(one)
        if isinstance(blob, Skipped):
            yield Trace(path=one.path, reason=blob.reason)
            continue
        if lockfiles.is_archive(one.path):
            yield Trace(path=one.path, reason=_NOT_OPENED)
        yield from islice(_traces(lookup, mentions, blob), _MOST_OF_ONE_FILE)


def _traces(lookup: Lookup, mentions: MentionReader, blob: LockBlob) -> Iterator[Trace]:
    yield from by_bytes(lookup, blob)
    yield from by_digest(lookup, blob)
    text = text_of(blob.data)
    if b"\0" not in text:
        for one in mentions.of(blob.path, blob.path, replace(blob, data=text)):
            yield Trace(path=blob.path, line=one.mention.line, reason=one.reason)
