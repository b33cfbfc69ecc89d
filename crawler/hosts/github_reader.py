"""Reads root locks of many GitHub repositories at once: probe by GraphQL, text only where unknown.

50 repositories cost one request for their heads and lock ids, and one more for the new texts. Only
the default branch's root, and paths that are known otherwise, are seen.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

from crawler.errors import (
    Blocked,
    Defer,
    GhostcrawlError,
    GiveUp,
    Gone,
    Malformed,
    Private,
    Refused,
    Retry,
    Stop,
)
from crawler.hosts.github_blobs import BlobFetcher, Wanted
from crawler.hosts.github_probe import ROOT_LOCKS, Probe, probe_of, repository_fields
from crawler.hosts.naming import checked_repository_path
from crawler.model import Branches, LockBlob, Outcome, Sighting, Skipped, Visit

if TYPE_CHECKING:
    from crawler.hosts.github_api import Fault, GitHubApi, GraphqlAnswer
    from crawler.hosts.github_probe import Located, LockEntry
    from crawler.model import Head, ReadRequest, Repository

__all__ = ["GraphqlReader"]

_BATCH = 50
_OTHER_BRANCHES = Skipped(
    context="other branches",
    reason="this API reader sees the root of the default branch only; read the rest over git",
)

_Probed = Probe | GhostcrawlError
"""What is known of a repository after the first request: it, or why not."""


@dataclass(frozen=True, slots=True)
class GraphqlReader:
    """A `crawler.model.Reader` over GitHub's APIs."""

    api: GitHubApi
    located: Located
    root_locks: Sequence[str] = ROOT_LOCKS
    extra_paths: Mapping[str, Collection[str]] = field(default_factory=dict)
    """Repository path -> paths of locks below the root, as a code search found them."""

    def read(self, repositories: Sequence[Repository], request: ReadRequest) -> Iterator[Visit]:
        """Yield one visit per repository, in order; only Stop is raised.

        A renamed repository comes back under its new path; one whose name now belongs to another is
        looked up by its id. Where GitHub asks to wait, the rest is DEFERRED.
        """
        remaining = iter(repositories)
        while batch := tuple(islice(remaining, _BATCH)):
            yield from self._visits(batch, request)

    def _visits(self, batch: Sequence[Repository], request: ReadRequest) -> Iterator[Visit]:
        paths = [self._paths(repository, request) for repository in batch]
        probed = self._probe(batch, paths)
        for index, (repository, probe) in enumerate(zip(batch, probed, strict=True)):
            if isinstance(probe, Probe) and _is_another(repository, probe):
                probed[index] = self._found_by_id(repository, paths[index])
        fresh = self._unread(batch, probed, request)
        blobs = BlobFetcher(self.api).fetch(fresh)
        for repository, probe in zip(batch, probed, strict=True):
            yield self._visit(repository, probe, blobs, request)

    def _probe(self, batch: Sequence[Repository], paths: Sequence[Sequence[str]]) -> list[_Probed]:
        """Ask for all of `batch`, each with its `paths`, in one request."""
        asked: dict[int, Mapping[str, str]] = {}
        probed: list[_Probed] = [Malformed("not asked")] * len(batch)
        for index, repository in enumerate(batch):
            try:
                checked_repository_path(repository.path)
                asked[index] = {f"l{i}": path for i, path in enumerate(paths[index])}
            except Refused as error:
                probed[index] = error
        try:
            answer = self._ask(batch, asked) if asked else None
        except Stop:
            raise
        except GhostcrawlError as error:
            for index in asked:
                probed[index] = error
            return probed
        for index, aliases in asked.items():
            if answer is not None:
                probed[index] = self._answered(answer, f"r{index}", aliases)
        return probed

    def _ask(
        self, batch: Sequence[Repository], asked: Mapping[int, Mapping[str, str]]
    ) -> GraphqlAnswer:
        variables: dict[str, object] = {}
        parts: list[str] = []
        for index, aliases in asked.items():
            owner, _, name = batch[index].path.partition("/")
            variables |= {f"o{index}": owner, f"n{index}": name}
            variables |= {f"e{index}_{alias}": f"HEAD:{path}" for alias, path in aliases.items()}
            fields = repository_fields({alias: f"e{index}_{alias}" for alias in aliases})
            parts.append(f"r{index}: repository(owner: $o{index}, name: $n{index}) {{ {fields} }}")
        declared = ", ".join(f"${name}: String!" for name in variables)
        return self.api.graphql(f"query({declared}) {{ {' '.join(parts)} }}", variables)

    def _answered(self, answer: GraphqlAnswer, alias: str, paths: Mapping[str, str]) -> _Probed:
        faults = [fault for fault in answer.faults if fault.path[:1] == (alias,)]
        try:
            node = answer.data.node(alias)
            if faults or node is None:
                return _fault_error(faults)
            probe = probe_of(node, paths, self.located)
        except GiveUp as error:
            return error
        return Private("private; only public repositories are read") if probe.private else probe

    def _found_by_id(self, repository: Repository, paths: Sequence[str]) -> _Probed:
        """Find a repository whose old name another one bears now."""
        try:
            moved = self.located(self.api.full_name(repository.native_id or ""))
            probe = self._probe([moved], [paths])[0]
        except Stop:
            raise
        except GhostcrawlError as error:
            return error
        if isinstance(probe, Probe) and _is_another(repository, probe):
            return Retry("the host gives two ids for one name")
        return probe

    def _paths(self, repository: Repository, request: ReadRequest) -> tuple[str, ...]:
        extra = sorted(self.extra_paths.get(repository.path, ()))
        wanted = [path for path in extra if request.wanted(path)]
        return tuple(dict.fromkeys([*self.root_locks, *wanted]))

    def _is_unchanged(self, repository: Repository, probe: Probe, request: ReadRequest) -> bool:
        head = probe.head
        before = request.heads.get(repository.path, {})
        asked_for_more = repository.path in self.extra_paths
        return head is not None and before.get(head.ref) == head.commit and not asked_for_more

    def _unread(
        self, batch: Sequence[Repository], probed: Sequence[_Probed], request: ReadRequest
    ) -> tuple[Wanted, ...]:
        wanted: dict[str, Wanted] = {}
        for repository, probe in zip(batch, probed, strict=True):
            if isinstance(probe, Probe) and not self._is_unchanged(repository, probe, request):
                for lock in probe.locks:
                    one = Wanted(repository=probe.repository, oid=lock.oid, size=lock.size)
                    wanted.setdefault(lock.oid, one)
        known = frozenset(request.known(tuple(wanted))) if wanted else frozenset()
        return tuple(one for oid, one in wanted.items() if oid not in known)

    def _visit(
        self,
        repository: Repository,
        probe: _Probed,
        blobs: Mapping[str, bytes | GhostcrawlError],
        request: ReadRequest,
    ) -> Visit:
        if isinstance(probe, GhostcrawlError):
            return _failed(repository, probe)
        if probe.head is None:
            return Visit(repository=probe.repository, outcome=Outcome.EMPTY)
        said = (_OTHER_BRANCHES,) if request.branches is Branches.ALL else ()
        if self._is_unchanged(repository, probe, request):
            return Visit(
                repository=probe.repository,
                outcome=Outcome.UNCHANGED,
                heads=(probe.head,),
                skipped=said,
                root_only=True,
            )
        return _visited(probe, probe.head, blobs, said)


