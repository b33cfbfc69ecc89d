"""Searching the files of a folder that no parser reads: for ghosts themselves, their digests, and their names.

What is found is said and accuses nobody: a recipe, a list of indicators and a sample look alike here.
"""

from __future__ import annotations

import codecs
import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from crawler.lockfiles.traces import MOST_OF_TEXT, digests_in, digests_of
from crawler.matching import WatchKeys
from crawler.model import LockBlob, Skipped, VerdictState
from workers import files
from workers.cli.mentioned import MentionReader

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from crawler.model import Subject
    from crawler.pipeline import Lookup

__all__ = ["Trace", "other_files", "traces_in"]

_MOST_OF_ONE_FILE = 20
_NOT_DECIDED = "known to be malicious; not decided"
_NOT_OPENED = "an archive: what it requires or bundles is not read"
_ARCHIVES = (".whl", ".egg", ".tgz", ".tar.gz", ".tar.bz2", ".tar.xz", ".zip", ".conda")
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """What stands of a ghost in a file, or why the file was not searched."""

    where: str
    """Path, with the line where that is known."""
    path: str
    reason: str


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
    """Yield what stands of ghosts in each file, 20 lines of one at most; the bytes of larger files than 1 MiB alone are compared."""
    mentions = MentionReader(lookup)
    for one in found:
        blob = files.read(one)
        if isinstance(blob, Skipped):
            yield Trace(where=one.path, path=one.path, reason=blob.reason)
            continue
        if one.path.lower().endswith(_ARCHIVES):
            yield Trace(where=one.path, path=one.path, reason=_NOT_OPENED)
        yield from islice(_traces(lookup, mentions, blob), _MOST_OF_ONE_FILE)


def _traces(lookup: Lookup, mentions: MentionReader, blob: LockBlob) -> Iterator[Trace]:
    for subject in _known(lookup, digests_of(blob.data)).values():
        reason = f"is {_named(subject)}, byte for byte, {_NOT_DECIDED}"
        yield Trace(where=blob.path, path=blob.path, reason=reason)
    text = _text(blob.data)
    if len(text) > MOST_OF_TEXT:
        return
    places = dict(reversed(list(digests_in(text))))
    for digest, subject in _known(lookup, places.keys()).items():
        line = text.count(b"\n", 0, places[digest]) + 1
        reason = f"names {_named(subject)} by a digest, {_NOT_DECIDED}"
        yield Trace(where=f"{blob.path} line {line}", path=blob.path, reason=reason)
    if b"\0" not in text:
        read = LockBlob(oid=blob.oid, path=blob.path, data=text)
        for one in mentions.of(blob.path, blob.path, read):
            where = f"{blob.path} line {one.mention.line}"
            yield Trace(where=where, path=blob.path, reason=one.reason)


def _known(lookup: Lookup, digests: Collection[str]) -> dict[str, Subject]:
    """Return the malicious files that `digests` are of."""
    if not digests:
        return {}
    keys = WatchKeys(digests=frozenset(digests), releases=frozenset(), projects=frozenset())
    return {
        digest.hex: verdict.subject
        for verdict in lookup(keys)
        if verdict.state is VerdictState.MALICIOUS and verdict.subject.file is not None
        for digest in verdict.subject.file.digests
        if digest.hex in digests
    }


def _named(subject: Subject) -> str:
    file = None if subject.file is None else subject.file.filename
    return f"the file {file} of {subject.project.ecosystem} package {subject.project.name}"


def _text(data: bytes) -> bytes:
    return (
        data.decode("utf-16", "replace").encode("utf-8", "replace")
        if data.startswith(_UTF_16)
        else data
    )
