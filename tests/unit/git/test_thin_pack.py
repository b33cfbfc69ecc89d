"""Thin packs: deltas against objects that are not in them."""

from __future__ import annotations

import pytest

from crawler.errors import Malformed, TooLarge
from crawler.git.interface import Limits
from crawler.git.objects import ObjectType, RawObject, oid_of
from crawler.git.pack import unpack
from tests.servers.packs import copy_twice, entry, number, pack, ref_delta

BASE = RawObject(oid=oid_of(ObjectType.BLOB, b"base"), kind=ObjectType.BLOB, data=b"base")
AT_HAND = {BASE.oid: BASE}
DELTA = number(4) + number(5) + b"\x90\x04\x01!"


def test_a_delta_against_something_at_hand_is_resolved() -> None:
    data = pack([ref_delta(BASE.oid, DELTA)])

    assert [raw.data for raw in unpack([data], Limits(), AT_HAND.get)] == [b"base!"]


def test_a_delta_against_something_unknown_is_left_out_and_the_rest_read() -> None:
    data = pack([ref_delta("1" * 40, DELTA), entry(ObjectType.BLOB, b"other")])

    assert [raw.data for raw in unpack([data], Limits(), AT_HAND.get)] == [b"other"]


def test_a_pack_that_nobody_asked_to_be_thin_must_be_whole() -> None:
    data = pack([ref_delta(BASE.oid, DELTA)])

    with pytest.raises(Malformed, match="not in the pack"):
        list(unpack([data], Limits()))


def test_what_grows_from_something_at_hand_has_the_same_limits() -> None:
    base = b"x" * 600
    oid = oid_of(ObjectType.BLOB, base)
    at_hand = {oid: RawObject(oid=oid, kind=ObjectType.BLOB, data=base)}
    data = pack([ref_delta(oid, copy_twice(600))])

    with pytest.raises(TooLarge):
        list(unpack([data], Limits(object_bytes=1_000), at_hand.get))