def _visited(
    probe: Probe,
    head: Head,
    blobs: Mapping[str, bytes | GhostcrawlError],
    said: tuple[Skipped, ...],
) -> Visit:
    """Put a visit together; a lock that may be readable later makes the whole visit come back."""
    read: list[LockBlob] = []
    skipped = [*said, *probe.skipped]
    for lock in probe.locks:
        got = blobs.get(lock.oid)
        match got:
            case None:
                continue
            case bytes():
                read.append(LockBlob(oid=lock.oid, path=lock.path, data=got))
            case Defer() | Blocked():
                return _failed(probe.repository, got)
            case Retry() | Gone() | Private():
                return _failed(probe.repository, Retry(f"{lock.path}: {got}"))
            case _:
                skipped.append(Skipped(context=lock.path, reason=str(got)))
    return Visit(
        repository=probe.repository,
        outcome=Outcome.VISITED,
        heads=(head,),
        sightings=tuple(_sighting(head, lock) for lock in probe.locks),
        blobs=tuple(read),
        skipped=tuple(skipped),
        root_only=True,
    )


def _sighting(head: Head, lock: LockEntry) -> Sighting:
    return Sighting(ref=head.ref, commit=head.commit, path=lock.path, oid=lock.oid)


def _failed(repository: Repository, error: GhostcrawlError) -> Visit:
    match error:
        case Defer():
            outcome = Outcome.DEFERRED
        case Gone():
            outcome = Outcome.GONE
        case Private():
            outcome = Outcome.PRIVATE
        case Blocked():
            outcome = Outcome.BLOCKED
        case _:
            outcome = Outcome.FAILED
    return Visit(
        repository=repository,
        outcome=outcome,
        skipped=(Skipped(context=repository.path, reason=str(error)),),
        defer_seconds=error.seconds if isinstance(error, Defer) else None,
    )


def _is_another(repository: Repository, probe: Probe) -> bool:
    known = repository.native_id
    return known is not None and known != probe.repository.native_id


def _fault_error(faults: Sequence[Fault]) -> GhostcrawlError:
    """Say what an error about one repository means; unknown ones may pass."""
    if not faults:
        return Retry("the host left it out and gave no reason")
    fault = faults[0]
    if len(fault.path) > 1:
        return Retry(f"a lock could not be looked up: {fault.message}")
    blocked = any(word in fault.message.lower() for word in ("dmca", "blocked", "disabled"))
    if blocked:
        return Blocked(fault.message)
    match fault.kind:
        case "NOT_FOUND":
            return Gone(fault.message)
        case "FORBIDDEN" | "INSUFFICIENT_SCOPES":
            return Private(fault.message)
        case _:
            return Retry(fault.message)
