from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import func, select

from crawler.errors import StoreError
from crawler.model import (
    Algorithm,
    Digest,
    Ecosystem,
    Outcome,
    ProjectKey,
    Skipped,
    Visit,
)
from tests.contract.ledger.samples import (
    BLAKE,
    GHOST,
    NOON,
    SHA,
    lock,
    lock_id,
    pin,
    repository,
    sha256,
    sighting,
)
from workers.ledger import frontier, locks, sightings, visit_coverage, visits
from workers.ledger.ledger import Ledger
from workers.ledger.tables import block
from workers.ledger.tables import pin as postings

ONE, TWO = "1" * 40, "2" * 40


def store(ledger: Ledger, *read: locks.ReadLock, parser_version: str = "1") -> None:
    with ledger.write() as conn:
        locks.store_many(conn, read, NOON, parser_version=parser_version)


def test_only_locks_read_by_the_same_parsers_are_known(ledger: Ledger) -> None:
    store(ledger, lock(ONE, pin()))

    with ledger.read() as conn:
        assert locks.known(conn, [lock_id(ONE), lock_id(TWO)], "1") == {lock_id(ONE)}
        assert locks.known(conn, [lock_id(ONE), lock_id(TWO)], "2") == frozenset()


def test_a_lock_comes_back_as_it_was_stored(ledger: Ledger) -> None:
    wheel = pin()
    sdist = replace(pin(filename="zz_ghost-1.0.tar.gz", sha="ee" * 32), flags=("no-hash",))
    bare = pin(name=None, version=None, sha=None, blake=None)
    skipped = (Skipped(context="package[3]", reason="no name"),)
    stored = lock(ONE, wheel, sdist, bare, skipped=skipped)
    store(ledger, stored)

    with ledger.read() as conn:
        read = locks.pins_of(conn, lock_id(ONE))
        whole = locks.read_lock(conn, lock_id(ONE))

    expected = tuple(replace(one, lines=None) for one in (bare, wheel, sdist))
    assert read == replace(stored.result, pins=expected)
    assert whole == replace(stored, result=read)


def test_that_its_tool_refuses_a_lock_comes_back_with_it(ledger: Ledger) -> None:
    one, two = lock(ONE, pin()), lock(TWO, pin())
    store(ledger, replace(one, result=replace(one.result, refused="line 5: duplicate key")), two)

    with ledger.read() as conn:
        assert locks.pins_of(conn, lock_id(ONE)).refused == "line 5: duplicate key"
        assert locks.pins_of(conn, lock_id(TWO)).refused is None


def test_a_lock_is_stored_with_its_size_and_digest(ledger: Ledger) -> None:
    store(ledger, replace(lock(ONE, pin()), size=12, sha256="ab" * 32))

    with ledger.read() as conn:
        read = locks.read_lock(conn, lock_id(ONE))

    assert read is not None
    assert (read.size, read.sha256) == (12, "ab" * 32)


def test_a_lock_that_was_never_read_is_no_empty_lock(ledger: Ledger) -> None:
    with ledger.read() as conn, pytest.raises(StoreError, match=r"no lock 2222.* \(uv\)"):
        locks.pins_of(conn, lock_id(TWO))


def test_locks_share_their_blocks(ledger: Ledger) -> None:
    store(ledger, lock(ONE, pin()), lock(TWO, replace(pin(), lines=None)))

    with ledger.read() as conn:
        assert conn.scalar(select(func.count()).select_from(block)) == 1
        assert conn.scalar(select(func.count()).select_from(postings)) == 2
        assert locks.count(conn) == 2


def test_storing_a_lock_twice_changes_nothing(ledger: Ledger) -> None:
    skipped = (Skipped(context="x", reason="y"),)
    store(ledger, lock(ONE, pin(), skipped=skipped))
    store(ledger, lock(ONE, pin(), skipped=skipped))

    with ledger.read() as conn:
        assert conn.scalar(select(func.count()).select_from(postings)) == 1
        assert locks.pins_of(conn, lock_id(ONE)).skipped == skipped


def test_a_better_parser_replaces_what_the_old_one_read(ledger: Ledger) -> None:
    store(
        ledger,
        lock(ONE, pin("zz-old", filename="zz_old-1.0.tar.gz", sha="aa" * 32, blake="bb" * 32)),
    )
    store(ledger, lock(ONE, pin()), parser_version="2")

    with ledger.read() as conn:
        assert locks.locks_with(conn, digests=[sha256("aa" * 32)]) == ()
        assert locks.locks_with(conn, digests=[sha256()]) == (lock_id(ONE),)


