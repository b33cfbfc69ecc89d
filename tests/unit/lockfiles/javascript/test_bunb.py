"""What can be told from a bun.lockb."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.lockfiles.javascript.bunb import BunBinaryParser
from crawler.model import LineSpan, ParseResult, Readable

DATA = Path(__file__).parents[3] / "data" / "locks" / "bunb"


def read(name: str) -> ParseResult:
    return BunBinaryParser().parse((DATA / name).read_bytes())


def stated(result: ParseResult) -> list[tuple[str | None, str | None, str]]:
    return [(pin.name, pin.version, str(pin.origin)) for pin in result.pins]


def test_the_urls_of_archives_are_read_and_the_rest_is_said_to_be_unread() -> None:
    result = read("plain.bun.lockb")

    assert result.readable is Readable.PARTLY
    assert result.skipped[0].reason == "binary format; only the URLs of archives were read"
    assert stated(result) == [
        ("zz-ghost-js", "1.0.0", "registry:"),
        ("@zz/real", "2.0.0-rc.1", "registry:"),
        (None, None, "url:https://mirror.example/zz.tgz"),
    ]
    assert {pin.flags for pin in result.pins} == {("recovered",)}
    assert result.pins[0].lines == LineSpan(first=3, last=3)


def test_a_url_ends_where_its_archive_does() -> None:
    result = read("plain.bun.lockb")

    assert result.pins[0].url == "https://registry.npm.example/zz-ghost-js/-/zz-ghost-js-1.0.0.tgz"
    assert result.pins[0].filename == "zz-ghost-js-1.0.0.tgz"


def test_a_lock_that_leaves_all_urls_to_the_registry_is_not_readable() -> None:
    result = BunBinaryParser().parse(b"#!/usr/bin/env bun\nbun-lockfile-format-v0\n\x02\0zz")

    assert (result.readable, result.pins) == (Readable.NOT, ())


@pytest.mark.parametrize(
    "data", [b"", b"version https://git-lfs.", b"https://mirror.example/zz.tgz"]
)
def test_what_is_no_binary_lock_is_not_readable(data: bytes) -> None:
    result = BunBinaryParser().parse(data)

    assert (result.readable, result.pins, len(result.skipped)) == (Readable.NOT, (), 1)


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("bun.lockb", True),
        ("web/bun.lockb", True),
        ("bun.lock", False),
    ],
)
def test_only_locks_of_this_format_are_wanted(path: str, wanted: bool) -> None:  # noqa: FBT001 - a table
    assert BunBinaryParser().wants(path) is wanted
