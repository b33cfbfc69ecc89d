"""The layout in which poetry 2 writes packages that come from an index."""

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

_KEY = rf"(?:[A-Za-z0-9_-]++|\"{PLAIN}++\")"
_REQUIREMENT = (
    rf"(?:{STRING}|\{{version = {STRING}(?:, extras = {STRINGS})?+(?:, optional = (?:true|false))?+"
    rf"(?:, markers = {STRING})?+\}})"
)
_VALUE = rf"(?:{_REQUIREMENT}|{STRINGS}|\[\n(?:    {_REQUIREMENT},\n)++\])"
_PAIRS = rf"((?:{_KEY} = {_VALUE}\n)*+)"
_BODY = (
    rf"name = \"({PLAIN}++)\"\nversion = \"({PLAIN}++)\"\n"
    rf"description = {STRING}\noptional = (?:true|false)\npython-versions = {STRING}\n"
    rf"(?:groups = {STRINGS}\n)?+(?:markers = {STRING}\n)?+"
    rf"files = \[(?P<files>(?:\n    \{{[^\x00-\x1f\x7f]*+)*+)\n\]\n"
    rf"(?:\n\[package\.dependencies\]\n{_PAIRS})?+(?:\n\[package\.extras\]\n{_PAIRS})?+"
)
_PACKAGE = re.compile(rf"\n\[\[package\]\]\n{_BODY}(?=\n\[\[package\]\]\n|\Z)")
_ALONE = re.compile(_BODY)
_KEYS = re.compile(rf"^{_KEY}(?= = )", re.MULTILINE)
_INDEX = Origin(kind=OriginKind.REGISTRY)


def listing(text: str) -> tuple[int, Listing] | None:
    """Tell what a package without its header states; None where it is not written as most are."""
    found = _ALONE.fullmatch(text)
    if found is None or _repeats(found[4] or "") or _repeats(found[5] or ""):
        return None
    return listing_of(found)


def load(text: str) -> Document:
    """Parse the text of a poetry.lock; like `document.load` and with the same errors, but faster."""
    return load_packages(text, _LAYOUT, keeps_files_apart)


def _pins(found: re.Match[str], line: int) -> Sequence[Pin] | None:
    """Return the pins of a package; None where a key may stand twice, or a file is not plain."""
    name, version, _, dependencies, extras = found.groups("")
    if _repeats(dependencies) or _repeats(extras):
        return None
    return listed(Package.called(name, version, _INDEX), found, line)


def _repeats(pairs: str) -> bool:
    keys = _KEYS.findall(pairs)
    return len({key.strip('"') for key in keys}) != len(keys)


_LAYOUT = PackageLayout(header="[[package]]", package=_PACKAGE, pins=_pins, lines=LINES)
