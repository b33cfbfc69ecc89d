"""`noxfile.py`, taken apart and never run: the strings that its sessions hand to pip and uv.

Source: nox, "Configuration & API" (`session.install`, `session.run("pip", "install", ...)`, PEP 723 in a noxfile).
"""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from crawler.errors import Malformed
from crawler.lockfiles.documents.lines import Notes, read_lines
from crawler.lockfiles.python.inclusion import included_in, say_included
from crawler.lockfiles.python.manifests import installed_as_stated
from crawler.lockfiles.python.requirements import direct_pin
from crawler.lockfiles.python.run_options import RunOptions
from crawler.lockfiles.python.script import inline_script
from crawler.lockfiles.python.setup_py import ScriptTexts, is_requirement
from crawler.model import LineSpan, ParseResult, Pin

__all__ = ["NoxfileParser"]

_INSTALL = "install"
_PIP = re.compile(r"(?:.*/)?pip[0-9.]{0,5}")
_RUNS = frozenset({"run", "run_always", "run_install"})
_WITH_FILE = frozenset({"-r", "-c", "--requirement", "--constraint"})


class NoxfileParser:
    """Reads `noxfile.py`."""

    format: Final = "noxfile"
    version: Final = 2

    def wants(self, path: str) -> bool:
        """Say whether `path` is the configuration of nox."""
        return path.rpartition("/")[2] == "noxfile.py"

    def parse(self, data: bytes) -> ParseResult:
        """Return one pin per requirement with a URL or exact version, also in its script block; flagged `manifest`."""
        read, block = read_lines(data, self.format, _pins), inline_script(data)
        return read if block is None else replace(read, pins=(*read.pins, *block.pins))


def _pins(text: str, notes: Notes) -> Iterator[Pin]:
    try:
        script = ScriptTexts(ast.parse(text), _RUNS | {_INSTALL})
        calls = [_words(script, call) for call in script.calls]
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise Malformed("not a script of Python 3") from error
    if "nox" not in text:
        raise Malformed("no noxfile.py: it does not use nox")
    notes.understood = True
    unreported, asked = Notes(), RunOptions()
    for words in calls:
        option = ""
        asked.add_line(shlex.join(word for _, word in words))
        for lines, word in words:
            stated, option = f"{option}{word}", f"{word}=" if word in _WITH_FILE else ""
            if stated.startswith("-"):
                for place in included_in(stated):
                    say_included(notes.say, f"line {lines.first}", place)
            elif is_requirement(word):
                pin = direct_pin(word, lines.first, unreported)
                found = installed_as_stated(() if pin is None else (pin,))
                yield from (replace(one, lines=lines) for one in found)
    yield from asked.pins(LineSpan(first=1, last=text.count("\n") + 1))


def _words(script: ScriptTexts, call: ast.Call) -> list[tuple[LineSpan, str]]:
    """Return what a call installs: of one that runs a program what follows `pip install`.

    A program whose name is computed may be pip.
    """
    words = [text for argument in call.args for text in script.texts(argument)]
    if isinstance(call.func, ast.Attribute) and call.func.attr == _INSTALL:
        return words
    starts = (
        number
        for number, (_, word) in enumerate(words)
        if word == _INSTALL and (not number or _PIP.fullmatch(words[number - 1][1]))
    )
    return words[next(starts, len(words)) :]
