"""`ghostcrawl scan`: folders, files and local repositories of this machine. No network, no broker."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from crawler import lockfiles, pipeline
from crawler.errors import UsageError
from crawler.lockfiles.registry import SETTING_FORMATS
from crawler.model import (
    LOCAL,
    Branches,
    Confidence,
    Outcome,
    Readable,
    Report,
    Repository,
    Skipped,
)
from workers import files
from workers.around import asked_in_folder
from workers.cli.feed_ages import ALLOW_STALE, MAX_FEED_AGE, code_by_age, freshness_of
from workers.cli.findings import print_findings, reached
from workers.cli.judging import WORKTREE, judge, judge_files, settings_among
from workers.cli.output import LIST_FORMAT, print_objects
from workers.cli.session import Session, json_line
from workers.cli.terminal import table
from workers.cli.watching import watching
from workers.clock import utc_now
from workers.ledger.left_out import grouped, left_out, of_skipped
from workers.parsing import SharedParsing
from workers.runs import Run

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import timedelta

    from crawler.model import Finding
    from workers.cli.judging import Judged
    from workers.cli.watching import Watching
    from workers.ledger.left_out import LeftOut

__all__ = ["scan"]

_FOUND, _PARTIAL = 1, 3


@dataclass(slots=True)
class Tally:
    """What a scan read, per format."""

    files: Counter[str] = field(default_factory=Counter)
    pins: Counter[str] = field(default_factory=Counter)
    readable: Counter[tuple[str, Readable]] = field(default_factory=Counter)
    seconds: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    left: list[LeftOut] = field(default_factory=list)
    """What was not looked at."""
    place: str = ""
    """What is being scanned, where it is one of several."""

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

    def _below(self, where: str) -> str:
        """Return `where` without the name of what is being scanned, which is said before it."""
        return where.removeprefix(self.place).lstrip("/ ") if self.place else where

    @property
    def partial(self) -> bool:
        """Whether anything was not read as its own tool reads it."""
        return bool(self.left) or any(
            n for (_, how), n in self.readable.items() if how is not Readable.FULLY
        )


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--branches",
    type=click.Choice([WORKTREE, *(b.value for b in Branches)]),
    default=WORKTREE,
    show_default=True,
    help="Scan the working tree, or committed branches.",
)
@click.option("--summary", is_flag=True, help="Print a table per format instead of the findings.")
@click.option(
    "--fail-on",
    type=click.Choice([*(c.value for c in Confidence), "never"]),
    default="confirmed",
    show_default=True,
)
@MAX_FEED_AGE
@ALLOW_STALE
@LIST_FORMAT
@click.pass_obj
def scan(
    session: Session,
    paths: tuple[Path, ...],
    branches: str,
    fail_on: str,
    max_feed_age: timedelta,
    style: str,
    *,
    summary: bool,
    allow_stale: bool,
) -> int:
    """Look for ghosts in the locks below PATHS, by what seed has learned. Nothing is run or fetched."""
    run = Run.begun(utc_now())
    tally = Tally()
    with watching(session) as known:
        reports = [
            _report(finding, run)
            for path in paths
            for finding in _found(known, path, branches, tally, named=len(paths) > 1)
        ]
    left = grouped(tally.left)
    if summary:
        _summarise(tally, style, left)
    else:
        print_findings(reports, style, left)
    verdicts = "" if known.knows_ghosts else "; nothing is known of any ghost yet, run seed first"
    session.say(
        f"{tally.files.total()} locks, {tally.pins.total()} pins, {len(reports)} findings{verdicts}"
    )
    session.say_not_looked_at(left, rest="--format json lists all")
    code = _FOUND if reached(reports, fail_on) else _PARTIAL if tally.partial else 0
    freshness = freshness_of(known.ages, utc_now(), max_feed_age)
    return code_by_age(session, freshness, code, allow_stale=allow_stale)


def _found(
    known: Watching, path: Path, branches: str, tally: Tally, *, named: bool
) -> Sequence[Finding]:
    """Return the findings of a folder or repository; locks are counted, and what was left out.

    With `named` the files of a folder are called by it: it is one of several. Of what is only committed
    the names around a lock are not known, so they ask nothing.
    """
    tally.place = str(path) if named else ""
    if branches != WORKTREE:
        committed = _committed(known, path, Branches(branches), tally)
        return [finding for judged in committed for finding in _told(judged, tally)]
    there = _in_worktree(known, path, tally)
    found = [finding for judged in there for finding in _told(judged, tally)]
    return asked_in_folder(path, found, tally.place)


def _told(judged: Judged, tally: Tally) -> Sequence[Finding]:
    tally.add(judged)
    return judged.findings


def _wanted(path: str) -> bool:
    """Say whether a scan reads a file: locks, and what else may name files to install."""
    return lockfiles.is_lock(path) or lockfiles.names_files(path)


def _in_worktree(known: Watching, path: Path, tally: Tally) -> Iterator[Judged]:
    repository = Repository(host=LOCAL, path=path.absolute().name or "root", clone_url=str(path))
    try:
        found = list(files.find(path, _wanted, named=tally.place))
    except OSError as error:
        msg = f"{path}: {error.strerror}; name a lock or a folder"
        raise UsageError(msg) from error
    tally.skip(one for one in found if isinstance(one, Skipped))
    there = [one for one in found if isinstance(one, files.Found)]
    for judged in judge_files(known, repository, there):
        if isinstance(judged, Skipped):
            tally.skip([judged])
        else:
            yield judged


def _committed(known: Watching, path: Path, branches: Branches, tally: Tally) -> Iterator[Judged]:
    from workers.committed import read_committed

    visit = read_committed(path, branches)
    if visit.outcome is Outcome.GONE:
        msg = f"{visit.skipped[0].reason}; name the folder that holds .git, or scan without --branches"
        raise UsageError(msg)
    tally.skip(visit.skipped)
    parse = SharedParsing()
    places = pipeline.places(visit.sightings)
    there = pipeline.locks_of(visit)
    settings = settings_among(known, there.values())
    for lock, blob in there.items():
        yield judge(known, parse, visit.repository, blob, places.get(lock, ()), settings)


def _report(finding: Finding, run: Run) -> Report:
    now = utc_now()
    return Report(finding=finding, evidence=None, first_seen=now, last_seen=now, run_id=run.id)


def _summarise(tally: Tally, style: str, left: Sequence[LeftOut]) -> None:
    rows = [
        (
            name,
            tally.files[name],
            tally.readable[name, Readable.FULLY],
            tally.readable[name, Readable.PARTLY],
            tally.readable[name, Readable.NOT],
            tally.pins[name],
            f"{tally.seconds[name]:.2f}",
        )
        for name in sorted(tally.files)
    ]
    headings = ("format", "files", "readable", "partly", "unreadable", "pins", "seconds")
    if style == "table":
        click.echo(table(headings, rows))
        return
    objects = [dict(zip(headings, row, strict=True)) for row in rows]
    if style == "json":
        said = [one.as_json() for one in left]
        click.echo(json_line({"formats": objects, "not_looked_at": said}))
    else:
        print_objects(objects, style)
