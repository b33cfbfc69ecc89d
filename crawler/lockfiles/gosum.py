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

from crawler.lockfiles.columns import read_columns
from crawler.lockfiles.lines import MOST_LINES, Notes, read_lines
from crawler.model import Ecosystem, LineSpan, Origin, OriginKind, ParseResult, Pin
from crawler.model.block import Columns

__all__ = ["GosumParser"]

_NAMES = ("go.sum", "go.work.sum")
_LINE = re.compile(r"(\S++) (v[^\s/]++)(/go\.mod)? h[0-9]{1,3}:[A-Za-z0-9+/]++={0,2}")
_H1 = r"h1:[A-Za-z0-9+/]{43}="
_MODULE = re.compile(
    rf"^([!-~]++) (v[!-.0-~]++)(?:( ){_H1}\n\1 \2/go\.mod|(/go\.mod)?+) {_H1}$", re.MULTILINE
)
"""One line, or the two of one module, as Go writes them.

Four groups: module, version, something where it is two lines, and where nothing is installed by it.
"""
_REGISTRY = Origin(kind=OriginKind.REGISTRY)


class GosumParser:
    """Reads `go.sum` and `go.work.sum`."""

    format: Final = "gosum"

    def wants(self, path: str) -> bool:
        """Say whether `path` is a list of checksums of Go modules."""
        return path.rpartition("/")[2] in _NAMES

    def parse(self, data: bytes) -> ParseResult:
        """Return one pin per module and version whose files are pinned."""
        return read_columns(data, self.format, _tell, self.read)

    def read(self, data: bytes) -> ParseResult:
        """Return what `parse` does, all pins made."""
        return read_lines(data, self.format, _pins)


def _tell(text: str) -> Columns | None:
    """Tell what a whole go.sum states; None where a line is not as Go writes it.

    A merge conflict has a line `=======`, which no pattern lets through.
    """
    if text.count("\n") > MOST_LINES:
        return None
    rows = _MODULE.findall(text)
    told = len(rows) + len([row for row in rows if row[2]])
    if told != text.removesuffix("\n").count("\n") + 1:
        return None
    releases = [(name, version) for name, version, _, only_mod in rows if not only_mod]
    return Columns(
        count=len(releases),
        ecosystem=Ecosystem.GOLANG,
        releases=releases,
        digests=(),
        filenames=(),
        traits=(),
    )


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
