"""What was not looked at: by searches and lists, of hosts that were left alone, of repositories and locks.

A gap of a search or list is kept until the same question is asked again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import and_, delete, exists, func, select

from crawler.model import Outcome, Skipped
from crawler.reporting.text import counted
from workers.ledger import backlog, left_alone, locks, visit_coverage
from workers.ledger.left_out import grouped, left_out
from workers.ledger.pauses import ALL_HOSTS, paused
from workers.ledger.tables import gap, repository, work
from workers.ledger.work_items import WorkState

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection

    from workers.ledger.left_out import LeftOut
    from workers.ledger.pauses import Pause
    from workers.ledger.work_items import WorkKind

__all__ = ["not_looked_at", "note", "noted", "unfinished"]


def note(
    conn: Connection, kind: WorkKind, key: str, skipped: Collection[Skipped], now: datetime
) -> None:
    """Keep `skipped` as what the work (`kind`, `key`) left out; what it left out before is forgotten."""
    conn.execute(delete(gap).where(and_(gap.c.kind == kind.value, gap.c.key == key)))
    rows = [
        {
            "kind": kind.value,
            "key": key,
            "reason": f"{item.context}: {item.reason}",
            "noted_at": now,
        }
        for item in skipped
    ]
    if rows:
        conn.execute(gap.insert(), rows)


def noted(conn: Connection) -> tuple[Skipped, ...]:
    """Return what was left out: paused hosts, work put off, then the rest in the order it was noted."""
    rows = conn.execute(select(gap.c.kind, gap.c.key, gap.c.reason).order_by(gap.c.id))
    noticed = (Skipped(context=f"{kind} {key}", reason=reason) for kind, key, reason in rows)
    return (
        *(_paused(pause) for pause in paused(conn)),
        *_left_alone(conn),
        *_put_off(conn),
        *noticed,
    )


def not_looked_at(conn: Connection) -> tuple[LeftOut, ...]:
    """Return everything that was not looked at, grouped (see `left_out.grouped`)."""
    return grouped(
        (
            *(left_out(one.context, "", one.reason) for one in noted(conn)),
            *_at_root_only(conn),
            *_of_repositories(conn),
            *_given_up(conn),
        )
    )


def _at_root_only(conn: Connection) -> Iterator[LeftOut]:
    for host, count in visit_coverage.seen_at_root(conn):
        why = (
            f"{counted(count, 'repository', 'repositories')} {'was' if count == 1 else 'were'} read at the root only, in no folder; crawl with "
            "--depth all, on GitHub with --refs branches, for the rest"
        )
        yield left_out(host, "", why)


def _of_repositories(conn: Connection) -> Iterator[LeftOut]:
    for one in (*visit_coverage.not_looked_at(conn), *locks.unread(conn)):
        place = f"{one.host}/{one.repository}"
        where, path = (one.where, one.path) if one.is_file else ("", "")
        yield left_out(place, where, one.reason, path=path, times=one.times)


def _given_up(conn: Connection) -> Iterator[LeftOut]:
    for one in backlog.dead(conn):
        why = f"given up after {one.attempts} attempts: {one.why}"
        yield left_out(f"{one.kind.value} {one.key}", "", why)


def unfinished(conn: Connection) -> bool:
    """Say whether a run left something undone: put off because of a host, or failed at each try."""
    failed = exists().where(repository.c.outcome == Outcome.FAILED.value)
    late = exists().where(_is_put_off())
    return bool(conn.scalar(select(failed | late)))


def _is_put_off() -> ColumnElement[bool]:
    """Return the condition for work that was begun, and waits because a host asked so or failed."""
    return and_(work.c.state == WorkState.OPEN, work.c.last_error.is_not(None))


def _put_off(conn: Connection) -> Iterator[Skipped]:
    """Yield, per host and kind, how much work waits for a host, until when, and one reason of it."""
    columns = (work.c.host, work.c.kind)
    counted = select(
        *columns, func.count(), func.min(work.c.due_at), func.min(work.c.last_error)
    ).where(_is_put_off())
    rows = conn.execute(counted.group_by(*columns).order_by(*columns))
    for host, kind, count, soonest, why in rows:
        until = f"{count} put off until {soonest.isoformat(timespec='seconds')} or later"
        yield Skipped(context=f"{kind} {host or ''}".rstrip(), reason=f"{until}: {why}")


def _left_alone(conn: Connection) -> Iterator[Skipped]:
    if names := left_alone.count(conn):
        why = f"{names} hosts, owners or repositories were erased and are left alone (`db erase`)"
        yield Skipped(context="erased", reason=why)


def _paused(pause: Pause) -> Skipped:
    since = pause.since.isoformat(timespec="seconds")
    why = f"paused since {since} ({pause.why}), {pause.waiting} pieces of work wait"
    where, which = ("all hosts", "--all") if pause.host == ALL_HOSTS else (pause.host, pause.host)
    return Skipped(context=where, reason=f"{why}; `ghostcrawl hosts resume {which}` goes on")
