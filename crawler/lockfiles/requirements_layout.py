r"""The layout in which pip-compile, uv and poetry write requirements.

Hashes are nine tenths of such a file, so they are cut out first: what is left of a requirement is one
line, `name==1.0 ; marker` and a mark for its hashes, whether they stood on lines of their own or not.
"""

from __future__ import annotations

import re

from crawler.lockfiles.lines import MOST_LINES
from crawler.model import Ecosystem
from crawler.model.block import Columns

__all__ = ["tell"]

_HASH = "--hash=sha256:"
_HEX_DIGITS = 64
_LONGEST_NAME = 214
"""Longer ones are none, and are left to whoever says so."""
_CONTINUED = " \\\n    "
_BETWEEN_HASHES = (_CONTINUED, " ")
_MARK = "\0"
"""Stands for the hashes of a requirement; as it cannot be printed, no text that is told has it."""
_ARCHIVES = (".whl", ".zip", ".tgz", ".tar.")
"""What ends so is a path and no name, whatever else it looks like."""
_OTHER_ENCODING = re.compile(r"coding[:=](?![ \t]{0,8}utf-?8(?![-\w.]))")
_DECLARED_WITHIN = 1000

_NAME = r"([A-Za-z0-9]++(?:[._-]++[A-Za-z0-9]++)*+)(?: ?\[[A-Za-z0-9._,-]*+\])?+"
_VERSION = r"[A-Za-z0-9][A-Za-z0-9.!+_-]*+"
_EXACT = rf"===? ?({_VERSION})(?![*])"
_OTHER = rf"(?:(?:~=|!=|[<>]=?) ?{_VERSION}\*?+|== ?(?:[0-9]++\.)++\*)"
_SPECIFIERS = rf"(?: *+(?:{_EXACT}|{_OTHER}(?: ?, ?{_OTHER})*+))?+"
_CHECKOUT = (
    r" ?@ ?git\+(?:https?|ssh)://[A-Za-z0-9_.~/@:+-]++(?:#[A-Za-z0-9_./=&-]*+)?+(?=[ \n]|\Z)"
)
_MARKER = r"(?: *+;(?: *+(?!-)[!\"$-\[\]-~]++)*+)?+"
_PLACE = r"((?:-e )?\.[A-Za-z0-9_./\[\],-]*+)"
_OPTION = (
    r"(?:-i |--(?:(?:extra-)?index-url|trusted-host|no-binary|only-binary)[ =])[!$-&(-\[\]-~]++"
    r"|--(?:pre|no-index|prefer-binary|require-hashes)"
)
_COMMENT = r"(?: ++#[^\\\0\n]*+)?+"
_LINE = re.compile(
    rf"^(?:{_NAME}(?:{_CHECKOUT}|{_SPECIFIERS}){_MARKER}(?: ++\0)?+|{_PLACE}|{_OPTION}){_COMMENT} *+$",
    re.MULTILINE,
)
"""Three groups: name, version, and what is installed from this repository without either."""


def tell(text: str) -> Columns | None:
    """Tell what a whole requirements file states; None where it is not written as most are.

    A merge conflict has a line `=======`, which no pattern lets through.
    """
    if text.count("\n") > MOST_LINES or _OTHER_ENCODING.search(text, 0, _DECLARED_WITHIN):
        return None
    top, *hashed = text.split(_HASH)
    digests = [piece[:_HEX_DIGITS] for piece in hashed]
    tails = [piece[_HEX_DIGITS:] for piece in hashed]
    lines = _lines([top, *[tail for tail in tails if tail not in _BETWEEN_HASHES]])
    return None if lines is None or not _are_hex(digests) else _told(lines, digests)


def _are_hex(digests: list[str]) -> bool:
    text = "".join(digests)
    try:
        return len(text) == _HEX_DIGITS * len(digests) and bytes.fromhex(text).hex() == text
    except ValueError:
        return False


def _lines(pieces: list[str]) -> list[str] | None:
    """Return the lines of a text that had hashes between `pieces`, without those that say nothing."""
    if not "".join(pieces).replace("\n", "").replace("\t", "").isprintable():
        return None
    text = _MARK.join(pieces).replace(_CONTINUED + _MARK, " " + _MARK)
    lines = [line for line in text.split("\n") if line.lstrip(" \t")[:1] not in {"", "#"}]
    marks = "".join(lines).count(_MARK)
    return lines if marks == len(pieces) - 1 else None


def _told(lines: list[str], digests: list[str]) -> Columns | None:
    text = "\n".join(lines)
    folded = text.lower()
    rows = _LINE.findall(text)
    if len(rows) != len(lines) or any(ending in folded for ending in _ARCHIVES):
        return None
    releases = [(row[0], row[1] or None) for row in rows if row[0]]
    if not releases or max([len(name) for name, _ in releases]) > _LONGEST_NAME:
        return None
    return Columns(
        count=len(releases) + len([row for row in rows if row[2]]),
        ecosystem=Ecosystem.PYPI,
        releases=releases,
        digests=digests,
        filenames=(),
        traits=(),
    )
