"""Judging many files of this machine: in this process, or on all its cores where there is much to read."""

from __future__ import annotations

import gc
import os
import signal
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from itertools import chain, zip_longest
from typing import TYPE_CHECKING, TypeAlias

from crawler import lockfiles, pipeline
from crawler.model import (
    Finding,
    LockBlob,
    LockId,
    ParseResult,
    Pin,
    Readable,
    Repository,
    Sighting,
    Skipped,
    is_request,
)
from workers import files
from workers.cli.mentioned import TOO_LARGE, MentionedGhost, MentionReader
from workers.cli.open_verdicts import OpenVerdicts, Reopen
from workers.cli.traces import Trace, by_bytes, by_digest
from workers.parsing import SharedParsing

if TYPE_CHECKING:
    from concurrent.futures import Future

__all__ = ["Commands", "Judged", "NamedIndex", "Told", "judge", "judge_files", "settings_among"]

_WORKTREE = "worktree"
"""The ref of what lies in a folder, committed or not."""
_WORTH_A_PROCESS = 4_000_000
"""Bytes to read, after which a process more has paid for its start: half a second of work."""
_BATCH = 500_000
"""Bytes that a process is given at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Commands:
    """A file in which a command installs what it names itself; what that is was not read."""

    path: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedIndex:
    """A file in which a command or a variable names an index, which counts for no lock here."""

    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What is to be told of one lock."""

    path: str
    format: str
    readable: Readable
    pins: int
    skipped: tuple[Skipped, ...]
    seconds: float
    findings: tuple[Finding, ...]
    ghosts: frozenset[str]
    """Which packages with known malware it has in some version, as columns have them; none where not all was read."""


Told: TypeAlias = Judged | Skipped | Commands | MentionedGhost | NamedIndex | Trace
"""What there is to tell of a file."""


def judge(
    known: OpenVerdicts,
    parse: pipeline.Parse,
    repository: Repository,
    blob: LockBlob,
    sightings: Sequence[Sighting],
    settings: pipeline.RegistrySettings | None = None,
    manifest: bytes | None = None,
) -> Judged:
    """Read one lock and judge it by what is `known`, and by the `settings` of its repository.

    `manifest` has the roots of what it pins, where the lock has none itself.
    """
    begun = time.perf_counter()
    inspection = pipeline.inspect(blob, known.lookup, known.registries, parse)
    inspection = pipeline.with_orphans(inspection, blob, manifest)
    result = inspection.result
    return Judged(
        path=blob.path,
        format=result.format,
        readable=result.readable,
        pins=len(result.pins) - len(lockfiles.settings_in(result.pins)),
        skipped=result.skipped,
        seconds=time.perf_counter() - begun,
        findings=pipeline.findings(inspection, repository, sightings, settings),
        ghosts=_ghosts(known, result),
    )


def _ghosts(known: OpenVerdicts, result: ParseResult) -> frozenset[str]:
    if result.readable is not Readable.FULLY or not known.knows_ghosts:
        return frozenset()
    named = {f"{pin.ecosystem}/{pin.name}" for pin in result.pins if pin.version is not None}
    return known.ghosts() & named


def judge_files(
    known: OpenVerdicts, repository: Repository, found: Sequence[files.Found], place: str = ""
) -> Iterator[Told]:
    """Yield what there is to tell of each file of a folder, in their order.

    `place` is what the paths begin with where several folders are scanned; what a name tells depends on how
    far from its own folder a file lies.

    Files that may name files to install, and do not, are passed over in silence. Where there is much to
    read and what is known can be opened more than once, all cores take part; one that is lost (for want
    of memory, say) leaves its files to this one.
    """
    settings = _settings_of(known, found, place.rstrip("/"))
    here = _Judge(
        known=known,
        parse=SharedParsing(),
        repository=repository,
        settings=settings,
        place=place.rstrip("/"),
        mentions=MentionReader(known),
    )
    batches = list(_batches(found))
    worth = 1 + sum(map(_size, found)) // _WORTH_A_PROCESS
    processes = min(len(os.sched_getaffinity(0)), worth)
    if known.reopen is None or processes == 1:
        return chain.from_iterable(map(here.all_of, batches))
    return _by_processes(here, known.reopen, batches, processes)


