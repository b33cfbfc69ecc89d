"""One decision about one or several cases: all of them or none, and only of the version that was looked at."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, TypeAlias

from crawler.errors import UsageError
from workers.ledger import cases
from workers.ledger.case_following import follow
from workers.ledger.sql.statements import in_turn

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from workers.ledger.case_following import CasePolicy
    from workers.ledger.cases import Case

__all__ = ["Decision", "change", "check_version", "named_versions"]

Decision: TypeAlias = "Callable[[Connection, Case, datetime], object]"
"""Decides about one case, in a transaction, at a moment."""


def change(
    conn: Connection, meant: Sequence[Case], write: Decision, now: datetime, policy: CasePolicy
) -> tuple[Case, ...]:
    """Let `write` decide about cases, in a writing transaction; return what they are then, in the same order."""
    in_turn(conn, "findings")
    for one in meant:
        write(conn, one, now)
    numbers = [one.number for one in meant]
    follow(conn, numbers, now, policy)
    after = cases.of_repositories(conn, numbers)
    return tuple(after[number] for number in numbers)


def check_version(one: Case, version: int) -> None:
    """Raise UsageError where a case is not what it was when somebody looked at it."""
    if one.version != version:
        msg = (
            f"case {one.key} has version {one.version}, not {version}: it was changed"
            f" meanwhile; look at it with `cases show {one.key}`"
        )
        raise UsageError(msg)


def named_versions(conn: Connection, versions: Mapping[str, int]) -> tuple[Case, ...]:
    """Return cases by their whole ids; UsageError where one is not there, or has another version than stated."""
    found = []
    for key, version in versions.items():
        one = cases.named(conn, key)
        check_version(one, version)
        found.append(one)
    return tuple(found)
