"""The tokens of TOML 1.1, as far as one must know them to step over them.

Every pattern is possessive: a step costs what it steps over. The text was parsed before; where it is
none the less no TOML, `LostError` (or `IndexError` at its end) says so.
"""

from __future__ import annotations

import re

import tomli

__all__ = ["STRING", "LostError", "blank", "comma", "key", "line_end", "skip", "space"]

STRING = (
    r'"""(?:[^"\\]++|\\[\s\S]|"(?!""))*+"""(?:""?)?'
    r"|'''(?:[^']++|'(?!''))*+'''(?:''?)?"
    r'|"(?:[^"\\\n]++|\\.)*+"'
    r"|'[^'\n]*+'"
)
"""A TOML string of any of the four kinds."""
_BLANK = re.compile(r"(?:[ \t\n]++|#[^\n]*+)*+")
_SPACE = re.compile(r"[ \t]*+")
_LINE = re.compile(r"[^\n]*+")
_KEY_PART = re.compile(r"""[A-Za-z0-9_-]++|"(?:[^"\\\n]++|\\.)*+"|'[^'\n]*+'""")
_SCALAR = re.compile(rf"""{STRING}|[^"'\[\]{{}},#\n]++""")
_TO_BRACKET = re.compile(rf"""(?:[^"'\[\]{{}}#]++|{STRING}|#[^\n]*+)*+""")


class LostError(Exception):
    """The text is not what a parser would have accepted."""


def key(text: str, position: int) -> tuple[list[str], int]:
    """Read a dotted key; return its parts and the offset behind it and its spaces."""
    parts = []
    while True:
        part = _KEY_PART.match(text, space(text, position))
        if part is None:
            raise LostError
        parts.append(_unquote(part[0]))
        position = space(text, part.end())
        if text[position] != ".":
            return parts, position
        position += 1


def _unquote(part: str) -> str:
    if part[0] == "'":
        return part[1:-1]
    if part[0] != '"' or "\\" not in part:
        return part.strip('"')
    try:
        return str(tomli.loads(f"key = {part}")["key"])
    except ValueError as error:
        raise LostError from error


def comma(text: str, position: int) -> int:
    """Step over the comma behind an element, if there is one, and the blanks around it."""
    position = blank(text, position)
    if text[position] == ",":
        return blank(text, position + 1)
    if text[position] not in "]}":
        raise LostError
    return position


def skip(text: str, position: int) -> int:
    """Return where the value that starts at `position` ends."""
    if text[position] not in "[{":
        end = _match(_SCALAR, text, position)
        if end == position:
            raise LostError
        return end
    depth = 0
    while True:
        position = _match(_TO_BRACKET, text, position)
        depth += 1 if text[position] in "[{" else -1
        position += 1
        if depth == 0:
            return position


def blank(text: str, position: int) -> int:
    """Return where the blanks, line ends and comments that start at `position` end."""
    return _match(_BLANK, text, position)


def space(text: str, position: int) -> int:
    """Return where the spaces that start at `position` end."""
    return _match(_SPACE, text, position)


def line_end(text: str, position: int) -> int:
    """Return the offset of the next LF."""
    return _match(_LINE, text, position)


def _match(pattern: re.Pattern[str], text: str, position: int) -> int:
    """Return where `pattern` ends that starts at `position`; `position` itself where it does not."""
    found = pattern.match(text, position)
    return position if found is None else found.end()
