"""How a lock is damaged, for each condition of the tables in docs/locks.md that say what a tool refuses.

A column of those tables is a `Tool`. What its cells say is read from the document alone, by the test that
asks the real tools and by the one that asks ghostcrawl.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

__all__ = ["SAMPLES", "TOOLS", "Cell", "Tool", "cells"]

SAMPLES = Path(__file__).parents[1] / "data" / "refusals"
"""What the tools lock of the project of `tests/tools`; the addresses of npm's are those of no server."""
_TABLES = Path(__file__).parents[2] / "docs" / "locks.md"

Damage = Callable[[str], bytes]


class Cell(Enum):
    """What a tool does with a damaged lock."""

    INSTALLS = "installs"
    REFUSES = "refuses"
    """It installs nothing, whatever else the lock says."""
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


def _swap(old: str, new: str) -> Damage:
    """Put `new` where the pattern `old` is found first."""

    def damage(text: str) -> bytes:
        swapped, count = re.subn(old, new, text, count=1, flags=re.DOTALL | re.MULTILINE)
        assert count == 1, f"{old} is not in the lock"
        return swapped.encode()

    return damage


def _conflict(line: str) -> Damage:
    """One side of a merge has the line that begins so, the other has nothing."""
    return _swap(rf"^({line}[^\n]*\n)", r"<<<<<<< HEAD\n\1=======\n>>>>>>> other\n")


def _cut(text: str) -> bytes:
    """Return what a full disk leaves: the lock up to the middle of the last name in it."""
    return text[: max(text.rindex("zz-ghost"), text.rindex("zz_ghost")) + 5].encode()


def _bad_comment(text: str) -> bytes:
    return text.encode() + b"# \xff\xfe\n"


_EVERY: Mapping[str, Damage] = {
    "UTF-8 BOM": lambda text: b"\xef\xbb\xbf" + text.encode(),
    "CRLF": lambda text: text.replace("\n", "\r\n").encode(),
    "truncated": _cut,
    "NUL byte": lambda text: text.encode() + b"\0",
    "trailing garbage": lambda text: text.encode() + b"\n}}} ]] garbage here\n",
}
_OF_TOML: Mapping[str, Damage] = {
    "invalid UTF-8": _bad_comment,
    "key twice": _swap(r'^name = "zz-ghost-lib"\n', r"\g<0>\g<0>"),
    "unknown key": _swap(r'^name = "zz-ghost-lib"\n', r"\g<0>unknown = 1\n"),
    "no name, version or source": _swap(r'^name = "zz-ghost-lib"\n', ""),
    "odd hash": _swap(r'(sha256:|sha256 = ")[0-9a-f]{8}', r"\1zzzzzzzz"),
}
_OF_PYLOCK: Mapping[str, Damage] = {
    **_OF_TOML,
    "conflict": _conflict("created-by"),
    "higher version": _swap(r'^lock-version = "1.0"', 'lock-version = "2.0"'),
    "higher revision": _swap(r'^lock-version = "1.0"', 'lock-version = "1.99"'),
    "no version": _swap(r'^lock-version = "1.0"\n', ""),
    "other top level": _swap(
        r"^\[\[packages\]\].*", '[packages]\nname = "zz-ghost-lib"\nversion = "1.0.0"\n'
    ),
}
TOOLS = (
    Tool(
        title="uv 0.13.9",
        path="uv.lock",
        locked={"uv": "uv.lock"},
        install=("uv", "sync", "--frozen"),
        damages={
            **_OF_TOML,
            "conflict": _conflict("revision"),
            "higher version": _swap(r"^version = 1\n", "version = 2\n"),
            "higher revision": _swap(r"^revision = \d+\n", "revision = 99\n"),
            "no version": _swap(r"^version = 1\n", ""),
            "other top level": _swap(r"^\[\[package\]\].*", '[package]\nname = "zz-ghost-lib"\n'),
        },
    ),
    Tool(
        title="pylock: uv 0.13.9",
        path="pylock.toml",
        locked={"uv-pylock": "pylock.uv.toml"},
        install=("uv", "pip", "install", "--target=site", "--requirements=pylock.toml"),
        damages=_OF_PYLOCK,
    ),
    Tool(
        title="pylock: pip 26.3",
        path="pylock.toml",
        locked={"pip-pylock": "pylock.pip.toml"},
        install=("pip", "install", "--target=site", "--requirement=pylock.toml"),
        damages=_OF_PYLOCK,
    ),
    Tool(
        title="pylock: pdm 2.28.2",
        path="pylock.toml",
        locked={"pdm-pylock": "pylock.pdm.toml"},
        install=("pdm", "sync", "--no-self"),
        damages=_OF_PYLOCK,
    ),
    Tool(
        title="poetry 2.5.1",
        path="poetry.lock",
        locked={"poetry": "poetry.lock"},
        install=("poetry", "install", "--no-interaction"),
        damages={
            **_OF_TOML,
            "conflict": _conflict("lock-version"),
            "higher version": _swap(r'^lock-version = "2.1"', 'lock-version = "3.0"'),
            "higher revision": _swap(r'^lock-version = "2.1"', 'lock-version = "2.99"'),
            "no version": _swap(r'^lock-version = "2.1"\n', ""),
            "other top level": _swap(r"^\[metadata\].*", ""),
        },
    ),
    Tool(
        title="pdm 2.28.2",
        path="pdm.lock",
        locked={"pdm-static-urls": "pdm.lock"},
        install=("pdm", "sync", "--no-self"),
        damages={
            **_OF_TOML,
            "conflict": _conflict("lock_version"),
            "higher version": _swap(r'^lock_version = "4', 'lock_version = "9'),
            "higher revision": _swap(r'^lock_version = "4.5', 'lock_version = "4.99'),
            "no version": _swap(r"^lock_version = [^\n]*\n", ""),
            "other top level": _swap(r"^\[metadata\].*?(?=^\[\[package)", ""),
        },
    ),
)
