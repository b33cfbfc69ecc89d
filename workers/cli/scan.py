"""`ghostcrawl scan`: folders, files and local repositories of this machine. No network, no broker."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import click

from crawler import lockfiles, pipeline
from crawler.errors import UsageError
from crawler.model import (
    Branches,
    Confidence,
    LockBlob,
    Outcome,
    ParseResult,
    Readable,
    ReadRequest,
    Report,
    Repository,
    Sighting,
    Skipped,
)
from crawler.model.block import SharedResult
from workers import files
from workers.cli.findings import print_findings, reached
from workers.cli.session import Session, json_line, table
from workers.cli.watching import Watching, watching
from workers.clock import utc_now
from workers.parsing import SharedParsing
from workers.runs import Run

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from crawler.pipeline import Inspection

__all__ = ["scan"]

_FOUND, _PARTIAL = 1, 3
_WORKTREE = "worktree"


@dataclass(slots=True)
class Tally:
    """What a scan read, per format."""

    files: Counter[str] = field(default_factory=Counter)
    pins: Counter[str] = field(default_factory=Counter)
    readable: Counter[tuple[str, Readable]] = field(default_factory=Counter)
    seconds: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    skipped: list[Skipped] = field(default_factory=list)

    def add(self, path: str, inspection: Inspection, seconds: float) -> None:
        """Count one lock."""
        result = inspection.result
        self.files[result.format] += 1
        self.pins[result.format] += _count_pins(result)
        self.readable[result.format, result.readable] += 1
        self.seconds[result.format] += seconds
        self.skipped += [
            Skipped(context=f"{path} {s.context}", reason=s.reason) for s in result.skipped
        ]

    @property
    def partial(self) -> bool:
        """Whether anything was not read as its own tool reads it."""
        return bool(self.skipped) or any(
            n for (_, how), n in self.readable.items() if how is not Readable.FULLY
        )


def _count_pins(result: ParseResult) -> int:
    """Count the pins of a lock; those of shared blocks are not made for that."""
    if isinstance(result, SharedResult):
        return sum(len(block.pins) for block in result.blocks)
    return len(result.pins)


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--branches",
    type=click.Choice(["worktree", *(b.value for b in Branches)]),
    default="worktree",
    show_default=True,
    help="Files as they lie there, or what is committed.",
)
@click.option("--summary", is_flag=True, help="Print a table per format instead of the findings.")
@click.option(
    "--fail-on",
    type=click.Choice([*(c.value for c in Confidence), "never"]),
    default="confirmed",
    show_default=True,
)
@click.option("--format", "style", type=click.Choice(["table", "json", "jsonl"]), default="table")
@click.pass_obj
def scan(
    session: Session,
    paths: tuple[Path, ...],
    branches: str,
    fail_on: str,
    style: str,
    *,
    summary: bool,
) -> int:
    """Look for ghosts in the locks below PATHS, by what seed has learned. Nothing is run or fetched."""
    run = Run.begun(utc_now())
    tally, parse = Tally(), SharedParsing()
    with watching(session) as known:
        reports = [
            report
            for path in paths
            for place in _places(path, branches, tally)
            for report in _judge(known, parse, place, run, tally)
        ]
    if summary:
        _summarise(tally, style)
    else:
        print_findings(reports, style)
    verdicts = "" if known.knows_ghosts else "; nothing is known of any ghost yet, run seed first"
    session.say(
        f"{tally.files.total()} locks, {tally.pins.total()} pins, {len(reports)} findings{verdicts}"
    )
    session.say_not_looked_at(tally.skipped)
    if reached(reports, fail_on):
        return _FOUND
    return _PARTIAL if tally.partial else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """A lock, and where it lies."""

    repository: Repository
    sightings: tuple[Sighting, ...]
    blob: LockBlob


def _places(path: Path, branches: str, tally: Tally) -> Iterator[_Place]:
    if branches == _WORKTREE:
        yield from _in_worktree(path, tally)
    else:
        yield from _committed(path, Branches(branches), tally)


def _wanted(path: str) -> bool:
    """Say whether a scan reads a file: locks, and what else may name files to install."""
    return lockfiles.is_lock(path) or lockfiles.names_files(path)


def _in_worktree(path: Path, tally: Tally) -> Iterator[_Place]:
    repository = Repository(host="local", path=path.absolute().name or "root", clone_url=str(path))
    try:
        for found in files.find(path, _wanted):
            item = found if isinstance(found, Skipped) else files.read(found)
            if isinstance(item, Skipped):
                tally.skipped.append(item)
                continue
            if lockfiles.names_files(item.path) and not lockfiles.parse(item.path, item.data).pins:
                continue
            sighting = Sighting(ref=_WORKTREE, commit="", path=item.path, oid=item.oid)
            yield _Place(repository=repository, sightings=(sighting,), blob=item)
    except OSError as error:
        msg = f"{path}: {error.strerror}; name a lock or a folder"
        raise UsageError(msg) from error


def _committed(path: Path, branches: Branches, tally: Tally) -> Iterator[_Place]:
    from crawler.git.local import LocalReader, local_repository

    request = ReadRequest(wanted=lambda _: False, known=lambda _: (), branches=branches)
    (visit,) = pipeline.visit(LocalReader(), [local_repository(path)], request.known, request)
    tally.skipped += visit.skipped
    if visit.outcome not in {Outcome.VISITED, Outcome.EMPTY}:
        msg = f"{path}: no Git repository that can be read; scan without --branches"
        raise UsageError(msg)
    for blob in visit.blobs:
        seen = tuple(s for s in visit.sightings if s.oid == blob.oid)
        yield _Place(repository=visit.repository, sightings=seen, blob=blob)


def _judge(
    known: Watching, parse: SharedParsing, place: _Place, run: Run, tally: Tally
) -> Iterable[Report]:
    begun = time.perf_counter()
    inspection = pipeline.inspect(place.blob, known.lookup, known.registries, parse)
    tally.add(place.blob.path, inspection, time.perf_counter() - begun)
    now = utc_now()
    for finding in pipeline.findings(inspection, place.repository, place.sightings):
        yield Report(finding=finding, evidence=None, first_seen=now, last_seen=now, run_id=run.id)


def _summarise(tally: Tally, style: str) -> None:
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
    else:
        for row in rows:
            click.echo(json_line(dict(zip(headings, row, strict=True))))
