"""The layout in which poetry 2 writes packages that come from an index."""

from __future__ import annotations

import re

from crawler.lockfiles.documents.document import Document
from crawler.lockfiles.documents.layout import load as load_layout
from crawler.lockfiles.index_columns import PLAIN, STRING, STRINGS
from crawler.lockfiles.python.file_lists import LINES, columns_of
from crawler.model.block import Columns

__all__ = ["load", "tell"]

_KEY = rf"(?:[A-Za-z0-9_-]++|\"{PLAIN}++\")"
_REQUIREMENT = (
    rf"(?:{STRING}|\{{version = {STRING}(?:, extras = {STRINGS})?+(?:, optional = (?:true|false))?+"
    rf"(?:, markers = {STRING})?+\}})"
)
_VALUE = rf"(?:{_REQUIREMENT}|{STRINGS}|\[\n(?:    {_REQUIREMENT},\n)++\])"
_PAIRS = rf"((?:{_KEY} = {_VALUE}\n)*+)"
_PACKAGE = re.compile(
    rf"name = \"({PLAIN}++)\"\nversion = \"({PLAIN}++)\"\n"
    rf"description = {STRING}\noptional = (?:true|false)\npython-versions = {STRING}\n"
    rf"(?:groups = {STRINGS}\n)?+(?:markers = {STRING}\n)?+"
    rf"files = \[(?P<files>(?:\n    \{{[^\x00-\x1f\x7f]*+)*+)\n\]\n"
    rf"(?:\n\[package\.dependencies\]\n{_PAIRS})?+(?:\n\[package\.extras\]\n{_PAIRS})?+"
)
_KEYS = re.compile(rf"^{_KEY}(?= = )", re.MULTILINE)


def tell(text: str) -> Columns | None:
    """Tell what a package without its header states; None where it is not written as most are."""
    found = _PACKAGE.fullmatch(text)
    if found is None or _repeats(found[4] or "") or _repeats(found[5] or ""):
        return None
    return columns_of(found)


def load(text: str) -> Document:
    """Parse the text of a poetry.lock; like `document.load` and with the same errors, but faster."""
    return load_layout(text, LINES)


def _repeats(pairs: str) -> bool:
    keys = _KEYS.findall(pairs)
    return len({key.strip('"') for key in keys}) != len(keys)
