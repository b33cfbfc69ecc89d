"""Reads root locks of many GitHub repositories at once: probe by GraphQL, text only where unknown.

50 repositories cost one request for their heads and root folders, and one more for the new texts. What
a page of the sweep has seen costs its texts only. Only the default branch's root, and paths that are
known otherwise, are seen.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

from crawler.errors import (
    GhostcrawlError,
    GiveUp,
    Malformed,
    Private,
    Refused,
    Retry,
    Stop,
    TooLarge,
)
from crawler.hosts.checked_names import checked_repository_path
from crawler.hosts.github.api import QueryTooExpensive
from crawler.hosts.github.blobs import BlobFetcher, Wanted
from crawler.hosts.github.probe import USUAL_LOCKS, Probe, probe_of, repository_fields
from crawler.hosts.github.visits import empty, failed, fault_error, unchanged, visited
from crawler.model import Refs, Skipped, Worth

if TYPE_CHECKING:
    from crawler.hosts.github.api import GitHubApi, GraphqlAnswer
    from crawler.hosts.github.probe import Located, LockEntry
    from crawler.model import ReadRequest, Repository, Visit

__all__ = ["GraphqlReader"]

_BATCH = 50
_PORTION_BYTES = 64 * 1024 * 1024
_OTHER_BRANCHES = Skipped(
    context="other branches",
    reason="this API reader sees the root of the default branch only; read the rest over git",
)

_Probed = Probe | GhostcrawlError
"""What is known of a repository before its locks are read: it, or why not."""
_Pair = tuple["Repository", _Probed]


@dataclass(frozen=True, slots=True)
class GraphqlReader:
    """A `crawler.model.Reader` over GitHub's APIs."""

    api: GitHubApi
    located: Located
    extra_paths: Mapping[str, Collection[str]] = field(default_factory=dict)
    """Repository path -> paths of locks below the root, as a code search found them."""
    portion_bytes: int = _PORTION_BYTES
    """Of texts that are asked for at once, and once more of those that are held for later."""

    def read(self, repositories: Sequence[Repository], request: ReadRequest) -> Iterator[Visit]:
        """Yield one visit per repository, in order; only Stop is raised.

        A renamed repository comes back under its new path; one whose name now belongs to another is
        looked up by its id. Where GitHub asks to wait, the rest is DEFERRED.
        """
        remaining = iter(repositories)
        while batch := tuple(islice(remaining, _BATCH)):
            probed = self._probe(batch, request)
            for index, (repository, probe) in enumerate(zip(batch, probed, strict=True)):
                if isinstance(probe, Probe) and _is_another(repository, probe):
                    probed[index] = self._found_by_id(repository, request)
            yield from self._visits(list(zip(batch, probed, strict=True)), request)

    def seen(self, probes: Sequence[Probe], request: ReadRequest) -> Iterator[Visit]:
        """Yield one visit per probe of a sweep, in order, asking for texts alone; only Stop is raised.

        The probes must have been made with the `wanted` of `request`.
        """
        yield from self._visits([(probe.repository, probe) for probe in probes], request)

    def _visits(self, pairs: Sequence[_Pair], request: ReadRequest) -> Iterator[Visit]:
        """Fetch what is unread, no more at a time than fits into memory.

        A text is asked for once. It is held until nobody needs it: no later repository that has it at
        a path at which no visit took it home, since another path may be read in another way.
        """
        unread = self._unread(pairs, request)
        texts: dict[str, bytes | GhostcrawlError] = {}
        home: set[tuple[str, str]] = set()
        portions = list(_portions(pairs, unread, self.portion_bytes))
        for number, portion in enumerate(portions, start=1):
            oids = dict.fromkeys(lock.oid for lock in _locks(portion) if lock.oid in unread)
            texts |= BlobFetcher(self.api).fetch([unread.pop(oid) for oid in oids])
            for repository, probe in portion:
                brought = self._visit(repository, probe, texts, request)
                read = {blob.oid for blob in brought.blobs}
                home.update((s.oid, s.path) for s in brought.sightings if s.oid in read)
                yield brought
            later = (lock for some in portions[number:] for lock in _locks(some))
            needed = {one.oid for one in later if (one.oid, one.path) not in home}
            texts = _held(texts, needed, self.portion_bytes)

    def _probe(self, batch: Sequence[Repository], request: ReadRequest) -> list[_Probed]:
        """Ask for all of `batch` in one request, or two where the host cannot list their roots."""
        probed: list[_Probed] = [Malformed("not asked")] * len(batch)
        asked: dict[int, Sequence[str]] = {}
        for index, repository in enumerate(batch):
            try:
                checked_repository_path(repository.path)
                asked[index] = self._paths(repository, request)
            except Refused as error:
                probed[index] = error
        for index, found in self._looked_up(batch, asked, request).items() if asked else ():
            probed[index] = found
        return probed

    def _looked_up(
        self, batch: Sequence[Repository], asked: Mapping[int, Sequence[str]], request: ReadRequest
    ) -> Mapping[int, _Probed]:
        try:
            try:
                return self._answers(batch, asked, request, root=True)
            except (QueryTooExpensive, TooLarge):
                usual = [name for name in USUAL_LOCKS if request.wanted(name)]
                asked = {i: tuple(dict.fromkeys([*usual, *paths])) for i, paths in asked.items()}
                return self._answers(batch, asked, request, root=False)
        except Stop:
            raise
        except TooLarge as error:
            return dict.fromkeys(asked, Retry(str(error)))
        except GhostcrawlError as error:
            return dict.fromkeys(asked, error)

    def _answers(
        self,
        batch: Sequence[Repository],
        asked: Mapping[int, Sequence[str]],
        request: ReadRequest,
        *,
        root: bool,
    ) -> Mapping[int, _Probed]:
        aliases = {i: {f"l{n}": path for n, path in enumerate(ps)} for i, ps in asked.items()}
        answer = self._ask(batch, aliases, root=root)
        wanted = request.wanted if root else None
        return {i: self._answered(answer, f"r{i}", paths, wanted) for i, paths in aliases.items()}

    def _answered(
        self,
        answer: GraphqlAnswer,
        alias: str,
        paths: Mapping[str, str],
        wanted: Callable[[str], int] | None,
    ) -> _Probed:
        """Read the repository under `alias`; without `wanted`, its root was not asked for."""
        about = (fault for fault in answer.faults if fault.path[:1] == (alias,))
        faults = tuple(fault for fault in about if fault.path[1:2] != ("parent",))
        try:
            node = answer.data.node(alias)
            if faults or node is None:
                return fault_error(faults)
            probe = probe_of(node, paths, self.located, wanted)
        except GiveUp as error:
            return error
        if probe.private:
            return Private("private; only public repositories are read")
        return probe if wanted else probe.with_names_only()

    def _ask(
        self, batch: Sequence[Repository], asked: Mapping[int, Mapping[str, str]], *, root: bool
    ) -> GraphqlAnswer:
        variables: dict[str, object] = {}
        parts: list[str] = []
        for index, aliases in asked.items():
            owner, _, name = batch[index].path.partition("/")
            variables |= {f"o{index}": owner, f"n{index}": name}
            variables |= {f"e{index}_{alias}": f"HEAD:{path}" for alias, path in aliases.items()}
            fields = repository_fields({a: f"e{index}_{a}" for a in aliases}, root=root)
            parts.append(f"r{index}: repository(owner: $o{index}, name: $n{index}) {{ {fields} }}")
        declared = ", ".join(f"${name}: String!" for name in variables)
        return self.api.graphql(f"query({declared}) {{ {' '.join(parts)} }}", variables)

    def _found_by_id(self, repository: Repository, request: ReadRequest) -> _Probed:
        """Find a repository whose old name another one bears now."""
        try:
            moved = self.located(self.api.full_name(repository.native_id or ""))
            probe = self._probe([moved], request)[0]
        except Stop:
            raise
        except GhostcrawlError as error:
            return error
        if isinstance(probe, Probe) and _is_another(repository, probe):
            return Retry("the host gives two ids for one name")
        return probe

    def _paths(self, repository: Repository, request: ReadRequest) -> tuple[str, ...]:
        """Return what is asked for besides the root: what a search found in folders."""
        extra = sorted(self.extra_paths.get(repository.path, ()))
        return tuple(path for path in extra if "/" in path and request.wanted(path) > Worth.NONE)

    def _is_unchanged(self, repository: Repository, probe: Probe, request: ReadRequest) -> bool:
        head = probe.head
        before = request.heads.get(repository.path, {})
        asked_for_more = repository.path in self.extra_paths
        return head is not None and before.get(head.ref) == head.commit and not asked_for_more

    def _unread(self, pairs: Sequence[_Pair], request: ReadRequest) -> dict[str, Wanted]:
        wanted: dict[str, Wanted] = {}
        files: list[LockEntry] = []
        for repository, probe in pairs:
            if isinstance(probe, Probe) and not self._is_unchanged(repository, probe, request):
                files += probe.locks
                for lock in probe.locks:
                    one = Wanted(repository=probe.repository, oid=lock.oid, size=lock.size)
                    wanted.setdefault(lock.oid, one)
        known = frozenset(request.known(files)) if files else frozenset()
        return {oid: one for oid, one in wanted.items() if oid not in known}

    def _visit(
        self,
        repository: Repository,
        probe: _Probed,
        blobs: Mapping[str, bytes | GhostcrawlError],
        request: ReadRequest,
    ) -> Visit:
        if isinstance(probe, GhostcrawlError):
            return failed(repository, probe)
        if probe.head is None:
            return empty(probe)
        said = (_OTHER_BRANCHES,) if request.refs is not Refs.DEFAULT else ()
        if self._is_unchanged(repository, probe, request):
            return unchanged(probe, probe.head, said)
        return visited(probe, probe.head, blobs, said)


