"""What one GraphQL selection tells of a repository: its default branch and its locks, unread.

`object(expression: "HEAD:path")` gives blob id and size, so a blob that was read before, in whichever
fork or copy, costs nothing more. Source: GitHub GraphQL schema (Repository.object, Blob).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from crawler.errors import Malformed
from crawler.model import Head, Repository, Skipped

if TYPE_CHECKING:
    from crawler.hosts.answers import Node

__all__ = [
    "ROOT_LOCKS",
    "Located",
    "LockEntry",
    "Probe",
    "probe_of",
    "repository_fields",
]

ROOT_LOCKS = ("uv.lock", "pylock.toml")
Located = Callable[[str], Repository]
"""Makes a repository of `owner/name`; raises Refused for a hostile one."""

_OID = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


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


def repository_fields(lock_aliases: Mapping[str, str]) -> str:
    """Return the selection of a repository; `lock_aliases` maps an alias to a variable's name."""
    locks = " ".join(
        f"{alias}: object(expression: ${variable}) {{ __typename ... on Blob {{ oid byteSize }} }}"
        for alias, variable in lock_aliases.items()
    )
    return (
        "databaseId nameWithOwner isPrivate isArchived createdAt pushedAt description"
        " parent { nameWithOwner } defaultBranchRef { name target { oid } } " + locks
    )


def probe_of(node: Node, paths: Mapping[str, str], located: Located) -> Probe:
    """Read one repository of an answer; `paths` maps the alias of a lock to its path.

    Raises Malformed for other types, Refused for a hostile name.
    """
    branch = node.node("defaultBranchRef")
    locks, skipped = _locks_of(node, paths)
    parent = node.node("parent")
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
    return Probe(
        repository=repository,
        head=_head_of(branch),
        locks=locks,
        private=node.flag("isPrivate"),
        skipped=skipped,
    )


def _head_of(branch: Node | None) -> Head | None:
    target = None if branch is None else branch.node("target")
    if branch is None or target is None:
        return None
    return Head(ref=f"refs/heads/{branch.text('name')}", commit=_oid(target), is_default=True)


def _locks_of(
    node: Node, paths: Mapping[str, str]
) -> tuple[tuple[LockEntry, ...], tuple[Skipped, ...]]:
    locks: list[LockEntry] = []
    skipped: list[Skipped] = []
    for alias, path in paths.items():
        entry = node.node(alias)
        if entry is None:
            continue
        if entry.text("__typename") == "Blob":
            locks.append(LockEntry(path=path, oid=_oid(entry), size=entry.number("byteSize")))
        else:
            skipped.append(Skipped(context=path, reason="not a file"))
    return tuple(locks), tuple(skipped)


def _oid(node: Node) -> str:
    oid = node.text("oid")
    if not _OID.fullmatch(oid):
        raise Malformed(f"{node.where}.oid: no object id")
    return oid
