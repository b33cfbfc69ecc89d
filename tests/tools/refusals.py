"""The tables in docs/locks.md that say what a tool refuses: a column is a `Tool`, a row a condition.

What the cells say is read from the document alone, by the test that asks the real tools and by the one that
asks ghostcrawl. The columns are in `python_refusals` and `node_refusals`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

__all__ = ["SAMPLES", "Cell", "Damage", "Tool", "cells", "conflict", "in_list", "put", "swap"]

SAMPLES = Path(__file__).parents[1] / "data" / "refusals"
"""What the tools lock of the projects of `tests/tools`; the registry of npm is called `registry.npm.example`."""
_TABLES = Path(__file__).parents[2] / "docs" / "locks.md"

Damage = Callable[[str], bytes]


class Cell(Enum):
    """What a tool does with a damaged lock."""

    INSTALLS = "installs"
    REFUSES = "refuses"
    """It installs nothing from it, whatever else the lock says; what it is asked for may be resolved anew."""
    FAILS = "fails"
    """It ends with an error that lies in one entry, in the machine or in what a registry serves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """A tool that installs from a lock: a column of the tables."""

    title: str
    """With the version of which the column is true."""
    path: str
    """Of the lock."""
    locked: Mapping[str, str]
    """Each case of `tests/tools` that locks for it, and its sample."""
    install: tuple[str, ...]
    """The command that takes the most: no option that wants the lock unchanged."""
    damages: Mapping[str, Damage]
    """By condition; those of every tool are added."""
    layout: str = ""
    """Which one the lock has, where locks of one name have several: a tool of another says nothing of it."""
    loosened: Mapping[str, Damage] = field(default_factory=dict)
    """What becomes of files of the project, once it is locked: resolved anew it gets another release."""
    installed: str
    """What is there of the locked release of `zz-ghost-lib`, once it is installed: a pattern for `Path.glob`."""

    def damaged(self) -> Iterator[tuple[str, Damage]]:
        """Yield each condition that the column has with what it does to a lock."""
        yield from {**_EVERY, **self.damages}.items()


def cells() -> Mapping[tuple[str, str], Cell]:
    """Return what the tables of docs/locks.md say, by condition and tool."""
    found: dict[tuple[str, str], Cell] = {}
    tools: list[str] = []
    for line in _TABLES.read_text("utf-8").splitlines():
        first, *rest = [part.strip() for part in line.strip("|").split("|")]
        if first == "condition":
            tools = rest
        elif not line.startswith("|"):
            tools = []
        else:
            said = ((tool, word) for tool, word in zip(tools, rest, strict=False) if tool)
            found.update({(first, tool): Cell(w) for tool, w in said if w not in {"", "---"}})
    return found


def swap(old: str, new: str) -> Damage:
    """Put `new` where the pattern `old` is found first."""

    def damage(text: str) -> bytes:
        swapped, count = re.subn(old, new, text, count=1, flags=re.DOTALL | re.MULTILINE)
        assert count == 1, f"{old} is not in the lock"
        return swapped.encode()

    return damage


def put(new: bytes, behind: str) -> Damage:
    """Put `new` behind what the pattern `behind` finds first."""
    marked = swap(behind, r"\g<0>HERE")
    return lambda text: marked(text).replace(b"HERE", new)


def conflict(line: str) -> Damage:
    """One side of a merge has the line that begins so, the other has nothing."""
    return swap(rf"^({line}[^\n]*\n)", r"<<<<<<< HEAD\n\1=======\n>>>>>>> other\n")


def in_list(text: str) -> bytes:
    """Return the document of JSON as the one element of an array."""
    return f"[\n{text}]\n".encode()


def _cut(text: str) -> bytes:
    """Return what a full disk leaves: the lock up to the middle of the last name in it."""
    return text[: max(text.rfind("zz-ghost"), text.rfind("zz_ghost")) + 5].encode()


_EVERY: Mapping[str, Damage] = {
    "UTF-8 BOM": lambda text: b"\xef\xbb\xbf" + text.encode(),
    "CRLF": lambda text: text.replace("\n", "\r\n").encode(),
    "truncated": _cut,
    "NUL byte": lambda text: text.encode() + b"\0",
    "trailing garbage": lambda text: text.encode() + b"\n}}} ]] garbage here\n",
}
