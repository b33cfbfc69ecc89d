from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.errors import GiveUp
from crawler.lockfiles.documents.yaml_document import load
from crawler.lockfiles.documents.yaml_flow import NotPlain, read_flow


def test_mappings_sequences_and_scalars_are_read_as_text() -> None:
    value = read_flow("{integrity: sha512-a+b/c==, engines: {node: '>=8 || ~6'}, os: [x64, \"a\"]}")

    assert value == {
        "integrity": "sha512-a+b/c==",
        "engines": {"node": ">=8 || ~6"},
        "os": ["x64", "a"],
    }


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{}", {}),
        ("[]", []),
        ("'it''s'", "it's"),
        ('{a: ~, b: "null"}', {"a": None, "b": "null"}),
        ("{tarball: https://mirror.example/a.tgz}", {"tarball": "https://mirror.example/a.tgz"}),
        ("[a, b,]", ["a", "b"]),
    ],
)
def test_each_spelling_has_its_value(text: str, value: object) -> None:
    assert read_flow(text) == value


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "{a: 1",
        "{a: 1]",
        "{a: 1, a: 2}",
        "{a: *x}",
        "{a: !!int 1}",
        "{<<: {a: 1}}",
        '"a\\n"',
        "{a: b} c",
        "{a: b # c}",
        "[" * 100 + "]" * 100,
    ],
    ids=range(12),
)
def test_what_is_not_plain_is_left_to_libyaml(text: str) -> None:
    with pytest.raises(NotPlain):
        read_flow(text)


@given(st.text(alphabet="ab1 :,{}[]'\"#&*~-?|", max_size=14))
def test_what_is_read_is_what_libyaml_reads(inner: str) -> None:
    text = f"{{k: {inner}}}"
    try:
        value = read_flow(text)
    except NotPlain:
        return

    try:
        roots = load(text).roots
    except GiveUp:
        return

    assert roots == [value]


@pytest.mark.parametrize("text", ["[a, " * 300_000, "'" * 300_000, "a " * 300_000, "{a:" * 300_000])
def test_hostile_flow_takes_linear_time(text: str) -> None:
    started = time.process_time()

    with pytest.raises(NotPlain):
        read_flow("[" + text)

    assert time.process_time() - started < 3
