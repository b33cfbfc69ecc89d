"""Where a pin is now, on both databases: the pin is compared, not the lock."""

from __future__ import annotations

from dataclasses import replace

import pytest

from crawler.model import Head, Outcome, ParseResult, Readable, Refs, Sighting, Visit
from tests.contract.ledger.samples import NOON, finding, later, lock_id, pin, repository, sighting
from workers.ledger import frontier, locks, visits
from workers.ledger.ledger import Ledger
from workers.ledger.locks import ReadLock
from workers.ledger.whereabouts import Presence, Whereabouts, whereabouts

MAIN, DEV = "refs/heads/main", "refs/heads/dev"
OLD, ELSEWHERE, CLEAN, BROKEN, OTHER_FILE = (digit * 40 for digit in "01234")
FOUND = replace(finding(oid=OLD), repository=repository())


def read(
    oid: str, *names: str, readable: Readable = Readable.FULLY, sha: str = "cd" * 32
) -> ReadLock:
    pins = tuple(pin(name, sha=sha) for name in names)
    result = ParseResult(format="uv", readable=readable, pins=pins)
    return ReadLock(id=lock_id(oid), size=1, sha256="0" * 64, result=result)


LOCKS = (
    read(OLD, "zz-ghost", "left-pad"),
    read(ELSEWHERE, "zz-ghost", "right-pad"),
    read(CLEAN, "left-pad"),
    read(BROKEN, readable=Readable.PARTLY),
    read(OTHER_FILE, "zz-ghost", sha="ef" * 32),
)


def visited(commit: str, **oids: str) -> Visit:
    """Return a visit of all branches, by branch -> oid of its lock; "" is a branch without any."""
    refs = {f"refs/heads/{name}": oid for name, oid in oids.items()}
    return Visit(
        repository=repository(),
        outcome=Outcome.VISITED,
        heads=tuple(Head(ref=one, commit=commit, is_default=one == MAIN) for one in refs),
        sightings=tuple(
            Sighting(ref=ref, commit=commit, path="uv.lock", oid=oid)
            for ref, oid in refs.items()
            if oid
        ),
        refs=Refs.BRANCHES,
    )


def after(ledger: Ledger, *brought: Visit, stored: tuple[ReadLock, ...] = LOCKS) -> Whereabouts:
    with ledger.write() as conn:
        (saved,) = frontier.save(conn, [repository()], NOON)
        locks.store_many(conn, stored, NOON, parser_version="1")
        for hours, one in enumerate(brought):
            visits.record_visit(conn, saved, one, later(hours))
        return whereabouts(conn, saved, FOUND)


@pytest.mark.parametrize(
    ("oids", "presence"),
    [
        ({"main": OLD}, Presence.THERE),
        ({"main": ELSEWHERE}, Presence.THERE),
        ({"main": CLEAN}, Presence.PIN_GONE),
        ({"main": OTHER_FILE}, Presence.PIN_GONE),
        ({"main": ""}, Presence.LOCK_GONE),
        ({"main": BROKEN}, Presence.UNSURE),
        ({"main": "5" * 40}, Presence.UNSURE),
        ({"main": CLEAN, "dev": BROKEN}, Presence.PIN_GONE),
        ({"main": CLEAN, "dev": ELSEWHERE}, Presence.THERE),
    ],
    ids=[
        "as it was",
        "changed elsewhere",
        "cleaned",
        "another file of that name",
        "deleted",
        "partly readable",
        "never read",
        "cleaned, and a branch that never had it is broken",
        "left on another branch",
    ],
)
def test_a_pin_is_where_a_lock_has_it_at_the_tip_of_a_ref(
    ledger: Ledger, oids: dict[str, str], presence: Presence
) -> None:
    found = after(ledger, visited("c" * 40, main=OLD), visited("d" * 40, **oids))

    assert found.presence is presence


def test_the_default_branch_comes_first(ledger: Ledger) -> None:
    found = after(ledger, visited("c" * 40, dev=OLD, main=ELSEWHERE, zero=OLD))

    assert [one.ref for one in found.sightings] == [MAIN, DEV, "refs/heads/zero"]
    assert found.sightings[0] == replace(sighting(ELSEWHERE), commit="c" * 40)


def test_what_no_look_has_reached_is_neither_there_nor_gone(ledger: Ledger) -> None:
    trunk = (Head(ref="refs/heads/trunk", commit="e" * 40, is_default=True),)
    moved = replace(visited("d" * 40), refs=Refs.DEFAULT, heads=trunk)

    found = after(ledger, visited("c" * 40, main=OLD), moved)

    assert found == Whereabouts(presence=Presence.UNSURE)


def test_a_repository_that_nobody_knows_has_no_lock(ledger: Ledger) -> None:
    with ledger.read() as conn:
        assert whereabouts(conn, None, FOUND).presence is Presence.LOCK_GONE
