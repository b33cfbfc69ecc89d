"""What the doctor says of the worker processes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workers.cli.doctor_feeds import Check
from workers.ledger.work_items import POOLS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from workers.cli.session import Session
    from workers.ledger.work.processes import Process

__all__ = ["workers_check"]

_CLOCKS_APART = 5.0
"""Seconds by which the clock of a machine may differ from that of the database."""


def workers_check(session: Session) -> Check:
    """Check that each pool with due work has a worker where there are any, and that clocks agree."""
    from workers.ledger.work import processes, turns

    now = session.wiring.ledger.now()
    with session.wiring.ledger.read() as conn:
        alive = [one for one in processes.alive(conn, now) if one.pool in POOLS]
        due = {pool: turns.due_lanes(conn, pool, now) for pool in POOLS}
        last = {pool: turns.last_turn(conn, pool) for pool in POOLS}
    missing = [pool for pool in POOLS if due[pool] and not any(p.pool == pool for p in alive)]
    problems = [*(_missing(pool, last[pool]) for pool in missing)] if alive else []
    problems += _clocks(alive)
    text = ", ".join(f"{sum(p.pool == pool for p in alive)} of {pool}" for pool in POOLS)
    return Check(what="workers", fine=not problems, text="; ".join([text, *problems]))


def _missing(pool: str, last: datetime | None) -> str:
    since = "" if last is None else f" since {last:%Y-%m-%d %H:%M} UTC"
    return f"no worker for {pool}{since} though work is due; start `ghostcrawl worker -Q {pool}`"


def _clocks(alive: Sequence[Process]) -> Iterator[str]:
    for one in alive:
        if abs(one.clock_offset) > _CLOCKS_APART:
            way = "ahead of" if one.clock_offset > 0 else "behind"
            yield f"the clock of {one.name} is {abs(one.clock_offset):.0f} s {way} the database; set it"
