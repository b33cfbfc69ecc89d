"""Typed getters: a wrong type raises with its path, or is told to whoever collects, and the rest is read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from crawler.errors import Malformed
from crawler.fields import Fields, instant, plain_name, read_json, stated_instant

ENTRY = {
    "text": "zz",
    "empty": "",
    "number": 5,
    "flag": True,
    "when": "2026-05-01",
    "nothing": None,
    "object": {"size": 1},
    "objects": [{"size": 1}, 7, {"size": True}],
    "texts": ["a", 5, "b"],
}


def test_every_getter_returns_its_type() -> None:
    fields = Fields(ENTRY, "entry")

    assert (fields.text("text"), fields.number("number"), fields.flag("flag")) == ("zz", 5, True)
    assert fields.when("when") == datetime(2026, 5, 1, tzinfo=UTC)
    assert fields.child("object").number("size") == 1
    assert fields.array("texts") == ["a", 5, "b"]


def test_what_is_missing_or_null_is_none_false_or_empty() -> None:
    fields = Fields(ENTRY, "entry")

    for key in ("nothing", "missing"):
        assert key not in fields
        assert fields.optional_text(key) is None
        assert fields.optional_number(key) is None
        assert fields.when(key) is None
        assert fields.flag(key) is False
        assert fields.child(key).keys() == frozenset()
        assert list(fields.children(key)) == []
        assert fields.texts(key) == ()
        assert fields.optional_array(key) == []


WRONG: list[tuple[Callable[[Fields], object], str]] = [
    (lambda f: f.text("number"), "entry.number: expected str, got int"),
    (lambda f: f.text("nothing"), "entry.nothing: expected str, got null"),
    (lambda f: f.text("empty"), "entry.empty: expected 1 to 4096 characters, got 0"),
    (lambda f: f.optional_text("flag"), "entry.flag: expected str, got bool"),
    (lambda f: f.number("flag"), "entry.flag: expected int, got bool"),
    (lambda f: f.optional_number("text"), "entry.text: expected int, got str"),
    (lambda f: f.flag("number"), "entry.number: expected bool, got int"),
    (lambda f: f.when("text"), "entry.text: invalid date 'zz': expected RFC 3339"),
    (lambda f: f.child("texts"), "entry.texts: expected object, got array"),
    (lambda f: list(f.children("objects")), "entry.objects[1]: expected object, got int"),
    (lambda f: f.texts("texts"), "entry.texts[1]: expected str, got int"),
    (lambda f: f.texts("object"), "entry.object: expected array, got object"),
    (lambda f: f.array("missing"), "entry.missing: expected array, got null"),
    (lambda f: f.optional_array("text"), "entry.text: expected array, got str"),
    (lambda f: f.child("object").text("size"), "entry.object.size: expected str, got int"),
]


@pytest.mark.parametrize(("get", "complaint"), WRONG)
def test_a_wrong_type_is_refused_with_its_path(
    get: Callable[[Fields], object], complaint: str
) -> None:
    with pytest.raises(Malformed) as refused:
        get(Fields(ENTRY, "entry"))

    assert str(refused.value) == complaint


def test_a_document_that_is_no_object_is_refused() -> None:
    with pytest.raises(Malformed, match=r"^entry: expected object, got array$"):
        Fields([], "entry")


def test_who_collects_is_told_every_wrong_field_and_reads_the_rest() -> None:
    told = list[tuple[str, str]]()
    fields = Fields(ENTRY, "", complain=lambda path, reason: told.append((path, reason)))

    sizes = [each.optional_number("size") for each in fields.children("objects")]

    assert sizes == [1, None]
    assert fields.texts("texts") == ("a", "b")
    assert (fields.optional_text("number"), fields.when("text")) == (None, None)
    assert fields.child("text").keys() == frozenset()
    assert told == [
        ("objects[1]", "expected object, got int"),
        ("objects[2].size", "expected int, got bool"),
        ("texts[1]", "expected str, got int"),
        ("number", "expected str, got int"),
        ("text", "invalid date 'zz': expected RFC 3339"),
        ("text", "expected object, got str"),
    ]


def test_who_collects_is_still_refused_what_it_must_have() -> None:
    told = list[str]()
    fields = Fields(ENTRY, "entry", complain=lambda path, _: told.append(path))

    with pytest.raises(Malformed, match=r"^entry\.number: expected str, got int$"):
        fields.text("number")
    assert told == []


@pytest.mark.parametrize(
    ("longest", "text", "taken"),
    [(4, "abcd", True), (4, "abcde", False), (4, "", False), (None, "", True)],
)
def test_the_length_of_a_text_is_bounded_as_told(
    longest: int | None, text: str, *, taken: bool
) -> None:
    told = list[str]()
    fields = Fields({"a": {"b": text}}, "", complain=lambda p, _: told.append(p), longest=longest)

    found = fields.child("a").optional_text("b")

    assert (found, told) == ((text, []) if taken else (None, ["a.b"]))
    assert fields.child("a").text_of_any_length("b") == text


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b'{"a": 1, "a": 2}', b"[NaN]", b"[Infinity]", b"\xff", b"[" * 100_000, b"9" * 5000],
)
def test_json_that_is_not_plain_is_refused(body: bytes) -> None:
    with pytest.raises(Malformed, match=r"^answer: not readable as JSON: "):
        read_json(body, "answer")


@pytest.mark.parametrize("text", ["", "soon", "2026-13-01", "0001-01-01T00:00:00+23:59"])
def test_a_date_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(Malformed, match=r"^path: invalid date "):
        instant(text, "path")


def test_a_date_with_an_offset_is_told_in_utc() -> None:
    assert instant("2026-05-01T02:00:00+02:00", "path") == datetime(2026, 5, 1, tzinfo=UTC)


@pytest.mark.parametrize("text", ["2026-05-01T02:00:00+02:00", "2026-05-01", "2026-05-01T00:00:00"])
def test_a_stranger_states_an_instant_in_any_zone_or_in_utc(text: str) -> None:
    assert stated_instant(text) == datetime(2026, 5, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        *(None, "", "soon", "0001-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00"),
        *("9999-12-31T23:59:59Z", "9999-12-31T23:59:59-14:00", "1969-12-31T23:59:59Z"),
    ],
)
def test_what_no_stranger_can_mean_is_no_instant(text: str | None) -> None:
    assert stated_instant(text) is None


def test_a_text_without_zone_is_no_instant_where_none_is_assumed() -> None:
    assert stated_instant("2026-05-01T00:00:00", assumed=None) is None


@pytest.mark.parametrize("text", ["a", "zz_ghost-1.0.tar.gz", "1!2.0+local", "x" * 255])
def test_a_plain_name_is_taken(text: str) -> None:
    assert plain_name(text, "path") == text


@pytest.mark.parametrize("text", ["", ".", "..", "a/b", "a\\b", "a b", "\u0430", "a\n", "x" * 256])
def test_a_name_that_could_be_a_path_or_is_not_ascii_is_refused(text: str) -> None:
    with pytest.raises(Malformed, match=r"^path: invalid name "):
        plain_name(text, "path")
