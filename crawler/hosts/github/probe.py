"""What one GraphQL selection tells of a repository: its default branch and the files at its root, unread.

`object(expression: "HEAD:")` is the root folder, and its `entries` are no connection: all names with
their blob ids cost what one name costs (docs/decisions/0011). A blob that was read before, in whichever
fork or copy, costs nothing more. Where a host cannot list a folder, names are asked for one by one.
Source: GitHub GraphQL schema (Repository.object, Tree, TreeEntry, Blob).
"""

from __future__ import annotations

import re
import stat
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from crawler.errors import Blocked, Malformed
from crawler.hosts.answers import printable
from crawler.hosts.github.blobs import LARGEST
from crawler.model import Head, Repository, Skipped, Worth

if TYPE_CHECKING:
    from crawler.hosts.answers import JsonObject

__all__ = [
    "NAMES_ONLY",
    "ROOT",
    "ROOT_LOCKS",
    "USUAL_LOCKS",
    "Located",
    "LockEntry",
    "Probe",
    "probe_of",
    "repository_fields",
]

ROOT_LOCKS = ("uv.lock", "pylock.toml")
"""The locks that a search for words is bound to."""
USUAL_LOCKS = (
    "uv.lock",
    "pylock.toml",
    "poetry.lock",
    "pdm.lock",
    "Pipfile.lock",
    "pixi.lock",
    "requirements.txt",
    "package-lock.json",
    "yarn.lock",
    "pnpm-lock.yaml",
    "bun.lock",
)
"""Names to ask for where a folder cannot be listed; the names that tools write by themselves."""
ROOT = "root"
"""The alias of the root folder in an answer."""
NAMES_ONLY = Skipped(
    context="root folder",
    reason="the host could not list it; only the usual names of locks were looked up",
)

Located = Callable[[str], Repository]
"""Makes a repository of `owner/name`; raises Refused for a hostile one."""

_ROOT_FIELD = (
    f' {ROOT}: object(expression: "HEAD:")'
    " { __typename ... on Tree { entries { name oid mode size } } }"
)
_OID = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_MOST_LOCKS = 200
"""Read at one root; each over 512,000 bytes costs a request of its own."""
_MOST_BYTES = 64 * 1024 * 1024
_MOST_GUESSES, _LARGEST_GUESS = 40, 64 * 1024
"""Texts that are only read because they may be requirements files, and the bytes of each."""
_HUGE = _MOST_BYTES // 32
"""Bytes; no more than so many names are well-known, so that smaller locks at a root have all room."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LockEntry:
    """A file that a probe saw."""

    path: str
    oid: str
    size: int
    """Bytes, as the host says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """A repository, its default branch, and the locks seen there without reading them."""

    repository: Repository
    head: Head | None
    """None where the repository is empty."""
    locks: tuple[LockEntry, ...] = ()
    private: bool = False
    skipped: tuple[Skipped, ...] = ()

    def with_names_only(self) -> Probe:
        """Say that only the usual names were looked up, not the whole root."""
        return replace(self, skipped=(NAMES_ONLY, *self.skipped))


def repository_fields(lock_aliases: Mapping[str, str], *, root: bool) -> str:
    """Return the selection of a repository.

    `lock_aliases` maps an alias to the name of the variable that holds `HEAD:path`; with `root` the
    whole root folder is listed.
    """
    locks = " ".join(
        f"{alias}: object(expression: ${variable}) {{ __typename ... on Blob {{ oid byteSize }} }}"
        for alias, variable in lock_aliases.items()
    )
    return (
        "databaseId nameWithOwner isPrivate isArchived isDisabled createdAt pushedAt description"
        " parent { nameWithOwner } defaultBranchRef { name target { oid } }"
        f"{_ROOT_FIELD if root else ''} {locks}"
    )


