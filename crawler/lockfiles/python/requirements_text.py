"""The text of a requirements file: its encoding, its logical lines and the options on them.

Source: pip, `_internal/utils/encoding.py` (byte order marks, PEP 263) and `_internal/req/req_file.py`
(`join_lines`, `ignore_comments`, `break_args_options`); options as `optparse` takes them.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass

from crawler.errors import Malformed, TooLarge
from crawler.lockfiles.documents.document import LARGEST, decode
from crawler.lockfiles.documents.lines import Notes
from crawler.model import LineSpan

__all__ = ["Line", "Option", "decode_requirements", "logical_lines", "options_of"]

_WIDE = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DECLARED = re.compile(rb"[^\n]{0,200}?#[^\n]{0,200}?coding[:=][ \t]{0,8}([-\w.]{1,40})")
_SAFE = re.compile(
    r"utf-?8|utf_8|utf[-_]?7|(?:raw[-_])?unicode[-_]escape|(?:us-)?ascii|latin-?1|iso[-_]?8859[-_]\d{1,2}|(?:cp|windows-)125\d"
    r"|cp(?:437|850|852|855|866|932|936|949|950)|gbk|gb2312|gb18030|big5|shift[-_]jis|sjis"
    r"|euc[-_](?:jp|kr)|koi8-[ru]|mac-?roman",
    re.IGNORECASE,
)
"""Encodings that are read in time linear in the text: pip takes others, too (punycode), and they are said."""

_UTF_8 = re.compile(r"utf[-_]?8", re.IGNORECASE)

_WORD = re.compile(r"(?>[^\s\"'\\]++|\"(?>[^\"\\]++|\\.)*+\"|'[^']*+'|\\.)++", re.DOTALL)
_QUOTED = re.compile(r"\"((?>[^\"\\]++|\\.)*+)\"|'([^']*+)'|\\(.)", re.DOTALL)
_ESCAPED = re.compile(r"\\([\"\\])")
_SHORT = {
    "-i": "--index-url",
    "-f": "--find-links",
    "-r": "--requirement",
    "-c": "--constraint",
    "-e": "--editable",
    "-C": "--config-settings",
}
_WITH_VALUE = (
    *sorted(_SHORT.values()),
    "--all-releases",
    "--only-final",
    "--pypi-url",
    "--extra-index-url",
    "--hash",
    "--global-option",
    "--no-binary",
    "--only-binary",
    "--trusted-host",
    "--use-feature",
)
_ALONE = (
    "--no-index",
    "--no-require-hashes",
    "--pre",
    "--prefer-binary",
    "--require-hashes",
)
_SAME = {"--pypi-url": "--index-url"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A logical line: continuations joined, the comment cut."""

    text: str
    lines: LineSpan

    @property
    def requirement(self) -> str:
        """What stands before the first option."""
        return self.text[: self._cut()].strip()

    @property
    def options(self) -> str:
        """What stands from the first option on."""
        return self.text[self._cut() :]

    def _cut(self) -> int:
        if self.text.startswith("-"):
            return 0
        found = _OPTION_START.search(self.text)
        return len(self.text) if found is None else found.start()


