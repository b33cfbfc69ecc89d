"""The layout in which Cargo writes packages."""

from __future__ import annotations

import re

from crawler.lockfiles.document import Document
from crawler.lockfiles.document import load as load_whole
from crawler.lockfiles.index_columns import PLAIN
from crawler.model import Ecosystem, OriginKind
from crawler.model.block import Columns

__all__ = ["KINDS", "load", "tell"]

KINDS = {
    "registry": OriginKind.REGISTRY,
    "sparse": OriginKind.REGISTRY,
    "local-registry": OriginKind.FIND_LINKS,
    "directory": OriginKind.DIRECTORY,
    "git": OriginKind.GIT,
    "path": OriginKind.PATH,
}
"""What stands before the plus sign of a source."""
_DEPENDENCIES = rf"dependencies = \[\n(?: \"{PLAIN}*+\",\n)*+\]"
_ANY_DEPENDENCIES = re.compile(rf"^{_DEPENDENCIES}$", re.MULTILINE)
_PACKAGE = re.compile(
    rf"name = \"({PLAIN}++)\"\nversion = \"({PLAIN}++)\"\n"
    rf"(?:source = \"({'|'.join(KINDS)})\+({PLAIN}*+)\"\n)?+"
    r"(?:checksum = \"([0-9a-f]{64})\"\n)?+"
    rf"(?:{_DEPENDENCIES}\n)?+"
)
_HEADER = "\n[[package]]\n"
_TOP = re.compile(r"(?:#[^\x00-\x08\x0a-\x1f\x7f\"]*+\n)*+(?:version = [34]\n)?+")
_MOST_COMMAS = 100_000
"""Of dependencies; more are for the exact reading, which has its limits."""
_LF = "\n"


def tell(text: str) -> Columns | None:
    """Tell what a whole Cargo.lock states; None where it is not written as most are."""
    top, *packages = text.split(_HEADER)
    if _TOP.fullmatch(top) is None or text.count(",") > _MOST_COMMAS or not packages:
        return None
    found = [_PACKAGE.fullmatch(package) for package in packages]
    rows = [one.groups("") for one in found if one is not None]
    if len(rows) != len(found):
        return None
    return Columns(
        count=len(rows),
        ecosystem=Ecosystem.CARGO,
        releases=[(row[0], row[1]) for row in rows],
        digests=[row[4] for row in rows if row[4]],
        filenames=(),
        traits=(),
    )


def load(text: str) -> Document:
    """Parse the text of a Cargo.lock; like `document.load` and with the same errors, but faster.

    Dependencies are left out: half of a lock, and nothing of where a crate is from.
    """
    if '"""' not in text and "'''" not in text:
        text = _ANY_DEPENDENCIES.sub(_emptied, text)
    return load_whole(text)


def _emptied(found: re.Match[str]) -> str:
    return f"dependencies = [{_LF * found[0].count(_LF)}]"
