from __future__ import annotations

import pytest

from crawler.errors import Malformed, TooLarge, Unsupported
from crawler.lockfiles.documents.document import LARGEST, decode, load


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"a = 1\n", "a = 1\n"),
        (b"\xef\xbb\xbfa = 1\r\n", "a = 1\n"),
        ("a = '\u00e9'".encode(), "a = '\u00e9'"),
    ],
)
def test_bytes_become_text_with_plain_line_ends(data: bytes, text: str) -> None:
    assert decode(data) == text


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty file"),
        (b"\xef\xbb\xbf\r\n", "empty file"),
        (b"version https://git-lfs.github.com/spec/v1\r\n", "git-LFS pointer"),
        ("version = 1".encode("utf-16"), "UTF-16"),
        ("version = 1".encode("utf-16-be"), "UTF-16"),
    ],
)
def test_what_holds_no_lock_has_a_reason_of_its_own(data: bytes, reason: str) -> None:
    with pytest.raises(Unsupported, match=reason):
        decode(data)


def test_a_byte_that_is_no_utf_8_is_named_with_its_line() -> None:
    with pytest.raises(Malformed, match="line 2: not UTF-8"):
        decode(b"a = 1\nb = '\xe9'\n")


def test_more_than_the_limit_is_not_even_decoded() -> None:
    with pytest.raises(TooLarge, match="at most"):
        decode(b"#" * (LARGEST + 1))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("ok = 1\n" + ".".join("a" * 66) + " = 1\n", "line 2: more than 64 dots"),
        ("[" + ".".join("a" * 66) + "]\n", "line 1: more than 64 dots"),
        ("a = " + "1" * 1001 + "\n", "line 1: a number"),
        ("a = [" + "[]," * 500_000 + "]\n", "tables and arrays"),
        ("a = [" + "1," * 1_000_001 + "]\n", "1000000 values"),
        ("".join(f"a{n}.{'b.' * 50}c = 1\n" for n in range(2000)), "100000 dots"),
    ],
)
def test_what_keeps_a_parser_busy_is_refused_before_it_starts(text: str, reason: str) -> None:
    with pytest.raises(TooLarge, match=reason):
        load(text)


def test_dots_and_digits_inside_strings_and_comments_are_harmless() -> None:
    text = f"a = '{'.' * 100}{'1' * 2000}' # {'.' * 100}\nb = \"{'.' * 100}\"\n"

    document = load(text)

    assert len(str(document.table["b"])) == 100


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a = 1\na = 2\n", "line 2: Cannot overwrite a value"),
        ("a = " + "[" * 1000, "nested too deeply"),
        ("a = 1\n\nb = \n", "line 3: Invalid value"),
    ],
)
def test_broken_toml_is_named_with_its_line(text: str, reason: str) -> None:
    with pytest.raises(Malformed, match=reason):
        load(text)


def test_a_string_without_an_end_is_looked_through_once() -> None:
    text = 'a = "' + '\\"' * 200_000

    with pytest.raises(Malformed, match="line 1"):
        load(text)
