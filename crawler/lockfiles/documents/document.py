"""TOML documents from strangers: decoded, bounded, parsed, with the lines of what they contain.

Limits come before the parser (threat P1): 2 MB of keys with 500 dots a line keep even tomli busy for
8 s. Line numbers count LF only, as git and the hosts do.
"""

from __future__ import annotations

import re

import tomli

from crawler.errors import Malformed, TooLarge, Unsupported
from crawler.lockfiles.documents.positions import LOCK, Index, Wanted
from crawler.lockfiles.documents.tokens import STRING
from crawler.model import LineSpan

__all__ = ["LARGEST", "MARK", "Document", "InvalidSyntax", "decode", "load", "parse_table"]

MARK = b"\xef\xbb\xbf"
"""Byte order mark of UTF-8."""
LARGEST = 20 * 1024 * 1024
"""Bytes; the largest of 249 real uv.locks has 1.6 MB."""
_MOST_DOTS = 64
_MOST_DIGITS = 1000
_MOST_BRACKETS = 500_000
_MOST_COMMAS = 1_000_000
_MOST_KEY_PARTS = 100_000
_STRINGS = re.compile(r'(?<!\\)"(?>[^"\\]++|\\.)*+"|' r"'[^']*+'|#.*+")
"""No string begins behind a backslash: else each escaped quote of one without an end costs the line."""
_NO_KEY = re.compile(rf"{STRING}|#[^\n]*+")
_DIGITS = re.compile(rf"[0-9A-Fa-f_]{{{_MOST_DIGITS + 1}}}")
_LFS_POINTER = b"version https://git-lfs."
_YEAR_0 = re.compile(r"0000(?=-\d\d-\d\d)", re.ASCII)
_LEAP_SECOND = re.compile(r":60(?![0-9])", re.ASCII)
"""Both are taken by uv, and are none of Python's dates."""
_MOST_ODD_DATES = 10


class InvalidSyntax(Malformed):
    """Text that no parser of its format takes; other Malformed may be a matter of our own limits."""


class Document:
    """A parsed TOML document that knows where its entries stand."""

    def __init__(
        self,
        table: dict[str, object],
        text: str,
        wanted: Wanted = LOCK,
    ) -> None:
        """Keep `table`, parsed from `text`; `wanted` names the entries whose lines can be asked for."""
        self.table = table
        self._index = Index(text, wanted)

    def lines(self, *path: str | int) -> LineSpan:
        """Return the lines of the entry at `path`: `("package", 3, "wheels", 0)`."""
        return self._index.lines(path)


def decode(data: bytes) -> str:
    """Return `data` as text with LF line ends and without a byte order mark.

    Raises:
        TooLarge: more than 20 MiB.
        Unsupported: an empty file, a git-LFS pointer or UTF-16: there is nothing to read here.
        Malformed: not UTF-8; `decode(data.decode("utf-8", "replace").encode())` can still be read.
    """
    if len(data) > LARGEST:
        raise TooLarge(f"{len(data)} bytes; at most {LARGEST} are read")
    if not data.strip(b" \t\r\n\xef\xbb\xbf"):
        raise Unsupported("empty file")
    if data.startswith(_LFS_POINTER):
        raise Unsupported("git-LFS pointer; the lock itself lies in LFS storage")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) or data[:64].count(0) > len(data[:64]) // 4:
        raise Unsupported("UTF-16 or binary; this format is UTF-8")
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise Malformed(f"line {data.count(10, 0, error.start) + 1}: not UTF-8") from error


def load(text: str) -> Document:
    """Parse `text`.

    Raises:
        TooLarge: a limit that keeps the parser from being kept busy.
        Malformed: not TOML; the message begins with the line.
    """
    check_limits(text)
    return Document(parse_table(text), text)


def parse_table(text: str) -> dict[str, object]:
    """Run the TOML parser.

    Raises:
        InvalidSyntax: not TOML; the message begins with the line.
        Malformed: whatever else the parser raises.
    """
    for _ in range(_MOST_ODD_DATES):
        try:
            return tomli.loads(text)
        except tomli.TOMLDecodeError as error:
            text = _with_plain_date(text, error)
        except RecursionError as error:
            raise Malformed("nested too deeply") from error
        except (ValueError, ArithmeticError, MemoryError) as error:
            raise Malformed(f"{type(error).__name__}: {str(error)[:200]}") from error
    raise Malformed("too many dates that Python does not know")


def _with_plain_date(text: str, error: tomli.TOMLDecodeError) -> str:
    """Return `text` with another date where the one that made the `error` is right; nobody reads it."""
    for odd, plain in ((_YEAR_0, "0001"), (_LEAP_SECOND, ":59")):
        found = odd.match(text, error.pos)
        if found is not None:
            return text[: found.start()] + plain + text[found.end() :]
    raise InvalidSyntax(f"line {error.lineno}: {error.msg[:200]}") from error


def check_limits(text: str) -> None:
    """Raise TooLarge where `text` is made to keep a TOML parser busy."""
    if text.count("[") + text.count("{") > _MOST_BRACKETS:
        raise TooLarge(f"more than {_MOST_BRACKETS} tables and arrays")
    if text.count(",") > _MOST_COMMAS:
        raise TooLarge(f"more than {_MOST_COMMAS} values")
    if text.count(".") > _MOST_KEY_PARTS and _NO_KEY.sub("", text).count(".") > _MOST_KEY_PARTS:
        raise TooLarge(f"more than {_MOST_KEY_PARTS} dots outside strings")
    lines = text.split("\n")
    for index in [index for index, line in enumerate(lines) if len(line) > _MOST_DOTS]:
        line = lines[index]
        if line.count(".") > _MOST_DOTS or len(line) > _MOST_DIGITS:
            _check_line(index + 1, line)


def _check_line(number: int, line: str) -> None:
    bare = _STRINGS.sub("", line)
    if bare.count(".") > _MOST_DOTS:
        raise TooLarge(f"line {number}: more than {_MOST_DOTS} dots outside strings")
    if _DIGITS.search(bare):
        raise TooLarge(f"line {number}: a number of more than {_MOST_DIGITS} digits")
