"""What is said of one project bears on another that has the same file; newer rules judge all anew."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import text

from crawler.model import (
    RULES,
    Assertion,
    Claim,
    Digest,
    Distribution,
    Doubt,
    Ecosystem,
    ProjectKey,
    Record,
    Subject,
)
from tests.contract.ledger.older import make_schema
from tests.contract.ledger.samples import GHOST, NOON, later, record, said, sha256
from tests.servers.leasing import lease
from workers.ledger import assertions, file_owners, verdicts, work
from workers.ledger.ledger import Ledger
from workers.ledger.work_items import WorkKind
from workers.steps.reconsidering import reconsider, reconsider_outdated
from workers.values import encode

GOOD = ProjectKey(ecosystem=Ecosystem.PYPI, name="zz-good")
NOTHING = Digest(
    algorithm=sha256().algorithm,
    hex="e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
)


def of_file(
    claim: Claim, project: ProjectKey, record_id: str, digest: Digest | None = None
) -> Record:
    name = f"{project.name.replace('-', '_')}-1.0-py3-none-any.whl"
    file = Distribution(filename=name, digests=(digest or sha256(),))
    statement = said(claim, project=project, record_id=record_id)
    subject = Subject(project=project, version="1.0", file=file)
    return record(replace(statement, subject=subject), record_id=record_id)


def learn(ledger: Ledger, feed: str, *records: Record) -> tuple[ProjectKey, ...]:
    with ledger.write() as conn:
        return reconsider(conn, assertions.append(conn, feed, records, NOON), NOON)


def doubts(ledger: Ledger) -> list[tuple[Doubt, ...]]:
    with ledger.read() as conn:
        found = verdicts.of_project(conn, GHOST)
    return [one.doubts for v in found for one in v.support]


def test_a_digest_is_doubted_as_soon_as_the_index_tells_whose_it_is(ledger: Ledger) -> None:
    learn(ledger, "osv-mal", of_file(Claim.MALICIOUS, GHOST, "MAL-1"))
    before = doubts(ledger)

    changed = learn(ledger, "pypi-status", of_file(Claim.LISTED, GOOD, "status:zz-good"))

    assert (before, doubts(ledger)) == ([()], [(Doubt.OTHER_FILE,)])
    assert changed == (GHOST,)


def test_it_does_not_matter_which_of_the_two_was_told_first(ledger: Ledger) -> None:
    learn(ledger, "pypi-status", of_file(Claim.LISTED, GOOD, "status:zz-good"))
    learn(ledger, "osv-mal", of_file(Claim.MALICIOUS, GHOST, "MAL-1"))

    assert doubts(ledger) == [(Doubt.OTHER_FILE,)]


def test_whose_a_digest_is_stays_known_when_the_index_drops_that_file(ledger: Ledger) -> None:
    learn(ledger, "pypi-status", of_file(Claim.LISTED, GOOD, "status:zz-good"))
    learn(ledger, "osv-mal", of_file(Claim.MALICIOUS, GHOST, "MAL-1"))

    learn(ledger, "pypi-status", Record(id="status:zz-good", assertions=()))

    assert doubts(ledger) == [(Doubt.OTHER_FILE,)]


def test_a_digest_is_believed_again_when_who_knew_it_as_another_file_s_takes_it_back(
    ledger: Ledger,
) -> None:
    learn(ledger, "misp", of_file(Claim.KNOWN, GOOD, "event-1"))
    learn(ledger, "osv-mal", of_file(Claim.MALICIOUS, GHOST, "MAL-1"))
    before = doubts(ledger)

    changed = learn(ledger, "misp", Record(id="event-1", assertions=()))

    assert (before, changed, doubts(ledger)) == ([(Doubt.OTHER_FILE,)], (GHOST,), [()])


def test_the_digest_of_nothing_makes_nobody_neighbours(ledger: Ledger) -> None:
    learn(ledger, "osv-mal", of_file(Claim.MALICIOUS, GHOST, "MAL-1", NOTHING))
    learn(ledger, "pypi-status", of_file(Claim.LISTED, GOOD, "status:zz-good", NOTHING))

    with ledger.read() as conn:
        assert file_owners.sharing(conn, [GHOST, GOOD]) == {}


def test_of_a_digest_that_thousands_are_said_to_have_a_few_are_looked_at(ledger: Ledger) -> None:
    many = [ProjectKey(ecosystem=Ecosystem.PYPI, name=f"zz-many-{n:03}") for n in range(120)]
    learn(ledger, "osv-mal", *(of_file(Claim.MALICIOUS, key, f"MAL-{key.name}") for key in many))

    with ledger.read() as conn:
        others = file_owners.sharing(conn, [many[119]])

    assert others == {many[119]: tuple(many[:50])}


def test_newer_rules_judge_all_anew_and_hunt_every_ghost_once(ledger: Ledger) -> None:
    learn(ledger, "osv-mal", of_file(Claim.MALICIOUS, GHOST, "MAL-1"))
    with ledger.write() as conn:
        (by_old_rules,) = verdicts.of_project(conn, GHOST)
        verdicts.replace(conn, {GHOST: (replace(by_old_rules, support=()),)}, later(1))
        verdicts.note_judged_by(conn, "1")
        leased = lease(conn, WorkKind.HUNT, 10, later(1))
        work.finish_all(conn, leased, later(1))

    changed = reconsider_outdated(ledger, later(2))
    again = reconsider_outdated(ledger, later(3))

    with ledger.write() as conn:
        hunts = [item.key for item in lease(conn, WorkKind.HUNT, 10, later(4))]
        assert verdicts.judged_by(conn) == RULES
        assert verdicts.of_project(conn, GHOST) == (by_old_rules,)
    assert (changed, again) == ((GHOST,), ())
    assert hunts == ["pypi/zz-ghost"]


def test_rules_that_judge_alike_still_hunt_for_they_may_match_otherwise(ledger: Ledger) -> None:
    learn(ledger, "osv-mal", record(said()))
    with ledger.write() as conn:
        work.finish_all(conn, lease(conn, WorkKind.HUNT, 10, NOON), NOON)

    changed = reconsider_outdated(ledger, later(1))

    with ledger.write() as conn:
        hunts = [item.key for item in lease(conn, WorkKind.HUNT, 10, later(2))]
    assert (changed, hunts) == ((), ["pypi/zz-ghost"])


@pytest.fixture
def old(empty: Ledger) -> Ledger:
    """A ledger of the revision before."""
    with empty.write() as conn:
        make_schema(conn, "0006")
    return empty


def _insert(ledger: Ledger, statement: Assertion, digest: str) -> None:
    with ledger.write() as conn:
        conn.execute(
            text(
                "INSERT INTO assertion (digest, feed, record_id, revision, project, claim,"
                " retracted, body, recorded_at) VALUES (:digest, 'osv-mal', :record, 1, :project,"
                " 'malicious', false, :body, '2026-03-01T12:00:00.000000Z')"
            ),
            {
                "digest": digest,
                "record": statement.record_id,
                "project": f"pypi/{statement.subject.project.name}",
                "body": encode(statement),
            },
        )


def test_an_older_ledger_learns_whose_its_digests_are_and_is_judged_again(old: Ledger) -> None:
    (one,) = of_file(Claim.MALICIOUS, GHOST, "MAL-1").assertions
    (two,) = of_file(Claim.LISTED, GOOD, "status:zz-good").assertions
    for number, statement in enumerate((one, two, said(record_id="MAL-2"))):
        _insert(old, statement, f"{number:064}")

    old.upgrade()
    changed = reconsider_outdated(old, later(1))

    old.check()
    with old.read() as conn:
        assert file_owners.sharing(conn, [GHOST]) == {GHOST: (GOOD,)}
    assert changed == (GHOST,)
    assert doubts(old) == [(Doubt.OTHER_FILE,)]
