"""go.sum and go.work.sum.

Source: "Go Modules Reference", go.sum files, and `cmd/go/internal/modfetch/fetch.go` (readGoSum). The
hash `h1:` is one over the files of a module (`golang.org/x/mod/sumdb/dirhash`), not of its archive: it
is checked and makes no digest. A line `version/go.mod` pins only that one file: nothing is installed
by it, so it makes no pin.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from crawler.lockfiles.documents.lines import Notes, read_lines
from crawler.model import Ecosystem, LineSpan, Origin, OriginKind, ParseResult, Pin

__all__ = ["GosumParser"]

_NAMES = ("go.sum", "go.work.sum")
_LINE = re.compile(r"(\S++) (v[^\s/]++)(/go\.mod)? h[0-9]{1,3}:[A-Za-z0-9+/]++={0,2}")
_REGISTRY = Origin(kind=OriginKind.REGISTRY)


class GosumParser:
    """Reads `go.sum` and `go.work.sum`."""

    format: Final = "gosum"
    version: Final = 1

    def wants(self, path: str) -> bool:
        """Say whether `path` is a list of checksums of Go modules."""
        return path.rpartition("/")[2] in _NAMES

    def parse(self, data: bytes) -> ParseResult:
        """Return one pin per module and version whose files are pinned."""
        return read_lines(data, self.format, _pins)


def _pins(text: str, notes: Notes) -> Iterator[Pin]:
    for number, line in enumerate(text.split("\n"), start=1):
        if not line or line.isspace():
            continue
        found = _LINE.fullmatch(line) or _LINE.fullmatch(" ".join(line.split()))
        if found is None:
            notes.skip(number, "not module, version and hash")
            continue
        notes.understood = True
        if found[3] is None:
            yield Pin(
                ecosystem=Ecosystem.GOLANG,
                name=found[1],
                version=found[2],
                origin=_REGISTRY,
                lines=LineSpan(first=number, last=number),
            )
    notes.check("go.sum")
