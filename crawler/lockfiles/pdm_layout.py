"""The layout in which pdm writes packages that come from an index."""

from __future__ import annotations

import re
from collections.abc import Sequence

from crawler.lockfiles.artifacts import Package
from crawler.lockfiles.document import Document
from crawler.lockfiles.file_lists import LINES, keeps_files_apart, listed, listing_of
from crawler.lockfiles.package_layout import PLAIN, STRING, STRINGS, PackageLayout
from crawler.lockfiles.package_layout import load as load_packages
from crawler.model import Origin, OriginKind, Pin
from crawler.model.block import Listing

__all__ = ["listing", "load"]

_BODY = (
    rf"name = \"({PLAIN}++)\"\nversion = \"({PLAIN}++)\"\n"
    rf"(?:extras = {STRINGS}\n)?+(?:requires_python = {STRING}\n)?+summary = {STRING}\n"
    rf"(?:groups = {STRINGS}\n)?+(?:marker = {STRING}\n)?+"
    rf"(?:dependencies = \[\n(?:    {STRING},\n)*+\]\n)?+"
    rf"files = \[(?P<files>(?:\n    \{{[^\x00-\x1f\x7f]*+)*+)\n\]\n"
)
_PACKAGE = re.compile(rf"\n\[\[package\]\]\n{_BODY}(?=\n\[\[package\]\]\n|\Z)")
_ALONE = re.compile(_BODY)
_INDEX = Origin(kind=OriginKind.REGISTRY)


def listing(text: str) -> tuple[int, Listing] | None:
    """Tell what a package without its header states; None where it is not written as most are."""
    found = _ALONE.fullmatch(text)
    if found is None:
        return None
    return listing_of(found)


def load(text: str) -> Document:
    """Parse the text of a pdm.lock; like `document.load` and with the same errors, but faster."""
    return load_packages(text, _LAYOUT, keeps_files_apart)


def _pins(found: re.Match[str], line: int) -> Sequence[Pin] | None:
    """Return the pins of a package; None where a file is not plain."""
    return listed(Package.called(found[1], found[2], _INDEX), found, line)


_LAYOUT = PackageLayout(header="[[package]]", package=_PACKAGE, pins=_pins, lines=LINES)
