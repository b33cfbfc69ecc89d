from __future__ import annotations

from crawler.model import Claim, Ecosystem, ProjectKey
from tests.contract.ledger.samples import GHOST, NOON, later, record, said
from workers.ledger import assertions, current_assertions
from workers.ledger.ledger import Ledger

OTHER = ProjectKey(ecosystem=Ecosystem.NPM, name="@zz/other")


def test_a_new_record_changes_its_projects(ledger: Ledger) -> None:
    stated = record(said(), said(project=OTHER))

    with ledger.write() as conn:
        changed = assertions.append(conn, "osv-mal", [stated], NOON)

    assert changed == {GHOST, OTHER}


def test_the_same_record_again_changes_nothing(ledger: Ledger) -> None:
    with ledger.write() as conn:
        assertions.append(conn, "osv-mal", [record(said())], NOON)

        changed = assertions.append(conn, "osv-mal", [record(said())], later(1))

        ((_, held),) = current_assertions.of_projects(conn, [GHOST])
    assert (changed, held) == (frozenset(), (said(),))


def test_a_later_state_that_says_the_same_changes_nothing(ledger: Ledger) -> None:
    with ledger.write() as conn:
        assertions.append(conn, "osv-mal", [record(said())], NOON)

        changed = assertions.append(conn, "osv-mal", [record(said(observed_at=later(1)))], later(1))

    assert changed == frozenset()


def test_what_a_later_state_lacks_is_retracted_at_that_state(ledger: Ledger) -> None:
    first = record(said(version="1.0"), said(version="2.0"))
    second = record(said(version="2.0", observed_at=later(1)))
    with ledger.write() as conn:
        assertions.append(conn, "osv-mal", [first], NOON)

        changed = assertions.append(conn, "osv-mal", [second], later(2))

        ((_, held),) = current_assertions.of_projects(conn, [GHOST])
    assert changed == {GHOST}
    assert [(one.subject.version, one.retracted_at) for one in held] == [
        ("1.0", later(1)),
        ("2.0", None),
    ]


def test_a_record_that_says_nothing_any_more_is_retracted_now(ledger: Ledger) -> None:
    with ledger.write() as conn:
        assertions.append(conn, "osv-mal", [record(said())], NOON)

        assertions.append(conn, "osv-mal", [record()], later(2))

        ((_, held),) = current_assertions.of_projects(conn, [GHOST])
    assert [one.retracted_at for one in held] == [later(2)]


def test_what_was_retracted_can_be_said_again(ledger: Ledger) -> None:
    with ledger.write() as conn:
        assertions.append(conn, "osv-mal", [record(said())], NOON)
        assertions.append(conn, "osv-mal", [record()], later(1))

        changed = assertions.append(conn, "osv-mal", [record(said())], later(2))

        ((_, held),) = current_assertions.of_projects(conn, [GHOST])
    assert changed == {GHOST}
    assert held == (said(),)


def test_a_changed_statement_replaces_the_one_before(ledger: Ledger) -> None:
    new = said(reference="https://lab.example/1", observed_at=later(1))
    with ledger.write() as conn:
        assertions.append(conn, "osv-mal", [record(said())], NOON)

        changed = assertions.append(conn, "osv-mal", [record(new)], later(1))

        ((_, held),) = current_assertions.of_projects(conn, [GHOST])
    assert changed == {GHOST}
    assert held == (new,)


def test_a_page_that_comes_late_brings_nothing_back(ledger: Ledger) -> None:
    with ledger.write() as conn:
        assertions.append(conn, "osv-mal", [record(said(observed_at=later(1)))], NOON)

        old = record(said(), said(version="9.9"))
        changed = assertions.append(conn, "osv-mal", [old], later(2))

    assert changed == frozenset()


def test_another_record_of_the_same_feed_is_left_alone(ledger: Ledger) -> None:
    with ledger.write() as conn:
        assertions.append(conn, "osv-mal", [record(said())], NOON)

        other = record(said(Claim.SUSPICIOUS, record_id="MAL-2"), record_id="MAL-2")
        assertions.append(conn, "osv-mal", [other], NOON)

        ((_, held),) = current_assertions.of_projects(conn, [GHOST])
    assert [one.claim for one in held] == [Claim.MALICIOUS, Claim.SUSPICIOUS]


def test_projects_come_with_what_is_said_of_them_or_with_nothing(ledger: Ledger) -> None:
    with ledger.write() as conn:
        assertions.append(conn, "osv-mal", [record(said())], NOON)

        found = list(current_assertions.of_projects(conn, [OTHER, GHOST]))

    assert found == [(OTHER, ()), (GHOST, (said(),))]


def test_projects_and_records_are_counted(ledger: Ledger) -> None:
    with ledger.write() as conn:
        assertions.append(conn, "osv-mal", [record(said())], NOON)
        other = record(said(project=OTHER, record_id="MAL-2"), record_id="MAL-2")
        assertions.append(conn, "osv-mal", [other], later(2))

        assert list(current_assertions.projects(conn)) == [OTHER, GHOST]
        assert current_assertions.record_count(conn) == 2
        assert current_assertions.record_count(conn, "file:x") == 0


def test_a_name_that_cannot_be_stored_comes_back_as_it_was(ledger: Ledger) -> None:
    odd = ProjectKey(ecosystem=Ecosystem.NPM, name="a\x00b\udcff")
    with ledger.write() as conn:
        changed = assertions.append(conn, "f\x00", [record(said(project=odd))], NOON)

        again = assertions.append(conn, "f\x00", [record(said(project=odd))], NOON)

        ((key, held),) = current_assertions.of_projects(conn, [odd])
    assert changed == {odd}
    assert again == frozenset()
    assert key == odd
    assert held == (said(project=odd),)
