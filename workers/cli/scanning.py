"""Scanning a folder or a local repository: what is found in it, what was read, and what was not."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from crawler import lockfiles, pipeline
from crawler.errors import UsageError
from crawler.git.walk import HOLDS_COMMANDS, SUBMODULE
from crawler.lockfiles.registry import SETTING_FORMATS
from crawler.model import LOCAL, Outcome, Readable, Refs, Repository, Skipped
from workers import files
from workers.cli.folder_questions import asked_in_folder
from workers.cli.judging import Commands, judge, judge_files, settings_among
from workers.ledger.left_out import left_out, of_skipped
from workers.parsing import SharedParsing, parse

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence
    from pathlib import Path

    from crawler.model import Finding, Visit
    from workers.cli.judging import Judged
    from workers.cli.open_verdicts import OpenVerdicts
    from workers.ledger.left_out import LeftOut

__all__ = ["Tally", "find_in"]


_BY_DESIGN = frozenset({HOLDS_COMMANDS, SUBMODULE})


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

    def _below(self, where: str) -> str:
        """Return `where` without the name of what is being scanned, which is said before it."""
        return where.removeprefix(self.place).lstrip("/ ") if self.place else where

    def wants(self, path: str) -> bool:
        """Say whether a file is read: locks, and what else may name files to install."""
        below = self._below(path)  # what a name tells depends on how far from the root it lies
        wanted = lockfiles.is_lock(below) or lockfiles.may_name_files(below)
        return (wanted or lockfiles.command_kind(below) is not None) and not self.excludes(path)

    def excludes(self, path: str) -> bool:
        """Say whether a wanted file is left out, and count it."""
        out = any(fnmatchcase(self._below(path), glob) for glob in self.exclude)
        self.excluded += out
        return out

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
    if refs is not None:
        committed = _committed(known, path, refs, tally)
        told = (finding for judged in committed for finding in _told(judged, tally))
        return pipeline.without_repeats(told)
    there = _in_worktree(known, path, tally)
    told = (finding for judged in there for finding in _told(judged, tally))
    found = pipeline.without_repeats(told)
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
    tally.skip(one for one in (*listed, *found) if isinstance(one, Skipped))
    there = [
        one
        for one in found
        if isinstance(one, files.Found) and not (one.read_as and tally.excludes(one.path))
    ]
    tally.read = {one.path for one in there}
    for judged in judge_files(known, repository, there, tally.place):
        match judged:
            case Skipped():
                tally.skip([judged])
            case Commands():
                tally.leave_commands(judged)
            case _:
                yield judged


def _committed(known: OpenVerdicts, path: Path, refs: Refs, tally: Tally) -> Iterator[Judged]:
    from workers.committed import read_committed

    visit = read_committed(path, refs)
    if visit.outcome is Outcome.GONE:
        msg = f"{visit.skipped[0].reason}; name the folder that holds .git, or scan without --refs"
        raise UsageError(msg)
    tally.by_design += of_skipped(one for one in visit.skipped if one.reason in _BY_DESIGN)
    tally.skip(one for one in visit.skipped if one.reason not in _BY_DESIGN)
    parse = SharedParsing()
    visit = _without(visit, {s.path for s in visit.sightings if tally.excludes(s.path)})
    places = pipeline.places(visit.sightings)
    there = pipeline.locks_of(visit)
    settings = settings_among(known, there, places)
    for lock, blob in there.items():
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
