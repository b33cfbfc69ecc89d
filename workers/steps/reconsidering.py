"""Judge again what something else is said of, of which a vouching has run out, or by newer rules."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from crawler.model import RULES, ProjectKey
from crawler.verdicts.judge import judge
from crawler.verdicts.most_used import MOST_USED
from workers.ledger import allowances, current_assertions, file_owners, verdicts, work
from workers.ledger.sql.keys import batched, written
from workers.ledger.work_items import WorkItem, WorkKind

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator
    from datetime import datetime

    from sqlalchemy import Connection

    from crawler.model import Assertion
    from workers.ledger.allowances import Allowance
    from workers.ledger.ledger import Ledger

__all__ = ["Then", "allow", "nothing_more", "reconsider", "reconsider_outdated"]


Then: TypeAlias = "Callable[[Connection, Collection[ProjectKey]], object]"
"""What else the projects whose verdicts changed call for, done in the same transaction."""


def nothing_more(_conn: Connection, _changed: Collection[ProjectKey]) -> None:
    """Do nothing: a hunt through what is known is all that a change calls for."""


def reconsider(
    conn: Connection,
    projects: Iterable[ProjectKey],
    now: datetime,
    protected: Collection[ProjectKey] = MOST_USED,
    then: Then = nothing_more,
) -> tuple[ProjectKey, ...]:
    """Judge `projects` again; return those whose verdicts changed, each now due for a retro-hunt.

    So are projects that were said to have a file of theirs: what is new on one may tell whose file
    another one is accused of. `protected` are those that no record accuses by their name alone, as
    `judge` takes them; `then` is told what changed.
    """
    judged = {key: judge(key, said, now, protected) for key, said in _concerned(conn, projects)}
    changed = verdicts.replace(conn, judged, now)
    work.offer(conn, _hunts(changed, now), now)
    if changed:
        then(conn, changed)
    return changed


def _concerned(
    conn: Connection, projects: Iterable[ProjectKey]
) -> Iterator[tuple[ProjectKey, tuple[Assertion, ...]]]:
    """Yield all whose verdicts may change with `projects`, each with all that `judge` asks for."""
    changed = frozenset(projects)
    concerned = changed.union(*file_owners.sharing(conn, changed).values())
    others = file_owners.sharing(conn, concerned)
    elsewhere = dict(
        current_assertions.of_projects(conn, sorted(frozenset().union(*others.values())))
    )
    for key, own in current_assertions.of_projects(conn, sorted(concerned)):
        near = (a for other in others.get(key, ()) for a in elsewhere[other])
        yield key, (*own, *file_owners.on_files_of(own, near))


def reconsider_outdated(
    ledger: Ledger,
    now: datetime,
    protected: Collection[ProjectKey] = MOST_USED,
    then: Then = nothing_more,
) -> tuple[ProjectKey, ...]:
    """Judge again what is judged otherwise today though nobody said anything; return what changed.

    That is what was allowed until now, and all of it where older rules judged it. Nobody tells of
    either, so whoever learns, hunts or looks asks first. It costs two look-ups as long as nothing is due.
    """
    with ledger.read() as conn:
        newer = verdicts.judged_by(conn) != RULES
        due = (
            tuple(current_assertions.projects(conn))
            if newer
            else tuple(allowances.expired(conn, now))
        )
    changed: list[ProjectKey] = []
    for some in batched(due):
        again = partial(reconsider, projects=some, now=now, protected=protected, then=then)
        changed += ledger.transaction(again)
    if newer:
        ledger.transaction(partial(_note_rules, now=now))
    return tuple(changed)


def _note_rules(conn: Connection, now: datetime) -> None:
    """Remember by which rules was judged; they may match otherwise, too, so every ghost is hunted."""
    work.offer(conn, _hunts(verdicts.watched(conn), now), now)
    verdicts.note_judged_by(conn, RULES)


def _hunts(projects: Iterable[ProjectKey], now: datetime) -> list[WorkItem]:
    return [WorkItem(kind=WorkKind.HUNT, key=written(p), due_at=now) for p in projects]


def allow(
    ledger: Ledger,
    entry: Allowance,
    now: datetime,
    protected: Collection[ProjectKey] = MOST_USED,
) -> tuple[ProjectKey, ...]:
    """Write an entry of the allow list, or the end of one; return the projects judged otherwise now."""

    def write(conn: Connection) -> tuple[ProjectKey, ...]:
        return reconsider(conn, allowances.append(conn, entry, now), now, protected)

    return ledger.transaction(write)
