from __future__ import annotations

from dataclasses import replace

import pytest

from crawler.model import Head, Outcome, Skipped, Visit
from tests.contract.ledger.samples import GHOST, NOON, finding, later, lock_id, repository, sighting
from tests.servers.leasing import lease
from workers.ledger import findings, frontier, sightings, visit_coverage, visits
from workers.ledger.ledger import Ledger
from workers.ledger.work_items import WorkKind

MAIN = Head(ref="refs/heads/main", commit="c" * 40, is_default=True)
OID = "1" * 40


def visited(*paths: str, skipped: tuple[Skipped, ...] = ()) -> Visit:
    return Visit(
        repository=repository(),
        outcome=Outcome.VISITED,
        heads=(MAIN,),
        sightings=tuple(sighting(OID, path=path) for path in paths),
        skipped=skipped,
    )


def test_ids_come_in_the_order_of_what_was_saved(ledger: Ledger) -> None:
    one, two = repository("a/one", "1"), repository("a/two", None)
    with ledger.write() as conn:
        first = frontier.save(conn, [one, two], NOON)

        second = frontier.save(conn, [two, one, two], NOON)

        assert second == (first[1], first[0], first[1])
        assert frontier.repositories(conn, first) == {first[0]: one, first[1]: two}
        assert frontier.count(conn) == 2


def test_a_rename_updates_the_path(ledger: Ledger) -> None:
    with ledger.write() as conn:
        (before,) = frontier.save(conn, [repository("old/name", "7")], NOON)

        (after,) = frontier.save(conn, [repository("new/name", "7")], later(1))

        assert after == before
        assert frontier.repositories(conn, [after])[after].path == "new/name"


def test_a_name_that_a_visit_learns_moves_the_repository_and_what_was_found_there(
    ledger: Ledger,
) -> None:
    found = finding()
    old = replace(found.repository, native_id="1")
    with ledger.write() as conn:
        (saved,) = frontier.save(conn, [old], NOON)
        findings.record(conn, [found], "run", NOON)

        frontier.learn_name(conn, saved, replace(old, path="acme/new", native_id="2"), NOON)
        stranger = frontier.repositories(conn, [saved])[saved].path
        frontier.learn_name(conn, saved, replace(old, path="acme/new"), NOON)

        due = lease(conn, WorkKind.HUNT, 9, NOON)
        assert (stranger, frontier.repositories(conn, [saved])[saved].path) == (
            old.path,
            "acme/new",
        )
    assert [item.key for item in due] == [f"{GHOST.ecosystem}/{GHOST.name}"]


def test_a_repository_known_by_its_path_moves_with_a_redirect_unless_the_new_name_is_known(
    ledger: Ledger,
) -> None:
    first, second = repository("old/one", native_id=None), repository("old/two", native_id=None)
    new = "https://git.example/new/one.git"
    with ledger.write() as conn:
        one, two = frontier.save(conn, [first, second], NOON)

        told = [
            frontier.learn_name(conn, saved, replace(of, path="new/one", clone_url=new), NOON)
            for saved, of in ((one, first), (two, second))
        ]

        known = frontier.repositories(conn, [one, two])
    assert [repository.path for repository in told] == ["new/one", "old/two"]
    assert (known[one].path, known[one].clone_url) == ("new/one", new)
    assert (known[two].path, known[two].clone_url) == ("old/two", second.clone_url)


def test_a_repository_known_by_path_takes_the_native_id(ledger: Ledger) -> None:
    with ledger.write() as conn:
        (before,) = frontier.save(conn, [repository(native_id=None)], NOON)

        (after,) = frontier.save(conn, [repository(native_id="7")], NOON)
        (again,) = frontier.save(conn, [repository(native_id=None)], NOON)

        assert (after, again) == (before, before)
        assert frontier.repositories(conn, [after])[after].native_id == "7"


def test_another_repository_under_an_old_path_is_another_one(ledger: Ledger) -> None:
    with ledger.write() as conn:
        (old,) = frontier.save(conn, [repository(native_id="7")], NOON)

        (new,) = frontier.save(conn, [repository(native_id="8")], later(1))
        (by_path,) = frontier.save(conn, [repository(native_id=None)], later(2))

    assert old != new == by_path


def test_what_a_new_answer_leaves_out_is_kept(ledger: Ledger) -> None:
    told = replace(repository(), description="a demo", fork_of="up/stream")
    with ledger.write() as conn:
        (saved,) = frontier.save(conn, [told], NOON)

        frontier.save(conn, [repository()], later(1))

        assert frontier.repositories(conn, [saved])[saved] == told


