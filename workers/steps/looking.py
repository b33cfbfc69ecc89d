"""Rounds of the standing watch that ask a host for its repositories, page by page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from crawler.hosts.interface import HostKind, SinceLister
from crawler.model import Refs
from workers.ledger import watch
from workers.ledger.watch import WatchTask
from workers.ledger.work_items import OF_OWNERS, PARTIAL
from workers.runs import Run, Way
from workers.steps.search import Look, list_item

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from crawler.hosts.interface import Host
    from crawler.model import Repository, Skipped
    from workers.ledger.watch import WatchEntry
    from workers.ledger.work_items import WorkItem

__all__ = ["WHOLE_AGAIN", "Round", "look_round", "run_of"]

WHOLE_AGAIN = timedelta(days=30)
"""After that a list that is asked for changes is asked for as a whole again: changes may have slipped past."""
FIRST_SWEEP = timedelta(days=1)
"""How far back the first look at what was pushed to, or at an archive, goes."""
_STILL_ASKING = timedelta(minutes=10)
"""Until it is asked again whether the last look has come to its end."""
_NOT_SO_SOON = timedelta(days=1)
"""Until a whole list is begun anew that could not be told to its end."""
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What a round of a recurring step amounts to."""

    items: Sequence[WorkItem] = ()
    repositories: Sequence[Repository] = ()
    """To be visited where nobody has yet."""
    state: Mapping[str, Any] | None = None
    """What the step remembers; None: what it did before."""
    again: timedelta | None = None
    """Until the next round, unscaled; None: its period."""
    skipped: Sequence[Skipped] = field(default_factory=tuple)


def run_of(entry: WatchEntry, now: datetime) -> Run:
    """Return the run of what a round asks for."""
    return Run.start(
        now,
        Refs(entry.options.get("refs", Refs.DEFAULT)),
        pivot=True,
        root_only=entry.options.get("depth") == "root",
        watch=entry.period is not None,
    )


def look_round(
    conn: Connection, entry: WatchEntry, host: Host, now: datetime, scale: float
) -> Round:
    """Begin a look at a list of `host`, once the one before has come to its end.

    The first is at all of it, where the host lists all; later ones at what has changed since the last that
    was told to its end, where the host can say so.
    """
    last = entry.state
    left = watch.pages_left(conn, entry.name, last["look"]) if last else None
    if left is not None and left.open:
        return Round(again=_STILL_ASKING)
    told = left is not None and not left.given_up
    since = _moment(last, "begun" if told else "since")
    whole_at = _moment(last, "whole_at")
    run = run_of(entry, now)
    begin = _begin(entry, host, since, whole_at, now, scale)
    if begin is None:
        return Round()
    if entry.task is WatchTask.OWNERS:
        look = Look(name=f"{OF_OWNERS} {run.id}", way=Way.OWNERS)
    else:
        words = f"{PARTIAL if begin.cursor else 'all'} {entry.task} {run.id}"
        look = Look(name=words, way=Way(entry.task.value))
    state = {
        "look": look.name,
        "begun": now.isoformat(),
        "since": None if since is None else since.isoformat(),
        "whole_at": now.isoformat() if begin.whole else last.get("whole_at"),
    }
    owners = entry.options.get("owners") or [""]
    items = [
        list_item(entry.name, run, now, begin.cursor, _of_owner(look, owner)) for owner in owners
    ]
    return Round(items=items, state=state)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Begin:
    cursor: str | None
    whole: bool = False


def _begin(  # noqa: PLR0913, PLR0917 - what was seen, when, of whom
    entry: WatchEntry,
    host: Host,
    since: datetime | None,
    whole_at: datetime | None,
    now: datetime,
    scale: float,
) -> _Begin | None:
    """Return where a look begins; None: there can be nothing new yet."""
    if not isinstance(host, SinceLister) or entry.task is WatchTask.OWNERS:
        return _Begin(cursor=None, whole=entry.task is WatchTask.LIST)
    first = since or now - FIRST_SWEEP
    match entry.task:
        case WatchTask.SWEEP:
            return _Begin(cursor=host.since(first))
        case WatchTask.ARCHIVE:
            # The last look ended with the hour before the one that was not published then.
            cursor = host.since(first - _HOUR)
            return None if since and cursor == host.since(now - _HOUR) else _Begin(cursor=cursor)
        case _:
            if since is None and whole_at is not None and whole_at > now - _NOT_SO_SOON / scale:
                return None
            whole = (
                host.settings.kind is HostKind.GITHUB
                or since is None
                or whole_at is None
                or whole_at <= now - WHOLE_AGAIN / scale
            )
            return _Begin(cursor=None if whole else host.since(since or now), whole=whole)


def _of_owner(look: Look, owner: str) -> Look:
    name = f"{look.name}|{owner}" if owner else look.name
    return Look(name=name, way=look.way, owner=owner)


def _moment(state: Mapping[str, Any], name: str) -> datetime | None:
    text = state.get(name)
    return None if text is None else datetime.fromisoformat(text)
