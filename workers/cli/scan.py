"""`ghostcrawl scan`: folders, files and local repositories of this machine. No network, no broker."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from crawler.errors import UsageError
from crawler.model import Readable, Refs, Report
from crawler.reporting.sarif import sarif_log
from crawler.reporting.text import counted
from workers.cli.feed_ages import ALLOW_STALE, MAX_FEED_AGE, code_by_age, freshness_of
from workers.cli.findings import print_findings, reached
from workers.cli.options import fail_on
from workers.cli.output import print_objects
from workers.cli.session import Session, json_line, left_out_sentence
from workers.cli.set_aside import SetAside, in_checkouts, read_baseline, read_ignore_file
from workers.cli.terminal import table
from workers.clock import utc_now
from workers.runs import Run

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import timedelta

    from crawler.model import Finding
    from workers.cli.scanning import Tally
    from workers.ledger.left_out import LeftOut

__all__ = ["scan"]

_FOUND, _PARTIAL = 1, 3
_WORKTREE = "worktree"


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--refs",
    type=click.Choice([_WORKTREE, *(one.value for one in Refs)]),
    default=_WORKTREE,
    show_default=True,
    help="Scan the working tree, or what is committed: at HEAD, at all branches, or at all refs.",
)
@click.option(
    "--exclude",
    multiple=True,
    metavar="GLOB",
    help="Leave out locks with such a path below PATHS; may be repeated. They are counted.",
)
@click.option(
    "--everywhere",
    is_flag=True,
    help="Search all other files, too: for ghosts themselves, their digests in any spelling, and their names.",
)
@click.option(
    "--ignore-file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Rules for findings to ignore, each with a reason and a last day (docs/cli.md).",
)
@click.option(
    "--baseline",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A log of scan --format sarif: findings in it do not count for the exit code.",
)
@click.option("--summary", is_flag=True, help="Print a table per format instead of the findings.")
@fail_on()
@MAX_FEED_AGE
@ALLOW_STALE
@click.option(
    "--format",
    "style",
    type=click.Choice(["table", "json", "jsonl", "sarif"]),
    default="table",
    show_default=True,
    help="A table for people, one JSON document, one JSON object a line, or SARIF 2.1.0.",
)
@click.pass_obj
def scan(
    session: Session,
    paths: tuple[Path, ...],
    refs: str,
    exclude: tuple[str, ...],
    ignore_file: Path | None,
    baseline: Path | None,
    fail_on: str,
    max_feed_age: timedelta,
    style: str,
    *,
    everywhere: bool,
    summary: bool,
    allow_stale: bool,
) -> int:
    """Look for ghosts in the locks below PATHS, by what seed has learned. Nothing is run or fetched."""
    from workers.cli.open_verdicts import open_verdicts
    from workers.cli.scanning import Tally, find_in

    if everywhere and refs != _WORKTREE:
        raise UsageError("--everywhere searches the working tree; leave out --refs")
    run = Run.start(utc_now())
    tally = Tally(exclude=exclude, everywhere=everywhere)
    aside = SetAside(
        rules=() if ignore_file is None else read_ignore_file(ignore_file),
        baseline=None if baseline is None else read_baseline(baseline),
        today=utc_now().date(),
    )
    chosen = None if refs == _WORKTREE else Refs(refs)
    with open_verdicts(session) as known:
        reports = [
            _report(finding, run)
            for path in paths
            for finding in find_in(known, path, chosen, tally, named=len(paths) > 1)
        ]
    left = tally.all_left()
    ignored = {r.finding.key: why for r in reports if (why := aside.why_ignored(r)) is not None}
    kept = [report for report in reports if report.finding.key not in ignored]
    if summary:
        if style == "sarif":
            raise UsageError("--summary has no SARIF; use table, json or jsonl")
        _summarise(tally, style, left)
    elif style == "sarif":
        sentences = map(left_out_sentence, left)
        log = sarif_log(reports, sentences, ignored=ignored, baseline=aside.baseline)
        click.echo(json_line(log))
    else:
        print_findings(kept, style, left, ignored if ignore_file else None)
    verdicts = "" if known.knows_ghosts else "; nothing is known of any ghost yet, run seed first"
    session.say(
        f"{counted(tally.files.total(), 'lock')}, {counted(tally.pins.total(), 'pin')}, "
        f"{counted(len(reports), 'finding')}{verdicts}"
    )
    _say_what_is_set_aside(session, paths, tally, aside, kept)
    if tally.files and not left and not known.knows_ghosts:
        session.say("coverage: none, since nothing is known of any ghost yet")
    elif tally.files or left:
        session.say_not_looked_at(left, rest="--format json lists all")
    else:
        session.say(
            "no lock was found: check the paths; nothing is said of what installs without a lock"
        )
    new = [report for report in kept if not aside.is_known(report)]
    code = _FOUND if reached(new, fail_on) else _PARTIAL if tally.partial else 0
    freshness = freshness_of(known.ages, utc_now(), max_feed_age)
    return code_by_age(session, freshness, code, allow_stale=allow_stale)


def _say_what_is_set_aside(
    session: Session,
    paths: Sequence[Path],
    tally: Tally,
    aside: SetAside,
    kept: Sequence[Report],
) -> None:
    """Say what does not count, so that nobody takes a set aside finding for a clean folder."""
    for sentence in aside.sentences():
        session.say(sentence)
    if known := sum(map(aside.is_known, kept)):
        session.say(f"{counted(known, 'finding')} known from the baseline")
    if tally.excluded:
        session.say(f"{counted(tally.excluded, 'lock')} left out by --exclude")
    if tally.others and not tally.everywhere:
        session.say(
            f"{counted(tally.others, 'other file')} not searched; --everywhere does, for the digests and names of ghosts"
        )
    for file in in_checkouts(paths):
        session.say(
            f"{file} is not applied, for it lies in what is scanned; name it with --ignore-file if you "
            "wrote it"
        )


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
