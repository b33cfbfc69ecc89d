"""Visiting repositories over the git protocol: heads, then trees, then only the unknown blobs."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import partial
from itertools import islice
from typing import TypeAlias

from crawler.errors import (
    Blocked,
    Defer,
    GhostcrawlError,
    Gone,
    Private,
    Refused,
    Stop,
    TooLarge,
    Unsupported,
)
from crawler.git.capabilities import Probes
from crawler.git.incremental import Since
from crawler.git.interface import (
    Blobs,
    Follow,
    Heads,
    Limits,
    ListedFile,
    Listing,
    ObjectReader,
)
from crawler.git.kept import Kept
from crawler.git.moves import renamed
from crawler.git.objects import ObjectType, is_named
from crawler.git.skips import Skips
from crawler.git.urls import parse_repository_url
from crawler.git.wire import WireReader
from crawler.model import (
    LockBlob,
    Outcome,
    ReadRequest,
    RefKind,
    Refs,
    Repository,
    Sighting,
    Skipped,
    Visit,
    Worth,
    ref_kind,
)
from crawler.net import Http

__all__ = ["Authorize", "Fallback", "GitReader", "visit"]

Fallback: TypeAlias = Callable[[float], AbstractContextManager[ObjectReader]]
"""Makes another reader for one repository, with so many seconds left for it.

Leaving the context removes all traces of it.
"""
Authorize: TypeAlias = Callable[[Repository], str | None]
"""Returns the Authorization header to read a repository with; None for none."""
_Under: TypeAlias = "defaultdict[tuple[int, str], list[ListedFile]]"
"""Files by what they are worth and the commit that has them."""


class GitReader:
    """Reads repositories of any host that speaks git over HTTP. Implements `crawler.model.Reader`.

    Share one per process: it remembers what each host can do, and that a host asked to wait.
    """

    def __init__(  # noqa: PLR0913 - settings of one reader
        self,
        http: Http,
        *,
        limits: Limits | None = None,
        trusted_hosts: Collection[str] = (),
        fallback: Fallback | None = None,
        pay: Callable[[str], None] = lambda _: None,
        root_only: bool = False,
        kept: Kept | None = None,
        authorize: Authorize = lambda _: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Read over `http`; `fallback` reads what only the git program can.

        `pay` is called with the address of a repository before it does, and raises Defer where its host must not be
        asked now: of a host that is known to need the program nothing else is asked before.

        `trusted_hosts` are those of `Http`; `root_only` makes it a sweep that enters no folder and says
        so in every visit; with `kept`, repositories seen before are read as a difference, where the
        request names their old heads; `authorize` is asked for each repository; `clock` counts seconds.
        """
        self._http, self._limits = http, limits or Limits()
        self._trusted, self._fallback, self._clock = tuple(trusted_hosts), fallback, clock
        self._pay = pay
        self._root_only, self._kept, self._authorize = root_only, kept, authorize
        self._probes = Probes()
        self._wait_until: dict[str, float] = {}

    def read(self, repositories: Sequence[Repository], request: ReadRequest) -> Iterator[Visit]:
        """Yield one visit per repository, in order; only `Stop` errors are ever raised."""
        for repository in repositories:
            yield self._guarded(repository, request)

    def _guarded(self, repository: Repository, request: ReadRequest) -> Visit:
        try:
            return self._read(repository, request)
        except Stop:
            raise
        except GhostcrawlError as error:
            return _ended(repository, error)
        except Exception as error:  # noqa: BLE001 - a stranger's bytes may break any library below
            reason = f"unforeseen {type(error).__name__}: please report this repository"
            return _failed(repository, Outcome.FAILED, reason)

    def _read(self, repository: Repository, request: ReadRequest) -> Visit:
        origin = parse_repository_url(repository.clone_url, self._trusted).origin
        left = self._wait_until.get(origin, 0.0) - self._clock()
        if left > 0:
            raise Defer(left, f"{origin} asked to wait")
        begun = self._clock()
        wire = WireReader(
            self._http,
            probes=self._probes,
            limits=self._limits,
            trusted_hosts=self._trusted,
            root_only=self._root_only,
            since=self._since(repository, request),
            authorization=self._authorize(repository),
            clock=self._clock,
        )
        try:
            found = visit(wire, repository, request, self._limits, root_only=self._root_only)
        except Defer as error:
            self._wait_until[origin] = self._clock() + error.seconds
            raise
        except Unsupported:
            if self._fallback is None:
                raise
            by_program = partial(self._by_program, self._fallback, begun, repository, request)
            try:
                found = by_program(wire.moved_to)
            except Refused:
                if wire.moved_to or not wire.locate(repository.clone_url):
                    raise
                found = by_program(wire.moved_to)
        if wire.moved_to is None:
            return found
        return replace(found, repository=renamed(repository, wire.moved_to))

    def _by_program(
        self,
        fallback: Fallback,
        begun: float,
        repository: Repository,
        request: ReadRequest,
        moved_to: str | None,
    ) -> Visit:
        here = replace(repository, clone_url=moved_to or repository.clone_url)
        self._pay(here.clone_url)
        left = self._limits.total_seconds - (self._clock() - begun)
        with fallback(max(0.0, left)) as objects:
            return visit(objects, here, request, self._limits, root_only=self._root_only)

    def _since(self, repository: Repository, request: ReadRequest) -> Since | None:
        if self._kept is None or self._root_only:
            return None
        before = dict.fromkeys(request.heads.get(repository.path, {}).values())
        return Since(self._kept, before, self._limits)