def test_a_visit_brings_heads_and_sightings(ledger: Ledger) -> None:
    with ledger.write() as conn:
        (saved,) = frontier.save(conn, [repository()], NOON)

        visits.record_visit(conn, saved, visited("uv.lock", "b/uv.lock"), NOON)

        assert frontier.heads(conn, [saved]) == {"acme/app": {"refs/heads/main": "c" * 40}}
        seen = list(sightings.of_locks(conn, [lock_id(OID)]))
    assert [(one.repository, one.sighting.path, one.at_head) for one in seen] == [
        (repository(), "uv.lock", True),
        (repository(), "b/uv.lock", True),
    ]


def test_recording_a_visit_twice_changes_nothing(ledger: Ledger) -> None:
    with ledger.write() as conn:
        (saved,) = frontier.save(conn, [repository()], NOON)
        visits.record_visit(conn, saved, visited("uv.lock"), NOON)
        before = (list(sightings.of_locks(conn, [lock_id(OID)])), visits.history(conn, saved))

        visits.record_visit(conn, saved, visited("uv.lock"), NOON)

        assert (
            list(sightings.of_locks(conn, [lock_id(OID)])),
            visits.history(conn, saved),
        ) == before


def test_a_lock_that_left_the_head_keeps_when_it_was_last_seen(ledger: Ledger) -> None:
    moved = replace(MAIN, commit="d" * 40)
    with ledger.write() as conn:
        (saved,) = frontier.save(conn, [repository()], NOON)
        visits.record_visit(conn, saved, visited("uv.lock"), NOON)

        empty = replace(visited(), heads=(moved,))
        visits.record_visit(conn, saved, empty, later(5))

        (seen,) = sightings.of_locks(conn, [lock_id(OID)])
    assert (seen.first_seen, seen.last_seen, seen.at_head) == (NOON, NOON, False)


@pytest.mark.parametrize(
    ("outcome", "heads"),
    [
        (Outcome.VISITED, (replace(MAIN, ref="refs/heads/trunk", commit="d" * 40),)),
        (Outcome.EMPTY, ()),
    ],
    ids=["renamed", "emptied"],
)
def test_a_lock_leaves_the_head_with_its_default_branch(
    ledger: Ledger, outcome: Outcome, heads: tuple[Head, ...]
) -> None:
    with ledger.write() as conn:
        (saved,) = frontier.save(conn, [repository()], NOON)
        visits.record_visit(conn, saved, visited("uv.lock"), NOON)

        gone = Visit(repository=repository(), outcome=outcome, heads=heads)
        visits.record_visit(conn, saved, gone, later(5))

        (seen,) = sightings.of_locks(conn, [lock_id(OID)])
        known = frontier.heads(conn, [saved])
    assert not seen.at_head
    assert known.get(repository().path, {}) == {one.ref: one.commit for one in heads}


def test_an_unchanged_repository_still_has_its_locks(ledger: Ledger) -> None:
    unchanged = Visit(repository=repository(), outcome=Outcome.UNCHANGED, heads=(MAIN,))
    with ledger.write() as conn:
        (saved,) = frontier.save(conn, [repository()], NOON)
        visits.record_visit(conn, saved, visited("uv.lock"), NOON)

        visits.record_visit(conn, saved, unchanged, later(5))

        (seen,) = sightings.of_locks(conn, [lock_id(OID)])
        past = visits.history(conn, saved)
    assert (seen.last_seen, seen.at_head) == (later(5), True)
    assert [(one.outcome, one.new_sightings) for one in past] == [
        (Outcome.UNCHANGED, 0),
        (Outcome.VISITED, 1),
    ]


def test_a_failed_visit_leaves_heads_and_sightings(ledger: Ledger) -> None:
    failed = Visit(repository=repository(), outcome=Outcome.FAILED)
    with ledger.write() as conn:
        (saved,) = frontier.save(conn, [repository()], NOON)
        visits.record_visit(conn, saved, visited("uv.lock"), NOON)

        visits.record_visit(conn, saved, failed, later(5))

        (seen,) = sightings.of_locks(conn, [lock_id(OID)])
        assert seen.at_head
        assert visit_coverage.coverage(conn) == (
            visit_coverage.Coverage(host="git.example", outcome=Outcome.FAILED, repositories=1),
        )


def test_what_was_not_looked_at_is_that_of_the_last_visit(ledger: Ledger) -> None:
    first = (
        Skipped(context="poetry.lock", reason="format not built"),
        Skipped(context="x", reason="y"),
    )
    second = (Skipped(context="deep/uv.lock", reason="too large"),)
    with ledger.write() as conn:
        (saved,) = frontier.save(conn, [repository()], NOON)
        visits.record_visit(conn, saved, visited(skipped=first), NOON)

        visits.record_visit(conn, saved, visited(skipped=second), later(1))

        left = list(visit_coverage.not_looked_at(conn))
    assert left == [
        visit_coverage.NotLookedAt(
            host="git.example",
            repository="acme/app",
            path="deep/uv.lock",
            context="",
            reason="too large",
        )
    ]


