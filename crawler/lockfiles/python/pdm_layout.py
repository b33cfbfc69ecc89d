"""The layout in which pdm writes packages that come from an index."""

from __future__ import annotations

import re

from crawler.lockfiles.documents.document import Document
from crawler.lockfiles.documents.layout import load as load_layout
from crawler.lockfiles.index_columns import PLAIN, STRING, STRINGS
from crawler.lockfiles.python.file_lists import LINES, columns_of
from crawler.model.block import Columns

__all__ = ["load", "tell"]

_PACKAGE = re.compile(
    rf"name = \"({PLAIN}++)\"\nversion = \"({PLAIN}++)\"\n"
    rf"(?:extras = {STRINGS}\n)?+(?:requires_python = {STRING}\n)?+summary = {STRING}\n"
    rf"(?:groups = {STRINGS}\n)?+(?:marker = {STRING}\n)?+"
    rf"(?:dependencies = \[\n(?:    {STRING},\n)*+\]\n)?+"
    rf"files = \[(?P<files>(?:\n    \{{[^\x00-\x1f\x7f]*+)*+)\n\]\n"
)


def tell(text: str) -> Columns | None:
    """Tell what a package without its header states; None where it is not written as most are."""
    found = _PACKAGE.fullmatch(text)
    if found is None:
        return None
    return columns_of(found)


def load(text: str) -> Document:
    """Parse the text of a pdm.lock; like `document.load` and with the same errors, but faster."""
    return load_layout(text, LINES)
