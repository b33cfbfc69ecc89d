"""What stands of ghosts in a file that no parser reads: its own bytes, digests, names with a version.

What is found is said and accuses nobody: a recipe, a list of indicators and a sample look alike here.
"""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crawler.lockfiles.traces import MOST_OF_TEXT, digests_in, digests_of
from crawler.matching import WatchKeys
from crawler.model import VerdictState
from feeds.osv.record import ECOSYSTEM_NAMES

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from crawler.model import LockBlob, ProjectKey, Subject
    from crawler.pipeline import Lookup

__all__ = ["KNOWN_MALWARE", "Trace", "by_bytes", "by_digest", "named", "text_of"]

KNOWN_MALWARE = "known malware"
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """What stands of a ghost in a file, or why the file was not searched."""

    path: str
    reason: str
    line: int | None = None
    """Counted from 1."""
    about: ProjectKey | None = None
    """Whose malware it is; None where it says what was not searched."""

    @property
    def where(self) -> str:
        """The path, with the line where that is known."""
        return self.path if self.line is None else f"{self.path} line {self.line}"


def by_bytes(lookup: Lookup, blob: LockBlob) -> Iterator[Trace]:
    """Yield the malicious file that `blob` is, byte for byte."""
    for subject in _known(lookup, digests_of(blob.data)).values():
        reason = f"is {_file(subject)}, byte for byte, {KNOWN_MALWARE}; not decided"
        yield Trace(path=blob.path, reason=reason, about=subject.project)


def by_digest(lookup: Lookup, blob: LockBlob) -> Iterator[Trace]:
    """Yield each malicious file whose digest stands in `blob`; nothing of more than 1 MiB."""
    text = text_of(blob.data)
    if len(text) > MOST_OF_TEXT:
        return
    places = dict(reversed(list(digests_in(text))))
    for digest, subject in _known(lookup, places.keys()).items():
        line = text.count(b"\n", 0, places[digest]) + 1
        reason = f"has the digest of {_file(subject)}, {KNOWN_MALWARE}; not decided"
        yield Trace(path=blob.path, line=line, reason=reason, about=subject.project)


def text_of(data: bytes) -> bytes:
    """Return `data` in UTF-8 where it is UTF-16, else as it is, with blanks for what no text has (NUL)."""
    if data.startswith(_UTF_16):
        return data.decode("utf-16", "replace").encode("utf-8", "replace")
    is_wide = data.count(b"\0") * 3 > len(data)  # UTF-16 without a mark: every other byte of ASCII
    return data.replace(b"\0", b"" if is_wide else b" ")


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


def _file(subject: Subject) -> str:
    file = "a file" if subject.file is None else subject.file.filename
    return f"{file} of {named(subject.project)}"


def named(project: ProjectKey, version: str = "") -> str:
    """Return a package as people call it: `zz-ghost 1.0 (PyPI)`."""
    kind = ECOSYSTEM_NAMES.get(project.ecosystem, project.ecosystem)
    return f"{project.name} {version}".rstrip() + f" ({kind})"
