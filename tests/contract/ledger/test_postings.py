from __future__ import annotations

from dataclasses import replace

from tests.contract.ledger.samples import BLAKE, GHOST, NOON, SHA, lock, pin, sha256
from workers.ledger import locks, postings
from workers.ledger.ledger import Ledger

ONE, TWO, THREE = "1" * 40, "2" * 40, "3" * 40
OTHER = "ef" * 32


def store(ledger: Ledger, *read: locks.ReadLock) -> None:
    with ledger.write() as conn:
        locks.store_many(conn, read, NOON, parser_version="1")


def test_locks_are_counted_once_however_many_look_ups_find_them(ledger: Ledger) -> None:
    store(ledger, lock(ONE, pin()), lock(TWO, pin(sha=OTHER)), lock(THREE, pin(name="zz-other")))

    with ledger.read() as conn:
        of_file = postings.count_with(conn, digests=[sha256()])
        of_release = postings.count_with(conn, releases=[(GHOST, "1.0.0")])
        of_all = postings.count_with(conn, digests=[sha256()], projects=[GHOST])

    assert (of_file, of_release, of_all) == (2, 3, 3)


def test_nothing_is_counted_where_nothing_is_asked_or_stored(ledger: Ledger) -> None:
    with ledger.read() as conn:
        assert postings.count_with(conn) == 0
        assert postings.count_with(conn, digests=[sha256()]) == 0


def test_the_pins_of_a_digest_bring_the_other_digests_of_the_file(ledger: Ledger) -> None:
    other = pin(filename="zz_ghost-1.0.tar.gz", sha=OTHER, blake="12" * 32)
    store(ledger, lock(ONE, pin(), other))

    with ledger.read() as conn:
        found = postings.pins_with(conn, [sha256(SHA)])

    assert found == (replace(pin(), lines=None),)
    assert BLAKE[4:] in str(found[0].url)


def test_the_pins_of_an_unknown_digest_are_none(ledger: Ledger) -> None:
    store(ledger, lock(ONE, pin()))

    with ledger.read() as conn:
        assert postings.pins_with(conn, [sha256(OTHER)]) == ()


def test_of_some_locks_those_are_told_that_pin_a_project(ledger: Ledger) -> None:
    store(ledger, lock(ONE, pin()), lock(TWO, pin(name="zz-other", blake=None)), lock(THREE, pin()))

    with ledger.read() as conn:
        among = postings.locks_among(conn, [ONE, TWO, "4" * 40], [GHOST])
        none = postings.locks_among(conn, [ONE, TWO], [])

    assert among == {ONE}
    assert none == frozenset()