def probe_of(
    node: JsonObject,
    paths: Mapping[str, str],
    located: Located,
    wanted: Callable[[str], int] | None = None,
) -> Probe:
    """Read one repository of an answer; `paths` maps the alias of a lock to its path.

    `wanted` says what names at the root are worth, and 0 of those that do not count; None: the root
    folder was not asked for. Raises Malformed for other types or a root that is missing, Refused for a hostile name, Blocked for a
    repository that the host has disabled.
    """
    branch = node.node("defaultBranchRef")
    parent = node.node("parent")
    if node.flag("isDisabled"):
        raise Blocked("blocked by the host (disabled)")
    repository = replace(
        located(node.text("nameWithOwner")),
        native_id=str(node.number("databaseId")),
        default_branch=None if branch is None else branch.text("name"),
        fork_of=None if parent is None else parent.text("nameWithOwner"),
        created_at=node.optional_text("createdAt"),
        pushed_at=node.optional_text("pushedAt"),
        archived=node.flag("isArchived"),
        description=node.optional_text("description"),
    )
    head = _head_of(branch)
    seen = list(_named(node, paths))
    if wanted is not None and head is not None:
        seen += _at_root(node, wanted)
    found = {one.path: one for one in seen if isinstance(one, LockEntry)}
    locks, beyond = _bounded(tuple(found.values()), wanted or USUAL_LOCKS.__contains__)
    return Probe(
        repository=repository,
        head=head,
        locks=locks,
        private=node.flag("isPrivate"),
        skipped=(*(one for one in seen if isinstance(one, Skipped)), *beyond),
    )


def _bounded(
    locks: tuple[LockEntry, ...], worth: Callable[[str], int]
) -> tuple[tuple[LockEntry, ...], tuple[Skipped, ...]]:
    """Keep what one repository may cost, and say of the rest which is worth most.

    What is worth most comes first; of that what is not huge, then what is near the root, then the small.
    """

    def place(lock: LockEntry) -> tuple[int, bool, int, int]:
        return -worth(lock.path), lock.size > _HUGE, lock.path.count("/"), lock.size

    kept: list[LockEntry] = []
    left: list[LockEntry] = []
    unread: list[LockEntry] = []
    size = guesses = 0
    for one in sorted(locks, key=place):
        fetched = one.size if one.size <= LARGEST else 0
        guessed = worth(one.path) is Worth.GUESS
        if guessed and (one.size > _LARGEST_GUESS or guesses >= _MOST_GUESSES):
            unread.append(one)
        elif len(kept) < _MOST_LOCKS and size + fetched <= _MOST_BYTES:
            guesses += guessed
            kept.append(one)
            size += fetched
        else:
            left.append(one)
    reasons = {
        "more locks than one repository may cost; read it over git": left,
        f"more than {_MOST_GUESSES} texts that may be requirements files, or a large one": unread,
    }
    skipped = (
        Skipped(context=some[0].path, reason=reason, times=len(some))
        for reason, some in reasons.items()
        if some
    )
    return (tuple(kept) if left or unread else locks), tuple(skipped)


def _head_of(branch: JsonObject | None) -> Head | None:
    target = None if branch is None else branch.node("target")
    if branch is None or target is None:
        return None
    return Head(ref=f"refs/heads/{branch.text('name')}", commit=_oid(target), is_default=True)


def _named(node: JsonObject, paths: Mapping[str, str]) -> Iterator[LockEntry | Skipped]:
    for alias, path in paths.items():
        entry = node.node(alias)
        if entry is None:
            continue
        if entry.text("__typename") == "Blob":
            yield LockEntry(path=path, oid=_oid(entry), size=entry.number("byteSize"))
        else:
            yield Skipped(context=path, reason="not a file", at=path)


def _at_root(node: JsonObject, wanted: Callable[[str], int]) -> Iterator[LockEntry | Skipped]:
    root = node.node(ROOT)
    if root is None or root.text("__typename") != "Tree":
        raise Malformed(f"{node.path}.{ROOT}: the host left the root folder out")
    for entry in root.nodes("entries"):
        if entry is None:
            raise Malformed(f"{node.path}.{ROOT}: expected an object for each entry")
        name = entry.text("name")
        mode = entry.number("mode")
        if stat.S_ISDIR(mode) or wanted(name) <= Worth.NONE:
            continue
        if "/" in name or not name.isprintable():
            yield Skipped(
                context=printable(name), reason="invalid name: expected that of a file at the root"
            )
        elif stat.S_ISREG(mode):
            yield LockEntry(path=name, oid=_oid(entry), size=entry.number("size"))
        else:
            link = "a symbolic link, which is followed over git only"
            reason = link if stat.S_ISLNK(mode) else "not a file"
            yield Skipped(context=name, reason=reason, at=name)


def _oid(node: JsonObject) -> str:
    oid = node.text("oid")
    if not _OID.fullmatch(oid):
        raise Malformed(f"{node.path}.oid: expected an object id in hexadecimal")
    return oid
