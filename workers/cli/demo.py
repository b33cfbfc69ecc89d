"""`ghostcrawl demo`: the whole job, offline, against a world with known truth."""

from __future__ import annotations

import os
import shlex
import signal
import sys
import tempfile
import threading
import time
from contextlib import suppress
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import click

from crawler.errors import UsageError
from workers.cli.session import Session
from workers.cli.terminal import table
from workers.clock import utc_now

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from crawler.model import Report
    from workers.demo.class_score import ClassScore
    from workers.demo.model import World
    from workers.demo.score import Score
    from workers.demo.server import WorldServer
    from workers.demo.tour import Tour
    from workers.ledger.arrivals import TimeToFind

__all__ = ["demo"]

_FAILED = 70
_HOSTS = ("github.example", "forge.example", "git.example")
_PATIENCE = 60.0
"""Seconds for the watch to look at all hosts once, and then to find the lures."""


@click.command()
@click.option(
    "--keep",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("ghostcrawl-demo"),
    show_default=True,
    help="Folder for ledger, logs and report; used again by the next demo.",
)
@click.option(
    "--serve",
    is_flag=True,
    help="Keep the world up afterwards, until Ctrl-C; Enter lets a day pass in it.",
)
@click.pass_obj
def demo(session: Session, keep: Path, *, serve: bool) -> int:
    """Play the whole job on loopback: seed, crawl, verify, report; compare with the truth; then watch.

    In its second half `run` works on a copy of the state while lures appear on three hosts.
    """
    from workers.demo.class_score import class_score
    from workers.demo.score import score, to_confirm
    from workers.demo.server import WorldServer
    from workers.demo.tour import SCALE, Tour
    from workers.demo.world import build

    begun = time.monotonic()
    folder = _own(_without_links(keep.absolute()))
    folder.mkdir(parents=True, exist_ok=True)
    world = build()
    session.say(
        f"a world on loopback: {len(world.projects)} projects, {len(world.repositories)} repositories "
        f"on 3 hosts, {len(world.truth)} places with a known truth, of which "
        f"{to_confirm(world.truth)} hold something to confirm; its hosts' clocks run {SCALE:.0f} times as fast"
    )
    with (
        tempfile.TemporaryDirectory(prefix="ghostcrawl-world-") as repositories,
        WorldServer(world, Path(repositories), clock_factor=SCALE) as server,
    ):
        tour = Tour(world=world, server=server, folder=folder, say=session.say)
        code = tour.run()
        if code:
            session.say(f"a command ended with {code}; its log is in {keep / 'state' / 'logs'}")
            return code
        reports = _reports(folder / "state")
        result = score(reports, world.truth)
        classes = class_score(reports, world.truth)
        _print(session, reports, result, classes, server)
        session.say(f"report: {keep / 'report'}")
        found = _watch(session, tour)
        session.say(f"took {time.monotonic() - begun:.1f} s")
        _say_what_is_next(session, keep, serve=serve)
        if serve:
            _serve(session, tour)
        harmless = not server.traffic().file_downloads and not _violations(server)
    right = result.perfect and not classes.differs
    return 0 if right and found and harmless else _FAILED


def _watch(session: Session, tour: Tour) -> bool:
    """Let lures appear while `run` works; return whether it found all of them, and nothing else new."""
    from workers.demo.second_day import LURES, with_lures

    with tour.watch() as folder:
        _wait_for(lambda: _has_looked(folder / "state"))
        later = with_lures(tour.world, utc_now().strftime("%Y-%m-%dT%H:%M:%SZ"))
        tour.list_urls_in(folder, later)
        tour.server.publish(later)
        session.say(f"{len(LURES)} lures appear: {', '.join(map('/'.join, _lures()))}")
        found = _found_in_time(folder / "state", later)
    click.echo(f"while run works: {found} of {len(LURES)} lures found")
    click.echo(table(_HEADINGS, [_row(one) for one in _times(folder / "state")]))
    click.echo(f"limits overspent: {_violations(tour.server)}")
    return found == len(LURES)


_HEADINGS = ("found by", "time to find: median", "nine in ten within", "timed")


def _row(one: TimeToFind) -> Sequence[object]:
    spans = (
        "-" if s is None else f"{s.total_seconds():.0f} s" for s in (one.median, one.ninetieth)
    )
    return ("-" if one.way is None else one.way.value, *spans, one.timed)


def _lures() -> Sequence[tuple[str, str]]:
    from workers.demo.second_day import LURES

    return [(host, path) for (host, _), path in LURES.items()]


def _found_in_time(state: Path, world: World) -> int:
    """Wait until all lures are found; return how many were, and 0 where anything differs from the truth."""
    from workers.demo.score import score

    def found() -> int:
        places = {(r.finding.repository.host, r.finding.repository.path) for r in _reports(state)}
        return sum(lure in places for lure in _lures())

    _wait_for(lambda: found() == len(_lures()))
    return found() if score(_reports(state), world.truth).perfect else 0


def _wait_for(condition: Callable[[], bool]) -> None:
    """Wait until `condition`, or for a minute."""
    until = time.monotonic() + _PATIENCE
    while not condition() and time.monotonic() < until:
        time.sleep(0.2)


def _has_looked(state: Path) -> bool:
    """Say whether the watch has looked at every host once."""
    from workers.ledger import backlog, watch
    from workers.ledger.ledger import Ledger
    from workers.ledger.work_items import WorkKind

    ledger = Ledger.open(f"sqlite:///{state / 'ledger.sqlite'}")
    with ledger.read() as conn:
        known = watch.entries(conn)
        queues = {queue.kind: queue for queue in backlog.counts(conn, utc_now())}
    ledger.close()
    lists = queues.get(WorkKind.LIST)
    looking = lists is None or lists.due or lists.leased
    return bool(known) and not looking and all(one.looked_at for one in known if one.name in _HOSTS)