_OPTION_START = re.compile(r"(?<=[ \t])-")


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One option with its full name; `known` where pip has it."""

    name: str
    value: str = ""
    known: bool = True


def decode_requirements(data: bytes, notes: Notes) -> str:
    """Return `data` as text with LF line ends, decoded as pip does it.

    Without mark and PEP 263 line it is UTF-8, else Latin-1 with a note.

    Raises:
        TooLarge: more than 20 MiB.
        Unsupported: an empty file, a git-LFS pointer or binary.
    """
    if len(data) > LARGEST:
        raise TooLarge(f"{len(data)} bytes; at most {LARGEST} are read")
    wide = next((name for mark, name in _WIDE if data.startswith(mark)), None)
    text = _read_as(data, wide or _declared(data, notes))
    if text is not None and text.strip():
        return text.replace("\r\n", "\n")
    try:
        return decode(data)
    except Malformed as error:
        place, _, reason = str(error).partition(": ")
        notes.say(place, f"{reason}; read as Latin-1")
        return data.decode("latin-1").replace("\r\n", "\n")


def _declared(data: bytes, notes: Notes) -> str | None:
    """Return the encoding that one of the first two lines declares (PEP 263), if it is to be used."""
    for line in data[:1000].split(b"\n")[:2]:
        found = _DECLARED.match(line) if line.startswith(b"#") else None
        if found is None:
            continue
        name = found[1].decode("ascii", "replace")
        if not _SAFE.fullmatch(name):
            notes.say("encoding", "declared as one that is not read; read as UTF-8")
        elif _UTF_8.fullmatch(name) is None:
            return name
    return None


def _read_as(data: bytes, encoding: str | None) -> str | None:
    try:
        return None if encoding is None else data.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        return None


def logical_lines(text: str) -> Iterator[Line]:
    r"""Yield every line that says something; `\` joins, and so does nothing else.

    Lines end where `str.splitlines` ends them (form feed, U+2028), as pip reads; numbers count LF only.
    """
    parts: list[str] = []
    first = last = 1
    for number, piece in _pieces(text):
        stripped = piece.lstrip()
        comment = stripped.startswith("#")
        if not parts:
            first = number
        last = number
        parts.append(" " if comment else piece.strip("\\") if piece.endswith("\\") else piece)
        if piece.endswith("\\") and not comment:
            continue
        yield from _line("".join(parts), first, last)
        parts = []
    yield from _line("".join(parts), first, last)


def _pieces(text: str) -> Iterator[tuple[int, str]]:
    for number, physical in enumerate(text.split("\n"), start=1):
        if physical.isascii() and physical.isprintable():
            yield number, physical
            continue
        for piece in physical.splitlines():
            yield number, piece


def _line(joined: str, first: int, last: int) -> Iterator[Line]:
    said = _without_comment(joined).strip()
    if said:
        yield Line(text=said, lines=LineSpan(first=first, last=last))


def _without_comment(text: str) -> str:
    """Cut at the first `#` that begins the line or follows white space: that of a URL stays."""
    place = text.find("#")
    while place > 0 and not text[place - 1].isspace():
        place = text.find("#", place + 1)
    return text if place < 0 else text[:place]


def options_of(text: str) -> tuple[Option, ...] | None:
    """Return the options that `text` states, or None where a quotation is not closed."""
    words = _words(text)
    return None if words is None else tuple(_options(iter(words)))


def _words(text: str) -> list[str] | None:
    if not any(mark in text for mark in "\"'\\"):
        return text.split()
    if _WORD.sub("", text).strip():
        return None
    return [_QUOTED.sub(_unquoted, word) for word in _WORD.findall(text)]


def _unquoted(found: re.Match[str]) -> str:
    double, single, escaped = found.groups()
    return _ESCAPED.sub(r"\1", double) if double is not None else single or escaped or ""


def _options(words: Iterator[str]) -> Iterator[Option]:
    for word in words:
        stated, equals, value = word.partition("=")
        if not word.startswith("--"):
            stated, equals, value = word[:2], word[2:], word[2:].removeprefix("=")
        name = _SHORT.get(stated) or _full(stated)
        if name is None:
            yield Option(name=stated[:40], known=False)
        elif name in _ALONE:
            yield Option(name=name)
        else:
            yield Option(name=name, value=value if equals else next(words, ""))


def _full(stated: str) -> str | None:
    """Return the option that `stated` names or abbreviates."""
    if stated in _WITH_VALUE or stated in _ALONE:
        return _SAME.get(stated, stated)
    if len(stated) <= len("--"):
        return None
    found = [name for name in (*_WITH_VALUE, *_ALONE) if name.startswith(stated)]
    return _SAME.get(found[0], found[0]) if len(found) == 1 else None
