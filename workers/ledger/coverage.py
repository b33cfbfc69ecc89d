"""Per host: what was found, what became of it, and why the rest was not looked at."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import String, and_, cast, exists, func, not_, select

from crawler import lockfiles
from crawler.git.walk import HOLDS_COMMANDS
from crawler.model import Outcome, Refs, Worth
from workers.ledger import backlog, locks, pivots, visit_coverage
from workers.ledger.left_out import alike
from workers.ledger.tables import gap, repository, visit, work
from workers.ledger.work_items import OF_OWNERS, READING, WorkKind, WorkState

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection, Row

__all__ = ["HostCoverage", "NotCovered", "of_hosts", "why_not"]

_OF_A_HOST = frozenset({WorkKind.SEARCH.value, WorkKind.LIST.value, WorkKind.PIVOT.value})
"""Kinds of work whose key begins with the name of their host."""
_FAILED = (Outcome.FAILED, Outcome.GONE, Outcome.PRIVATE, Outcome.BLOCKED)


@dataclass(frozen=True, slots=True, kw_only=True)
class HostCoverage:
    """How much of a host is known, in repositories; `outcomes` add up to those visited."""

    host: str
    found: int
    outcomes: Mapping[Outcome, int]
    """Of the last visit of each."""
    due: int
    """Open work of any kind that might be done now, of a paused host too."""
    later: int
    """Open work that waits for its time: another visit, or a host that asked to wait."""
    disabled: int
    """Failed so often that they are visited again only when a crawl finds or names them again."""
    at_root: int
    """Read at the root only, some head of them."""
    refs: Mapping[Refs, int]
    """Of how many repositories the last visit has read which refs, of those that it has read."""
    searched: bool
    """Whether a code search was ever asked."""
    listed: bool
    pivoted: int = 0
    """Repositories that only a look around the repository of a finding has found."""

    @property
    def visited(self) -> int:
        """Repositories that were visited at all, whatever came of it."""
        return sum(self.outcomes.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class NotCovered:
    """One reason for which something of a host was not looked at."""

    host: str
    reason: str
    """With URL for addresses and N for numbers and oids, so that equal reasons are counted together."""
    times: int
    repositories: int
    """How many repositories it is said of; 0: it is said of no single one."""
    known_lock: bool
    """Whether it kept a lock of a well-known name from being read."""


def of_hosts(conn: Connection, now: datetime) -> tuple[HostCoverage, ...]:
    """Return the coverage of every host of which anything is known, by name."""
    outcomes: defaultdict[str, dict[Outcome, int]] = defaultdict(dict)
    never: Counter[str] = Counter()
    for row in visit_coverage.coverage(conn):
        if row.outcome is None:
            never[row.host] = row.repositories
        else:
            outcomes[row.host][row.outcome] = row.repositories
    due, later, asked = (
        _open(conn, work.c.due_at <= now),
        _open(conn, work.c.due_at > now),
        _asked(conn),
    )
    at_root, disabled = Counter(dict(visit_coverage.seen_at_root(conn))), _disabled(conn)
    refs, pivoted = _refs(conn), pivots.per_host(conn)
    return tuple(
        HostCoverage(
            host=host,
            found=never[host] + sum(outcomes[host].values()),
            outcomes=outcomes[host],
            due=due[host],
            later=later[host],
            disabled=disabled[host],
            at_root=at_root[host],
            refs=refs[host],
            searched=(host, WorkKind.SEARCH.value) in asked,
            listed=(host, WorkKind.LIST.value) in asked,
            pivoted=pivoted.get(host, 0),
        )
        for host in sorted({*outcomes, *never, *due, *later, *(host for host, _ in asked)})
    )


def _open(conn: Connection, when: ColumnElement[bool]) -> Counter[str]:
    mine = and_(work.c.state == WorkState.OPEN, work.c.host.is_not(None), when)
    statement = select(work.c.host, func.count()).where(mine).group_by(work.c.host)
    return _counted(conn.execute(statement))


def _counted(rows: Iterable[Row[str, int]]) -> Counter[str]:
    counted: Counter[str] = Counter()
    for host, count in rows:
        counted[host] = count
    return counted


def _asked(conn: Connection) -> frozenset[tuple[str, str]]:
    """Return (host, kind) of the searches and lists that there ever were; those of one owner are neither."""
    of_owner = work.c.key.like(f"%|{OF_OWNERS} %")
    mine = and_(work.c.kind.in_(_OF_A_HOST), work.c.host.is_not(None), not_(of_owner))
    statement = select(work.c.host, work.c.kind).where(mine).distinct()
    return frozenset((host, kind) for host, kind in conn.execute(statement))


def _disabled(conn: Connection) -> Counter[str]:
    failed = repository.c.outcome.in_([outcome.value for outcome in _FAILED])
    statement = select(repository.c.host, func.count()).where(failed, not_(_is_due_some_day()))
    return _counted(conn.execute(statement.group_by(repository.c.host)))


def _is_due_some_day() -> ColumnElement[bool]:
    key = cast(repository.c.id, String)
    visits_of_it = and_(work.c.kind.in_([kind.value for kind in READING]), work.c.key == key)
    return exists().where(visits_of_it, work.c.state == WorkState.OPEN)


def _refs(conn: Connection) -> Mapping[str, Mapping[Refs, int]]:
    last = and_(
        visit.c.repository_id == repository.c.id, visit.c.visited_at == repository.c.visited_at
    )
    statement = (
        select(repository.c.host, visit.c.refs, func.count())
        .join(visit, last)
        .where(visit.c.refs.is_not(None))
        .group_by(repository.c.host, visit.c.refs)
    )
    found: defaultdict[str, dict[Refs, int]] = defaultdict(dict)
    for host, refs, count in conn.execute(statement):
        found[host][Refs(refs)] = count
    return found


def why_not(conn: Connection) -> tuple[NotCovered, ...]:
    """Return why what was left out was left out, by host.

    What kept well-known locks from being read comes first, then what is said of most repositories: one
    that gives many reasons, or one a great many times, hides no other.
    """
    times: Counter[tuple[str, str]] = Counter()
    of: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    known: set[tuple[str, str]] = set()
    for one in (*visit_coverage.not_looked_at(conn), *locks.unread(conn)):
        key = one.host, alike(one.reason)
        times[key] += one.times
        of[key].add(one.repository)
        if key not in known and one.is_file and _is_well_known(one.path):
            known.add(key)
    for host, reason in _reasons(conn):
        times[host, alike(reason)] += 1
    counted = (
        NotCovered(
            host=key[0],
            reason=key[1],
            times=count,
            repositories=len(of[key]),
            known_lock=key in known,
        )
        for key, count in times.items()
    )
    return tuple(sorted(counted, key=_importance))


def _is_well_known(path: str) -> bool:
    return lockfiles.worth_of(path) is Worth.WELL_KNOWN


def _importance(one: NotCovered) -> tuple[object, ...]:
    of_most = one.reason == HOLDS_COMMANDS  # nearly every repository has some
    return one.host, not one.known_lock, of_most, -max(1, one.repositories), -one.times, one.reason


def _reasons(conn: Connection) -> Iterator[tuple[str, str]]:
    """Yield what is said of no single repository."""
    for kind, key, reason in conn.execute(select(gap.c.kind, gap.c.key, gap.c.reason)):
        if kind in _OF_A_HOST:
            yield key.partition("|")[0], f"{kind}: {_without_context(reason, key)}"
    for dead in backlog.dead(conn):
        yield dead.host or "", f"{dead.kind.value}: given up: {dead.why}"
    late = and_(work.c.state == WorkState.OPEN, work.c.last_error.is_not(None))
    for host, kind, why in conn.execute(
        select(work.c.host, work.c.kind, work.c.last_error).where(late)
    ):
        yield host or "", f"{kind}: waits: {why}"


def _without_context(reason: str, key: str) -> str:
    """Drop the question itself, which `gaps.note` may have put before the reason."""
    return reason.removeprefix(f"{key}: ")