def _settings_of(
    known: OpenVerdicts, found: Iterable[files.Found], place: str
) -> pipeline.RegistrySettings:
    """Return what the files of a folder say of the registries that are asked."""
    parse, read = SharedParsing(), dict[str, Sequence[Pin]]()
    for one in found:
        name = one.read_as or _below(one.path, place)
        blob = files.read(one) if lockfiles.states_indexes(name) else None
        if isinstance(blob, LockBlob) and lockfiles.may_state_indexes(name, blob.data):
            read[one.path] = lockfiles.settings_in(parse(name, blob.data).pins)
    return pipeline.RegistrySettings(read=read, registries=known.registries)


def settings_among(
    known: OpenVerdicts,
    locks: Mapping[LockId, LockBlob],
    places: Mapping[LockId, Sequence[Sighting]],
) -> pipeline.RegistrySettings:
    """Return what the settings among `locks` say of the registries that are asked, wherever they lie but in requests."""
    parse, read = SharedParsing(), dict[str, Sequence[Pin]]()
    for lock, blob in locks.items():
        there = [seen.path for seen in places.get(lock, ()) if not is_request(seen.ref)]
        if there and lockfiles.may_state_indexes(blob.path, blob.data):
            read |= dict.fromkeys(there, lockfiles.settings_in(parse(blob.path, blob.data).pins))
    return pipeline.RegistrySettings(read=read, registries=known.registries)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judge:
    """What a process needs to judge files."""

    known: OpenVerdicts
    parse: SharedParsing
    repository: Repository
    settings: pipeline.RegistrySettings
    place: str
    mentions: MentionReader

    def all_of(self, batch: Sequence[files.Found]) -> list[Told]:
        return [told for found in batch for told in self._one(found)]

    def _one(self, found: files.Found) -> Iterator[Told]:
        below = _below(found.path, self.place)
        if lockfiles.is_package_file(below):
            yield from self._archive(found)
            return
        kind, silent = lockfiles.command_kind(below), lockfiles.may_name_files(below)
        if kind is None and silent and lockfiles.is_told_by_shebang(below):
            kind = "scripts without an ending"
        read = found.read_as or silent or lockfiles.is_lock(below)
        blob = files.read(found if read else replace(found, most=lockfiles.MOST_OF_COMMANDS))
        mentioning = self.known.knows_ghosts and lockfiles.may_mention(below)
        if isinstance(blob, Skipped):
            yield from [blob] if read else self._unread(found, blob, kind, mentioning=mentioning)
            return
        if mentioning:
            yield from self.mentions.of(found.path, below, blob)
        if (
            self.known.knows_ghosts
            and not lockfiles.is_lock(below)
            and not lockfiles.is_python(below)
        ):
            yield from by_digest(self.known.lookup, blob)
        if kind is not None and lockfiles.installs_by_name(blob.data, kind):
            yield Commands(path=found.path, kind=kind)
        if kind is not None and lockfiles.names_an_index(blob.data):
            yield NamedIndex(path=found.path)
        if kind is not None and not lockfiles.is_python(below):
            yield from _not_found(found, below, blob.data)
        if read:
            yield from self._judged(found, blob, silent=silent)

    def _unread(
        self, found: files.Found, why: Skipped, kind: str | None, *, mentioning: bool
    ) -> Iterator[Told]:
        if kind is not None:
            yield Commands(path=found.path, kind=kind)
        if mentioning:
            is_large = _size(found) > lockfiles.MOST_OF_COMMANDS
            yield Trace(path=found.path, reason=TOO_LARGE if is_large else why.reason)

    def _archive(self, found: files.Found) -> Iterator[Trace]:
        blob = files.read(found)
        if isinstance(blob, Skipped):
            yield Trace(path=found.path, reason=blob.reason)
        elif self.known.knows_ghosts:
            yield from by_bytes(self.known.lookup, blob)

    def _judged(self, found: files.Found, blob: LockBlob, *, silent: bool) -> Iterator[Judged]:
        sighting = Sighting(ref=_WORKTREE, commit="", path=blob.path, oid=blob.oid)
        parse = self._parse if not found.read_as else self._as(found.read_as)
        beside = _manifest_beside(found)
        judged = judge(self.known, parse, self.repository, blob, [sighting], self.settings, beside)
        if judged.pins or found.read_as or not silent:
            yield judged

    def _parse(self, path: str, data: bytes) -> ParseResult:
        return self.parse(_below(path, self.place), data)

    def _as(self, name: str) -> pipeline.Parse:
        return lambda _, data: self.parse(name, data)


