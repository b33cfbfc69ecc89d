"""Which heads a visit reads."""

from __future__ import annotations

from itertools import repeat

from crawler.git.interface import Limits
from crawler.git.refs import Advertised, choose_heads
from crawler.model import Branches, Head

A, B = "aa" * 20, "bb" * 20


def test_the_default_branch_has_the_name_that_head_points_to() -> None:
    refs = [
        Advertised(name="HEAD", oid=A, target="refs/heads/main"),
        Advertised(name="refs/heads/main", oid=A),
    ]

    heads = choose_heads(refs, Branches.DEFAULT, Limits())

    assert heads.heads == (Head(ref="refs/heads/main", commit=A, is_default=True),)


def test_all_branches_come_with_the_default_one_first_and_nothing_else() -> None:
    refs = [
        Advertised(name="refs/heads/a", oid=B),
        Advertised(name="HEAD", oid=A, target="refs/heads/main"),
        Advertised(name="refs/heads/main", oid=A),
        Advertised(name="refs/pull/1/head", oid=B),
        Advertised(name="refs/tags/v1", oid=B),
    ]

    heads = choose_heads(refs, Branches.ALL, Limits())

    assert [head.ref for head in heads.heads] == ["refs/heads/main", "refs/heads/a"]


def test_a_forbidden_branch_name_is_said_and_not_kept() -> None:
    refs = [Advertised(name="refs/heads/\x1b[31m", oid=A)]

    heads = choose_heads(refs, Branches.ALL, Limits())

    assert heads.heads == ()
    assert [s.reason for s in heads.skipped] == ["branches of forbidden names"]


def test_a_head_that_points_to_a_forbidden_name_is_called_head() -> None:
    refs = [Advertised(name="HEAD", oid=A, target="refs/heads/a b")]

    assert choose_heads(refs, Branches.DEFAULT, Limits()).heads[0].ref == "HEAD"


def test_refs_without_end_are_read_up_to_the_limit() -> None:
    refs = repeat(Advertised(name="refs/pull/1/head", oid=A))

    assert choose_heads(refs, Branches.DEFAULT, Limits(refs=1000)).heads == ()
