"""What the fields of GitHub's GraphQL types are made of, where no argument is needed."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from crawler.git.objects import committed_at
from workers.demo.catalogue import GitObject, HostedRepository, Tip
from workers.demo.github_shapes import node_id
from workers.demo.graphql_price import Price
from workers.demo.objects import AUTHORED_AT, tree_entries
from workers.demo.quotas import Charge

__all__ = ["PLAIN", "Asked", "Connection", "Ref", "TreeEntry", "connection", "entries", "type_name"]

_BINARY_SNIFF = 8000
_KINDS = {"blob": "B", "commit": "C", "tree": "T"}
_LONGEST_TEXT = 512_000
"""Bytes, not characters; measured (facts of the hosts)."""
_SHORT_OID = 7
_TREE_MODE = "40000"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The query that is being answered, as its resolvers see it."""

    charge: Charge
    price: Price


@dataclass(frozen=True, slots=True, kw_only=True)
class Ref:
    """A branch."""

    entry: HostedRepository
    tip: Tip


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeEntry:
    """A name in a tree."""

    found: GitObject
    mode: str
    path: str

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition("/")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """A user."""

    login: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """A slice of a list."""

    items: Sequence[object]
    start: int
    reachable: int
    """Items that can be paged to."""
    total: int
    """All that match."""

    @property
    def stop(self) -> int:
        """Index after the last item."""
        return self.start + len(self.items)


def connection(
    found: Sequence[object], arguments: Mapping[str, Any], *, reachable: int
) -> Connection:
    """Cut the page out of `found` that `first` and `after` ask for; unreadable cursors start anew."""
    reachable = min(reachable, len(found))
    start = _position(arguments.get("after"))
    stop = min(start + (arguments.get("first") or 0), reachable)
    return Connection(items=found[start:stop], start=start, reachable=reachable, total=len(found))


def entries(tree: GitObject | None, directory: str) -> Iterator[TreeEntry]:
    """Yield what is in `tree`, which is at `directory` (empty: the root)."""
    if tree is None or tree.kind != "tree":
        return
    for mode, name, oid in tree_entries(tree.data):
        if found := tree.entry.object(oid):
            path = f"{directory}/{name}" if directory else name
            yield TreeEntry(found=found, mode=mode, path=path)


def type_name(value: object, field: str) -> str:
    """Return the GraphQL type of a value that the resolver of `field` returned."""
    if isinstance(value, GitObject):
        return value.kind.title()
    return _CONNECTIONS[field] if isinstance(value, Connection) else _TYPE_NAMES[type(value)]


_CONNECTIONS = {
    "pageInfo": "PageInfo",
    "refs": "RefConnection",
    "search": "SearchResultItemConnection",
}
_TYPE_NAMES: Mapping[type, str] = {
    Asked: "RateLimit",
    HostedRepository: "Repository",
    Owner: "User",
    Ref: "Ref",
    TreeEntry: "TreeEntry",
}


def _cursor(position: int) -> str:
    return base64.b64encode(f"cursor:{position}".encode()).decode()


def _position(cursor: str | None) -> int:
    try:
        text = base64.b64decode(cursor or "", validate=True).decode()
        return int(text.removeprefix("cursor:")) if text else 0
    except ValueError:
        return 0


def _is_binary(blob: GitObject) -> bool:
    return b"\0" in blob.data[:_BINARY_SNIFF]


def _text(blob: GitObject) -> str | None:
    return None if _is_binary(blob) else blob.data[:_LONGEST_TEXT].decode("utf-8", "replace")


def _tree_of(commit: GitObject) -> GitObject | None:
    oid = commit.data.partition(b"\n")[0].removeprefix(b"tree ").decode()
    return commit.entry.object(oid)


