"""Scanning a folder or a local repository: what is found in it, what was read, and what was not."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from itertools import zip_longest
from typing import TYPE_CHECKING

from crawler import lockfiles, pipeline
from crawler.errors import UsageError
from crawler.git.walk import HOLDS_COMMANDS, OLDER_COMMITS, SUBMODULE
from crawler.lockfiles.registry import SETTING_FORMATS
from crawler.matching import Code
from crawler.model import LOCAL, Outcome, Readable, Refs, Repository, Skipped
from workers import files
from workers.cli.everywhere import other_files, traces_in
from workers.cli.folder_questions import asked_in_folder
from workers.cli.judging import Commands, NamedIndex, judge, judge_files, settings_among
from workers.cli.mentioned import DecidingLock, MentionedGhost, MentionReader, undecided
from workers.cli.traces import Trace
from workers.ledger.left_out import grouped, left_out, of_skipped
from workers.parsing import SharedParsing, parse

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence
    from pathlib import Path

    from crawler.model import Finding, Visit
    from workers.cli.judging import Judged
    from workers.cli.open_verdicts import OpenVerdicts
    from workers.ledger.left_out import LeftOut

__all__ = ["Tally", "find_in"]


_NAMED_INDEX = (
    "a command or a variable names an index: which one is asked for the findings is not known"
)
_BY_DESIGN = frozenset({HOLDS_COMMANDS, OLDER_COMMITS, SUBMODULE})


@dataclass(slots=True)
class Tally:
    """What a scan read, per format."""

    files: Counter[str] = field(default_factory=Counter)
    pins: Counter[str] = field(default_factory=Counter)
    readable: Counter[tuple[str, Readable]] = field(default_factory=Counter)
    seconds: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    exclude: Sequence[str] = ()
    """Globs over paths of locks that are left out."""
    excluded: int = 0
    left: list[LeftOut] = field(default_factory=list)
    """What was not looked at."""
    by_design: list[LeftOut] = field(default_factory=list)
    """What nobody looks at in any folder: it makes no scan a partial one."""
    place: str = ""
    """What is being scanned, where it is one of several."""
    named: list[LeftOut] = field(default_factory=list)
    """Known malware that is named and not decided: by design as well, each on a line of its own."""
    locks: dict[str, DecidingLock] = field(default_factory=dict)
    """What was read, by path."""
    mentioned: list[MentionedGhost] = field(default_factory=list)
    traces: list[Trace] = field(default_factory=list)
    """Of ghosts in files of which nothing may be found."""
    indexes: list[str] = field(default_factory=list)
    """Files in which a command or a variable names an index."""
    everywhere: bool = False
    """Whether what no parser reads is searched."""
    others: int = 0
    """Files that nothing is read of."""
    read: Collection[str] = ()
    """Paths of what is read: of these nobody has to be told that others include them."""

    def add(self, judged: Judged) -> None:
        """Count one lock, or note what of a file with settings was not understood."""
        self.left += [
            left_out(
                self.place,
                self._below(f"{judged.path} {one.context}"),
                one.reason,
                path=judged.path,
            )
            for one in judged.skipped
            if one.at is None or lockfiles.resolved(judged.path, one.at) not in self.read
        ]
        self.readable[judged.format, judged.readable] += 1
        if judged.format in SETTING_FORMATS:
            return
        self.locks[judged.path] = DecidingLock(
            path=judged.path, format=judged.format, packages=judged.ghosts
        )
        self.files[judged.format] += 1
        self.pins[judged.format] += judged.pins
        self.seconds[judged.format] += judged.seconds

    def skip(self, skipped: Iterable[Skipped]) -> None:
        """Note what was passed over; the contexts are paths, where it is a file."""
        self.left += of_skipped(
            (replace(one, context=self._below(one.context)) for one in skipped), self.place
        )

    def leave_commands(self, found: Commands) -> None:
        """Note a file whose install commands name what is not read."""
        reason = f"install commands in {found.kind} are not read"
        self.by_design.append(left_out(self.place, self._below(found.path), reason))

    def mention(self, found: Iterable[MentionedGhost | Trace]) -> None:
        """Note what a file names, until it is known what is found."""
        for one in found:
            if isinstance(one, Trace):
                self.traces.append(one)
            else:
                self.mentioned.append(one)

    def begin(self) -> None:
        """Forget what was noted of the folder before this one."""
        self.locks, self.mentioned, self.indexes, self.traces = {}, [], [], []

    def leave_mentions(self, found: Sequence[Finding]) -> None:
        """Note what files name and nothing in `found` speaks of or a lock decides.

        An index that a command names counts only for findings that ask one.
        """
        told = {(one.sighting.path, one.match.release[0]) for one in found}
        traces = [
            one
            for one in self.traces
            if one.about is None or (one.path, one.about.name) not in told
        ]
        self.leave_traces([*undecided(self.mentioned, found, [*self.locks.values()]), *traces])
        asks = any(one.code == Code.ASKS_INDEX.code for f in found for one in f.match.reasons)
        for path in self.indexes if asks else ():
            self.by_design.append(left_out(self.place, self._below(path), _NAMED_INDEX, path=path))

    def _below(self, where: str) -> str:
        """Return `where` without the name of what is being scanned, which is said before it."""
        return where.removeprefix(self.place).lstrip("/ ") if self.place else where

    def wants(self, path: str) -> bool:
        """Say whether a file is read: locks, and what else may name files to install."""
        wanted = self._is_read(path)
        self.others += not wanted
        return wanted and not self.excludes(path)

    def is_left(self, path: str) -> bool:
        """Say whether no lock was read from a file that nobody excludes."""
        return path not in self.locks and not any(
            fnmatchcase(self._below(path), glob) for glob in self.exclude
        )

    def _is_read(self, path: str) -> bool:
        below = self._below(path)  # what a name tells depends on how far from the root it lies
        return (
            lockfiles.is_lock(below)
            or lockfiles.may_name_files(below)
            or lockfiles.command_kind(below) is not None
            or lockfiles.may_mention(below)
            or lockfiles.is_package_file(below)
        )

    def leave_traces(self, found: Iterable[Trace | MentionedGhost]) -> None:
        """Note what stands of ghosts in files that nothing is read of, and what was not searched for it.

        Files with install commands come first: what they name is most likely installed.
        """
        noted = {(one.place, one.where, one.reason) for one in (*self.named, *self.by_design)}
        for one in sorted(found, key=lambda one: lockfiles.command_kind(one.path) is None):
            told = left_out(self.place, self._below(one.where), one.reason, path=one.path)
            if (told.place, told.where, told.reason) in noted:
                continue
            noted.add((told.place, told.where, told.reason))
            unsearched = isinstance(one, Trace) and one.about is None
            (self.by_design if unsearched else self.named).append(told)

    def reads(self, path: str) -> bool:
        """Say whether more of a file is looked at than what it mentions."""
        return not lockfiles.only_mentions(self._below(path))

    def may_pass_over(self, skipped: Skipped) -> bool:
        """Say whether nothing would have been read of a file that could not be opened but what it mentions."""
        return not self.reads(skipped.context)

    def excludes(self, path: str) -> bool:
        """Say whether a wanted file is left out, and count it."""
        out = any(fnmatchcase(self._below(path), glob) for glob in self.exclude)
        self.excluded += out
        return out

    def all_left(self) -> Sequence[LeftOut]:
        """Return what was not looked at, grouped, and in turn with it each name of malware, which nothing may hide."""
        pairs = zip_longest(self.named, grouped([*self.left, *self.by_design]))
        return [one for pair in pairs for one in pair if one is not None]

    @property
    def partial(self) -> bool:
        """Whether anything was not read as its own tool reads it."""
        return bool(self.left) or any(
            n for (_, how), n in self.readable.items() if how is not Readable.FULLY
        )


def find_in(
    known: OpenVerdicts, path: Path, refs: Refs | None, tally: Tally, *, named: bool
) -> Sequence[Finding]:
    """Return the findings of a folder or repository; locks are counted, and what was left out.

    With `named` the files of a folder are called by it: it is one of several. Of what is only committed
    the names around a lock are not known, so they ask nothing.
    """
    tally.place = str(path) if named else ""
    tally.begin()
    if refs is not None:
        committed = _committed(known, path, refs, tally)
        told = (finding for judged in committed for finding in _told(judged, tally))
        found = pipeline.without_repeats(told)
        tally.leave_mentions(found)
        return found
    there = _in_worktree(known, path, tally)
    told = (finding for judged in there for finding in _told(judged, tally))
    found = pipeline.without_repeats(told)
    tally.leave_mentions(found)
    if tally.everywhere and path.is_dir() and known.knows_ghosts:
        tally.leave_traces(traces_in(known, other_files(path, tally.place, tally.is_left)))
    return asked_in_folder(path, found, tally.place)


def _told(judged: Judged, tally: Tally) -> Sequence[Finding]:
    tally.add(judged)
    return judged.findings


def _in_worktree(known: OpenVerdicts, path: Path, tally: Tally) -> Iterator[Judged]:
    repository = Repository(host=LOCAL, path=path.absolute().name or "root", clone_url=str(path))
    try:
        listed = list(files.find(path, tally.wants, named=tally.place))
    except OSError as error:
        msg = f"{path}: {error.strerror}; name a lock or a folder"
        raise UsageError(msg) from error
    named = [one for one in listed if isinstance(one, files.Found)]
    found = list(files.with_included(path, named, parse, tally.place))
    skipped = (one for one in (*listed, *found) if isinstance(one, Skipped))
    tally.skip(one for one in skipped if not tally.may_pass_over(one))
    there = {
        one.path: one
        for one in found
        if isinstance(one, files.Found) and not (one.read_as and tally.excludes(one.path))
    }
    tally.read = {path for path, one in there.items() if one.read_as or tally.reads(path)}
    for judged in judge_files(known, repository, [*there.values()], tally.place):
        match judged:
            case Skipped():
                tally.skip([judged])
            case Commands():
                tally.leave_commands(judged)
            case MentionedGhost() | Trace():
                tally.mention([judged])
            case NamedIndex():
                tally.indexes.append(judged.path)
            case _:
                yield judged


def _committed(known: OpenVerdicts, path: Path, refs: Refs, tally: Tally) -> Iterator[Judged]:
    """Yield what there is to tell of each lock."""
    from workers.committed import read_committed

    visit = read_committed(path, refs)
    if visit.outcome is Outcome.GONE:
        msg = f"{visit.skipped[0].reason}; name the folder that holds .git, or scan without --refs"
        raise UsageError(msg)
    by_design = (one for one in visit.skipped if one.reason in _BY_DESIGN)
    tally.by_design += of_skipped(by_design, tally.place)
    tally.skip(one for one in visit.skipped if one.reason not in _BY_DESIGN)
    parse = SharedParsing()
    visit = _without(visit, {s.path for s in visit.sightings if tally.excludes(s.path)})
    places = pipeline.places(visit.sightings)
    there = pipeline.locks_of(visit)
    settings = settings_among(known, there, places)
    mentions = MentionReader(known)
    for lock, blob in there.items():
        if known.knows_ghosts and lockfiles.may_mention(blob.path):
            tally.mention(mentions.of(blob.path, blob.path, blob))
        seen = places.get(lock, ())
        manifest = pipeline.manifest_of(seen[0], visit) if seen else None
        judged = judge(known, parse, visit.repository, blob, seen, settings, manifest)
        if judged.pins or not lockfiles.names_files(blob.path):
            yield judged


def _without(visit: Visit, paths: Collection[str]) -> Visit:
    """Return a visit as if it had not seen these paths."""
    sightings = tuple(one for one in visit.sightings if one.path not in paths)
    seen = {one.oid for one in sightings}
    blobs = tuple(blob for blob in visit.blobs if blob.oid in seen)
    return replace(visit, sightings=sightings, blobs=blobs) if paths else visit
