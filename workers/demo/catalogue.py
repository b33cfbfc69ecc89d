"""The repositories of one host of the world, with native ids and git objects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from workers.demo.model import World, WorldRepository
from workers.demo.objects import commit_object, tree_entries, tree_objects

__all__ = ["Catalogue", "Circumstances", "GitObject", "HostedRepository", "Tip"]

_FIRST_ID = 1001


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What befell repositories of a host since they were made; paths are `owner/name`."""

    gone: frozenset[str] = frozenset()
    """Deleted or made private: 404."""
    blocked: Mapping[str, str] = field(default_factory=dict)
    """Path -> reason of the block: `dmca` answers 451, all others (`tos`) 403."""
    renamed: Mapping[str, str] = field(default_factory=dict)
    """Old path -> path in the world: 301."""
    slow_queries: frozenset[str] = frozenset()
    """Code searches that time out and answer `incomplete_results`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tip:
    """The commit of a branch."""

    branch: str
    commit: str
    root: str
    """Oid of the root tree."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GitObject:
    """One object inside a repository."""

    entry: HostedRepository
    kind: str
    """`blob`, `tree` or `commit`."""
    oid: str
    data: bytes = field(repr=False)


class HostedRepository:
    """One repository as its host knows it; git objects are made when first needed."""

    def __init__(self, repository: WorldRepository, native_id: int) -> None:
        """`native_id` never changes, also when the repository is renamed."""
        self.repository, self.id = repository, native_id

    @property
    def owner(self) -> str:
        """The part of the path before the slash."""
        return self.repository.path.partition("/")[0]

    @property
    def name(self) -> str:
        """The part of the path after the slash."""
        return self.repository.path.partition("/")[2]

    @property
    def default_files(self) -> Mapping[str, bytes]:
        """Path -> content on the default branch; empty for an empty repository."""
        commit = self.repository.branches.get(self.repository.default_branch)
        return commit.files if commit else {}

    @property
    def size_kib(self) -> int:
        """Size as the APIs state it: KiB, rounded down."""
        files = [data for tip in self.repository.branches.values() for data in tip.files.values()]
        return sum(map(len, files)) // 1024

    @cached_property
    def tips(self) -> Mapping[str, Tip]:
        """Branch name -> tip."""
        return {tip.branch: tip for tip, _objects in self._snapshots}

    @cached_property
    def _objects(self) -> Mapping[str, tuple[str, bytes]]:
        return {oid: found for _tip, objects in self._snapshots for oid, found in objects.items()}

    @cached_property
    def _snapshots(self) -> list[tuple[Tip, dict[str, tuple[str, bytes]]]]:
        made = []
        for branch, snapshot in self.repository.branches.items():
            root, objects = tree_objects(snapshot.files)
            oid, data = commit_object(root, at=snapshot.at)
            objects[oid] = ("commit", data)
            made.append((Tip(branch=branch, commit=oid, root=root), objects))
        return made

    def object(self, oid: str) -> GitObject | None:
        """Return the object `oid`, if it is reachable from a branch."""
        found = self._objects.get(oid)
        return found and GitObject(entry=self, kind=found[0], oid=oid, data=found[1])

    def at(self, tip: Tip, path: str) -> GitObject | None:
        """Return the blob or tree at `path` (`a/b/uv.lock`; empty for the root tree) of `tip`."""
        found = self.object(tip.root)
        for part in filter(None, path.split("/")):
            if found is None or found.kind != "tree":
                return None
            oids = {name: oid for _mode, name, oid in tree_entries(found.data)}
            found = self.object(oids.get(part, ""))
        return found


class Catalogue:
    """All repositories of one host, in the order of their ids."""

    def __init__(self, world: World, host: str, circumstances: Circumstances | None = None) -> None:
        """Number the repositories of `host` in the order of the world."""
        self.circumstances = circumstances or Circumstances()
        mine = [r for r in world.repositories if r.host == host]
        self._by_path = {
            r.path.lower(): HostedRepository(r, _FIRST_ID + n)
            for n, r in enumerate(mine)
            if not r.taken_down
        }
        self._by_id = {entry.id: entry for entry in self._by_path.values()}
        self._blocked = {a.lower(): why for a, why in self.circumstances.blocked.items()}
        self._gone = frozenset(path.lower() for path in self.circumstances.gone)
        self._renamed = {a.lower(): b.lower() for a, b in self.circumstances.renamed.items()}

    def __iter__(self) -> Iterator[HostedRepository]:
        """Yield what the public can see."""
        everything = self._by_path.values()
        return (e for e in everything if self.blocked(e) is None and not self._hidden(e))

    def by_path(self, path: str) -> HostedRepository | None:
        """Return the repository at `path` (any case), blocked ones included, renamed ones not."""
        entry = self._by_path.get(path.lower())
        return None if entry is None or self._hidden(entry) else entry

    def by_id(self, native_id: int) -> HostedRepository | None:
        """Return the repository with this id, blocked ones included."""
        entry = self._by_id.get(native_id)
        return None if entry is None or self._hidden(entry) else entry

    def renamed(self, path: str) -> HostedRepository | None:
        """Return the repository that was at `path` once."""
        return self.by_path(self._renamed.get(path.lower(), ""))

    def blocked(self, entry: HostedRepository) -> str | None:
        """Return why the host has taken the repository down; None where it has not."""
        return self._blocked.get(entry.repository.path.lower())

    def parent(self, entry: HostedRepository) -> HostedRepository | None:
        """Return the visible repository that `entry` was forked from."""
        return self.by_path(entry.repository.fork_of or "")

    def _hidden(self, entry: HostedRepository) -> bool:
        return entry.repository.path.lower() in self._gone
