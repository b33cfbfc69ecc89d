"""Which heads a visit reads."""

from __future__ import annotations

from itertools import repeat

import pytest

from crawler.git.interface import Limits
from crawler.git.refs import Advertised, choose_heads
from crawler.model import Head, RefKind, Refs, Skipped, ref_kind

A, B = "aa" * 20, "bb" * 20


def test_the_default_branch_has_the_name_that_head_points_to() -> None:
    refs = [
        Advertised(name="HEAD", oid=A, target="refs/heads/main"),
        Advertised(name="refs/heads/main", oid=A),
    ]

    heads = choose_heads(refs, Refs.DEFAULT, Limits())

    assert heads.heads == (Head(ref="refs/heads/main", commit=A, is_default=True),)


def test_all_branches_come_with_the_default_one_first_and_nothing_else() -> None:
    refs = [
        Advertised(name="refs/heads/a", oid=B),
        Advertised(name="HEAD", oid=A, target="refs/heads/main"),
        Advertised(name="refs/heads/main", oid=A),
        Advertised(name="refs/pull/1/head", oid=B),
        Advertised(name="refs/tags/v1", oid=B),
    ]

    heads = choose_heads(refs, Refs.BRANCHES, Limits())

    assert [head.ref for head in heads.heads] == ["refs/heads/main", "refs/heads/a"]


def test_a_forbidden_branch_name_is_said_and_not_kept() -> None:
    refs = [Advertised(name="refs/heads/\x1b[31m", oid=A)]

    heads = choose_heads(refs, Refs.BRANCHES, Limits())

    assert heads.heads == ()
    assert [s.reason for s in heads.skipped] == ["branches of forbidden names"]


def test_a_head_that_points_to_a_forbidden_name_is_called_head() -> None:
    refs = [Advertised(name="HEAD", oid=A, target="refs/heads/a b")]

    assert choose_heads(refs, Refs.DEFAULT, Limits()).heads[0].ref == "HEAD"


def test_refs_without_end_are_read_up_to_the_limit() -> None:
    refs = repeat(Advertised(name="refs/pull/1/head", oid=A))

    assert choose_heads(refs, Refs.DEFAULT, Limits(refs=1000)).heads == ()


def test_all_refs_are_branches_then_the_newest_tags_then_the_newest_requests() -> None:
    refs = [
        Advertised(name="HEAD", oid=A, target="refs/heads/main"),
        *(Advertised(name=f"refs/pull/{n}/head", oid=B) for n in (1, 10, 9)),
        Advertised(name="refs/heads/main", oid=A),
        Advertised(name="refs/heads/dev", oid=A),
        *(Advertised(name=f"refs/tags/v1.{n}", oid=B) for n in (1, 10, 9)),
    ]

    heads = choose_heads(refs, Refs.ALL, Limits(tags=2, requests=2))

    assert [head.ref for head in heads.heads] == [
        "refs/heads/main",
        "refs/heads/dev",
        "refs/tags/v1.10",
        "refs/tags/v1.9",
        "refs/pull/10/head",
        "refs/pull/9/head",
    ]
    assert heads.skipped == (
        Skipped(
            context="refs/tags/", reason="only the newest 2 tags of a repository are read", times=1
        ),
        Skipped(
            context="refs/pull/",
            reason="only the newest 2 requests of a repository are read",
            times=1,
        ),
    )
    assert heads.left_out == {RefKind.TAG, RefKind.REQUEST}


@pytest.mark.parametrize(
    ("advertised", "read"),
    [
        (("refs/pull/7/merge", "refs/pull/7/head"), "refs/pull/7/head"),
        (("refs/pull/7/merge",), "refs/pull/7/merge"),
        (("refs/pull/7/head", "refs/pull/7/MERGE"), "refs/pull/7/head"),
        (
            ("refs/merge-requests/7/head", "refs/merge-requests/7/merge"),
            "refs/merge-requests/7/head",
        ),
        (("refs/pull-requests/7/from", "refs/pull-requests/7/merge"), "refs/pull-requests/7/from"),
        (("refs/changes/34/1234/2", "refs/changes/34/1234/10"), "refs/changes/34/1234/10"),
        (("refs/changes/34/1234/1", "refs/changes/34/1234/meta"), "refs/changes/34/1234/1"),
        (("refs/pulls/7/head",), "refs/pulls/7/head"),
        (("refs/merge/7/head",), "refs/merge/7/head"),
        (("refs/pr/7",), "refs/pr/7"),
        (("refs/tags/phabricator/diff/7",), "refs/tags/phabricator/diff/7"),
    ],
)
def test_of_the_refs_of_a_request_what_was_proposed_is_read(
    advertised: tuple[str, ...], read: str
) -> None:
    refs = [Advertised(name=name, oid=A) for name in advertised]

    heads = choose_heads(refs, Refs.ALL, Limits())

    assert [head.ref for head in heads.heads] == [read]
    assert (ref_kind(read), heads.skipped) == (RefKind.REQUEST, ())


def test_refs_of_other_kinds_are_said_by_what_their_names_begin_with() -> None:
    refs = [Advertised(name=f"refs/notes/{n}", oid=A) for n in range(3)]

    heads = choose_heads(refs, Refs.ALL, Limits())

    assert heads.skipped == (
        Skipped(context="refs/notes/", reason="neither branch, tag nor request: not read", times=3),
    )


def test_namespaces_without_end_are_said_together() -> None:
    refs = [Advertised(name=f"refs/x{n}/y", oid=A) for n in range(1000)]

    heads = choose_heads(refs, Refs.ALL, Limits())

    assert sum(one.times for one in heads.skipped) == 1000
    assert len(heads.skipped) < 50