def _when(unix_time: int) -> str:
    return datetime.fromtimestamp(unix_time, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _default_ref(entry: HostedRepository) -> Ref | None:
    tip = entry.tips.get(entry.repository.default_branch)
    return None if tip is None else Ref(entry=entry, tip=tip)


_GIT_OBJECT: Mapping[str, Callable[[Any], object]] = {
    "abbreviatedOid": lambda found: found.oid[:_SHORT_OID],
    "id": lambda found: node_id(_KINDS[found.kind], found.entry.id, found.oid),
    "oid": lambda found: found.oid,
    "repository": lambda found: found.entry,
}


def _committed(commit: GitObject) -> int:
    at = committed_at(commit.data)
    return AUTHORED_AT if at is None else int(at.timestamp())


PLAIN: Mapping[str, Callable[[Any], object]] = {
    **{
        f"{name}.{field}": value
        for name in ("Blob", "Commit", "Tree")
        for field, value in _GIT_OBJECT.items()
    },
    "Blob.byteSize": lambda blob: len(blob.data),
    "Blob.isBinary": _is_binary,
    "Blob.isTruncated": lambda blob: len(blob.data) > _LONGEST_TEXT,
    "Blob.text": _text,
    "Commit.committedDate": lambda commit: _when(_committed(commit)),
    "Commit.message": lambda commit: commit.data.partition(b"\n\n")[2].decode().rstrip("\n"),
    "Commit.tree": _tree_of,
    "PageInfo.endCursor": lambda page: _cursor(page.stop) if page.items else None,
    "PageInfo.hasNextPage": lambda page: page.stop < page.reachable,
    "PageInfo.hasPreviousPage": lambda page: page.start > 0,
    "PageInfo.startCursor": lambda page: _cursor(page.start + 1) if page.items else None,
    "RateLimit.cost": lambda asked: asked.price.cost,
    "RateLimit.limit": lambda asked: asked.charge.allowance.limit,
    "RateLimit.nodeCount": lambda asked: asked.price.nodes,
    "RateLimit.remaining": lambda asked: asked.charge.remaining,
    "RateLimit.resetAt": lambda asked: _when(asked.charge.reset),
    "RateLimit.used": lambda asked: asked.charge.used,
    "Ref.id": lambda ref: node_id("REF", ref.entry.id, ref.tip.branch),
    "Ref.name": lambda ref: ref.tip.branch,
    "Ref.prefix": lambda _ref: "refs/heads/",
    "Ref.repository": lambda ref: ref.entry,
    "Ref.target": lambda ref: ref.entry.object(ref.tip.commit),
    "RefConnection.nodes": lambda found: found.items,
    "RefConnection.pageInfo": lambda found: found,
    "RefConnection.totalCount": lambda found: found.total,
    "Repository.createdAt": lambda entry: entry.repository.created_at,
    "Repository.databaseId": lambda entry: entry.id,
    "Repository.defaultBranchRef": _default_ref,
    "Repository.description": lambda entry: entry.repository.description or None,
    "Repository.diskUsage": lambda entry: entry.size_kib,
    "Repository.id": lambda entry: node_id("R", entry.id),
    "Repository.isArchived": lambda entry: entry.repository.archived,
    "Repository.isDisabled": lambda _entry: False,
    "Repository.isEmpty": lambda entry: not entry.tips,
    "Repository.isFork": lambda entry: entry.repository.fork_of is not None,
    "Repository.isPrivate": lambda _entry: False,
    "Repository.name": lambda entry: entry.name,
    "Repository.nameWithOwner": lambda entry: entry.repository.path,
    "Repository.owner": lambda entry: Owner(login=entry.owner),
    "Repository.pushedAt": lambda entry: entry.repository.pushed_at,
    "Repository.stargazerCount": lambda _entry: 0,
    "Repository.updatedAt": lambda entry: entry.repository.pushed_at,
    "SearchResultItemConnection.nodes": lambda found: found.items,
    "SearchResultItemConnection.pageInfo": lambda found: found,
    "SearchResultItemConnection.repositoryCount": lambda found: found.total,
    "Tree.entries": lambda tree: list(entries(tree, "")),
    "TreeEntry.mode": lambda entry: int(entry.mode, 8),
    "TreeEntry.name": lambda entry: entry.name,
    "TreeEntry.object": lambda entry: entry.found,
    "TreeEntry.oid": lambda entry: entry.found.oid,
    "TreeEntry.path": lambda entry: entry.path,
    "TreeEntry.size": lambda entry: 0 if entry.mode == _TREE_MODE else len(entry.found.data),
    "TreeEntry.type": lambda entry: entry.found.kind,
    "User.id": lambda owner: node_id("U", owner.login),
    "User.login": lambda owner: owner.login,
}
