"""`pip.conf` and `pip.ini`: no locks, but they say which indexes pip asks, and what it installs besides.

Source: pip, "Configuration" and `_internal/configuration.py`: an INI file with the sections of the commands,
of which `install` comes before `global`; `-` and `_` are the same in keys. pip reads it where the environment
says so (`PIP_CONFIG_FILE`), which the repository's own scripts and images do.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from crawler.lockfiles.documents.lines import Notes, read_lines
from crawler.lockfiles.index_settings import python_setting
from crawler.lockfiles.python.inclusion import say_included
from crawler.lockfiles.python.manifests import installed_as_stated
from crawler.lockfiles.python.requirements import direct_pin
from crawler.lockfiles.sweep import is_archive
from crawler.model import LineSpan, ParseResult, Pin, file_name_of

__all__ = ["PipConfParser"]

_SECTION = re.compile(r"\[([^\[\]]{1,200})\]")
_LINE = re.compile(r"([A-Za-z0-9_.-]{1,200})[ \t]{0,20}[=:][ \t]{0,20}(.{0,2000}+)")
_REQUIREMENTS = ("requirement", "constraint")
_SECTIONS = ("install", "global")
_FORMATS = (
    "requirements",
    "requirements-input",
    "conda-environment",
    "pre-commit",
    "pyproject",
    "setup-cfg",
    "setup-py",
)
_Values = dict[str, list[str]]


class PipConfParser:
    """Reads `pip.conf` and `pip.ini`."""

    format: Final = "pip-conf"
    version: Final = 3

    def wants(self, path: str) -> bool:
        """Say whether `path` is a configuration of pip."""
        return path.rpartition("/")[2] in {"pip.conf", "pip.ini"}

    def parse(self, data: bytes) -> ParseResult:
        """Return one pin of no package for the indexes, see `crawler.lockfiles.index_settings`."""
        return read_lines(data, self.format, _pins)


def _pins(text: str, notes: Notes) -> Iterator[Pin]:
    lines = text.split("\n")
    stated = _stated(lines, notes)
    notes.check("pip.conf")
    index = _of(stated, "index-url")[:1] or [""]
    urls = [*index, *_of(stated, "extra-index-url")]
    whole = LineSpan(first=1, last=len(lines))
    pin = python_setting(urls, whole, _FORMATS)
    if pin is not None:
        yield pin
    for key in _REQUIREMENTS:
        for place in _of(stated, key):
            say_included(notes.say, key, place)
    links = (direct_pin(link, 1, Notes()) for link in _of(stated, "find-links") if _is_file(link))
    found = installed_as_stated(pin for pin in links if pin is not None)
    yield from (replace(one, lines=whole) for one in found)


def _is_file(link: str) -> bool:
    return "://" in link and is_archive(file_name_of(link) or "")


def _of(stated: dict[str, _Values], key: str) -> list[str]:
    """Return what the first section that has `key` says; several values are words of it."""
    values = next((stated[s][key] for s in _SECTIONS if key in stated[s]), [])
    return [word for value in values for word in value.split()]


def _stated(lines: Sequence[str], notes: Notes) -> dict[str, _Values]:
    """Return the values of each key by section; a line that is indented goes on with the value above it."""
    stated: defaultdict[str, _Values] = defaultdict(dict)
    section, values = "", list[str]()
    for number, line in enumerate(lines, start=1):
        said = line.strip()
        head, pair = _SECTION.fullmatch(said), _LINE.fullmatch(said)
        if not said or said[0] in "#;":
            continue
        if line[0] in " \t" and values and len(said) <= _LONGEST:
            values.append(said)
        elif head is not None:
            section, values = head[1].strip().lower(), []
        elif pair is not None:
            values = stated[section].setdefault(pair[1].lower().replace("_", "-"), [])
            values[:] = [pair[2]]
        else:
            notes.skip(number, "not a setting")
            continue
        notes.understood = True
    return stated


_LONGEST = 2000
"""Characters of a line."""
