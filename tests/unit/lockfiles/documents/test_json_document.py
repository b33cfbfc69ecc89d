from __future__ import annotations

import time

import pytest

from crawler.errors import GiveUp, Malformed, TooLarge
from crawler.lockfiles.documents.json_document import Entry, Shape, load, load_bun
from crawler.lockfiles.documents.json_syntax import check_limits, plain, without_header
from crawler.model import Skipped

SHAPE: Shape = {"items": {}}


def root(text: str, shape: Shape = SHAPE) -> tuple[Entry, list[Skipped]]:
    skipped: list[Skipped] = []
    return load(shape)(text).root(skipped), skipped


def spans(text: str, shape: Shape = SHAPE) -> list[tuple[str, int, int]]:
    entry, _ = root(text, shape)
    return [(e.path, e.lines.first, e.lines.last) for e in entry.entries("items")]


def test_the_members_of_a_walked_object_know_their_lines() -> None:
    found = spans('{"x": [\n1],\n"items": {"a": {\n"b": 1},\n\n"c": 2\n}}')

    assert found == [("items.a", 3, 4), ("items.c", 6, 6)]


def test_the_elements_of_a_walked_array_know_their_lines() -> None:
    found = spans('{"items": [\n{},\n[\n]\n]}')

    assert found == [("items[0]", 2, 2), ("items[1]", 3, 4)]


def test_what_lies_deeper_is_walked_only_where_it_is() -> None:
    shape: dict[str, Shape | None] = {}
    shape["*"] = {"items": shape}
    entry, _ = root('{"items": {"a": {"items": {\n"b": {}}}, "c": 1}}', {"items": shape})

    (outer, other) = entry.entries("items")
    (inner,) = outer.entries("items")

    assert (inner.path, inner.first, other.value) == ("items.a.items.b", 2, 1)


def test_a_key_that_is_written_twice_is_yielded_twice_and_said() -> None:
    entry, skipped = root('{"items": {"a": 1, "a": 2}}')

    assert [e.value for e in entry.entries("items")] == [1, 2]
    assert skipped == [Skipped(context="a", reason="written twice; both values were read")]


def test_doubles_inside_doubles_are_all_in_some_version() -> None:
    entry, _ = root(
        '{"items": {"a": {"x": {"u": 1, "u": 2}, "x": {"u": 3}, "y": [{"v": 4, "v": 5}]}}}'
    )

    tables = [table.values for e in entry.entries("items") for table in e.tables()]

    assert tables == [
        {"x": {"u": 1}, "y": [{"v": 4}]},
        {"x": {"u": 2}, "y": [{"v": 5}]},
        {"x": {"u": 3}, "y": [{"v": 5}]},
    ]


def test_too_many_doubles_are_refused_in_no_time() -> None:
    text = '{"items": {"a": {' + ",".join(f'"a": {n}, "b{n}": 1' for n in range(100_000)) + "}}}"
    started = time.process_time()

    with pytest.raises(TooLarge, match="written twice"):
        load(SHAPE)(text)

    assert time.process_time() - started < 5


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity", "1e999999"])
def test_numbers_that_are_none_are_values(value: str) -> None:
    entry, _ = root(f'{{"items": {{"a": {value}}}}}')

    assert [type(e.value) for e in entry.entries("items")] == [float]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        '{"items"',
        '{"items":',
        '{"items": {"a" 1}}',
        '{"items": {"a": 1',
        '{"items": {"a": 1]}',
        '{"items": [1}}',
        '{"items": {a: 1}}',
        '{"items": {}} x',
        '{"items": {"a": 1,}}',
        '{"items": {"a\n": 1}}',
        '{"items": {"a": tru}}',
        '{"a": 1, "a": 2} {',
    ],
)
def test_what_is_no_json_is_refused_with_its_line(text: str) -> None:
    with pytest.raises(Malformed, match=r"^line \d"):
        load(SHAPE)(text)


@pytest.mark.parametrize(
    "text",
    [
        '{"items": ' + "[" * 201 + "]" * 201 + "}",
        '{"a":' * 300 + "1" + "}" * 300,
        '{"a": "\\"[", "b": ' + "[" * 300 + "]" * 300 + "}",
        "[" + "[],[" * 600_000,
        '{"items": ' + "9" * 1001 + "}",
        '{"items": -' + "9" * 100_000 + "}",
    ],
    ids=range(6),
)
def test_what_keeps_a_parser_busy_is_refused(text: str) -> None:
    with pytest.raises(GiveUp):
        load(SHAPE)(text)


def test_brackets_inside_strings_are_no_depth() -> None:
    text = '{"items": {"a": "' + "[{" * 500 + '\\"[", "b": ' + "[" * 150 + "]" * 150 + "}}"

    check_limits(text)

    assert len(spans(text)) == 2


def test_comments_and_trailing_commas_are_blanked_in_place() -> None:
    text = '{ // "a\n"b": "x,}//y", /* [\n */ "c": [1, 2,\n],}'

    blanked = plain(text)

    assert blanked == '{      \n"b": "x,}//y",     \n    "c": [1, 2 \n] }'


def test_a_dialect_is_plain_json_for_others() -> None:
    text = '{"items": {"a": 1,},}'

    entries = list(load_bun(SHAPE)(text).root([]).entries("items"))

    assert [entry.key for entry in entries] == ["a"]


@pytest.mark.parametrize("text", ["/*" * 200_000, "," * 400_000, ", /**/" * 100_000, '"' * 100_000])
def test_hostile_dialect_takes_linear_time(text: str) -> None:
    started = time.process_time()

    plain(text)

    assert time.process_time() - started < 3


def test_a_header_of_comment_lines_leaves_the_lines_in_place() -> None:
    text = "// one\n\n  // two\n{\n}"

    assert without_header(text) == "\n\n\n{\n}"


def test_a_document_that_is_no_object_has_no_entries() -> None:
    entry, skipped = root("5")

    assert list(entry.entries("items")) == []
    assert list(entry.tables()) == []
    assert skipped == [Skipped(context="document", reason="expected table")]
