from __future__ import annotations

from dataclasses import replace

from crawler.model import Claim, Distribution, IndexState, VerdictState
from tests.contract.ledger.samples import (
    BLAKE,
    GHOST,
    NOON,
    SHA,
    later,
    lock,
    pin,
    record,
    said,
    sha256,
    verdict,
)
from workers.ledger import assertions, locks, verdicts
from workers.ledger.ledger import Ledger
from workers.naming import named
from workers.steps.explaining import Explanation, explain

OTHER = "ef" * 32
WHEEL = "zz_ghost-1.0-py3-none-any.whl"


def store(ledger: Ledger, *read: locks.ReadLock) -> None:
    with ledger.write() as conn:
        locks.store_many(conn, read, NOON, parser_version="1")


def explained(ledger: Ledger, what: str) -> Explanation:
    with ledger.read() as conn:
        return explain(conn, named(what), later(1))


def test_a_lock_teaches_the_name_and_the_other_digest_of_a_file(ledger: Ledger) -> None:
    store(ledger, lock("1" * 40, pin()), lock("2" * 40, pin(sha=OTHER)))

    known = explained(ledger, f"sha256:{SHA}")

    assert (known.named.project, known.named.version) == (GHOST, "1.0")
    assert known.named.filename == WHEEL
    assert (known.locks_of_file, known.locks_of_release) == (1, 2)
    assert not known.nothing


def test_locks_are_counted_by_the_digests_that_feeds_state_of_a_file_asked_for_by_name(
    ledger: Ledger,
) -> None:
    store(ledger, lock("1" * 40, pin()), lock("2" * 40, pin(sha=OTHER)))
    with ledger.write() as conn:
        of_file = replace(said().subject, file=Distribution(filename=WHEEL, digests=(sha256(),)))
        accused = replace(said(record_id="7"), subject=of_file)
        assertions.append(conn, "osv-mal", [record(accused, record_id="7")], NOON)

    known = explained(ledger, WHEEL)

    assert [digest.hex for digest in known.named.digests] == [SHA]
    assert known.locks_of_file == 1


def test_locks_that_state_different_digests_of_one_file_teach_none(ledger: Ledger) -> None:
    store(ledger, lock("1" * 40, pin(sha=SHA)), lock("2" * 40, pin(sha=OTHER)))

    known = explained(ledger, f"blake2b_256:{BLAKE}")

    assert [digest.hex for digest in known.named.digests] == [BLAKE]
    assert known.locks_of_file == 2


def test_what_feeds_say_of_a_digest_weighs_more_than_what_a_lock_calls_it(ledger: Ledger) -> None:
    store(ledger, lock("1" * 40, pin(name="zz-innocent", filename="zz_innocent-3.0.tar.gz")))
    with ledger.write() as conn:
        verdicts.replace(conn, {GHOST: (verdict(digest=sha256()),)}, NOON)

    known = explained(ledger, SHA)

    assert known.named.project == GHOST
    assert [v.state for v in known.verdicts] == [VerdictState.MALICIOUS]


def test_the_index_state_is_the_last_thing_that_was_said_of_the_release(ledger: Ledger) -> None:
    removed = said(Claim.REMOVED, record_id="7")
    with ledger.write() as conn:
        assertions.append(conn, "pypi-journal", [record(removed, record_id="7")], NOON)

    known = explained(ledger, "pkg:pypi/zz-ghost@1.0.0")
    other = explained(ledger, "pkg:pypi/zz-ghost@2.0")

    assert (known.index.state, known.index.at) == (IndexState.GONE, NOON)
    assert other.index.state is IndexState.UNKNOWN
    assert other.nothing


def test_the_most_specific_verdict_comes_first(ledger: Ledger) -> None:
    judged = (
        verdict(version=None),
        verdict(version="1.0"),
        verdict(version="2.0"),
        verdict(digest=sha256()),
    )
    with ledger.write() as conn:
        verdicts.replace(conn, {GHOST: judged}, NOON)

    known = explained(ledger, f"sha256:{SHA}")

    assert [v.subject.level for v in known.verdicts] == ["file", "release", "project"]
    assert {v.subject.version for v in known.verdicts} == {None, "1.0"}