def visit(
    objects: ObjectReader,
    repository: Repository,
    request: ReadRequest,
    limits: Limits,
    *,
    root_only: bool = False,
) -> Visit:
    """Read one repository through `objects`; raises what they raise.

    `root_only` says that unchanged heads may be heads of which only the root was ever looked at.
    """
    url = repository.clone_url
    heads = objects.heads(url, request.refs)
    if not heads.heads:
        return Visit(repository=repository, outcome=Outcome.EMPTY, skipped=heads.skipped)
    # Where HEAD names no branch that is there, all of them were asked for.
    defaulted = any(head.is_default for head in heads.heads)
    refs = request.refs if defaulted else request.refs.or_more(Refs.BRANCHES)
    if _is_unchanged(heads, request.heads.get(repository.path, {}), refs):
        return Visit(
            repository=repository,
            outcome=Outcome.UNCHANGED,
            heads=heads.heads,
            skipped=heads.skipped,
            refs=refs,
            refs_left_out=tuple(sorted(heads.left_out)),
            root_only=root_only,
        )
    heads, listing = _listed(objects, url, heads, request)
    fetch = partial(_unknown, objects, url, request, limits)
    blobs = fetch(listing)
    if listing.follow is not None:
        listing, blobs = _with_links(listing, blobs, listing.follow, fetch)
    found = _visited(repository, heads, listing, blobs, limits.sightings)
    return replace(found, refs=refs, refs_left_out=tuple(sorted(heads.left_out)))


def _listed(
    objects: ObjectReader, url: str, heads: Heads, request: ReadRequest
) -> tuple[Heads, Listing]:
    """List the files of all heads; of the first alone, the default branch, where all are too large."""
    commits = tuple(dict.fromkeys(head.commit for head in heads.heads))
    try:
        return heads, objects.trees(url, commits, request.wanted)
    except TooLarge as error:
        if len(commits) == 1:
            raise
        times = len(heads.heads) - 1
        said = Skipped(
            context="refs", reason=f"too large beside the first one: {error}", times=times
        )
    first = replace(
        heads,
        heads=heads.heads[:1],
        skipped=(*heads.skipped, said),
        left_out=frozenset(RefKind),
    )
    return first, objects.trees(url, commits[:1], request.wanted)


def _is_unchanged(heads: Heads, before: Mapping[str, str], refs: Refs) -> bool:
    """Say whether every head is as it was, and none has vanished of the kinds that are read in full."""
    now = {head.ref: head.commit for head in heads.heads}
    in_full = refs.kinds - heads.left_out
    vanished = (ref for ref in before if ref not in now and ref_kind(ref) in in_full)
    return now.items() <= before.items() and next(vanished, None) is None


def _unknown(
    objects: ObjectReader, url: str, request: ReadRequest, limits: Limits, listing: Listing
) -> Blobs:
    """Fetch the listed blobs that were never read before, and where symbolic links lead."""
    known = frozenset(request.known(listing.files)) if listing.files else frozenset[str]()
    late = Skips("files")
    oids = dict.fromkeys(_believed(listing.files, limits.guesses, late))
    unknown = [oid for oid in oids if oid not in known]
    if not unknown and not listing.texts:
        return Blobs(skipped=late.take())
    blobs = objects.blobs(url, list(dict.fromkeys([*unknown[: limits.blobs], *listing.texts])))
    for oid in unknown[limits.blobs :]:
        late.add(oid, f"more than {limits.blobs} different wanted files in one visit")
    return Blobs(
        found=tuple(b for b in blobs.found if is_named(b.oid, ObjectType.BLOB, b.data)),
        skipped=(*blobs.skipped, *late.take()),
    )


