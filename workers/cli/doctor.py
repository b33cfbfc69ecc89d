"""`ghostcrawl doctor`: what is there, what is missing, and what to do about it."""

from __future__ import annotations

import shutil
import stat
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from crawler.errors import FeedError, Stop, Unsupported
from crawler.git.version import installed_git, require_pinning
from crawler.reporting.text import plain
from workers.cli.doctor_feeds import Check, feeds_check
from workers.cli.doctor_workers import workers_check
from workers.cli.feed_ages import ALLOW_STALE, MAX_FEED_AGE
from workers.cli.output import LIST_FORMAT, print_objects
from workers.cli.session import Session

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import timedelta

__all__ = ["doctor"]

_LEAST_DISK = 1024**3
_CONFIGURATION = 4
_UNREAD = Path("ghostcrawl.toml")


@click.command()
@MAX_FEED_AGE
@ALLOW_STALE
@LIST_FORMAT
@click.pass_obj
def doctor(session: Session, max_feed_age: timedelta, style: str, *, allow_stale: bool) -> int:
    """Check Python, git, configuration, disk, database, broker, clocks, workers, tokens and the age of the feeds."""
    feeds = _guarded("feeds", lambda: feeds_check(session, max_feed_age, allow_stale=allow_stale))
    checks = [*_checks(session), feeds]
    if style != "table":
        print_objects(map(asdict, checks), style)
    else:
        width = max(len(check.what) for check in checks)
        for check in checks:  # not a table, which cuts long texts
            mark = "ok" if check.fine else "PROBLEM"
            click.echo(plain(f"{mark:<7}  {check.what:<{width}}  {check.text}"))
    if all(c.fine for c in checks):
        return 0
    return FeedError.exit_code if [c for c in checks if not c.fine] == [feeds] else _CONFIGURATION


def _checks(session: Session) -> Iterator[Check]:
    yield Check(what="python", fine=True, text=sys.version.split()[0])
    yield _git()
    yield from _configuration(session)
    for name, section in session.settings.registries.items():
        yield Check(what=f"registry {name}", fine=True, text=section.asked(name))
    yield _guarded("state directory", lambda: _disk(session))
    yield _guarded("database", lambda: _database(session))
    broker = _guarded("broker", lambda: _broker(session))
    yield broker
    if broker.fine:
        yield _guarded("clocks", lambda: _clocks(session))
    yield _guarded("workers", lambda: workers_check(session))
    yield _operator(session)
    yield from _tokens(session)


def _guarded(what: str, check: Callable[[], Check]) -> Check:
    try:
        return check()
    except Stop as error:
        return Check(what=what, fine=False, text=str(error))


def _git() -> Check:
    version = installed_git()
    if not version:
        return Check(what="git", fine=False, text="not found; on Debian: apt-get install git")
    try:
        require_pinning(version)
    except Unsupported as error:
        return Check(what="git", fine=False, text=str(error))
    return Check(what="git", fine=True, text=version)


def _configuration(session: Session) -> Iterator[Check]:
    """Say which files are read, and that the one of the current folder, which once was, is not."""
    files = session.configuration_files
    yield Check(what="configuration", fine=True, text=", ".join(files) or "no file; defaults")
    if _UNREAD.is_file() and str(_UNREAD.absolute()) not in files:
        text = f"ignored; to use it give --config {_UNREAD}"
        yield Check(what=f"./{_UNREAD}", fine=True, text=text)


def _disk(session: Session) -> Check:
    folder = session.wiring.state_dir
    free = shutil.disk_usage(folder).free
    text = f"{folder}, {free // 1024**2} MiB free"
    if folder.stat().st_mode & stat.S_IWOTH:
        text = f"{folder} can be written by everybody; chmod 700 {folder}"
        return Check(what="state directory", fine=False, text=text)
    if free < _LEAST_DISK:
        text += ": nearly full; make room, `ghostcrawl db prune` shows what need not be kept"
    return Check(what="state directory", fine=free >= _LEAST_DISK, text=text)


def _database(session: Session) -> Check:
    revision = session.wiring.ledger.current()
    kind = "PostgreSQL" if session.settings.database_url.startswith("postgres") else "SQLite"
    return Check(what="database", fine=True, text=f"{kind}, schema {revision}")


def _broker(session: Session) -> Check:
    broker = session.wiring.broker
    broker.check()
    text = "an own server, started for this check" if broker.owned else "answers"
    return Check(what="broker", fine=True, text=text)


def _clocks(session: Session) -> Check:
    from workers.cli.doctor_clocks import broker_time, clocks_check

    wiring = session.wiring
    others = {
        "database": wiring.ledger.now,
        "broker": lambda: broker_time(wiring.redis.time()),
    }
    return clocks_check(others, wiring.clock)


def _operator(session: Session) -> Check:
    operator = session.settings.network.operator
    if "@" in operator:
        return Check(what="operator", fine=True, text=operator)
    text = "set [network] operator to a mail address, so that hosts can reach you"
    return Check(what="operator", fine=False, text=text)


def _tokens(session: Session) -> Iterator[Check]:
    for name, section in session.settings.hosts.items():
        if not section.token_env and section.token_file is None:
            continue
        has_token = section.host(name).current_token() is not None
        missing = f"no token; set {section.token_env or 'token_file'}"
        text = "a token is set" if has_token else missing
        yield Check(what=f"host {name}", fine=has_token, text=text)
