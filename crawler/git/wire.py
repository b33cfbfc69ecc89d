"""Our own client of git's protocol version 2: one request polls, two list, three read.

A root-only reader lists with the filter `tree:1`; servers may cap its depth (uploadpackFilter.tree.maxDepth),
and then the root trees are wanted by oid in one request more.

Nothing touches the disk and no program is started. Source: gitprotocol-v2(5), partial clone (git's
Documentation/technical/partial-clone.txt).
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial

from crawler import __version__
from crawler.errors import Malformed, Refused, Retry, TooLarge, Unsupported
from crawler.git.capabilities import Capabilities, Probes, checked
from crawler.git.haul import Haul
from crawler.git.incremental import Fetch, Since
from crawler.git.interface import Blob, Blobs, Heads, Limits, Listing
from crawler.git.moves import moved
from crawler.git.objects import ObjectType, RawObject, require_sha1
from crawler.git.pack import Bases, ObjectTooLarge, unpack
from crawler.git.paths import find_files
from crawler.git.pktline import (
    DELIM,
    FLUSH,
    Marker,
    Packet,
    demultiplexed,
    encode,
    packets,
    printable,
)
from crawler.git.refs import PREFIXES, Advertised, choose_heads
from crawler.git.roots import roots_by_oid
from crawler.git.snapshot import Recorder
from crawler.git.urls import RepositoryUrl, parse_repository_url
from crawler.git.walk import list_files
from crawler.model import RefKind, Refs, Skipped
from crawler.net import Http, HttpLimits

__all__ = ["WireReader"]

_RESULT = "application/x-git-upload-pack-result"
_HEADERS = {
    "content-type": "application/x-git-upload-pack-request",
    "accept": _RESULT,
    "git-protocol": "version=2",
}
_CONNECT_SECONDS = 10.0
_NO_PROGRAM = frozenset({400, 403, 404, 405, 410, 411, 501})
"""What servers of plain files say to a POST."""
_SYMREF = re.compile(r" symref-target:([^ ]+)")
_FEW = 32
"""Blobs: as many as there may be files of well-known names at a root."""
_NARROWINGS = 2
"""To a few, and to each alone."""
_PEELED = re.compile(r" peeled:([0-9a-f]+)")


class WireReader:
    """Reads one repository over HTTP; its time begins when it is made. Implements `ObjectReader`."""

    def __init__(  # noqa: PLR0913 - settings of one reader
        self,
        http: Http,
        *,
        probes: Probes,
        limits: Limits,
        trusted_hosts: Collection[str] = (),
        root_only: bool = False,
        since: Since | None = None,
        authorization: str | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Use `http`, and what `probes` remembers of hosts; `clock` counts seconds.

        `root_only` lists no folder; `since` is what was kept of an earlier visit of the repository;
        `authorization` is the header that lets us in.
        """
        self._http, self._probes, self._limits = http, probes, limits
        self._trusted, self._clock = trusted_hosts, clock
        self._root_only, self._since = root_only, since
        self._own = {} if authorization is None else {"authorization": authorization}
        self._ends = clock() + limits.total_seconds
        self._halvings, self._narrowings = limits.halvings, _NARROWINGS
        self._packets = limits.packets
        self._resumed = False
        self.moved_to: str | None = None
        """Where the repository was found instead: the host redirected there."""

    def heads(self, url: str, refs: Refs) -> Heads:
        """Ask for what `refs` says: one request once the host is known.

        Two requests when the repository has no default branch, or more tags and pull requests than the
        host lists.
        """
        try:
            heads = choose_heads(self._refs(url, PREFIXES[refs]), refs, self._limits)
        except TooLarge as error:
            if refs is not Refs.ALL:
                raise
            return self._branches_only(url, str(error))
        if refs is Refs.ALL and len(heads.left_out) == len(RefKind):
            return self._branches_only(url, heads.skipped[-1].reason)
        if heads.heads or refs is not Refs.DEFAULT:
            return heads
        # HEAD may name a branch that does not exist, and others be there all the same.
        return choose_heads(self._refs(url, ["refs/heads/"]), Refs.BRANCHES, self._limits)

    def _branches_only(self, url: str, why: str) -> Heads:
        """List branches where tags and requests are too many: they would take the place of branches."""
        heads = self.heads(url, Refs.BRANCHES)
        said = Skipped(context="refs", reason=f"no tag and no request was read: {why}")
        kinds = heads.left_out | {RefKind.TAG, RefKind.REQUEST}
        return replace(heads, skipped=(*heads.skipped, said), left_out=kinds)

    def trees(self, url: str, commits: Collection[str], wanted: Callable[[str], int]) -> Listing:
        """Fetch commits and trees, no blobs, no history: one request."""
        if self._root_only:
            objects = self._roots(url, commits)
            return list_files(Recorder(objects), commits, wanted, self._limits, root_only=True)
        fetch = partial(self._fetch, url)
        if self._since and (listing := self._since.trees(fetch, commits, wanted)):
            return listing
        recorder = Recorder(_sent(fetch, commits, "filter blob:none"))
        listing = list_files(recorder, commits, wanted, self._limits)
        if self._since:
            self._since.remember(commits, recorder)
        return listing

    def _roots(self, url: str, commits: Collection[str]) -> Mapping[str, RawObject]:
        fetch = partial(self._fetch, url)
        parsed = parse_repository_url(url, self._trusted)
        if not self._probes.caps_depth(parsed):
            try:
                return _sent(fetch, commits, "filter tree:1")
            except Unsupported:
                # Whatever else it refuses, it refuses again.
                objects = roots_by_oid(fetch, commits)
                self._probes.note_capped_depth(parsed)
                return objects
        return roots_by_oid(fetch, commits)

    def files_at(self, url: str, commit: str, paths: Collection[str]) -> Listing:
        """Find a few known paths under `commit`: one request per folder level, however large the rest.

        A path that is no regular file is left out.
        """

        def read(oids: Collection[str]) -> Iterable[RawObject]:
            with self._fetch(url, oids, ["deepen 1", "filter tree:0"]) as objects:
                return tuple(objects)

        return find_files(read, commit, paths)

    def blobs(self, url: str, oids: Collection[str]) -> Blobs:
        """Fetch blobs by oid: one request, more only where one of them is too large."""
        here = Haul(oids, self._limits)
        unread: Sequence[tuple[str, str]] = ()
        if self._since:
            for oid, data in self._since.blobs(partial(self._fetch, url), oids).items():
                here.add(Blob(oid=oid, data=data))
        if missing := here.missing(dict.fromkeys(oids)):
            unread = list(self._collect(url, missing, here))
        found = here.kept()
        if self._since:
            self._since.remember_blobs(found)
        reasons = {**dict(unread), **here.left}
        skipped = (Skipped(context=oid, reason=reason) for oid, reason in reasons.items())
        return Blobs(found=found, skipped=tuple(skipped))

    def _collect(self, url: str, oids: Sequence[str], here: Haul) -> Iterator[tuple[str, str]]:
        """Fill `here`, yield what could not be had and why."""
        wanted, reason = set(oids), "the server did not send it, or sent another content"
        try:
            with self._fetch(url, oids, []) as objects:
                for raw in objects:
                    if raw.kind is ObjectType.BLOB and raw.oid in wanted:
                        here.add(Blob(oid=raw.oid, data=raw.data))
        except TooLarge as error:
            missing = here.missing(oids)
            pieces = self._smaller(missing, error)
            for piece in pieces:
                yield from self._collect(url, piece, here)
            asked = {oid for piece in pieces for oid in piece}
            yield from ((oid, str(error)) for oid in missing if oid not in asked)
            return
        except (Malformed, Retry) as error:
            if not here:
                raise
            missing = here.missing(oids)
            if missing and isinstance(error, Retry) and not self._resumed:
                self._resumed = True
                yield from self._collect(url, missing, here)
                return
            reason = str(error)
        yield from ((oid, reason) for oid in here.missing(oids))

    def _smaller(self, missing: Sequence[str], error: TooLarge) -> Sequence[Sequence[str]]:
        """Return in which portions to ask once more for what did not come, the most wanted first.

        All of it in halves where one object is too large. Where they are too many bytes together, the
        first few, and each of these alone where they are still too many; the rest is left.
        """
        if len(missing) < 2:  # noqa: PLR2004 - one alone is as little as can be
            return ()
        if isinstance(error, ObjectTooLarge):
            self._halvings -= 1
            half = len(missing) // 2
            return (missing[:half], missing[half:]) if self._halvings >= 0 else ()
        self._narrowings -= 1
        if self._narrowings < 0:
            return ()
        return (missing[:_FEW],) if len(missing) > _FEW else [[oid] for oid in missing]

    def _refs(self, url: str, prefixes: Iterable[str]) -> Iterator[Advertised]:
        arguments = ["peel", "symrefs", *(f"ref-prefix {prefix}" for prefix in prefixes)]
        seconds = min(self._limits.heads_seconds, self._left())
        with self._command(url, "ls-refs", arguments, seconds, self._limits.refs_bytes) as stream:
            for packet in stream:
                if packet is Marker.FLUSH:
                    return
                if isinstance(packet, Marker):
                    raise Malformed(f"{url}: a list of refs in several sections")
                yield _advertised(packet)
        raise Retry(f"{url}: the list of refs ends too early")

    @contextmanager
    def _fetch(
        self,
        url: str,
        wants: Collection[str],
        arguments: Collection[str],
        bases: Bases | None = None,
    ) -> Iterator[Iterator[RawObject]]:
        lines = ["no-progress", "ofs-delta", *(f"want {oid}" for oid in wants), *arguments, "done"]
        limits = self._limits
        with self._command(url, "fetch", lines, self._left(), limits.pack_bytes) as stream:
            _skip_to_pack(url, stream)
            yield unpack(demultiplexed(stream, limits.sideband_bytes), limits, bases)

    @contextmanager
    def _command(
        self, url: str, name: str, arguments: Sequence[str], seconds: float, most: int
    ) -> Iterator[Iterator[Packet]]:
        """Send one command and yield the packets of its answer while they arrive.

        One redirect of a visit is followed, inside the same origin.
        """
        lines = arguments
        parsed = parse_repository_url(self.moved_to or url, self._trusted)
        with ExitStack() as stack:
            try:
                chunks = stack.enter_context(self._answer(parsed, name, lines, seconds, most))
            except Refused as error:
                if self.moved_to is not None or self._own:  # a token goes to no other address
                    raise
                parsed = moved(parsed, error, self._trusted)
                self.moved_to = str(parsed)
                chunks = stack.enter_context(self._answer(parsed, name, lines, seconds, most))
            yield _without_errors(parsed, self._counted(packets(self._steady(chunks))))

    def locate(self, url: str) -> str | None:
        """Ask whether the host redirects to another address of the repository; see `moved_to`."""
        parsed = parse_repository_url(url, self._trusted)
        try:
            self._probes.require_program(self._http, parsed, self._left())
        except Refused as error:
            self.moved_to = str(moved(parsed, error, self._trusted))
        except Unsupported:
            pass
        return self.moved_to

    @contextmanager
    def _answer(
        self, url: RepositoryUrl, name: str, arguments: Sequence[str], seconds: float, most: int
    ) -> Iterator[Iterable[bytes]]:
        able = self._probes.require(self._http, url, seconds, self._own)
        with self._http.stream(
            "POST",
            f"{url}/git-upload-pack",
            headers=_HEADERS | self._own,
            content=_request(name, able, arguments),
            limits=HttpLimits(
                total_seconds=seconds,
                connect_seconds=min(_CONNECT_SECONDS, seconds),
                max_bytes=most,
            ),
        ) as (status, headers, chunks):
            if status in _NO_PROGRAM:
                self._probes.require_program(self._http, url, seconds)
            checked(str(url), status, _media_type(headers), _RESULT, chunks)
            yield chunks

    def _left(self) -> float:
        left = self._ends - self._clock()
        if left <= 0:
            raise Retry(self._too_slow())
        return left

    def _too_slow(self) -> str:
        return f"transfer too slow: more than {self._limits.total_seconds:.0f} s for one repository"

    def _counted(self, stream: Iterator[Packet]) -> Iterator[Packet]:
        """Pass packets on; raises TooLarge where there are more than one visit may read."""
        for packet in stream:
            self._packets -= 1
            if self._packets < 0:
                raise TooLarge(f"more than {self._limits.packets} packets in one visit")
            yield packet

    def _steady(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """Pass chunks on; raises Retry where they only drip."""
        limits, started, count = self._limits, self._clock(), 0
        for chunk in chunks:
            count += len(chunk)
            seconds = self._clock() - started
            if seconds > limits.slow_seconds and count < seconds * limits.slow_bytes:
                raise Retry(f"transfer too slow: {count} bytes in {seconds:.0f} s")
            yield chunk


def _sent(fetch: Fetch, wants: Collection[str], what: str) -> Mapping[str, RawObject]:
    """Return the objects of one answer by name; no history."""
    with fetch(wants, ["deepen 1", what]) as objects:
        return {raw.oid: raw for raw in objects}


def _media_type(headers: Mapping[str, str]) -> str | None:
    return headers.get("content-type")


def _request(name: str, able: Capabilities, arguments: Sequence[str]) -> bytes:
    capabilities = [f"command={name}", f"agent=ghostcrawl/{__version__}"]
    if able.object_formats:
        capabilities.append("object-format=sha1")
    lines = b"".join(map(encode, arguments))
    return b"".join(map(encode, capabilities)) + DELIM + lines + FLUSH


def _without_errors(url: RepositoryUrl, stream: Iterator[Packet]) -> Iterator[Packet]:
    """Raise what an ERR packet says, which may come in place of any other."""
    first = True
    for packet in stream:
        if not isinstance(packet, Marker) and packet.startswith(b"ERR "):
            raise Unsupported(f"{url} refuses: {printable(packet[4:])}")
        first = False
        yield packet
    if first:
        raise Unsupported(f"{url}: connection closed before a response")


def _skip_to_pack(url: str, stream: Iterator[Packet]) -> None:
    for packet in stream:
        if packet == b"packfile\n":
            return
        if packet in {Marker.FLUSH, Marker.RESPONSE_END}:
            break
    raise Malformed(f"{url}: an answer without a pack")


def _advertised(packet: bytes) -> Advertised:
    line = packet.decode("utf-8", "surrogateescape").rstrip("\n")
    oid, _, rest = line.partition(" ")
    name = rest.partition(" ")[0]
    target, peeled = _SYMREF.search(rest), _PEELED.search(rest)
    return Advertised(
        name=name,
        oid=require_sha1(oid if peeled is None else peeled[1]),
        target=None if target is None else target[1],
    )