def _not_found(found: files.Found, below: str, data: bytes) -> Iterator[Trace]:
    """Yield what commands take requirements from and nobody follows: a file elsewhere, a link, a variable."""
    stated = lockfiles.stated_requirements(data)
    parents = found.file.parents  # fewer than slashes where the file itself is what is scanned
    root = parents[min(below.count("/"), len(parents) - 1)]
    tried = lockfiles.requirements_of_commands(data) if stated else ()
    paths = ((one, lockfiles.resolved(at, one)) for one in tried for at in (below, ""))
    there = {one for one, path in paths if path and files.is_below(root / path, root.resolve())}
    names = {one.rpartition("/")[2] for one in there}  # a Dockerfile copies it to somewhere else
    for one in stated:
        if one.removeprefix("./") not in there and one.rpartition("/")[2] not in names:
            yield Trace(path=found.path, reason=f"pip install -r {one}: not found from here")


def _below(path: str, place: str) -> str:
    return path.removeprefix(f"{place}/") if place else path


def _manifest_beside(found: files.Found) -> bytes | None:
    path = lockfiles.manifest_beside(found.path)
    if path is None:
        return None
    file = found.file.with_name(path.rpartition("/")[2])
    blob = files.read(files.Found(path=path, file=file))
    return blob.data if isinstance(blob, LockBlob) else None


class _Process:
    """The judge of a process that was forked for it."""

    judge: _Judge
    stack = ExitStack()

    @classmethod
    def begin(
        cls,
        reopen: Reopen,
        repository: Repository,
        settings: pipeline.RegistrySettings,
        place: str,
    ) -> None:
        """Open what is known; what the process was forked from has its own. Ctrl-C is for that one."""
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        known = cls.stack.enter_context(reopen())
        cls.judge = _Judge(
            known=known,
            parse=SharedParsing(),
            repository=repository,
            settings=settings,
            place=place,
            mentions=MentionReader(known),
        )

    @classmethod
    def all_of(cls, batch: Sequence[files.Found]) -> list[Told]:
        return cls.judge.all_of(batch)


def _by_processes(
    here: _Judge, reopen: Reopen, batches: Sequence[Sequence[files.Found]], processes: int
) -> Iterator[Told]:
    from concurrent.futures.process import BrokenProcessPool, ProcessPoolExecutor
    from multiprocessing import get_context

    gc.freeze()  # what is here already is nobody's garbage, and is shared as long as nobody marks it
    pool = ProcessPoolExecutor(
        processes,
        mp_context=get_context("fork"),
        initializer=_Process.begin,
        initargs=(reopen, here.repository, here.settings, here.place),
    )
    try:
        futures: list[Future[list[Told]]] = []
        with suppress(BrokenProcessPool):
            futures.extend(pool.submit(_Process.all_of, batch) for batch in batches)
        for batch, future in zip_longest(batches, futures):
            told: list[Told] | None = None
            with suppress(BrokenProcessPool):
                told = None if future is None else future.result()
            yield from here.all_of(batch) if told is None else told
    finally:
        pool.shutdown(cancel_futures=True)


def _batches(found: Sequence[files.Found]) -> Iterator[list[files.Found]]:
    batch: list[files.Found] = []
    size = 0
    for one in found:
        batch.append(one)
        size += _size(one)
        if size >= _BATCH:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _size(found: files.Found) -> int:
    """Return the bytes of a file; 0 for one that has gone meanwhile."""
    try:
        return found.file.lstat().st_size
    except OSError:
        return 0
