"""What a visit takes away: locks that it looked for and did not see, and no others."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from crawler.model import Head, Outcome, RefKind, Refs, Sighting, Skipped, Visit
from tests.contract.ledger.samples import NOON, later, lock_id, repository
from workers.ledger import frontier, sightings, visits
from workers.ledger.ledger import Ledger
from workers.ledger.tables import sighting

GHOST, OTHER = "1" * 40, "2" * 40
MAIN, DEV = "refs/heads/main", "refs/heads/dev"
ROOT, FOLDER = (MAIN, "uv.lock", GHOST), (MAIN, "app/uv.lock", GHOST)
BRANCH = (DEV, "uv.lock", GHOST)
Place = tuple[str, str, str]


def visit(
    *places: Place,
    commit: str = "d" * 40,
    heads: tuple[str, ...] = (MAIN,),
    refs: Refs = Refs.DEFAULT,
) -> Visit:
    return Visit(
        repository=repository(),
        outcome=Outcome.VISITED,
        heads=tuple(Head(ref=one, commit=commit, is_default=one == MAIN) for one in heads),
        sightings=tuple(Sighting(ref=r, commit=commit, path=p, oid=o) for r, p, o in places),
        refs=refs,
    )


BEFORE = visit(ROOT, FOLDER, BRANCH, commit="c" * 40, heads=(MAIN, DEV), refs=Refs.BRANCHES)
CLEAN = visit()
EVERY_BRANCH = replace(CLEAN, refs=Refs.BRANCHES)
NO_VISIT = Visit(repository=repository(), outcome=Outcome.GONE)


def left(ledger: Ledger, *brought: Visit) -> set[Place]:
    """Return where the ghost's lock still is after `BEFORE` and these visits."""
    with ledger.write() as conn:
        (saved,) = frontier.save(conn, [repository()], NOON)
        for hours, one in enumerate((BEFORE, *brought)):
            visits.record_visit(conn, saved, one, later(hours))
        seen = list(sightings.of_locks(conn, [lock_id(GHOST)]))
    return {(o.sighting.ref, o.sighting.path, o.sighting.oid) for o in seen if o.at_head}


@pytest.mark.parametrize(
    ("brought", "still"),
    [
        pytest.param(CLEAN, {BRANCH}, id="another branch was not asked for"),
        pytest.param(EVERY_BRANCH, set(), id="a branch that is not listed was deleted"),
        pytest.param(
            replace(EVERY_BRANCH, refs_left_out=(RefKind.BRANCH,)),
            {BRANCH},
            id="not all branches were listed",
        ),
        pytest.param(
            replace(CLEAN, refs=Refs.ALL, refs_left_out=(RefKind.TAG, RefKind.REQUEST)),
            set(),
            id="all branches were listed, but not all tags",
        ),
        pytest.param(replace(CLEAN, root_only=True), {FOLDER, BRANCH}, id="only the root"),
        pytest.param(visit((MAIN, "uv.lock", OTHER)), {BRANCH}, id="another blob lies there"),
        pytest.param(visit(ROOT), {ROOT, BRANCH}, id="one of two locks is cleaned"),
        pytest.param(
            visit((MAIN, "lib/uv.lock", GHOST)),
            {(MAIN, "lib/uv.lock", GHOST), BRANCH},
            id="it moved to another folder",
        ),
        pytest.param(
            replace(
                visit((MAIN, "app/uv.lock", OTHER)),
                root_only=True,
                skipped=(Skipped(context="uv.lock", reason="a link", at="uv.lock"),),
            ),
            {ROOT, BRANCH},
            id="a folder that was named was looked into",
        ),
        pytest.param(
            replace(CLEAN, skipped=(Skipped(context="app", reason="not sent", at="app"),)),
            {FOLDER, BRANCH},
            id="a folder could not be read",
        ),
        pytest.param(
            replace(CLEAN, skipped=(Skipped(context="ap", reason="not sent", at="ap"),)),
            {BRANCH},
            id="another folder could not be read",
        ),
        pytest.param(
            replace(CLEAN, skipped=(Skipped(context="trees", reason="too many"),)),
            {ROOT, FOLDER, BRANCH},
            id="anything may have been left out",
        ),
        pytest.param(NO_VISIT, set(), id="gone"),
        pytest.param(replace(NO_VISIT, outcome=Outcome.BLOCKED), set(), id="blocked"),
        pytest.param(replace(NO_VISIT, outcome=Outcome.EMPTY), set(), id="empty"),
        pytest.param(
            replace(
                NO_VISIT,
                outcome=Outcome.EMPTY,
                skipped=(Skipped(context="refs", reason="too many"),),
            ),
            {ROOT, FOLDER, BRANCH},
            id="refs without end are no empty repository",
        ),
        pytest.param(
            replace(NO_VISIT, outcome=Outcome.PRIVATE), {ROOT, FOLDER, BRANCH}, id="private"
        ),
        pytest.param(
            replace(NO_VISIT, outcome=Outcome.FAILED), {ROOT, FOLDER, BRANCH}, id="failed"
        ),
        pytest.param(
            replace(CLEAN, outcome=Outcome.UNCHANGED), {ROOT, FOLDER, BRANCH}, id="unchanged"
        ),
    ],
)
def test_a_lock_is_gone_where_a_visit_looked_and_did_not_see_it(
    ledger: Ledger, brought: Visit, still: set[Place]
) -> None:
    assert left(ledger, brought) == still


