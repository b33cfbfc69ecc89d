"""What lies around a lock, by names alone: its manifest, its like, and test code.

A reader is told which names to bring (`Neighbourhood`), and what it saw is summed up once (`around`).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from crawler.lockfiles.names import as_opened
from crawler.lockfiles.registry import (
    GUESSED,
    MANIFEST_FORMATS,
    SETTING_READINGS,
    is_lock,
    parser_for,
    reading_of,
)
from crawler.model import Surroundings

__all__ = ["Neighbourhood", "around", "is_readme", "is_readme_above", "is_renamed", "manifests_of"]

_JAVASCRIPT = ("package.json",)
_MANIFESTS = {
    "uv.lock": ("pyproject.toml",),
    "poetry.lock": ("pyproject.toml",),
    "pdm.lock": ("pyproject.toml",),
    "Pipfile.lock": ("Pipfile",),
    "package-lock.json": _JAVASCRIPT,
    "npm-shrinkwrap.json": _JAVASCRIPT,
    "yarn.lock": _JAVASCRIPT,
    "pnpm-lock.yaml": (*_JAVASCRIPT, "package.yaml", "package.json5"),
    "bun.lock": _JAVASCRIPT,
    "bun.lockb": _JAVASCRIPT,
    "pixi.lock": ("pixi.toml", "pyproject.toml", "mojoproject.toml"),
    "MODULE.bazel.lock": ("MODULE.bazel",),
}
"""By the name of a lock: its tool needs one of these beside it, and installs nothing without."""
_SCRIPT_LOCK = ".py.lock"
_README = re.compile(r"readme(?:[._-][a-z0-9_.-]{1,20})?", re.IGNORECASE)
_TEST_CODE = re.compile(
    r"(?:test_.+|.+_tests?|conftest)\.py|.+_test\.(?:go|rb|exs?|dart|cc|cpp|rs|php|zig)|.+_spec\.rb"
    r"|.+\.(?:test|spec)\.[cm]?[jt]sx?|.+(?:Tests?|Spec)\.(?:java|kt|cs|swift|php|scala|groovy|hs)"
)
_MOST_NAMES = 20_000
"""Names that are kept of one repository; beyond them nothing is known, and nothing asked."""
_OF_ANY_NAME = frozenset({"pex", "requirements", "conda-explicit", "script", "text"})
_FAMILIES = {"bunb": "bun", "pylock": "uv", "conda-explicit": "condalock"}
"""Readings of one tool, or of the next one's export."""


def manifests_of(path: str) -> tuple[str, ...]:
    """Return the names of which the tool of the lock at `path` needs one beside it; none: it needs none."""
    name = path.rpartition("/")[2]
    if name.endswith(_SCRIPT_LOCK):
        return (name.removesuffix(".lock"),)
    return _MANIFESTS.get(name) or _MANIFESTS.get(as_opened(name), ())


def is_renamed(path: str, lock_format: str = "") -> bool:
    """Say whether a lock is called so that its tool does not read it by itself: `before-merge.uv.lock`.

    `lock_format` is that of a lock whose content tells it; some tools are given the name each time.
    """
    parser = parser_for(path)
    if parser is None:
        return bool(lock_format) and lock_format not in _OF_ANY_NAME
    return not (parser.wants(path) or parser.wants(as_opened(path)))


def is_readme(path: str) -> bool:
    """Say whether the file at `path` calls itself a README, in whatever language and markup."""
    return _README.fullmatch(path.rpartition("/")[2]) is not None


def is_readme_above(path: str, lock: str) -> bool:
    """Say whether the file at `path` is a README in the folder of `lock`, or in one above."""
    return is_readme(path) and f"{_folder(lock)}/".startswith(f"{_folder(path)}/".lstrip("/"))


@dataclass(slots=True)
class Neighbourhood:
    """Whose names tell something of some locks: those of their folders, of all above and of those beside."""

    locks: Collection[str]
    """Their paths."""
    _around: set[str] = field(default_factory=set)
    """Their folders, and all above these."""
    _above: set[str] = field(default_factory=set)
    """The folders in which theirs lie, but the root."""
    _wanted: int = 0

    def __post_init__(self) -> None:
        """Note whose files are asked for."""
        for lock in self.locks:
            folder = _folder(lock)
            self._above.update({_folder(folder)} if folder else ())
            self._around.update((folder, ""))
            while folder:
                folder = _folder(folder)
                self._around.add(folder)

    def wants(self, path: str) -> bool:
        """Say whether the name at `path` is asked for; of too many only the first ones are."""
        folder = _folder(path)
        wanted = folder in self._around or (bool(folder) and _folder(folder) in self._above)
        self._wanted += wanted
        return wanted and self._wanted <= _MOST_NAMES

    def wants_text(self, path: str) -> bool:
        """Say whether the file at `path` is a README whose text is asked for."""
        return is_readme(path) and _folder(path) in self._around

    @property
    def is_whole(self) -> bool:
        """Whether no name was refused for being one too many: else it is not known what is missing."""
        return self._wanted <= _MOST_NAMES


def around(lock: str, names: Collection[str], commit: str) -> Surroundings:
    """Return what the `names` of a commit say of the lock at the path `lock`."""
    lacks = _lacking(lock, names)
    twins, namesakes = _alike(lock, names)
    return Surroundings(
        commit=commit,
        lacks=lacks,
        twins=twins,
        namesakes=namesakes,
        tools=_tools(lock, names),
        tests=_test_code(lock, names, alone=bool(lacks)),
    )


def _lacking(lock: str, names: Collection[str]) -> tuple[str, ...]:
    """Return the manifests of which the lock needs one, if all `names` of its folder have none.

    A lock at the root is not asked about: who keeps nothing else there has copied it to be installed.
    """
    folder, manifests = _folder(lock), manifests_of(lock)
    there = not folder or any(f"{folder}/{name}" in names for name in manifests)
    return () if there else manifests


def _alike(lock: str, names: Iterable[str]) -> tuple[int, int]:
    """Return how many folders beside that of the lock hold the same names, and how many its like."""
    folder, _, name = lock.rpartition("/")
    held: defaultdict[str, set[str]] = defaultdict(set)
    for path in names if folder else ():
        inside, _, held_name = path.rpartition("/")
        if inside and _folder(inside) == _folder(folder):
            held[inside].add(held_name)
    own = held.pop(folder, {name})
    twins = sum(other == own for other in held.values())
    return twins, sum(name in other for other in held.values())


def _tools(lock: str, names: Iterable[str]) -> int:
    """Return how many tools have a lock in the folder of `lock`."""
    here = {path for path in names if _folder(path) == _folder(lock) and is_lock(path)} | {lock}
    no_locks = SETTING_READINGS | MANIFEST_FORMATS | {GUESSED}
    readings = {reading_of(path) for path in here if not is_renamed(path)} - no_locks
    return len({_FAMILIES.get(reading, reading) for reading in readings})


def _test_code(lock: str, names: Iterable[str], *, alone: bool) -> str:
    """Return the path of test code in a folder above the lock, but the root; empty: there is none.

    With `alone`, a lock without its manifest, its own folder counts too; beside a manifest tests are usual.
    """
    folder = _folder(lock)
    around_it = {folder} if alone and folder else set()
    while folder := _folder(folder):
        around_it.add(folder)
    found = (path for path in sorted(names) if _folder(path) in around_it)
    return next((path for path in found if _TEST_CODE.fullmatch(path.rpartition("/")[2])), "")


def _folder(path: str) -> str:
    return path.rpartition("/")[0]
