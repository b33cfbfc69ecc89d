"""`setup.cfg` and `tox.ini`: no locks, but what they state exactly is installed as it stands.

Source: setuptools, "Configuring setuptools using setup.cfg files" (`list-semi`: lines, or one line with `;`),
"Deprecated: dependency_links" and easy_install's `find_links`; tox, "Configuration" (`deps`, `requires`), in
`setup.cfg` as `[tox:tox]`. Python's `configparser` reads both: an indented line goes on with the value above.
What `file:` names, and `-r` and `-c` in tox, is another requirements file.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from configparser import Error as ConfigError
from configparser import RawConfigParser
from typing import Final

from crawler.lockfiles.documents.lines import Notes, read_lines
from crawler.lockfiles.python.inclusion import included_in, say_included
from crawler.lockfiles.python.manifests import (
    MAY_PIN,
    Redirects,
    installed_as_stated,
    normalized,
)
from crawler.lockfiles.python.requirements import direct_pin
from crawler.lockfiles.python.run_options import RunOptions
from crawler.lockfiles.sweep import is_archive
from crawler.model import LineSpan, ParseResult, Pin, file_name_of

__all__ = ["SetupCfgParser", "ini_pins"]

_SECTION = re.compile(r"\[([^\[\]]{1,200})\]")
_KEY = re.compile(r"([A-Za-z0-9_.-]{1,200})[ \t]{0,20}[=:][ \t]{0,20}(.{0,4000}+)")
_LISTS = {
    "options": {"install_requires", "setup_requires", "tests_require", "dependency_links"},
    "easy_install": {"find_links"},
}
_EVERY_KEY = frozenset({"options.extras_require", "extras"})
_TOX = re.compile(r"(?:tox:)?(?:testenv|tox|pkgenv)(?::.{1,200})?")
_OF_TOX = frozenset({"deps", "requires", "constraints"})
_REFERRED = re.compile(r"\{\[([^\[\]{}\n]{1,200})\]([A-Za-z0-9_.-]{1,200})")
"""What tox puts in from another section: `{[base]deps}`."""
_FILE = "file:"
_LARGEST_NAMED = 100_000
"""Characters in which the name of the project is looked for."""
_CONDITION = re.compile(r"[A-Za-z0-9_,{}!.-]{1,100}:[ \t]{1,20}(?=\S)")
"""Of tox, before a requirement: `py311: zz==1.0`."""


class SetupCfgParser:
    """Reads `setup.cfg` and `tox.ini`."""

    format: Final = "setup-cfg"
    version: Final = 3

    def wants(self, path: str) -> bool:
        """Say whether `path` is the configuration of setuptools or tox."""
        return path.rpartition("/")[2] in {"setup.cfg", "tox.ini"}

    def parse(self, data: bytes) -> ParseResult:
        """Return one pin per direct URL, checkout and exact version, flagged `manifest`."""
        return read_lines(data, self.format, ini_pins)


def ini_pins(text: str, notes: Notes) -> Iterator[Pin]:
    """Yield the pins of `text`, flagged `manifest`; what it includes is noted."""
    unreported, of_project, asked = Notes(), Redirects(own=_own_name(text)), RunOptions()
    for number, section, stated in _stated(text, notes):
        if stated.startswith("-"):
            for place in included_in(stated):
                say_included(notes.say, f"line {number}", place)
            if _TOX.fullmatch(section):
                asked.add_line(stated)
        elif any(sign in stated for sign in MAY_PIN):
            pin = direct_pin(stated, number, unreported)
            found = installed_as_stated(() if pin is None else (pin,))
            yield from found if _TOX.fullmatch(section) else of_project.of(found)
    notes.check("setup.cfg")
    yield from asked.pins(LineSpan(first=1, last=text.count("\n") + 1))


def _own_name(text: str) -> str:
    """Return what the project is called, or an empty string."""
    parser = RawConfigParser(strict=False)
    try:
        parser.read_string(text[:_LARGEST_NAMED])
    except ConfigError:
        return ""
    return normalized(parser.get("metadata", "name", fallback=""))


def _stated(text: str, notes: Notes) -> Iterator[tuple[int, str, str]]:
    """Yield line, section and text of each requirement."""
    section, wanted, of_files, referred = "", False, False, _referred(text)
    for number, line in enumerate(text.split("\n"), start=1):
        said = line.strip()
        if not said or said[0] in "#;":
            continue
        head, pair = _SECTION.fullmatch(said), _KEY.fullmatch(said)
        goes_on = line[0] in " \t" and bool(section)
        if goes_on:
            found = said if wanted else ""
        elif head is not None:
            section, wanted, found = head[1].strip(), False, ""
        elif pair is not None and section:
            wanted = (section, pair[1]) in referred or _holds_requirements(section, pair[1].lower())
            found = pair[2] if wanted else ""
            of_files = found.startswith(_FILE) and _TOX.fullmatch(section) is None
        else:
            notes.skip(number, "not a setting")
            continue
        notes.understood = True
        stated = _files(found) if of_files else _requirements(section, found, whole=not goes_on)
        yield from ((number, section, one) for one in stated)


def _referred(text: str) -> set[tuple[str, str]]:
    """Return section and key of what requirements refer to, at once or by way of others."""
    section, key = "", ""
    refers: defaultdict[tuple[str, str], set[tuple[str, str]]] = defaultdict(set)
    for line in text.split("\n") if "{[" in text else ():
        said = line.strip()
        if not said or said[0] in "#;":
            continue
        if line[0] not in " \t" and (head := _SECTION.fullmatch(said)) is not None:
            section, key = head[1].strip(), ""
        elif line[0] not in " \t" and (pair := _KEY.fullmatch(said)) is not None:
            key = pair[1]
        refers[section, key].update(_REFERRED.findall(said))
    found: set[tuple[str, str]] = set()
    ready = [place for place in refers if _holds_requirements(place[0], place[1].lower())]
    while ready:
        new = refers.get(ready.pop(), set()) - found
        found |= new
        ready += new
    return found


def _files(said: str) -> Iterator[str]:
    """Yield what setuptools reads for `file: a, b`, as pip would be told of it."""
    names = (one.strip() for one in said.removeprefix(_FILE).split(","))
    yield from (f'-r "{name}"' for name in names if name)


def _holds_requirements(section: str, key: str) -> bool:
    if _TOX.fullmatch(section) and key in _OF_TOX:
        return True
    return section in _EVERY_KEY or key.replace("-", "_") in _LISTS.get(section, ())


def _requirements(section: str, said: str, *, whole: bool) -> Iterator[str]:
    """Yield the requirements of one line: one, or those between `;` where the line is the `whole` value."""
    if whole and "://" not in said and ";" in said:
        yield from (part.strip() for part in said.split(";"))
        return
    stated = _CONDITION.sub("", said, count=1) if _TOX.fullmatch(section) else said
    page = "://" in stated and not stated.startswith("-")
    if page and "@" not in stated and not is_archive(file_name_of(stated) or ""):
        return
    yield stated
