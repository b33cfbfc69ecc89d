"""The lists `{file = "..", hash = ".."}` of poetry.lock and pdm.lock, of today and of their old layouts.

The old layouts keep the files apart from the packages, below `metadata`: by name (poetry), by `name version` (pdm),
the oldest as bare sha256 without names.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from crawler.errors import Malformed
from crawler.lockfiles.artifacts import Artifact, digest_of, file_name, location_of
from crawler.lockfiles.document import Document
from crawler.lockfiles.fields import Fields
from crawler.lockfiles.layout import Layout, elements
from crawler.lockfiles.layout import load as load_layout
from crawler.model import (
    Algorithm,
    Digest,
    Ecosystem,
    LineSpan,
    normalize_name,
    normalize_version,
    project_of_file,
)

__all__ = ["OldFiles", "file_artifacts", "from_source", "load"]

_LINE = re.compile(
    r"(    )\{(?:file = \"([^\x00-\x20\x7f\"\\/%?#]++)\""
    r"|url = \"(https?://[^\x00-\x20\x7f\"\\@$?#%]+/([^\x00-\x20\x7f\"\\@$?#%/]++))\")"
    r", hash = \"sha256:([0-9a-f]{64})\"\}(,?)"
)


def load(text: str) -> Document:
    """Parse the text of a lock with such lists; like `document.load`, but faster."""
    return load_layout(text, _LAYOUT)


def _artifact(found: re.Match[str], line: int) -> Artifact:
    _, name, url, last, digest, _ = found.groups()
    return Artifact(
        lines=LineSpan(first=line, last=line),
        url=url,
        filename=name or last,
        digests=(Digest(algorithm=Algorithm.SHA256, hex=digest),),
    )


_LAYOUT = Layout(starts=("    {file = ", "    {url = "), line=_LINE, artifact=_artifact)


def file_artifacts(
    document: Document, fields: Fields, at: tuple[str | int, ...], key: str = "files"
) -> Iterator[Artifact]:
    """Yield the artifacts of the list at `key` of the table `fields`, which stands at `at`."""
    for number, element in elements(document, fields, key):
        if isinstance(element, Fields):
            yield _read(element, document.lines(*at, key, number))
        else:
            yield from element


def _read(table: Fields, lines: LineSpan) -> Artifact:
    url = location_of(table.text("url"))
    named = table.text("file") or url
    if named is None:
        table.skip("file", "neither file nor url")
    stated = table.text("hash")
    return Artifact(
        lines=lines,
        url=url,
        filename=None if named is None else file_name(named),
        digests=() if stated is None else _digests(table, "hash", stated),
    )


def _digests(table: Fields, key: str, stated: str) -> tuple[Digest, ...]:
    try:
        return (digest_of(stated),)
    except Malformed as error:
        table.skip(key, str(error))
        return ()


def from_source(artifact: Artifact, url: str, source: LineSpan) -> Artifact:
    """Return `artifact` as it comes from `url`, stated on the lines `source`, not from an index."""
    return replace(
        artifact,
        url=url,
        lines=LineSpan(
            first=min(source.first, artifact.lines.first),
            last=max(source.last, artifact.lines.last),
        ),
    )


@dataclass(frozen=True, slots=True)
class OldFiles:
    """The files that a lock of the old layouts keeps below `metadata`."""

    document: Document
    files: Fields | None = None
    hashes: Fields | None = None
    versions: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """All locked versions of a name: such a list is shared by all of them."""

    @classmethod
    def of_lock(cls, document: Document, metadata: Fields | None, packages: Iterable[Fields]) -> OldFiles:
        """Return those of a lock with the table `metadata` and the entries `packages`."""
        if metadata is None or not {"files", "hashes"} & metadata.values.keys():
            return cls(document)
        versions: defaultdict[str, set[str]] = defaultdict(set)
        for name, version in map(_release, packages):
            versions[name].add(version)
        return cls(
            document,
            metadata.table("files"),
            metadata.table("hashes"),
            {name: frozenset(known) for name, known in versions.items()},
        )

    def of(self, package: Fields) -> Iterator[Artifact]:
        """Yield the artifacts of the entry `package`; not those that state another locked version."""
        if self.files is None and self.hashes is None:
            return
        ...