def test_a_look_at_the_root_brings_nothing_back_that_a_look_at_all_has_missed(
    ledger: Ledger,
) -> None:
    at_root = replace(visit(commit="e" * 40), root_only=True)

    assert left(ledger, EVERY_BRANCH, at_root) == set()


def test_a_repository_that_is_back_with_the_same_commit_is_read_again(ledger: Ledger) -> None:
    with ledger.write() as conn:
        (saved,) = frontier.save(conn, [repository()], NOON)
        visits.record_visit(conn, saved, BEFORE, NOON)
        visits.record_visit(conn, saved, NO_VISIT, later(1))

        known = frontier.heads(conn, [saved])

    assert known == {}
    assert left(ledger, NO_VISIT, BEFORE) == {ROOT, FOLDER, BRANCH}


def test_a_branch_that_is_no_longer_the_default_one_is_neither_at_a_head_nor_gone(
    ledger: Ledger,
) -> None:
    trunk = "refs/heads/trunk"
    moved = replace(visit(), heads=(Head(ref=trunk, commit="e" * 40, is_default=True),))
    listed = replace(EVERY_BRANCH, heads=(*moved.heads, *EVERY_BRANCH.heads))

    unasked = left(ledger, moved)
    with ledger.read() as conn:
        gone = set(conn.scalars(select(sighting.c.ref).where(sighting.c.gone)))
    found_again = left(ledger, moved, replace(BEFORE, heads=(*moved.heads, *BEFORE.heads)))
    cleaned = left(ledger, moved, listed)

    assert unasked == {BRANCH}
    assert gone == set()
    assert found_again == {ROOT, FOLDER, BRANCH}
    assert cleaned == set()


@pytest.mark.parametrize(
    ("refs", "left_out", "still"),
    [
        (Refs.BRANCHES, (), {"refs/tags/v1", "refs/pull/7/head"}),
        (Refs.ALL, (RefKind.REQUEST,), {"refs/pull/7/head"}),
        (Refs.ALL, (RefKind.TAG,), {"refs/tags/v1"}),
        (Refs.ALL, (), set()),
    ],
)
def test_tags_and_requests_are_gone_where_all_of_them_were_listed(
    ledger: Ledger, refs: Refs, left_out: tuple[RefKind, ...], still: set[str]
) -> None:
    places = [(ref, "uv.lock", GHOST) for ref in ("refs/tags/v1", "refs/pull/7/head")]
    heads = (MAIN, "refs/tags/v1", "refs/pull/7/head")
    before = visit(*places, commit="c" * 40, heads=heads, refs=Refs.ALL)
    after = replace(CLEAN, refs=refs, refs_left_out=left_out)

    assert {ref for ref, _, oid in left(ledger, before, after) if oid == GHOST} == still
