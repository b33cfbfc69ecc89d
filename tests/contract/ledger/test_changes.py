from __future__ import annotations

from dataclasses import replace

from crawler.model import Algorithm, Digest, VerdictState
from tests.contract.ledger.samples import BLAKE, GHOST, NOON, later, record, said, sha256, verdict
from workers.ledger import assertions, changes, verdicts
from workers.ledger.ledger import Ledger


def test_a_change_names_what_it_was_what_it_became_and_the_record_behind_it(
    ledger: Ledger,
) -> None:
    with ledger.write() as conn:
        assertions.append(conn, "osv-mal", [record(said())], NOON)
        verdicts.replace(conn, {GHOST: (verdict(),)}, NOON)
        assertions.append(conn, "osv-mal", [record(said(observed_at=later(1)))], later(1))
        assertions.append(conn, "osv-mal", [record()], later(2))
        verdicts.replace(conn, {GHOST: (verdict(VerdictState.WITHDRAWN),)}, later(2))

        found = changes.of_project(conn, GHOST)

    assert [(c.at, c.before, c.after) for c in found] == [
        (NOON, None, VerdictState.MALICIOUS),
        (later(2), VerdictState.MALICIOUS, VerdictState.WITHDRAWN),
    ]
    assert [c.records for c in found] == [(("osv-mal", "MAL-1"),), (("osv-mal", "MAL-1"),)]


def test_a_verdict_that_goes_without_a_successor_became_nothing_by_time_alone(
    ledger: Ledger,
) -> None:
    with ledger.write() as conn:
        verdicts.replace(conn, {GHOST: (verdict(VerdictState.ALLOWED),)}, NOON)
        verdicts.replace(conn, {GHOST: ()}, later(5))

        found = changes.of_project(conn, GHOST)

    assert [(c.at, c.before, c.after, c.records) for c in found] == [
        (NOON, None, VerdictState.ALLOWED, ()),
        (later(5), VerdictState.ALLOWED, None, ()),
    ]


def test_a_file_of_which_one_more_digest_is_known_is_the_same_file(ledger: Ledger) -> None:
    before, after = verdict(digest=sha256()), verdict(VerdictState.WITHDRAWN, digest=sha256())
    assert after.subject.file is not None
    blake = Digest(algorithm=Algorithm.BLAKE2B_256, hex=BLAKE)
    file = replace(after.subject.file, digests=(blake, sha256()))
    after = replace(after, subject=replace(after.subject, file=file))
    with ledger.write() as conn:
        verdicts.replace(conn, {GHOST: (before,)}, NOON)
        verdicts.replace(conn, {GHOST: (after,)}, later(1))

        found = changes.of_project(conn, GHOST)

    assert [(c.before, c.after) for c in found] == [
        (None, VerdictState.MALICIOUS),
        (VerdictState.MALICIOUS, VerdictState.WITHDRAWN),
    ]


def test_two_files_of_one_name_have_a_history_each(ledger: Ledger) -> None:
    other = Digest(algorithm=Algorithm.SHA256, hex="12" * 32)
    with ledger.write() as conn:
        verdicts.replace(conn, {GHOST: (verdict(digest=sha256()),)}, NOON)
        verdicts.replace(
            conn, {GHOST: (verdict(VerdictState.NAME_REUSED, digest=other),)}, later(1)
        )

        found = changes.of_project(conn, GHOST)

    assert [(c.before, c.after) for c in found] == [
        (None, VerdictState.MALICIOUS),
        (None, VerdictState.NAME_REUSED),
        (VerdictState.MALICIOUS, None),
    ]


def test_what_is_restated_in_the_same_state_is_no_change(ledger: Ledger) -> None:
    again = replace(verdict(), since=later(1))
    with ledger.write() as conn:
        verdicts.replace(conn, {GHOST: (verdict(),)}, NOON)
        verdicts.replace(conn, {GHOST: (again,)}, later(1))

        found = changes.of_project(conn, GHOST)

    assert [(c.at, c.after) for c in found] == [(NOON, VerdictState.MALICIOUS)]
