"""A feed that fails in a way that nobody foresaw takes no other with it: `seed`, and the cluster's poll."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from structlog.testing import capture_logs

from crawler.errors import ConfigurationError, Defer, FeedError, Retry
from feeds.interface import Feed, FeedPage, PollRequest
from tests.contract.ledger.samples import record, said
from tests.servers.leasing import lease
from tests.servers.terminal import OFFLINE
from workers.cli.feeds import seed
from workers.cli.session import Session
from workers.cluster.steps import Steps
from workers.ledger import cursors, gaps, work
from workers.ledger.work_items import WorkItem, WorkKind
from workers.settings import Settings
from workers.wiring import Wiring

BUG = KeyError("affected")


@dataclass(frozen=True, slots=True, kw_only=True)
class Good:
    """A feed that says one thing."""

    name: str

    def poll(self, request: PollRequest) -> Iterator[FeedPage]:
        del request
        yield FeedPage(records=(record(said()),), cursor="1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """A feed that fails before its first page."""

    name: str
    error: Exception

    def poll(self, request: PollRequest) -> Iterator[FeedPage]:
        del request
        yield from ()
        raise self.error


class Parts(Wiring):
    """The parts of a process that knows other sources."""

    def __init__(self, settings: Settings, sources: Mapping[str, tuple[Feed, ...]]) -> None:
        super().__init__(settings)
        self.sources = sources

    def feeds(self, source: str, *, governed: bool = False) -> tuple[Feed, ...]:
        del governed
        return self.sources.get(source, ())


@dataclass(kw_only=True)
class Machine(Session):
    """A command line that knows other sources."""

    sources: Mapping[str, tuple[Feed, ...]]

    @cached_property
    def wiring(self) -> Parts:
        return Parts(self.settings, self.sources)


def machine(folder: Path, **sources: tuple[Feed, ...]) -> Machine:
    """Return a machine with these sources, by their words with `_` for `-`."""
    (folder / "ghostcrawl.toml").write_text(OFFLINE, "utf-8")
    return Machine(
        config=folder / "ghostcrawl.toml",
        state_dir=folder / "state",
        database_url=None,
        broker_url=None,
        quiet=False,
        progress="none",
        verbose=0,
        sources={word.replace("_", "-"): feeds for word, feeds in sources.items()},
    )


def seeded(session: Session, words: str = "all") -> Result:
    with capture_logs():
        ran = CliRunner().invoke(seed, ["--from", words], obj=session, standalone_mode=False)
    session.close()
    assert ran.exception is None
    return ran


def polled(session: Machine, *words: str) -> None:
    """Poll the sources in one batch, as a worker does."""
    wiring = session.wiring
    now = wiring.clock()
    with wiring.ledger.write() as conn:
        work.offer(
            conn, [WorkItem(kind=WorkKind.POLL, key=word, due_at=now) for word in words], now
        )
        leased = lease(conn, WorkKind.POLL, 9, now)
    with capture_logs():
        Steps(wiring).do(WorkKind.POLL, leased)


def answered(session: Machine) -> list[str]:
    with session.wiring.ledger.read() as conn:
        return [one.feed for one in cursors.polls(conn) if one.answered_at is not None]


def test_a_seed_asks_the_others_names_the_broken_one_and_ends_with_3(tmp_path: Path) -> None:
    sources = {
        "quarantine_feed": (Good(name="a"), Broken(name="b", error=BUG), Good(name="c")),
        "osv_mal": (Good(name="d"),),
    }

    ran = seeded(machine(tmp_path, **sources))

    assert ran.return_value == 3
    assert "b: cannot decode the feed (KeyError: \"'affected'\")" in ran.stderr
    assert "not looked at (1):" in ran.stderr
    assert answered(machine(tmp_path)) == ["a", "c", "d"]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (BUG, 5),
        (FeedError("it shrank"), 5),
        (ConfigurationError("set a valid token"), 4),
        (Retry("connection lost"), 3),
        (Defer(60, "asked to wait"), 3),
    ],
)
def test_the_code_of_a_failure_is_its_own_where_nothing_was_learned_at_all_and_3_beside_others(
    tmp_path: Path, error: Exception, code: int
) -> None:
    broken = Broken(name="b", error=error)

    alone = seeded(machine(tmp_path, osv_mal=(broken,)))
    beside = seeded(machine(tmp_path, osv_mal=(broken, Good(name="c"))))

    assert (alone.return_value, beside.return_value) == (code, 3)
    assert answered(machine(tmp_path)) == ["c"]


def test_a_poll_of_the_cluster_learns_from_the_others_and_says_which_one_broke(
    tmp_path: Path,
) -> None:
    session = machine(
        tmp_path,
        quarantine_feed=(Good(name="a"), Broken(name="b", error=BUG), Good(name="c")),
        osv_mal=(Good(name="d"),),
    )

    polled(session, "quarantine-feed", "osv-mal")

    assert answered(session) == ["a", "c", "d"]
    with session.wiring.ledger.read() as conn:
        (said_of_b,) = gaps.noted(conn)
        queues = work.counts(conn, session.wiring.clock())
    assert said_of_b.context == "poll quarantine-feed"
    assert said_of_b.reason.startswith("b: cannot decode the feed (KeyError")
    assert [
        (queue.done, queue.dead, queue.due) for queue in queues if queue.kind is WorkKind.POLL
    ] == [(2, 0, 0)]
    session.close()


@pytest.mark.parametrize(
    "error", [Defer(60, "asked to wait"), ConfigurationError("set a valid token")]
)
def test_a_feed_that_waits_keeps_no_other_of_its_source_waiting(
    tmp_path: Path, error: Exception
) -> None:
    failed = Broken(name="b", error=FeedError("it shrank"))
    session = machine(
        tmp_path, quarantine_feed=(Broken(name="a", error=error), failed, Good(name="c"))
    )

    polled(session, "quarantine-feed")

    assert answered(session) == ["c"]
    with session.wiring.ledger.read() as conn:
        said = [f"{one.context}: {one.reason}" for one in gaps.noted(conn)]
    assert len(said) == 2
    assert "1 put off until" in said[0]
    assert str(error) in said[0]
    assert said[1] == "poll quarantine-feed: b: it shrank"
    session.close()
