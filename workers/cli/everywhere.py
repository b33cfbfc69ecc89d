"""Searching the files of a folder that no parser reads, whatever their names are."""

from __future__ import annotations

import os
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from crawler import lockfiles
from crawler.model import Skipped
from workers import files
from workers.cli.mentioned import MentionedGhost, MentionReader
from workers.cli.traces import Trace, by_bytes, by_digest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from crawler.model import LockBlob
    from workers.cli.open_verdicts import OpenVerdicts

__all__ = ["other_files", "traces_in"]

_MOST_OF_ONE_FILE = 40
_MORE = "has more digests of known malware than are said"
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


def traces_in(
    known: OpenVerdicts, found: Iterator[files.Found]
) -> Iterator[Trace | MentionedGhost]:
    """Yield what stands of ghosts in each file, 40 lines of one at most, which is said.

    Of files of more than 1 MiB only the bytes are compared; what was not searched is said.
    """
    mentions = MentionReader(known)
    for one in found:
        blob = files.read(one)
        if isinstance(blob, Skipped):
            yield Trace(path=one.path, reason=blob.reason)
            continue
        if lockfiles.is_package_file(one.path):
            yield Trace(path=one.path, reason=_NOT_OPENED)
        found_in = list(islice(_traces(known, mentions, blob), _MOST_OF_ONE_FILE + 1))
        yield from found_in[:_MOST_OF_ONE_FILE]
        if len(found_in) > _MOST_OF_ONE_FILE:
            yield Trace(path=one.path, reason=_MORE)


def _traces(
    known: OpenVerdicts, mentions: MentionReader, blob: LockBlob
) -> Iterator[Trace | MentionedGhost]:
    yield from by_bytes(known.lookup, blob)
    yield from mentions.of(blob.path, blob.path, blob)
    yield from by_digest(known.lookup, blob)
