"""Queries in GitHub's words."""

from __future__ import annotations

import pytest

from crawler.errors import Refused, Unsupported
from crawler.hosts.github.query import halves, per_lock_name, search_text
from crawler.model import Query, QueryKind

_SHA256 = "ab" * 32


def test_a_digest_is_searched_as_one_quoted_token_in_any_file() -> None:
    query = Query(kind=QueryKind.DIGEST, text=_SHA256)

    assert search_text(query) == f'"{_SHA256}"'
    assert per_lock_name(query, ("uv.lock",)) == ()


def test_a_file_name_becomes_one_query_per_lock_name() -> None:
    query = Query(kind=QueryKind.FILE_NAME, text="zz_ghost-1.0-py3-none-any.whl")

    split = per_lock_name(query, ("uv.lock", "pylock.toml"))

    assert [search_text(q) for q in split] == [
        '"zz_ghost-1.0-py3-none-any.whl" filename:uv.lock',
        '"zz_ghost-1.0-py3-none-any.whl" filename:pylock.toml',
    ]


def test_a_query_bound_to_a_lock_name_is_not_split_again() -> None:
    query = Query(kind=QueryKind.NAME, text="zz-ghost", narrow="filename:uv.lock")

    assert per_lock_name(query, ("uv.lock", "pylock.toml")) == ()


def test_a_cut_off_query_is_divided_at_half_the_largest_indexed_size() -> None:
    query = Query(kind=QueryKind.NAME, text="zz-ghost", narrow="filename:uv.lock")

    narrows = [half.narrow for half in halves(query)]

    assert narrows == [
        "filename:uv.lock size:0..196608",
        "filename:uv.lock size:196609..393216",
    ]


def test_halves_leave_no_size_out_and_name_none_twice() -> None:
    query = Query(kind=QueryKind.DIGEST, text=_SHA256, narrow="size:10..13")

    assert [half.narrow for half in halves(query)] == ["size:10..11", "size:12..13"]


def test_a_single_size_is_not_divisible() -> None:
    assert halves(Query(kind=QueryKind.DIGEST, text=_SHA256, narrow="size:7..7")) == ()


@pytest.mark.parametrize(
    "text", ['zz" OR "a', "zz\nghost", "", " zz", "zz ghost", "zz:ghost", "\u212aeras"]
)
def test_text_that_could_leave_its_quotes_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        search_text(Query(kind=QueryKind.NAME, text=text, narrow="filename:uv.lock"))


@pytest.mark.parametrize("text", ["sha256:" + _SHA256, _SHA256.upper(), "ab"])
def test_a_digest_that_is_no_bare_token_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        search_text(Query(kind=QueryKind.DIGEST, text=text))


@pytest.mark.parametrize("narrow", ["repo:a/b", "size:0..9 size:1..2", "filename:a OR b"])
def test_a_foreign_qualifier_is_refused(narrow: str) -> None:
    with pytest.raises(Refused):
        search_text(Query(kind=QueryKind.DIGEST, text=_SHA256, narrow=narrow))


def test_a_query_of_more_than_256_characters_is_not_sent_cut() -> None:
    with pytest.raises(Unsupported, match="262 characters, at most 256"):
        search_text(Query(kind=QueryKind.FILE_NAME, text="z" * 260))
