"""Cases follow by themselves what visits, hunts, verifications and decisions have changed.

Whoever changes findings calls `follow` in the same transaction. It goes by the facts alone, so calling it
twice, or once too often, changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypeAlias

from sqlalchemy import exists, select

from crawler.model import (
    CaseActor,
    CaseClass,
    CaseEvent,
    CaseState,
    Classification,
    Confidence,
    FindingStatus,
    Reason,
    move_of,
)
from workers.ledger import cases, statuses
from workers.ledger.case_facts import CaseFacts, facts_of
from workers.ledger.case_steps import next_look, next_step
from workers.ledger.case_urgency import NOT_RECKONED, urgency_of
from workers.ledger.sql.keys import batched
from workers.ledger.sql.statements import in_turn
from workers.ledger.tables import case, finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from workers.ledger.cases import Case

__all__ = ["CasePolicy", "ClassesOf", "follow", "of_findings", "unfollowed"]

ClassesOf: TypeAlias = "Callable[[Connection, Collection[int]], Mapping[int, Classification]]"
"""Reckons the classes of repositories (by number) in a transaction; those it cannot tell are left out."""

_BY_CLASS = frozenset({CaseState.NEW, CaseState.NEEDS_LOOK, CaseState.CONFIRMED})
"""States in which a case goes by its class."""
_BETWEEN_LOOKS = timedelta(hours=24)
"""What nobody saw twice, this far apart, is not resolved."""
_MOST_STEPS = 6
"""Of one case at one call; the longest way there is has three."""


def _unknown(_conn: Connection, _numbers: Collection[int]) -> Mapping[int, Classification]:
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class CasePolicy:
    """By what cases are judged."""

    classes_of: ClassesOf = _unknown
    scale: float = 1.0
    """How many times as fast as real the days of this policy pass; only a demo sets it."""
    remind_after: timedelta = timedelta(days=7)
    """Unscaled: for how long a report without an answer is left alone."""

    @property
    def between_looks(self) -> timedelta:
        """How far apart two looks are that resolve a case."""
        return _BETWEEN_LOOKS / self.scale

    @property
    def patience(self) -> timedelta:
        """After how long without an answer a report is due for a reminder."""
        return self.remind_after / self.scale

    def class_of(self, conn: Connection, one: Case) -> CaseClass | None:
        """Return the class that a person has set, else the one that is reckoned; None: not known."""
        known = self.classes_of(conn, [one.number]).get(one.number)
        return one.class_set or (None if known is None else known.case_class)


def follow(
    conn: Connection, repositories: Collection[int], now: datetime, policy: CasePolicy
) -> Mapping[int, datetime]:
    """Open and move the cases of these repositories as their findings say.

    Return when those are to be visited again of which one look has seen that all is gone.
    """
    repositories = _with_findings(conn, repositories)
    if not repositories:
        return {}
    in_turn(conn, "findings")
    repositories |= of_findings(conn, statuses.end_dismissals(conn, now))
    facts = facts_of(conn, repositories)
    known = cases.of_repositories(conn, repositories)
    for number in sorted(facts.keys() - known.keys()):
        if facts[number].holding:
            first = facts[number].holding[0].finding.match
            name, version = first.release
            text = f"a lock pins {name or '?'} {version or '?'}"
            cases.open_case(conn, number, Reason(code="found", text=text), now)
            known |= cases.of_repositories(conn, [number])
    classes = _classes(conn, facts, policy)
    due: dict[int, datetime] = {}
    for number, one in sorted(known.items()):
        now_is = _moved(conn, one, facts[number], classes.get(number), now, policy)
        _keep_order(conn, now_is, facts[number], classes.get(number))
        again = next_look(facts[number], policy.between_looks)
        if again is not None and move_of(CaseEvent.GONE, now_is.state) is not None:
            due[number] = again
    _regress_at_owner(conn, known, facts, now)
    return due


def _classes(
    conn: Connection, facts: Mapping[int, CaseFacts], policy: CasePolicy
) -> Mapping[int, Classification]:
    """Reckon the classes of those repositories of which any finding is open."""
    left = [number for number, one in facts.items() if one.open]
    return policy.classes_of(conn, left) if left else {}


def _keep_order(
    conn: Connection, one: Case, facts: CaseFacts, known: Classification | None
) -> None:
    """Keep with a case what lists are ordered and chosen by; that is no change of the case."""
    by_rules = None if known is None else known.case_class
    lean = 0 if known is None else known.lean
    urgency = urgency_of(facts, one.class_set or by_rules, lean)
    if (urgency, by_rules) != (one.urgency, one.class_known):
        values = {"urgency": urgency, "class_known": by_rules and by_rules.value}
        conn.execute(case.update().where(case.c.repository_id == one.number).values(values))


def _with_findings(conn: Connection, repositories: Collection[int]) -> frozenset[int]:
    found: set[int] = set()
    for some in batched(sorted(repositories)):
        there = select(finding.c.repository_id).where(finding.c.repository_id.in_(some))
        found.update(conn.scalars(there.distinct()))
    return frozenset(found)


def of_findings(conn: Connection, keys: Collection[str]) -> frozenset[int]:
    """Return the numbers of the repositories of these findings."""
    found: set[int] = set()
    for some in batched(sorted(keys)):
        numbers = select(finding.c.repository_id).where(finding.c.key.in_(some)).distinct()
        found.update(number for number in conn.scalars(numbers) if number is not None)
    return frozenset(found)


def unfollowed(conn: Connection, now: datetime, policy: CasePolicy) -> frozenset[int]:
    """Return the repositories whose cases `follow` has to look at though no finding changes.

    Those that have no case yet, those that an upgrade has opened, those with a decision that is over,
    harmless ones with a finding that holds (a dismissal ends whoever looks next), and those whose class
    came to be another one: by what was read of other repositories, or what feeds say now.
    """
    has_case = exists().where(case.c.repository_id == finding.c.repository_id)
    likely = [one.value for one in Confidence if one.rank >= Confidence.LIKELY.rank]
    holds = [one.value for one in FindingStatus if one.is_open]
    holding = (finding.c.confidence.in_(likely), finding.c.state.in_(holds))
    without = select(finding.c.repository_id).where(
        *holding, finding.c.repository_id.is_not(None), ~has_case
    )
    harmless = (CaseState.FALSE_POSITIVE.value, CaseState.BENIGN.value)
    back = (
        select(case.c.repository_id)
        .join(finding, finding.c.repository_id == case.c.repository_id)
        .where(case.c.state.in_(harmless), *holding)
    )
    due = select(case.c.repository_id).where(
        (case.c.version == 0)
        | (case.c.urgency == NOT_RECKONED)
        | (case.c.expires_at <= now)
        | (case.c.class_until <= now)
    )
    return frozenset(
        number
        for statement in (without.distinct(), due, back.distinct())
        for number in conn.scalars(statement)
    ).union(_reclassed(conn, now, policy))


def _reclassed(conn: Connection, now: datetime, policy: CasePolicy) -> Iterator[int]:
    """Yield the repositories whose class is reckoned otherwise now than it was kept, or moves their cases."""
    known = {one.number: one for one in cases.all_cases(conn)}
    facts = facts_of(conn, known)
    classes = _classes(conn, facts, policy)
    for number, one in known.items():
        by_rules = classes.get(number)
        if one.class_known is not (None if by_rules is None else by_rules.case_class):
            yield number
            continue
        if one.moved_by is not CaseActor.PROGRAM or one.class_set is not None:
            continue
        if one.state not in _BY_CLASS:
            continue
        step = next_step(one, facts[number], classes.get(number), now, policy.between_looks)
        if step is not None and move_of(step[0], one.state) is not None:
            yield number


def _moved(  # noqa: PLR0913, PLR0917 - which case, by what, when, judged how
    conn: Connection,
    one: Case,
    facts: CaseFacts,
    known: Classification | None,
    now: datetime,
    policy: CasePolicy,
) -> Case:
    """Move a case as far as the facts say, and return it as it is then."""
    if one.version == 0:
        _note_seen(conn, one)
        one = cases.of_repositories(conn, [one.number])[one.number]
    for _ in range(_MOST_STEPS):
        step = next_step(one, facts, known, now, policy.between_looks)
        if step is None or move_of(step[0], one.state) is None:
            return one
        event, reason = step
        cases.record(conn, one, event, reason, now, _set_by(one, event, facts, now))
        one = cases.of_repositories(conn, [one.number])[one.number]
    return one


def _note_seen(conn: Connection, one: Case) -> None:
    conn.execute(case.update().where(case.c.repository_id == one.number).values(version=1))


def _set_by(one: Case, event: CaseEvent, facts: CaseFacts, now: datetime) -> dict[str, object]:
    """Return the columns that an event sets beside the state."""
    if event is CaseEvent.EXPIRED:
        over = one.decisions_over(now)
        values: dict[str, object] = dict.fromkeys(over)
        return values | dict.fromkeys(
            ("class_set", "class_reason") if "class_until" in over else ()
        )
    if event is CaseEvent.GONE and facts.absent is not None:
        return {"resolved_at": facts.absent.since}
    return {}


def _regress_at_owner(
    conn: Connection, known: Mapping[int, Case], facts: Mapping[int, CaseFacts], now: datetime
) -> None:
    """Let resolved cases come back whose very lock was found in another repository of their owner."""
    for number, here in sorted(known.items()):
        since = {one.finding.sighting.oid: one.first_seen for one in facts[number].holding}
        for other, oid in _same_locks(conn, here, since):
            gone = other.resolved_at or other.moved_at
            if since[oid] > gone and other.state is CaseState.RESOLVED:
                text = f"the same lock lies in {here.host}/{here.path}, case {here.key}"
                reason = Reason(code="same-lock-at-owner", text=text)
                cases.record(conn, other, CaseEvent.REGRESSED, reason, now)


def _same_locks(conn: Connection, here: Case, oids: Collection[str]) -> Iterator[tuple[Case, str]]:
    """Yield the resolved cases of other repositories of the same owner that had one of these locks."""
    for some in batched(sorted(oids)):
        rows = conn.execute(
            select(finding.c.repository_id, finding.c.oid)
            .join(case, case.c.repository_id == finding.c.repository_id)
            .where(
                finding.c.oid.in_(some),
                finding.c.host == here.host,
                finding.c.repository_id != here.number,
                case.c.state == CaseState.RESOLVED.value,
            )
            .order_by(finding.c.repository_id)
        ).all()
        others = {number: oid for number, oid in rows}  # noqa: C416 - rows are no pairs to mypy
        for number, one in cases.of_repositories(conn, others).items():
            if one.owner == here.owner:
                yield one, others[number]
