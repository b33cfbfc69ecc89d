from __future__ import annotations

from crawler.net import Bucket
from tests.contract.ledger.samples import NOON, later
from workers.ledger import budgets
from workers.ledger.ledger import Ledger

SEARCH = Bucket(host="forge.example", resource="search")


def test_requests_and_bytes_add_up_per_bucket(ledger: Ledger) -> None:
    with ledger.write() as conn:
        budgets.add(conn, SEARCH, 2, 300)
        budgets.add(conn, SEARCH, 1, 50)
        budgets.add(conn, Bucket(host="git.example"), 1, 10)

        spent = budgets.usage(conn)

    assert [(one.bucket, one.requests, one.bytes_down) for one in spent] == [
        (SEARCH, 3, 350),
        (Bucket(host="git.example"), 1, 10),
    ]


def test_a_blocked_bucket_is_blocked_until_its_time(ledger: Ledger) -> None:
    with ledger.write() as conn:
        budgets.block(conn, SEARCH, later(2), "secondary rate limit")

        (held,) = budgets.blocked(conn, later(1))
        free = budgets.blocked(conn, later(2))

    assert (held.bucket, held.blocked_until, held.why) == (SEARCH, later(2), "secondary rate limit")
    assert free == ()


def test_a_block_is_never_shortened(ledger: Ledger) -> None:
    with ledger.write() as conn:
        budgets.block(conn, SEARCH, later(2), "long")

        budgets.block(conn, SEARCH, later(1), "short")

        (held,) = budgets.blocked(conn, NOON)
    assert (held.blocked_until, held.why) == (later(2), "long")
