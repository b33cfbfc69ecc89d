"""The layout in which Cargo writes packages."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from crawler.lockfiles.document import Document
from crawler.lockfiles.package_layout import PLAIN, PackageLayout
from crawler.lockfiles.package_layout import load as load_packages
from crawler.model import Algorithm, Digest, Ecosystem, LineSpan, Origin, OriginKind, Pin
from crawler.model.urls import redact

__all__ = ["KINDS", "load"]

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
    rf"\n\[\[package\]\]\nname = \"({PLAIN}++)\"\nversion = \"({PLAIN}++)\"\n"
    rf"(?:source = \"({'|'.join(KINDS)})\+({PLAIN}*+)\"\n)?+"
    r"(?:checksum = \"([0-9a-f]{64})\"\n)?+"
    rf"(?:{_DEPENDENCIES}\n)?+"
    r"(?=\n\[\[package\]\]\n|\Z)"
)
_LF = "\n"


def load(text: str) -> Document:
    """Parse the text of a Cargo.lock; like `document.load` and with the same errors, but faster.

    Dependencies are left out: half of a lock, and nothing of where a crate is from.
    """
    if '"""' not in text and "'''" not in text and "\n[metadata]\n" in text:
        text = _ANY_DEPENDENCIES.sub(_emptied, text)
    return load_packages(text, _LAYOUT, _keeps_checksums_apart)


def _emptied(found: re.Match[str]) -> str:
    return f"dependencies = [{_LF * found[0].count(_LF)}]"


def _keeps_checksums_apart(table: Mapping[str, object]) -> bool:
    """Say whether checksums of the packages may stand below `metadata`: locks without a version."""
    return "metadata" in table


def _pins(found: re.Match[str], line: int) -> Sequence[Pin]:
    """Return the pin of a package; a name that is none of the registry's stays as it is."""
    name, version, word, location, checksum = found.groups("")
    kind = KINDS[word] if word else OriginKind.PATH
    last = line + found[0].count(_LF) - 2
    return (
        Pin(
            ecosystem=Ecosystem.CARGO,
            name=name,
            version=version,
            origin=Origin(kind=kind, location=redact(location)),
            lines=LineSpan(first=line, last=last),
            digests=(Digest(algorithm=Algorithm.SHA256, hex=checksum),) if checksum else (),
            flags=() if checksum or kind is not OriginKind.REGISTRY else ("no-hash",),
        ),
    )


_LAYOUT = PackageLayout(header="[[package]]", package=_PACKAGE, pins=_pins)
