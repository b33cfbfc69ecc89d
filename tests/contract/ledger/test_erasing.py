"""What is erased at somebody's request is gone, and all else stays sound."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import func, select, text

from crawler.model import Repository
from tests.contract.ledger.samples import (
    NOON,
    evidence,
    finding,
    later,
    lock,
    pin,
    repository,
    sighting,
    visited,
)
from tests.servers.leasing import lease
from workers.ledger import (
    findings,
    frontier,
    gaps,
    left_alone,
    locks,
    proofs,
    visits,
    work,
)
from workers.ledger.erasing import erase, rehearse
from workers.ledger.ledger import Ledger
from workers.ledger.tables import metadata
from workers.ledger.work import turns
from workers.ledger.work_items import WorkItem, WorkKind

OIDS = {"acme/app": "1" * 40, "acme/web": "2" * 40, "other/app": "3" * 40}


def fill(ledger: Ledger) -> dict[str, int]:
    """Three repositories of two owners, each with a lock of its own, a finding and two proofs."""
    ids = {}
    with ledger.write() as conn:
        for number, (path, oid) in enumerate(OIDS.items()):
            (ids[path],) = frontier.save(conn, [repository(path, f"n{number}")], NOON)
            here = visited(repository(path, f"n{number}"), sighting(oid))
            visits.record_visit(conn, ids[path], here, NOON)
            one = lock(oid, pin(path.replace("/", "-")), pin())
            locks.store_many(conn, [one], NOON, parser_version="1")
            key = path.replace("/", "-")
            findings.record(conn, [finding(key, path=path, oid=oid)], "run", NOON)
            due = [
                WorkItem(kind=WorkKind.VISIT, key=str(ids[path]), host="git.example", due_at=NOON),
                WorkItem(kind=WorkKind.VERIFY, key=key, host="git.example", due_at=NOON),
            ]
            work.offer(conn, due, NOON)
        for excerpt in ("first", "second"):
            for path in OIDS:
                key = path.replace("/", "-")
                said = evidence(excerpt=f"{excerpt} of {path}")
                proof = replace(said, permalink=f"https://git.example/{path}/uv.lock")
                proofs.add_evidence(conn, key, proof, NOON)
    return ids


def standing(ledger: Ledger) -> tuple[int, int, int]:
    """Return how much work is open, done and under way, as the lanes say."""
    with ledger.read() as conn:
        now = turns.standing(conn, later(0.5))
        open_rows = conn.scalar(text("SELECT count(*) FROM work WHERE state = 'open'"))
    assert now.open == open_rows
    return now.open, now.done, now.busy


def everything(ledger: Ledger) -> str:
    """Return all text in the ledger, in one piece."""
    with ledger.read() as conn:
        return "\n".join(
            str(value)
            for table in metadata.sorted_tables
            for row in conn.execute(select(table))
            for value in row
        )


@pytest.mark.parametrize(
    ("path", "gone", "left"),
    [
        ("acme", {"acme/app", "acme/web"}, {"other/app"}),
        ("ACME/App", {"acme/app"}, {"acme/web", "other/app"}),
        ("", set(OIDS), set()),
        ("acm", set(), set(OIDS)),
    ],
)
def test_an_owner_a_repository_or_a_host_is_gone_with_all_that_was_found_there(
    ledger: Ledger, path: str, gone: set[str], left: set[str]
) -> None:
    fill(ledger)

    with ledger.write() as conn:
        removed = erase(conn, "git.example", path, later(1))

    text_left = everything(ledger)
    assert {name for name in OIDS if name in text_left} == left
    assert removed.get("repository", 0) == removed.get("finding", 0) == len(gone)
    assert removed.get("evidence", 0) == removed.get("work", 0) == 2 * len(gone)


def test_the_chain_of_evidence_stays_checkable_and_goes_on(ledger: Ledger) -> None:
    fill(ledger)
    with ledger.write() as conn:
        erase(conn, "git.example", "acme/app", later(1))
        erase(conn, "git.example", "acme/web", later(1))

        proofs.add_evidence(conn, "other-app", evidence(excerpt="third"), later(2))

        assert proofs.verify_chain(conn) is None
        assert proofs.erased(conn) == 4


@pytest.mark.parametrize(
    "harm",
    [
        "UPDATE evidence SET hash = replace(hash, 'a', 'b') WHERE body IS NULL AND id < 5",
        "DELETE FROM evidence WHERE id = (SELECT min(id) FROM evidence WHERE body IS NULL)",
        "DELETE FROM evidence WHERE body IS NULL",
        "UPDATE evidence SET body = '{}' WHERE body IS NULL",
        "UPDATE evidence SET body = NULL, key = NULL WHERE body IS NOT NULL",
        "UPDATE evidence SET body = '{}' WHERE body IS NOT NULL",
        "UPDATE evidence SET key = NULL WHERE body IS NOT NULL",
    ],
)
def test_another_change_of_the_evidence_still_shows(ledger: Ledger, harm: str) -> None:
    fill(ledger)
    with ledger.write() as conn:
        erase(conn, "git.example", "acme", later(1))

        conn.execute(text(harm))

        assert proofs.verify_chain(conn) is not None


def test_locks_and_packages_that_others_have_stay_searchable(ledger: Ledger) -> None:
    fill(ledger)

    with ledger.write() as conn:
        erase(conn, "git.example", "acme", later(1))

        kept = locks.count(conn)
        packages = conn.scalar(text("SELECT count(*) FROM block"))
        postings = conn.scalar(text("SELECT count(*) FROM pin"))
        names = conn.scalar(text("SELECT count(DISTINCT block_id) FROM block_name"))
    assert (kept, packages, postings, names) == (1, 2, 2, 2)


def test_who_was_erased_is_left_alone_under_a_new_name_too(ledger: Ledger) -> None:
    fill(ledger)
    with ledger.write() as conn:
        erase(conn, "git.example", "acme/app", later(1))

        came = [
            repository("acme/app", "n7"),
            repository("elsewhere/app", "n0"),
            repository("acme/application", "n8"),
            Repository(host="forge.example", path="acme/app", clone_url="https://forge.example/x"),
        ]
        wanted = left_alone.without(conn, came)
        (said,) = [one for one in gaps.noted(conn) if one.context == "erased"]

    assert [(one.host, one.path) for one in wanted] == [
        ("git.example", "acme/application"),
        ("forge.example", "acme/app"),
    ]
    assert "acme" not in said.reason


def test_a_visit_under_way_brings_nothing_of_what_was_erased(ledger: Ledger) -> None:
    ids = fill(ledger)
    with ledger.write() as conn:
        leased = lease(conn, WorkKind.VISIT, 3, later(0.5))
    with ledger.write() as conn:
        erase(conn, "git.example", "acme/app", later(1))

        finished = {one.key: work.finish(conn, one.id, one.fence, later(1)) for one in leased}

    assert finished == {
        str(ids["acme/app"]): False,
        str(ids["acme/web"]): True,
        str(ids["other/app"]): True,
    }


def test_lanes_count_no_work_that_was_erased(ledger: Ledger) -> None:
    fill(ledger)
    with ledger.write() as conn:
        (leased, *_) = lease(conn, WorkKind.VISIT, 3, later(0.5))
        work.finish(conn, leased.id, leased.fence, later(0.5))
    before = standing(ledger)

    with ledger.write() as conn:
        erase(conn, "git.example", "acme", later(1))

    assert (before, standing(ledger)) == ((5, 1, 2), (2, 0, 1))


def test_what_would_be_erased_is_said_and_nothing_changes(ledger: Ledger) -> None:
    fill(ledger)
    before = everything(ledger), standing(ledger)

    said = rehearse(ledger, "git.example", "acme", later(1))

    assert (said["repository"], said["finding"], said["work"]) == (2, 2, 4)
    assert (everything(ledger), standing(ledger)) == before


def test_the_fork_of_somebody_else_no_longer_names_it(ledger: Ledger) -> None:
    fork = Repository(
        host="git.example",
        path="other/fork",
        clone_url="https://git.example/other/fork.git",
        native_id="n9",
        fork_of="acme/app",
    )
    fill(ledger)
    with ledger.write() as conn:
        (fork_id,) = frontier.save(conn, [fork], NOON)

        erase(conn, "git.example", "acme", later(1))

        assert frontier.repositories(conn, [fork_id])[fork_id].fork_of is None
        assert conn.scalar(select(func.count()).select_from(metadata.tables["repository"])) == 2
