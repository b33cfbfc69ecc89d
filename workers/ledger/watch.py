"""The recurring steps of the standing watch: which there are, when each was last done, what it remembers.

The configuration of `run` is the truth: what it no longer names is gone here, and ends the next time that
its work comes up.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, select, update

from workers.ledger import work
from workers.ledger.sql.keys import batched
from workers.ledger.sql.statements import insert_new
from workers.ledger.tables import watch
from workers.ledger.tables import work as work_table
from workers.ledger.work_items import WorkItem, WorkKind, WorkState

if TYPE_CHECKING:
    from sqlalchemy import Connection, Row

__all__ = [
    "PagesLeft",
    "WatchEntry",
    "WatchTask",
    "asked_at",
    "entries",
    "install",
    "note",
    "of",
    "open_searches",
    "pages_left",
    "remove",
    "wake",
]


class WatchTask(StrEnum):
    """What is done again and again; those of a host are called like the ways to its repositories."""

    POLL = "poll"
    SEARCH = "search"
    SWEEP = "sweep"
    LIST = "list"
    OWNERS = "owners"
    REPOS = "repos"
    ARCHIVE = "archive"
    VERIFY = "verify"
    REPORT = "report"


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchEntry:
    """One recurring step, as the configuration wants it, and what its last round left."""

    task: WatchTask
    name: str = ""
    """The feed, or the host, that it is about."""
    period: timedelta | None
    """Between two rounds, unscaled; None: one round only."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """JSON; where they change, the step begins anew."""
    looked_at: datetime | None = None
    """When the last round began; None: there was none."""
    state: Mapping[str, Any] = field(default_factory=dict)
    """JSON; what the step remembers from round to round."""

    @property
    def key(self) -> str:
        """Its identity: `list forge.example`."""
        return f"{self.task} {self.name}".rstrip()

    def item(self, due_at: datetime) -> WorkItem:
        """Return the work of its next round."""
        if self.task is WatchTask.POLL:
            return WorkItem(
                kind=WorkKind.POLL,
                key=self.name,
                due_at=due_at,
                host=self.options.get("host"),
                payload={"watch": True},
            )
        return WorkItem(kind=WorkKind.PLAN, key=self.key, due_at=due_at)

    def next_round(self, now: datetime, scale: float) -> datetime | None:
        """Return when the round after one that begins `now` is due; periods are divided by `scale`."""
        return None if self.period is None else now + self.period / scale


def install(
    conn: Connection, wanted: Collection[WatchEntry], now: datetime, scale: float = 1.0
) -> None:
    """Make `wanted` all that is watched, and offer what is due of it; repeating that changes nothing.

    What is new, or has other options than before, is due now; all else a period after its last round.
    """
    known = {one.key: one for one in entries(conn)}
    remove(conn, known.keys() - {one.key for one in wanted})
    due = []
    for one in wanted:
        old = known.get(one.key)
        same = old is not None and _json(old.options) == _json(one.options)
        if not same:
            conn.execute(delete(watch).where(watch.c.key == one.key))
            insert_new(conn, watch, [_row(one)])
        else:
            values = {"period": _seconds(one.period)}
            conn.execute(update(watch).where(watch.c.key == one.key).values(values))
        looked_at = old.looked_at if old is not None and same else None
        after = None if looked_at is None else one.next_round(looked_at, scale)
        due.append(one.item(now if after is None else max(now, after)))
    work.offer(conn, due, now)


def remove(conn: Connection, keys: Iterable[str]) -> None:
    """Watch these no longer; their work ends when it comes up."""
    for key in sorted(keys):
        conn.execute(delete(watch).where(watch.c.key == key))


def entries(conn: Connection) -> tuple[WatchEntry, ...]:
    """Return all that is watched, by key."""
    return tuple(_entry(row) for row in conn.execute(select(watch).order_by(watch.c.key)))


def of(conn: Connection, key: str) -> WatchEntry | None:
    """Return the step with this key, None where it is no longer watched."""
    row = conn.execute(select(watch).where(watch.c.key == key)).first()
    return None if row is None else _entry(row)


def note(
    conn: Connection, key: str, looked_at: datetime, state: Mapping[str, Any] | None = None
) -> None:
    """Remember that a round began at `looked_at`, and what it left; None: what was left before."""
    values = {"looked_at": looked_at} | ({} if state is None else {"state": _json(state)})
    conn.execute(update(watch).where(watch.c.key == key).values(values))


def wake(conn: Connection, task: WatchTask, due_at: datetime, now: datetime) -> None:
    """Let the next round of every such step be due at `due_at`, unless it is sooner."""
    rows = conn.execute(
        select(watch).where(watch.c.step == task.value, watch.c.period.is_not(None))
    )
    work.offer(conn, [_entry(row).item(due_at) for row in rows], now)


def asked_at(conn: Connection, keys: Collection[str]) -> Mapping[str, datetime | None]:
    """Return when the searches with these keys were last done; None: they are yet to be.

    Those that were never offered are left out.
    """
    found: dict[str, datetime | None] = {}
    columns = (work_table.c.key, work_table.c.state, work_table.c.due_at)
    for some in batched(keys):
        rows = conn.execute(
            select(*columns).where(
                work_table.c.kind == WorkKind.SEARCH.value, work_table.c.key.in_(some)
            )
        )
        for key, state, ended_at in rows:
            found[key] = None if state == WorkState.OPEN else ended_at
    return found


def open_searches(conn: Connection, host: str) -> int:
    """Return how many searches of `host` are yet to be done."""
    statement = select(func.count()).where(
        work_table.c.kind == WorkKind.SEARCH.value,
        work_table.c.host == host,
        work_table.c.state == WorkState.OPEN.value,
    )
    return conn.scalar(statement) or 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PagesLeft:
    """What is left of a list that is asked for page by page."""

    open: int
    given_up: int


def pages_left(conn: Connection, host: str, look: str) -> PagesLeft:
    """Return how many pages of this look at the list of `host` are to be asked for, and were given up."""
    state = work_table.c.state
    statement = select(
        func.count().filter(state == WorkState.OPEN.value),
        func.count().filter(state == WorkState.DEAD.value),
    ).where(
        work_table.c.kind == WorkKind.LIST.value,
        work_table.c.host == host,
        work_table.c.key.startswith(f"{host}|{look}|", autoescape=True),
    )
    left, given_up = conn.execute(statement).one()
    return PagesLeft(open=left, given_up=given_up)


def _row(one: WatchEntry) -> dict[str, Any]:
    return {
        "key": one.key,
        "step": one.task.value,
        "name": one.name,
        "period": _seconds(one.period),
        "options": _json(one.options),
        "looked_at": None,
        "state": "{}",
    }


def _entry(row: Row[Any]) -> WatchEntry:
    return WatchEntry(
        task=WatchTask(row.step),
        name=row.name,
        period=None if row.period is None else timedelta(seconds=row.period),
        options=json.loads(row.options),
        looked_at=row.looked_at,
        state=json.loads(row.state),
    )


def _seconds(span: timedelta | None) -> int | None:
    return None if span is None else round(span.total_seconds())


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))