def _believed(files: Sequence[ListedFile], most: int, late: Skips) -> Iterator[str]:
    """Yield the blobs of `files`, of those that are a guess by every name no more than `most`."""
    told = {file.oid for file in files if file.worth is not Worth.GUESS}
    guesses = dict.fromkeys(file.oid for file in files if file.oid not in told)
    beyond = dict.fromkeys(islice(guesses, most, None))
    for oid in beyond:
        late.add(oid, f"more than {most} texts that may be requirements files")
    yield from (file.oid for file in files if file.oid not in beyond)


def _with_links(
    listing: Listing, blobs: Blobs, follow: Follow, fetch: Callable[[Listing], Blobs]
) -> tuple[Listing, Blobs]:
    """Add what symbolic links lead to; a blob that came already is not fetched again."""
    came = {blob.oid: blob for blob in blobs.found}
    linked = follow({oid: blob.data for oid, blob in came.items()})
    files = (*listing.files, *linked.files)
    wanted = {file.oid for file in files}
    # Why the text of a link did not come is said of the link.
    texts_only = set(listing.texts) - wanted
    skipped = tuple(one for one in blobs.skipped if one.context not in texts_only)
    new = tuple(file for file in linked.files if file.oid not in came)
    more = fetch(Listing(files=new)) if new else Blobs()
    found = {**came, **{blob.oid: blob for blob in more.found}}
    return (
        replace(listing, files=files, skipped=(*listing.skipped, *linked.skipped)),
        Blobs(
            found=tuple(blob for oid, blob in found.items() if oid in wanted),
            skipped=(*skipped, *more.skipped),
        ),
    )


def _visited(
    repository: Repository, heads: Heads, listing: Listing, blobs: Blobs, most: int
) -> Visit:
    paths: dict[str, str] = {}
    under: _Under = defaultdict(list)
    for file in listing.files:
        paths.setdefault(file.oid, file.path)
        under[file.worth, file.commit].append(file)
    return Visit(
        repository=repository,
        outcome=Outcome.VISITED,
        heads=heads.heads,
        sightings=tuple(islice(_sightings(heads, under), most)),
        blobs=tuple(LockBlob(oid=b.oid, path=paths[b.oid], data=b.data) for b in blobs.found),
        skipped=(
            # Of the heads that were read it hides nothing.
            *(replace(s, at=s.context) for s in heads.skipped),
            *listing.skipped,
            *(
                replace(s, context=(at := paths.get(s.context)) or s.context, at=at)
                for s in blobs.skipped
            ),
            *_unseen(heads, under, most),
        ),
        root_only=listing.root_only,
        committed=listing.committed,
    )


def _sightings(heads: Heads, under: _Under) -> Iterator[Sighting]:
    """Yield what is worth most first, and of that the default branch."""
    for worth in sorted({worth for worth, _ in under}, reverse=True):
        for head in heads.heads:
            for file in under.get((worth, head.commit), ()):
                yield Sighting(ref=head.ref, commit=file.commit, path=file.path, oid=file.oid)


def _unseen(heads: Heads, under: _Under, most: int) -> Iterator[Skipped]:
    """Say that not every ref could be named for every file."""
    files = Counter[str]()
    for (_, commit), some in under.items():
        files[commit] += len(some)
    left = sum(files[head.commit] for head in heads.heads) - most
    if left > 0:
        reason = f"more than {most} wanted files, counted once per ref: not all refs were noted"
        yield Skipped(context="refs/heads/", reason=reason, times=left)


def _ended(repository: Repository, error: GhostcrawlError) -> Visit:
    match error:
        case Defer():
            return Visit(
                repository=repository, outcome=Outcome.DEFERRED, defer_seconds=error.seconds
            )
        case Gone():
            return _failed(repository, Outcome.GONE, str(error))
        case Private():
            return _failed(repository, Outcome.PRIVATE, str(error))
        case Blocked():
            return _failed(repository, Outcome.BLOCKED, str(error))
        case _:
            return _failed(repository, Outcome.FAILED, f"{type(error).__name__}: {error}")


def _failed(repository: Repository, outcome: Outcome, reason: str) -> Visit:
    return Visit(
        repository=repository,
        outcome=outcome,
        skipped=(Skipped(context=repository.path, reason=reason),),
    )
