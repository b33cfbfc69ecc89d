from __future__ import annotations

import types
import typing
from dataclasses import replace
from datetime import UTC, datetime
from enum import Enum
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import crawler.model
from crawler.errors import StoreError
from crawler.model import (
    Algorithm,
    Assertion,
    Claim,
    Digest,
    Ecosystem,
    Evidence,
    Finding,
    LineSpan,
    ParseResult,
    ProjectKey,
    Repository,
    Skipped,
    Subject,
    Verdict,
)
from workers.values import decode, encode

KEPT = [Assertion, Verdict, Finding, Evidence, ParseResult, Repository]
TEXT = st.text(alphabet=st.characters(codec=None), max_size=9)
PLAIN: dict[object, st.SearchStrategy[object]] = {
    str: TEXT,
    int: st.integers(),
    bool: st.booleans(),
    type(None): st.none(),
    datetime: st.datetimes(timezones=st.just(UTC)),
    Digest: st.binary(min_size=32, max_size=32).map(
        lambda raw: Digest(algorithm=Algorithm.SHA256, hex=raw.hex())
    ),
}


def values(kind: Any) -> st.SearchStrategy[object]:  # noqa: ANN401 - a type form has no type
    """Return any value of a type of the model."""
    if kind in PLAIN:
        return PLAIN[kind]
    if typing.get_origin(kind) is tuple:
        return st.lists(values(typing.get_args(kind)[0]), max_size=2).map(tuple)
    if typing.get_origin(kind) in {typing.Union, types.UnionType}:
        return st.one_of([values(one) for one in typing.get_args(kind)])
    if issubclass(kind, Enum):
        return st.sampled_from(list(kind))
    names = {**vars(crawler.model), "datetime": datetime}
    return st.builds(
        kind,
        **{name: values(hint) for name, hint in typing.get_type_hints(kind, None, names).items()},
    )


@pytest.mark.parametrize("cls", KEPT, ids=lambda cls: cls.__name__)
@settings(max_examples=25)
@given(data=st.data())
def test_every_kept_value_comes_back_as_it_was(cls: type, data: st.DataObject) -> None:
    value = data.draw(values(cls))

    assert decode(cls, encode(value)) == value


def test_the_text_is_canonical() -> None:
    text = encode(LineSpan(last=5, first=3))

    assert text == '{"first":3,"last":5}'


def test_what_no_database_stores_is_escaped() -> None:
    text = encode(Skipped(context="a\x00", reason="\udcff"))

    assert text == '{"at":null,"context":"a\\u0000","reason":"\\udcff","times":1}'


def test_an_unknown_field_of_a_newer_program_is_passed_over() -> None:
    assert decode(LineSpan, '{"first":1,"last":2,"column":3}') == LineSpan(first=1, last=2)


def test_a_field_that_an_older_program_did_not_write_has_its_default() -> None:
    text = '{"host":"git.example","path":"a/b","clone_url":"https://git.example/a/b.git"}'

    assert decode(Repository, text).archived is False


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"first":"1","last":2}', '{"first":true,"last":2}', '{"first":1}', "null"],
)
def test_what_is_no_value_is_a_store_error(text: str) -> None:
    with pytest.raises(StoreError, match="no readable LineSpan"):
        decode(LineSpan, text)


def test_an_unknown_member_of_a_closed_set_is_a_store_error() -> None:
    with pytest.raises(StoreError, match="ProjectKey"):
        decode(ProjectKey, '{"ecosystem":"cobol","name":"x"}')


def test_what_has_no_place_in_the_ledger_is_refused() -> None:
    with pytest.raises(TypeError, match="keeps no bytes"):
        encode((b"raw",))


def test_what_was_written_before_a_field_came_is_canonical_still() -> None:
    subject = Subject(project=ProjectKey(ecosystem=Ecosystem.PYPI, name="zz-ghost"))
    at = datetime(2026, 3, 1, tzinfo=UTC)
    said = Assertion(
        feed="a-list",
        record_id="x",
        subject=subject,
        claim=Claim.MALICIOUS,
        valid_from=at,
        observed_at=at,
        root_source="a-list",
    )
    marked = replace(said, undated=True)

    assert "undated" not in encode(said)
    assert '"undated":true' in encode(marked)
    assert decode(Assertion, encode(said)) == said
    assert decode(Assertion, encode(marked)) == marked
