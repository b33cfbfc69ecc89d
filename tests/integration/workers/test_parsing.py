"""Large and hostile locks are read in a child whose death is a verdict."""

from __future__ import annotations

import resource
from dataclasses import replace

import pytest

from crawler import lockfiles
from crawler.model import Readable
from workers.parsing import INLINE_BYTES, LIMITS, SharedParsing, in_child, parse

LOCK = b"""version = 1
revision = 3

[[package]]
name = "zz-ghost-one"
version = "1.0"
source = { registry = "https://index.example/simple" }
sdist = { url = "https://files.index.example/packages/aa/bb/zz_ghost_one-1.0.tar.gz", hash = "sha256:0000000000000000000000000000000000000000000000000000000000000000" }
"""


def test_a_child_reads_exactly_what_would_be_read_here() -> None:
    in_the_child = in_child("app/uv.lock", LOCK)

    assert in_the_child == lockfiles.parse("app/uv.lock", LOCK)
    assert in_the_child.pins[0].name == "zz-ghost-one"


def test_a_large_lock_is_read_in_a_child() -> None:
    large = LOCK + b"# innocent\n" * (INLINE_BYTES // 11 + 1)

    result = parse("uv.lock", large)

    assert result.readable is Readable.FULLY
    assert len(result.pins) == 1


def test_a_child_without_enough_memory_leaves_an_unreadable_lock() -> None:
    starved = replace(LIMITS, address_space=40 * 1024 * 1024)

    result = in_child("uv.lock", LOCK * 20_000, starved)

    assert result.readable is Readable.NOT
    assert result.format == "uv"
    assert "memory" in result.skipped[0].reason


def test_a_child_that_takes_too_long_leaves_an_unreadable_lock() -> None:
    hurried = replace(LIMITS, seconds=0.05)

    result = in_child("uv.lock", LOCK, hurried)

    assert result.readable is Readable.NOT
    assert result.skipped[0].reason == "the parser took too long and was ended"


def test_a_lock_larger_than_a_child_is_given_is_not_readable() -> None:
    huge = LOCK + b"#" * 33 * 1024 * 1024

    result = parse("uv.lock", huge)

    assert result.readable is Readable.NOT
    assert "too much input" in result.skipped[0].reason


@pytest.mark.parametrize("folder", ["a\x00b/", "\ud800/", "x/" * 100_000])
def test_no_path_keeps_a_child_from_reading(folder: str) -> None:
    result = in_child(f"{folder}uv.lock", LOCK)

    assert result.readable is Readable.FULLY
    assert result.pins[0].name == "zz-ghost-one"


def test_a_name_longer_than_any_is_read_by_the_whole_of_it() -> None:
    path = f"x.{'b' * 5_000}.uv.lock"

    result = in_child(path, LOCK)

    assert result == lockfiles.parse(path, LOCK)
    assert result.format == "uv"


def test_a_small_lock_of_very_many_pieces_is_read_in_a_child() -> None:
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    crowded = LOCK + b"\n" * 60_001

    result = parse("uv.lock", crowded)

    assert len(crowded) < INLINE_BYTES
    assert result.readable is Readable.FULLY
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime > before


def test_a_small_lock_is_read_without_a_child() -> None:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)

    result = parse("uv.lock", LOCK)

    assert result.readable is Readable.FULLY
    assert resource.getrusage(resource.RUSAGE_CHILDREN) == before


def test_what_two_locks_say_in_the_same_words_is_read_once() -> None:
    shared = SharedParsing()

    first, second = shared("uv.lock", LOCK), shared("api/uv.lock", b"# zz\n" + LOCK)

    assert second == lockfiles.parse("api/uv.lock", b"# zz\n" + LOCK)
    assert second.pins[0].digests is first.pins[0].digests