@pytest.mark.parametrize(
    "digest",
    [sha256(SHA), Digest(algorithm=Algorithm.BLAKE2B_256, hex=BLAKE)],
    ids=["stated", "carried by the URL"],
)
def test_the_hunt_finds_locks_by_digest(ledger: Ledger, digest: Digest) -> None:
    store(ledger, lock(ONE, pin()), lock(TWO, pin(sha=None, blake=None)))

    with ledger.read() as conn:
        assert locks.locks_with(conn, digests=[digest]) == (lock_id(ONE),)


def test_the_hunt_finds_locks_by_declared_name_and_by_file_name(ledger: Ledger) -> None:
    bare = pin(version="2.0.0", sha=None, blake=None)
    store(ledger, lock(ONE, pin(name="zz-mask", version="5")), lock(TWO, bare))
    mask = ProjectKey(ecosystem=Ecosystem.PYPI, name="zz-mask")

    with ledger.read() as conn:
        assert locks.locks_with(conn, releases=[(GHOST, "1.0")]) == (lock_id(ONE),)
        assert locks.locks_with(conn, releases=[(mask, "5.0")]) == (lock_id(ONE),)
        assert locks.locks_with(conn, releases=[(GHOST, "2.0")]) == (lock_id(TWO),)
        assert locks.locks_with(conn, projects=[GHOST]) == (lock_id(ONE), lock_id(TWO))
        assert locks.locks_with(conn, releases=[(GHOST, "9")], projects=[]) == ()


def test_what_could_not_be_read_in_a_lock_is_said_with_its_place(ledger: Ledger) -> None:
    store(ledger, lock(ONE, skipped=(Skipped(context="package[3]", reason="no name"),)))
    seen = Visit(repository=repository(), outcome=Outcome.VISITED, sightings=(sighting(ONE),))
    with ledger.write() as conn:
        (saved,) = frontier.save(conn, [repository()], NOON)
        visits.record_visit(conn, saved, seen, NOON)

        left = list(locks.unread(conn))

    assert left[0].where == "uv.lock: package[3]"
    assert left == [
        visit_coverage.NotLookedAt(
            host="git.example",
            repository="acme/app",
            path="uv.lock",
            context="package[3]",
            reason="no name",
        )
    ]


def test_one_blob_is_another_lock_for_each_way_in_which_it_is_read(ledger: Ledger) -> None:
    broken = (Skipped(context="", reason="no lock"),)
    as_uv, as_npm = lock_id(ONE), lock_id(ONE, "npm")
    store(ledger, lock(ONE, pin()), replace(lock(ONE, skipped=broken), id=as_npm))
    places = (sighting(ONE), sighting(ONE, path="package-lock.json"), sighting(ONE, path="A.lock"))
    seen = Visit(repository=repository(), outcome=Outcome.VISITED, sightings=places)
    with ledger.write() as conn:
        (saved,) = frontier.save(conn, [repository()], NOON)
        visits.record_visit(conn, saved, seen, NOON)

    with ledger.read() as conn:
        other = lock_id(ONE, "by-content")
        assert locks.known(conn, [as_uv, as_npm, other], "1") == {as_uv, as_npm}
        assert locks.locks_with(conn, digests=[sha256()]) == (as_uv,)
        assert [one.sighting.path for one in sightings.of_locks(conn, [as_uv])] == ["uv.lock"]
        assert [one.where for one in locks.unread(conn)] == ["package-lock.json"]
        assert locks.count(conn) == 2


def test_to_read_a_blob_in_one_way_again_leaves_the_other_as_it_was(ledger: Ledger) -> None:
    as_npm = replace(lock(ONE, pin()), id=lock_id(ONE, "npm"))
    store(ledger, lock(ONE, pin()), as_npm)

    store(ledger, lock(ONE), parser_version="2")

    with ledger.read() as conn:
        assert locks.locks_with(conn, digests=[sha256()]) == (lock_id(ONE, "npm"),)
        assert locks.known(conn, [lock_id(ONE), as_npm.id], "1") == {as_npm.id}
