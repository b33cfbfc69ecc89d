"""What every registered parser promises: it never raises, and what it did not read it says."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import tomli
from hypothesis import given
from hypothesis import strategies as st

from crawler.lockfiles.interface import LockParser
from crawler.lockfiles.registry import PARSERS, parser_for
from crawler.model import ParseResult, Readable
from tests.generated import stride

DATA = Path(__file__).parents[1] / "data" / "locks"
TOML_PARSERS = tuple(
    parser for parser in PARSERS if parser.format in {"uv", "pylock", "poetry", "pdm", "cargo"}
)
BINARY = frozenset({"bunb"})
"""Formats of which only parts are read, whatever the file."""
WRONG: tuple[object, ...] = (
    True,
    3,
    -1,
    2**70,
    1.5,
    "",
    "\u0000",
    [],
    {},
    [[]],
    [{}],
    {"a": {}},
    "x" * 10_000,
)
HOSTILE = (
    b"\x00",
    b"\x00" * 4096,
    b"[" * 50_000,
    b"{" * 50_000,
    b"a = " + b"[" * 50_000,
    b"a = " + b"{a = " * 50_000,
    b"a" + b".a" * 20_000 + b" = 1",
    b"[" + b"a." * 20_000 + b"a]",
    b"a = " + b"9" * 5_000,
    b"a = 0x" + b"f" * 100_000,
    b'a = "' + b"x" * 100_000,
    b"a = '''" + b"'" * 100_000,
    b'"' * 100_000,
    b"\\" * 100_000,
    b"\r" * 1_000,
    b"\xff" * 1_000,
    b"<<<<<<< a\n" * 5_000,
    b"=======\n<<<<<<< a\n>>>>>>> b\n||||||| c\n" * 1_000,
    b"<!doctype html><title>404</title>",
)

every_parser = pytest.mark.parametrize("parser", PARSERS, ids=lambda parser: parser.format)
every_toml_parser = pytest.mark.parametrize(
    "parser", TOML_PARSERS, ids=lambda parser: parser.format
)


def good(parser: LockParser) -> bytes:
    """Return a lock that `parser` reads without a complaint."""
    files = sorted((DATA / parser.format).glob("plain.*"))
    return files[0].read_bytes()


def check(parser: LockParser, data: bytes) -> ParseResult:
    """Parse `data` and check what holds for every result."""
    result = parser.parse(data)
    lines = data.count(b"\n") + 1
    assert result.format == parser.format
    assert (result.readable is Readable.FULLY) == (result.skipped == ())
    assert result.readable is not Readable.NOT or result.pins == ()
    for pin in result.pins:
        assert pin.lines is not None
        assert 1 <= pin.lines.first <= pin.lines.last <= lines
    return result


@every_parser
def test_there_is_a_folder_of_data_with_a_plain_lock(parser: LockParser) -> None:
    result = check(parser, good(parser))

    assert result.readable is (Readable.PARTLY if parser.format in BINARY else Readable.FULLY)
    assert result.pins


@every_parser
def test_the_name_of_the_plain_lock_is_wanted(parser: LockParser) -> None:
    names = [path.name.removeprefix("plain.") for path in (DATA / parser.format).glob("plain.*")]

    assert all(parser.wants(name) for name in names)


@every_parser
def test_the_registry_finds_the_parser_of_each_of_its_samples(parser: LockParser) -> None:
    names = [path.name for path in (DATA / parser.format).glob("plain.*")]

    assert {parser_for(f"a/{name.removeprefix('plain.')}") for name in names} == {parser}


@every_parser
def test_an_empty_file_is_not_readable(parser: LockParser) -> None:
    result = check(parser, b"")

    assert result.readable is Readable.NOT


@every_parser
def test_a_git_lfs_pointer_is_not_readable(parser: LockParser) -> None:
    result = check(parser, b"version https://git-lfs.github.com/spec/v1\noid sha256:00\n")

    assert result.readable is Readable.NOT


@every_parser
def test_hostile_bytes_are_never_read_fully(parser: LockParser) -> None:
    read = [data[:20] for data in HOSTILE if check(parser, data).readable is Readable.FULLY]

    assert read == []


@every_parser
def test_a_lock_cut_off_anywhere_does_not_raise(parser: LockParser) -> None:
    data = good(parser)

    for end in range(0, len(data), stride(1)):
        check(parser, data[:end])


@every_parser
def test_a_lock_with_any_byte_overwritten_does_not_raise(parser: LockParser) -> None:
    data = good(parser)

    for position in range(0, len(data), stride(3)):
        for byte in (b"\x00", b'"', b"[", b"\xff", b"\n"):
            check(parser, data[:position] + byte + data[position + 1 :])


@every_parser
@given(st.binary(max_size=400))
def test_random_bytes_do_not_raise(parser: LockParser, data: bytes) -> None:
    check(parser, data)


@every_parser
@given(st.data())
def test_random_lines_of_a_good_lock_do_not_raise(parser: LockParser, data: st.DataObject) -> None:
    lines = good(parser).splitlines(keepends=True)
    mixed = data.draw(st.lists(st.sampled_from([*lines, b"<<<<<<< a\n", b"=======\n"])))

    check(parser, b"".join(mixed))


@every_toml_parser
def test_no_field_of_a_wrong_type_raises_or_hides_another_package(parser: LockParser) -> None:
    lock = tomli.loads(good(parser).decode())
    root = "package" if "package" in lock else "packages"
    bystander = {"name": "zz-bystander", "source": {"virtual": "."}}

    for changed in variants(lock[root][0]):
        result = check(parser, written({**lock, root: [changed, bystander]}))

        assert result.pins[-1].name == "zz-bystander"


@every_toml_parser
def test_no_wrong_type_anywhere_raises(parser: LockParser) -> None:
    lock = tomli.loads(good(parser).decode())

    for changed in variants(lock):
        check(parser, written(changed))


def written(lock: dict[str, object]) -> bytes:
    """Write `lock` as TOML, one line for each key."""
    return "\n".join(f"{json.dumps(k)} = {toml(v)}" for k, v in lock.items()).encode()


def variants(value: object) -> Iterator[dict[str, object]]:
    """Yield `value` once for each entry anywhere in it and each wrong value put there, or none."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield {name: kept for name, kept in value.items() if name != key}
            for wrong in (*WRONG, *variants_of(inner)):
                yield {**value, key: wrong}


def variants_of(value: object) -> Iterator[object]:
    if isinstance(value, dict):
        yield from variants(value)
    if isinstance(value, list):
        for index, inner in enumerate(value):
            for wrong in (*WRONG, *variants_of(inner)):
                yield [*value[:index], wrong, *value[index + 1 :]]


def toml(value: object) -> str:
    """Write `value` as TOML on one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(k)} = {toml(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    if isinstance(value, dt.datetime):
        return value.isoformat()
    return json.dumps(value)