def test_a_repository_that_was_never_visited_is_counted_as_such(ledger: Ledger) -> None:
    with ledger.write() as conn:
        frontier.save(conn, [repository()], NOON)

        rows = visit_coverage.coverage(conn)

    assert rows == (visit_coverage.Coverage(host="git.example", outcome=None, repositories=1),)


def test_paths_that_cannot_be_stored_come_back_as_they_were(ledger: Ledger) -> None:
    with ledger.write() as conn:
        (saved,) = frontier.save(conn, [repository()], NOON)

        visits.record_visit(conn, saved, visited("l\udce4tin/uv.lock", "n\x00l/uv.lock"), NOON)
        frontier.add_hint(conn, saved, "l\udce4tin/uv.lock", NOON)
        frontier.add_hint(conn, saved, "l\udce4tin/uv.lock", later(1))

        seen = [one.sighting.path for one in sightings.of_locks(conn, [lock_id(OID)])]
        assert frontier.search_hit_paths(conn, saved) == ("l\udce4tin/uv.lock",)
    assert seen == ["l\udce4tin/uv.lock", "n\x00l/uv.lock"]


def test_heads_that_other_parsers_read_are_not_known_and_those_of_ours_are(ledger: Ledger) -> None:
    with ledger.write() as conn:
        (saved,) = frontier.save(conn, [repository()], NOON)

        visits.record_visit(conn, saved, visited("uv.lock"), NOON, parser_version="1")

        assert frontier.heads(conn, [saved], parser_version="2") == {}
        assert frontier.heads(conn, [saved], parser_version="1") == {
            "acme/app": {"refs/heads/main": "c" * 40}
        }
        assert frontier.heads(conn, [saved]) == frontier.heads(conn, [saved], parser_version="1")


def test_a_look_at_the_root_by_newer_parsers_makes_the_folders_unknown(ledger: Ledger) -> None:
    at_root = replace(visited("uv.lock"), root_only=True)
    with ledger.write() as conn:
        (saved,) = frontier.save(conn, [repository()], NOON)
        visits.record_visit(conn, saved, visited("uv.lock", "b/uv.lock"), NOON, parser_version="1")

        visits.record_visit(conn, saved, at_root, later(1), parser_version="2")

        assert frontier.heads(conn, [saved], parser_version="2") == {}
        assert frontier.heads(conn, [saved], root_only=True, parser_version="2") == {
            "acme/app": {"refs/heads/main": "c" * 40}
        }
        seen = {one.sighting.path: one.at_head for one in sightings.of_locks(conn, [lock_id(OID)])}
    assert seen == {"uv.lock": True, "b/uv.lock": True}


def read_before(ledger: Ledger, *, root_only: bool = False, parser_version: str = "2") -> bool:
    """Say whether the only repository was read as well as a visit of these would read it."""
    with ledger.read() as conn:
        read = visits.last_read(conn, [1], root_only=root_only, parser_version=parser_version)
    assert set(read.values()) <= {later(1)}
    return bool(read)


def test_what_was_read_as_well_as_now_is_known_until_a_search_names_another_file(
    ledger: Ledger,
) -> None:
    with ledger.write() as conn:
        (saved,) = frontier.save(conn, [repository()], NOON)
        frontier.add_hint(conn, saved, "uv.lock", NOON)
        at_root = replace(visited("uv.lock"), root_only=True)
        visits.record_visit(conn, saved, at_root, later(1), parser_version="2")
    known = read_before(ledger, root_only=True)
    by_other_parsers = read_before(ledger, root_only=True, parser_version="3")
    with_folders = read_before(ledger)
    with ledger.write() as conn:
        frontier.add_hint(conn, saved, "uv.lock", later(2))
    named_again = read_before(ledger, root_only=True)
    with ledger.write() as conn:
        frontier.add_hint(conn, saved, "app/uv.lock", later(2))
    named_anew = read_before(ledger, root_only=True)

    assert (known, by_other_parsers, with_folders) == (True, False, False)
    assert (named_again, named_anew) == (True, False)


def test_a_repository_that_could_not_be_read_was_not_read(ledger: Ledger) -> None:
    failed = Visit(repository=repository(), outcome=Outcome.FAILED)
    with ledger.write() as conn:
        (saved,) = frontier.save(conn, [repository()], NOON)
        visits.record_visit(conn, saved, failed, later(1))

    assert not read_before(ledger)


def test_a_visit_is_eventful_where_a_lock_is_new_at_its_place(ledger: Ledger) -> None:
    with ledger.write() as conn:
        (saved,) = frontier.save(conn, [repository()], NOON)
        visits.record_visit(conn, saved, visited("uv.lock"), NOON)

        same = visits.is_eventful(conn, saved, visited("uv.lock"))
        moved = visits.is_eventful(conn, saved, visited("uv.lock", "b/uv.lock"))
        none = visits.is_eventful(conn, saved, visited())

    assert (same, moved, none) == (False, True, False)
