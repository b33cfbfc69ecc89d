"""What handing out work costs, by how much work is open: rounds of the dispatcher, and a worker's turns.

The rows are put into the tables as offers would leave them, all of them due, on some hosts. A round asks
what is due, counts how things stand, and would send; a turn takes a lane, begins one item, and ends.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.databases import NO_POSTGRES
from benchmarks.table import Bound, Limit, Row
from workers.dispatch.dispatcher import Dispatcher
from workers.ledger.ledger import Ledger
from workers.ledger.sql.statements import insert_new
from workers.ledger.tables import lane, work
from workers.ledger.work import turns
from workers.ledger.work_items import WorkKind

if TYPE_CHECKING:
    from tests.servers.postgres import Postgres

__all__ = ["rounds"]

_HOSTS = 48
_TIMES = 100
_BATCH = 20_000
_NOW = datetime(2026, 11, 30, tzinfo=UTC)
_MOST_MS = {"sqlite": 2.0, "postgresql": 5.0}
_FLAT = Limit(bound=Bound.AT_MOST, value=2.0)


class _FullQueues:
    """A broker that has all the hints it needs."""

    def waiting(self, pool: str) -> int:
        del pool
        return _HOSTS

    def send(self, pool: str) -> None:
        raise AssertionError(pool)


def rounds(
    folder: Path, backend: str, postgres: Postgres | None, sizes: tuple[int, ...]
) -> Iterator[Row]:
    """Measure on `backend` with as many open rows as `sizes` say, the least first."""
    if backend == "postgresql" and postgres is None:
        yield Row(what=f"{backend}: rounds", note=NO_POSTGRES)
        return
    first: tuple[float, float] | None = None
    for size in sizes:
        url = f"sqlite:///{folder / f'rounds-{size}.sqlite'}"
        if postgres is not None and backend == "postgresql":
            url = postgres.url(postgres.database())
        with closing(Ledger.open(url)) as ledger:
            ledger.upgrade()
            _fill(ledger, size)
            taken = _timed(partial(_round, ledger)), _timed(partial(_turn, ledger))
        first = first or taken
        yield from _rows(backend, size, taken, first)


def _rows(
    backend: str, size: int, taken: tuple[float, float], first: tuple[float, float]
) -> Iterator[Row]:
    what = f"{backend}, {size:,} open"
    limit = Limit(bound=Bound.AT_MOST, value=_MOST_MS[backend])
    yield Row(
        what=f"{what}: milliseconds of a round",
        ours=f"{taken[0]:.2f} ms",
        figure=taken[0],
        limit=limit,
    )
    for name, ours, other in zip(("round", "turn"), taken, first, strict=True):
        yield Row(
            what=f"{what}: {name} : with least rows",
            ours=f"{ours:.2f} ms",
            other=f"{other:.2f} ms",
            figure=ours / other,
            limit=_FLAT,
        )


def _timed(do: Callable[[], object]) -> float:
    """Return the milliseconds that it takes where nobody else wants the processor: the least of many times."""
    taken = []
    for _ in range(_TIMES):
        began = time.perf_counter()
        do()
        taken.append(1e3 * (time.perf_counter() - began))
    return min(taken)


def _round(ledger: Ledger) -> None:
    Dispatcher(ledger, _FullQueues(), lambda: _NOW).step()


def _turn(ledger: Ledger) -> None:
    turn = ledger.transaction(lambda conn: turns.take(conn, "benchmark", _NOW, pool="git"))
    assert turn is not None  # noqa: S101 - all lanes are due
    ledger.transaction(lambda conn: turns.begin(conn, turn, WorkKind.VISIT, 1, _NOW))
    ledger.transaction(lambda conn: turns.end(conn, turn, _NOW))


def _fill(ledger: Ledger, size: int) -> None:
    made = map(_work_row, range(size))
    while some := list(islice(made, _BATCH)):
        with ledger.write() as conn:
            insert_new(conn, work, some)
    with ledger.write() as conn:
        insert_new(conn, lane, [_lane_row(number, size) for number in range(_HOSTS)])
        conn.exec_driver_sql("ANALYZE")


def _work_row(number: int) -> dict[str, object]:
    host = f"git-{number % _HOSTS}.example"
    return {
        "kind": WorkKind.VISIT.value,
        "key": str(number),
        "host": host,
        "lane": f"git:{host}",
        "state": "open",
        "due_at": _NOW - timedelta(seconds=number % 86_400),
        "again_at": None,
        "attempts": 0,
        "suspect": False,
        "payload": '{"refs":"default","pivot":false,"root_only":false,"run":"20261130T000000Z"}',
        "last_error": None,
    }


def _lane_row(number: int, size: int) -> dict[str, object]:
    host = f"git-{number}.example"
    return {
        "key": f"git:{host}",
        "pool": "git",
        "host": host,
        "next_due": _NOW - timedelta(days=1),
        "turn_until": None,
        "fence": 0,
        "worker": None,
        "begun": None,
        "open": size // _HOSTS,
        "done": 0,
        "dead": 0,
        "turns": 0,
        "turned_at": None,
    }
