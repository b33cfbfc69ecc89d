"""A process says that it lives, keeps its turns, and ends where work in one of them hangs."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from crawler.errors import StoreError
from tests.servers.waiting import eventually
from workers.clock import SharedClock, utc_now
from workers.dispatch.beat import Beat, WorkerIdentity
from workers.dispatch.policies import WORK_POLICIES
from workers.ledger import work
from workers.ledger.ledger import Ledger
from workers.ledger.work import WorkItem, WorkKind, processes, turns
from workers.ledger.work.turns import Turn

ME = WorkerIdentity(name="host:1:abc", pool="git", threads=24, version="1.0")


@dataclass
class Ends:
    """Instead of the end of a process."""

    times: list[str] = field(default_factory=list)

    def __call__(self) -> None:
        self.times.append("ended")


def beat_of(ledger: Ledger, ends: Ends | None = None, seconds: float = 5.0) -> Beat:
    return Beat(ledger, SharedClock(), ME, overrun=ends or Ends(), seconds=seconds)


def offered(ledger: Ledger, *hosts: str) -> None:
    now = utc_now()
    items = [
        WorkItem(kind=WorkKind.VISIT, key=host, host=host, due_at=now - timedelta(days=1))
        for host in hosts
    ]
    ledger.transaction(lambda conn: work.offer(conn, items, now - timedelta(days=1)))


def taken(ledger: Ledger, host: str, ago: float = 0) -> Turn:
    at = utc_now() - timedelta(seconds=ago)
    turn = ledger.transaction(lambda conn: turns.take(conn, ME.name, at, key=f"git:{host}"))
    assert turn is not None
    ledger.transaction(lambda conn: turns.begin(conn, turn, WorkKind.VISIT, 1, at))
    return turn


def test_a_process_that_beats_has_a_row_and_takes_it_along(ledger: Ledger) -> None:
    with beat_of(ledger), ledger.read() as conn:
        (there,) = processes.alive(conn, utc_now())

    with ledger.read() as conn:
        left = processes.processes(conn)
    assert (there.name, there.pool, there.threads) == ("host:1:abc", "git", 24)
    assert abs(there.clock_offset) < 30
    assert left == ()


def test_a_process_that_has_not_written_for_a_minute_is_not_alive(ledger: Ledger) -> None:
    beat_of(ledger).beat()

    with ledger.read() as conn:
        assert len(processes.alive(conn, utc_now())) == 1
        assert processes.alive(conn, utc_now() + timedelta(seconds=61)) == ()
        assert len(processes.processes(conn)) == 1


def test_the_turns_of_a_process_are_kept_while_it_beats(ledger: Ledger) -> None:
    offered(ledger, "a.example")
    beat = beat_of(ledger)
    with beat.holding(taken(ledger, "a.example", ago=15)):
        beat.beat()

        with ledger.write() as conn:
            other = turns.take(conn, "other", utc_now() + timedelta(seconds=15), pool="git")

    assert other is None


def test_a_turn_that_others_have_taken_over_is_known_to_be_lost(ledger: Ledger) -> None:
    offered(ledger, "a.example", "b.example")
    beat = beat_of(ledger)
    with (
        beat.holding(taken(ledger, "a.example", ago=60)) as lost,
        beat.holding(taken(ledger, "b.example")) as kept,
    ):
        taken(ledger, "a.example")

        beat.beat()

        assert (lost.is_lost, kept.is_lost) == (True, False)


def test_work_that_hangs_ends_the_process_is_suspect_and_takes_nothing_else_along(
    ledger: Ledger,
) -> None:
    offered(ledger, "a.example", "b.example")
    ends = Ends()
    beat = beat_of(ledger, ends)
    with (
        beat.holding(taken(ledger, "a.example")) as hanging,
        beat.holding(taken(ledger, "b.example")) as good,
    ):
        hanging.begin(WorkKind.VISIT)
        good.begin(WorkKind.VISIT)
        for _ in range(int(WORK_POLICIES[WorkKind.VISIT].seconds / 5)):
            good.begin(WorkKind.VISIT)
            beat.beat()
        before = list(ends.times)
        good.begin(WorkKind.VISIT)
        beat.beat()

    assert (before, ends.times) == ([], ["ended"])
    suspects = {}
    with ledger.write() as conn:
        for host in ("a.example", "b.example"):
            turn = turns.take(conn, "other", utc_now(), key=f"git:{host}")
            assert turn is not None
            (item,) = turns.begin(conn, turn, WorkKind.VISIT, 1, utc_now()) or ()
            suspects[host] = (item.suspect, item.attempts)
    assert suspects == {"a.example": (True, 0), "b.example": (False, 0)}


def test_a_process_that_was_stopped_for_long_does_not_take_its_work_for_hanging(
    ledger: Ledger,
) -> None:
    """SIGSTOP stops the beats, too: no time is counted that nobody could work in."""
    offered(ledger, "a.example")
    ends = Ends()
    beat = beat_of(ledger, ends)
    with beat.holding(taken(ledger, "a.example", ago=3600)) as held:
        held.begin(WorkKind.VISIT)
        beat.beat()

    assert ends.times == []
    assert held.age == 5.0


def test_the_beat_goes_on_by_itself(ledger: Ledger) -> None:
    offered(ledger, "a.example")
    with beat_of(ledger, seconds=0.05) as beat, beat.holding(taken(ledger, "a.example")) as held:
        eventually(lambda: held.age > 0.2)

    assert beat.turns == 1


class Away(Ledger):
    """A ledger that can be unreachable."""

    away = False

    def now(self) -> object:  # type: ignore[override] # raises or answers as the other
        if self.away:
            msg = "away"
            raise StoreError(msg)
        return super().now()


def test_a_database_that_is_away_for_a_while_does_not_end_the_beat(ledger: Ledger) -> None:
    away = Away(ledger._engine)
    with beat_of(away, seconds=0.05) as beat, beat.holding(Turn(lane="x", fence=1)) as held:
        away.away = True
        eventually(lambda: held.age > 0.2)
        away.away = False

        eventually(lambda: held.is_lost)