def _portions(
    pairs: Sequence[_Pair], unread: Mapping[str, Wanted], most: int
) -> Iterator[Sequence[_Pair]]:
    """Cut `pairs` so that the unread locks of a portion are no more than may be held at once."""
    portion: list[_Pair] = []
    size = 0
    sizes = {oid: one.size for oid, one in unread.items()}
    for pair in pairs:
        own = sum(sizes.get(lock.oid, 0) for lock in _locks([pair]))
        if portion and size + own > most:
            yield portion
            portion, size = [], 0
        portion.append(pair)
        size += own
    if portion:
        yield portion


def _locks(pairs: Iterable[_Pair]) -> Iterator[LockEntry]:
    return (lock for _, probe in pairs if isinstance(probe, Probe) for lock in probe.locks)


def _held(
    texts: Mapping[str, bytes | GhostcrawlError], needed: Collection[str], most: int
) -> dict[str, bytes | GhostcrawlError]:
    """Keep what is `needed`, at most `most` bytes; whoever needs the rest has to come back."""
    held: dict[str, bytes | GhostcrawlError] = {}
    room = most
    for oid, got in texts.items():
        size = len(got) if isinstance(got, bytes) else 0
        if oid in needed and size <= room:
            held[oid] = got
            room -= size
        elif oid in needed:
            held[oid] = Retry("its text came with a repository that has to be read again")
    return held


def _is_another(repository: Repository, probe: Probe) -> bool:
    known = repository.native_id
    return known is not None and known != probe.repository.native_id