def _times(state: Path) -> Sequence[TimeToFind]:
    from workers.ledger import arrivals
    from workers.ledger.ledger import Ledger

    ledger = Ledger.open(f"sqlite:///{state / 'ledger.sqlite'}")
    with ledger.read() as conn:
        times = [one for one in arrivals.times_to_find(conn) if one.timed]
    ledger.close()
    return times


def _violations(server: WorldServer) -> int:
    return server.github.stats().violations + server.forgejo.stats().violations


def _without_links(folder: Path) -> Path:
    """Return `folder`; raises UsageError where a link in it would lead what is written elsewhere.

    By default it lies in the current folder, which may be a stranger's checkout.
    """
    inside = (Path(at, name) for at, *names in os.walk(folder) for name in chain(*names))
    link = next((path for path in chain([folder], inside) if path.is_symlink()), None)
    if link is not None:
        msg = f"{link} is a link; choose another folder with --keep"
        raise UsageError(msg)
    return folder


def _own(folder: Path) -> Path:
    """Return `folder`; raises UsageError where it holds something that no demo has written."""
    from workers.demo.tour import MARK

    config = folder / "ghostcrawl.toml"
    written = config.is_file() and config.read_text("utf-8", "replace").startswith(MARK)
    if folder.is_dir() and any(folder.iterdir()) and not written:
        msg = f"{folder} is not empty, and no demo has made it; choose another folder with --keep"
        raise UsageError(msg)
    return folder


def _say_what_is_next(session: Session, keep: Path, *, serve: bool) -> None:
    from workers.demo.tour import typed

    session.say("\nlook at what it left:")
    _say_what_overrides(session)
    for words in (("findings", "list"), ("coverage",), ("ghosts", "show", "zz-ghost-wallet")):
        session.say(f"  {typed(keep.absolute() / 'ghostcrawl.toml', words)}")
    if not serve:
        again = shlex.join(["ghostcrawl", "demo", "--serve", "--keep", str(keep)])
        session.say(f"keep the world up and practise a second day: {again}")


def _say_what_overrides(session: Session) -> None:
    """Warn of variables that are stronger than the configuration of the demo: its own commands ran without."""
    from workers.demo.tour import stronger_than_the_file

    if names := stronger_than_the_file(os.environ):
        unset = shlex.join(["unset", *names])
        session.say(f"  {', '.join(names)} would override its configuration; first: {unset}")


def _serve(session: Session, tour: Tour) -> None:
    """Keep the world up until Ctrl-C; the first line on stdin lets a day pass."""
    from workers.demo.second_day import CLEANED, LURES, WITHDRAWN, second_day
    from workers.demo.tour import typed

    session.say("\nthe world stays up until Ctrl-C; Enter brings its second day, then run again:")
    _say_what_overrides(session)
    for words in tour.commands:
        session.say(f"  {typed(tour.config, words)}")
    ended = threading.Event()

    def end(*_: object) -> None:
        ended.set()  # the exception alone may be lost: Python ignores one that is raised in a destructor
        raise KeyboardInterrupt

    signal.signal(signal.SIGINT, end)
    with suppress(KeyboardInterrupt):
        if sys.stdin.readline():
            later = second_day(tour.world)
            tour.list_urls(later)
            tour.server.publish(later)
            session.say(
                f"the second day: {WITHDRAWN} is withdrawn, {len(CLEANED)} repositories are cleaned, "
                f"{len(LURES)} new lures are there"
            )
        while not ended.is_set() and sys.stdin.readline():
            session.say("the world has no third day; Ctrl-C ends it")
        ended.wait()


def _reports(state: Path) -> Sequence[Report]:
    from crawler.model import Confidence
    from workers.ledger import findings
    from workers.ledger.ledger import Ledger
    from workers.steps.classes import with_classes

    ledger = Ledger.open(f"sqlite:///{state / 'ledger.sqlite'}")
    with ledger.read() as conn:
        found = with_classes(conn, findings.reports(conn, minimum=Confidence.CENSUS), utc_now())
    ledger.close()
    return found


def _print(
    session: Session,
    reports: Sequence[Report],
    result: Score,
    classes: ClassScore,
    server: WorldServer,
) -> None:
    from collections import Counter

    session.say("")
    counted = Counter(
        (r.finding.match.tier.value, r.finding.match.confidence.value) for r in reports
    )
    click.echo(
        table(("tier", "level", "findings"), [(*key, n) for key, n in sorted(counted.items())])
    )
    click.echo(
        f"confirmed: precision {result.precision:.0%}, recall {result.recall:.0%} ({result.right} places)"
    )
    click.echo(
        f"classes: {classes.lures} lures for letters, {classes.victims} victims for notices, "
        f"{len(classes.differs)} wrong"
    )
    for line in (*result.wrong, *result.missed, *classes.differs):
        click.echo(f"  differs from the truth: {line}")
    traffic = server.traffic()
    rows = [(r.host, r.method, r.requests, r.bytes_down, r.bytes_up) for r in traffic.rows]
    click.echo(table(("host", "method", "requests", "bytes down", "bytes up"), rows))
    click.echo(
        f"{traffic.requests} requests; files downloaded: {traffic.file_downloads}; limits overspent: {_violations(server)}"
    )
