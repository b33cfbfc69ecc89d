"""`setup.py`, read as text and never run: the strings in it that are requirements.

Source: setuptools, "Keywords" (`install_requires`, `extras_require`, `setup_requires`, `dependency_links`) and PEP 508.
Which of the strings reach `setup()` only running it would tell; a string with a URL or an exact version is none by
accident. Comments are passed over, what is put together at run time is not seen.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from crawler.errors import Malformed
from crawler.lockfiles.documents.lines import Notes, read_lines
from crawler.lockfiles.python.manifests import installed_as_stated
from crawler.lockfiles.python.requirements import direct_pin
from crawler.lockfiles.sweep import is_archive
from crawler.model import LineSpan, ParseResult, Pin, file_name_of

__all__ = ["SetupPyParser"]

_TOKEN = re.compile(
    r"#[^\n]*+"
    r"|(?P<prefix>\b[rRuUbBfF]{1,2}+)?(?:"
    r'"""(?P<a>(?>[^"\\]++|\\.|"(?!""))*+)(?:"""|\\?\Z)'
    r"|'''(?P<b>(?>[^'\\]++|\\.|'(?!''))*+)(?:'''|\\?\Z)"
    r'|"(?P<c>(?>[^"\\\n]++|\\.)*+)(?:"|(?=\n)|\\?\Z)'
    r"|'(?P<d>(?>[^'\\\n]++|\\.)*+)(?:'|(?=\n)|\\?\Z))",
    re.DOTALL,
)
"""A comment or a string; one without an end goes to that of its line, or of the text, so that no quote is tried twice."""
_BETWEEN = re.compile(r"(?>[ \t\r\n]++|\\\n|#[^\n]*+\n)*+")
_REQUIREMENT = re.compile(
    r"[ \t]*+[A-Za-z0-9][A-Za-z0-9._-]*+[ \t]*+(?>\[[^\]\n]*+\])?+[ \t]*+(?:@|\(?===?)[^\n]*+"
)
_LONGEST = 2_000
_SETS_UP = re.compile(r"\bsetup\b")


class SetupPyParser:
    """Reads `setup.py`."""

    format: Final = "setup-py"
    version: Final = 1

    def wants(self, path: str) -> bool:
        """Say whether `path` is the script of setuptools."""
        return path.rpartition("/")[2] == "setup.py"

    def parse(self, data: bytes) -> ParseResult:
        """Return one pin per string that is a requirement with a URL or exact version, flagged `manifest`."""
        return read_lines(data, self.format, _pins)


def _pins(text: str, notes: Notes) -> Iterator[Pin]:
    if _SETS_UP.search(text) is None:
        raise Malformed("no setup.py: it does not speak of `setup`")
    notes.understood = True
    unreported = Notes()
    for lines, stated in _strings(text):
        for offset, line in enumerate(stated.split("\n")):
            if not _is_requirement(line):
                continue
            number = lines.first + offset
            own = LineSpan(first=number, last=number) if "\n" in stated else lines
            pin = direct_pin(line.strip(), number, unreported)
            yield from installed_as_stated(() if pin is None else (replace(pin, lines=own),))


def _is_requirement(line: str) -> bool:
    if len(line) > _LONGEST:
        return False
    if _REQUIREMENT.fullmatch(line):
        return True
    bare = line.strip()
    return bare.lower().startswith(("http://", "https://")) and is_archive(file_name_of(bare) or "")


def _strings(text: str) -> Iterator[tuple[LineSpan, str]]:
    """Yield the lines and the text of each string, those beside one another as the one they are."""
    line, counted, end = 1, 0, -1
    first = last = 1
    parts = list[str]()
    for token in _TOKEN.finditer(text):
        body = next((part for part in token.group("a", "b", "c", "d") if part is not None), None)
        if body is None:
            continue
        line, counted = line + text.count("\n", counted, token.start()), token.start()
        beside = end >= 0 and (gap := _BETWEEN.match(text, end)) and gap.end() == token.start()
        if not beside:
            if parts:
                yield LineSpan(first=first, last=last), "".join(parts)
            first, parts = line, []
        parts.append(body)
        last = line + body.count("\n")
        end = token.end()
    if parts:
        yield LineSpan(first=first, last=last), "".join(parts)
