"""Whether an account is gone is asked of its forge, twice, a day apart; what nobody said is not claimed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from crawler.errors import Defer, GhostcrawlError, Gone, Private
from crawler.model import Outcome
from tests.servers.lure import GHOST_LOCK
from tests.servers.moving_repository import Bench, Refusing
from tests.servers.moving_repository import bench as serving
from workers.ledger import case_log, cases

ABSENT, THERE = Gone("answered 404"), None
_DAY = timedelta(hours=24)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """A repository at a forge, whose only lock pins the ghost, which a visit has found."""
    with serving(tmp_path) as made:
        made.commit({"uv.lock": GHOST_LOCK})
        made.owner.append(THERE)
        made.visit()
        yield made


def gone(bench: Bench) -> None:
    bench.visit(reader=Refusing(Outcome.GONE))


def ended(bench: Bench) -> str | None:
    """Return why the only case is resolved; None while it is not."""
    with bench.ledger.read() as conn:
        (one,) = cases.all_cases(conn)
        line = case_log.history(conn, one.number)[-1]
    return line.reason.code if line.event == "gone" else None


def test_an_account_that_two_looks_a_day_apart_did_not_find_is_gone(bench: Bench) -> None:
    bench.owner.append(ABSENT)
    gone(bench)
    bench.see_another()
    bench.ask_accounts()
    since = bench.now
    bench.now += _DAY
    bench.see_another()
    gone(bench)
    waits = ended(bench)

    bench.ask_accounts()

    with bench.ledger.read() as conn:
        (one,) = cases.all_cases(conn)
        line = case_log.history(conn, one.number)[-1]
    assert (waits, ended(bench)) == (None, "account-gone")
    assert line.reason.text == (
        "the host no longer has the repository, nor an account of its owner's name (seen at "
        "2026-11-29T14:00:00Z and again at 2026-11-30T15:00:00Z)"
    )
    assert one.resolved_at == since


@pytest.mark.parametrize("second", [THERE, ABSENT])
def test_an_account_that_is_there_leaves_a_repository_that_is_gone(
    bench: Bench, second: GhostcrawlError | None
) -> None:
    gone(bench)
    bench.see_another()
    asked = bench.ask_accounts()
    bench.owner.append(second)
    bench.now += _DAY

    gone(bench)

    assert (asked, ended(bench), bench.ask_accounts()) == (1, "repository-gone", 0)


def test_an_account_that_is_back_at_the_second_look_is_not_gone(bench: Bench) -> None:
    bench.owner.append(ABSENT)
    gone(bench)
    bench.see_another()
    bench.ask_accounts()
    bench.owner.append(THERE)
    bench.now += _DAY
    gone(bench)

    bench.ask_accounts()

    assert ended(bench) == "repository-gone"


@pytest.mark.parametrize("answer", [Private("answered 401"), Defer(3600, "asks to wait")])
def test_what_the_host_does_not_say_is_not_waited_for(bench: Bench, answer: Exception) -> None:
    assert isinstance(answer, GhostcrawlError)
    bench.owner.append(answer)
    gone(bench)
    bench.see_another()
    bench.ask_accounts()
    bench.now += _DAY

    gone(bench)

    assert ended(bench) == "repository-gone"


def test_a_host_that_shows_nothing_at_all_tells_nothing_of_an_account(bench: Bench) -> None:
    bench.owner.append(ABSENT)
    gone(bench)
    bench.ask_accounts()
    bench.now += _DAY

    gone(bench)

    assert ended(bench) == "repository-gone"


def test_a_second_answer_that_never_comes_is_not_waited_for_longer_than_two_days_more(
    bench: Bench,
) -> None:
    bench.owner.append(ABSENT)
    gone(bench)
    bench.see_another()
    bench.ask_accounts()
    bench.owner.append(Private("answered 401"))
    bench.now += _DAY
    gone(bench)
    bench.ask_accounts()
    waits = ended(bench)
    bench.now += 2 * _DAY

    gone(bench)

    assert (waits, ended(bench)) == (None, "repository-gone")


def test_a_host_without_an_api_is_not_asked(bench: Bench) -> None:
    bench.owner.clear()
    gone(bench)
    bench.now += _DAY

    gone(bench)

    with bench.ledger.read() as conn:
        asked = conn.exec_driver_sql("SELECT count(*) FROM work WHERE kind = 'pivot'").scalar()
    assert (ended(bench), asked) == ("repository-gone", 0)
