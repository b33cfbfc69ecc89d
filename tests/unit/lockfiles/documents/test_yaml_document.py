from __future__ import annotations

import pytest

from crawler.errors import Malformed, TooLarge
from crawler.lockfiles.documents.document import InvalidSyntax
from crawler.lockfiles.documents.yaml_document import load
from crawler.model import LineSpan


def test_scalars_stay_the_text_they_are() -> None:
    text = "a: 3.10\nb: no\nc: 1:30\nd: 2026-02-30\ne: '~'\nf: ~\ng:\n"

    document = load(text)

    assert document.roots == [
        {"a": "3.10", "b": "no", "c": "1:30", "d": "2026-02-30", "e": "~", "f": None, "g": None}
    ]


def test_every_spelling_of_a_value_is_the_same_value() -> None:
    text = 'a: xy\n"b": "\\x78y"\n? c\n: xy\n{d: 1}: 2\n'.replace("{d: 1}: 2\n", "'d': >-\n  xy\n")

    document = load(text)

    assert document.roots == [{"a": "xy", "b": "xy", "c": "xy", "d": "xy"}]


def test_all_documents_are_read() -> None:
    document = load("---\na: 1\n---\nb: 2\n...\n")

    assert document.roots == [{"a": "1"}, {"b": "2"}]


def test_a_collection_stands_from_its_key_or_dash_to_its_last_line() -> None:
    document = load(
        "# head\na:\n  b: 1\n\n  c:\n  - x\n  - y: 1\n    z: |\n      text\nd: {e: 1}\n"
    )

    root = document.roots[0]
    assert isinstance(root, dict)
    sequence = root["a"]["c"]
    assert document.places.lines(root["a"]) == LineSpan(first=2, last=9)
    assert document.places.lines(sequence) == LineSpan(first=5, last=9)
    assert document.places.item(sequence, 0) == LineSpan(first=6, last=6)
    assert document.places.item(sequence, 1) == LineSpan(first=7, last=9)
    assert document.places.lines(root["d"]) == LineSpan(first=10, last=10)


def test_lines_are_those_of_git_whatever_yaml_breaks_at() -> None:
    document = load("a: 'x\ry'\rb:\n  c: 1\n")

    root = document.roots[0]
    assert isinstance(root, dict)
    assert document.places.lines(root["b"]) == LineSpan(first=1, last=2)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a: &x 1\nb: *x\n", "line 1: an anchor"),
        ("a: 1\nb: *x\n", "line 2: an alias"),
        ("a: {<<: {b: 1}}\n", "line 1: a merge key"),
        ("a: !!python/object:os.system {}\n", "line 1: a tag"),
        ("a: ! x\n", "line 1: a tag"),
        ("%TAG !a! b\n---\na: 1\n", "directives"),
        ("a: 1\n? [b]\n: 2\n", "line 2: invalid key: expected a scalar"),
        ("# a\u2028b: '\nc: 1\n#'\n", "a line break of YAML 1.1"),
        ("# a\u2029b: '\nc: 1\n#'\n", "a line break of YAML 1.1"),
        ("# a\x85b: '\nc: 1\n#'\n", "a line break of YAML 1.1"),
        ("a: 1\n b: 2\n", "line 2: mapping values are not allowed"),
        ("a: 'x\n", "found unexpected end of stream"),
        ("a: \x00\n", "control characters"),
    ],
)
def test_what_no_lock_needs_is_refused_with_its_line(text: str, reason: str) -> None:
    with pytest.raises(Malformed, match=reason):
        load(text)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[" * 100_000, "line 1: nested deeper than 64"),
        ("- " * 200_000, "line 1: nested deeper than 64"),
        ("".join(f"{' ' * depth}a:\n" for depth in range(70)), "line 65: nested deeper than 64"),
        ("---\na: 1\n" * 20, "16 documents"),
    ],
)
def test_what_keeps_a_reader_busy_is_refused(text: str, reason: str) -> None:
    with pytest.raises(TooLarge, match=reason):
        load(text)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a: [" + "1," * 2_000_001 + "]", "2000000 scalars"),
        ("a: [" + "[]," * 300_000 + "]", "300000 mappings and sequences"),
    ],
    ids=["scalars", "collections"],
)
def test_more_nodes_than_any_lock_has_are_refused(text: str, reason: str) -> None:
    with pytest.raises(TooLarge, match=reason):
        load(text)


def test_each_value_of_a_repeated_key_has_its_turn() -> None:
    document = load("a: {x: 1, y: [1]}\na: {x: 2, y: [2], z: 3}\na: {x: 4}\n")

    found = [repr(document.roots[0]) for _ in document.rounds()]

    assert [key for _, key in document.repeated] == ["a", "a"]
    assert found == [
        "{'a': {'x': '1', 'y': ['1', '2'], 'z': '3'}}",
        "{'a': {'x': '2', 'y': ['1', '2'], 'z': '3'}}",
        "{'a': {'x': '4', 'y': ['1', '2'], 'z': '3'}}",
    ]


def test_a_key_repeated_inside_of_a_repeated_key_has_its_turn() -> None:
    document = load("a: {x: 1}\na: {x: 2, x: 3}\n")

    found = [repr(document.roots[0]) for _ in document.rounds()]

    assert found == ["{'a': {'x': '1'}}", "{'a': {'x': '2'}}", "{'a': {'x': '3'}}"]


@pytest.mark.parametrize(
    "text", ["a: b\nc\n", "a: [b\n", "a: 'b\n", "a: b\n}}} ]] c\n", "a: b\n\0", "a: b\n c: d\n"]
)
def test_what_no_parser_takes_is_invalid(text: str) -> None:
    with pytest.raises(InvalidSyntax):
        load(text)


@pytest.mark.parametrize(
    "text",
    [
        "a: b\x01\n",
        "a: &b^c\n",
        'a: !"b\n',
        "a: {b: !c{}}\n",
        "a: ,b\n",
        ",a: b\n",
        "a: :'b'\nc: ,d\n",
        "a: {b\n: c}\n",
        "a\n: b\n",
        "a: {b:? c}\n",
        "a: b\n...\nc: d\n",
    ],
)
def test_what_bun_takes_though_libyaml_does_not_is_a_matter_of_dispute(text: str) -> None:
    with pytest.raises(Malformed) as raised:
        load(text)

    assert not isinstance(raised.value, InvalidSyntax)


def test_a_table_under_a_key_that_had_a_text_has_its_turn() -> None:
    document = load("a: x\na: {b: 1}\n")

    found = [repr(document.roots[0]) for _ in document.rounds()]

    assert found == ["{'a': 'x'}", "{'a': {'b': '1'}}"]
