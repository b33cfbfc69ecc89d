"""Deltas, and what is wrong with bad ones."""

from __future__ import annotations

import pytest

from crawler.errors import Malformed
from crawler.git.delta import apply_delta, delta_sizes
from tests.servers.packs import copy_twice, number


def test_copies_and_insertions_make_the_result() -> None:
    delta = number(10) + number(7) + b"\x91\x02\x03" + b"\x04abcd"

    assert apply_delta(b"0123456789", delta) == b"234abcd"


def test_a_copy_of_size_zero_is_one_of_65536_bytes() -> None:
    base = bytes(range(256)) * 256

    assert apply_delta(base, number(65_536) + number(65_536) + b"\x80") == base


def test_the_sizes_are_known_before_anything_is_done() -> None:
    assert delta_sizes(copy_twice(1 << 30)) == (1 << 30, 2 << 30)


@pytest.mark.parametrize(
    "delta",
    [
        b"",
        b"\x80" * 20,
        number(9) + number(1) + b"\x01a",
        number(4) + number(1) + b"\x00",
        number(4) + number(2) + b"\x02a",
        number(4) + number(1) + b"\x91",
        number(4) + number(2) + b"\x91\x03\x02",
        number(4) + number(1) + b"\x91\x03\x02",
        number(4) + number(2) + b"\x01a",
        number(4) + number(1) + b"\x01a\x01b",
    ],
)
def test_a_bad_delta_is_malformed(delta: bytes) -> None:
    with pytest.raises(Malformed):
        apply_delta(b"base", delta)
