"""The tokens of TOML 1.1, as far as one must know them to step over them.

Every pattern is possessive: a step costs what it steps over. The text was parsed before; where it is
none the less no TOML, `LostError` (or `IndexError` at its end) says so.
"""

from __future__ import annotations

import re

import tomli

__all__ = ["STRING", "LostError", "blank", "comma", "key", "next_statement", "skip", "space"]

STRING = (
    r'"""(?>[^"\\]++|\\[\s\S]|"(?!""))*+"""(?:""?)?'
    r"|'''(?>[^']++|'(?!''))*+'''(?:''?)?"
    r'|"(?>[^"\\\n]++|\\.)*+"'
    r"|'[^'\n]*+'"
)
"""A TOML string of any of the four kinds."""
_KEY_PART = r"""(?:[A-Za-z0-9_-]++|"(?>[^"\\\n]++|\\.)*+"|'[^'\n]*+')"""
_SPACE = r"[ \t]*+"
_BLANK = r"(?>[ \t\n]++|#[^\n]*+)*+"
_PARTS = re.compile(_KEY_PART)
_KEY = re.compile(rf"{_SPACE}({_KEY_PART}(?>{_SPACE}\.{_SPACE}{_KEY_PART})*+){_SPACE}")
_BARE = re.compile(r"[A-Za-z0-9_-]++")
_SPACES = re.compile(_SPACE)
_BLANKS = re.compile(_BLANK)
_COMMA = re.compile(rf"{_BLANK}(?>,{_BLANK})?+")
_STATEMENT = re.compile(rf"[^\n]*+{_BLANK}")
_SCALAR = re.compile(rf"""{STRING}|[^"'\[\]{{}},#\n]++""")
_TO_BRACKET = re.compile(rf"""(?>[^"'\[\]{{}}#]++|{STRING}|#[^\n]*+)*+""")


class LostError(Exception):
    """The text is not what a parser would have accepted."""


def key(text: str, position: int) -> tuple[list[str], int]:
    """Read a dotted key; return its parts and the offset behind it and its spaces."""
    found = _KEY.match(text, position)
    if found is None:
        raise LostError
    stated = found[1]
    if _BARE.fullmatch(stated):
        return [stated], found.end()
    return [_unquote(part) for part in _PARTS.findall(stated)], found.end()


def _unquote(part: str) -> str:
    if part[0] == "'":
        return part[1:-1]
    if part[0] != '"' or "\\" not in part:
        return part.strip('"')
    try:
        return str(tomli.loads(f"key = {part}")["key"])
    except ValueError as error:
        raise LostError from error


def skip(text: str, position: int) -> int:
    """Return where the value that starts at `position` ends."""
    if text[position] not in "[{":
        found = _SCALAR.match(text, position)
        if found is None:
            raise LostError
        return found.end()
    depth = 1
    while depth:
        position = _end(_TO_BRACKET, text, position + 1)
        depth += 1 if text[position] in "[{" else -1
    return position + 1


def blank(text: str, position: int) -> int:
    """Return where the blanks, line ends and comments that start at `position` end."""
    return _end(_BLANKS, text, position)


def comma(text: str, position: int) -> int:
    """Step over the comma behind an element, if there is one, and the blanks around it."""
    return _end(_COMMA, text, position)


def next_statement(text: str, position: int) -> int:
    """Return where the first statement behind the line of `position` begins."""
    return _end(_STATEMENT, text, position)


def space(text: str, position: int) -> int:
    """Return where the spaces that start at `position` end."""
    return _end(_SPACES, text, position)


def _end(pattern: re.Pattern[str], text: str, position: int) -> int:
    """Return where `pattern`, which may be empty, ends that starts at `position`."""
    found = pattern.match(text, position)
    return position if found is None else found.end()
