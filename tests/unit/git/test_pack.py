"""Packs: order of deltas, sizes that are checked first."""

from __future__ import annotations

import pytest

from crawler.errors import TooLarge
from crawler.git.interface import Limits
from crawler.git.objects import ObjectType, oid_of
from crawler.git.pack import ObjectTooLarge, unpack
from tests.servers.packs import entry, header, number, ofs_delta, pack, ref_delta


def unpacked(entries: list[bytes], limits: Limits | None = None) -> list[tuple[ObjectType, bytes]]:
    return [(raw.kind, raw.data) for raw in unpack([pack(entries)], limits or Limits())]


def test_a_delta_may_come_before_its_base() -> None:
    base = oid_of(ObjectType.BLOB, b"base")
    first = number(4) + number(5) + b"\x90\x04\x01!"
    second = number(5) + number(6) + b"\x90\x05\x01?"

    objects = unpacked(
        [
            ref_delta(oid_of(ObjectType.BLOB, b"base!"), second),
            ref_delta(base, first),
            entry(ObjectType.BLOB, b"base"),
        ]
    )

    assert objects == [
        (ObjectType.BLOB, b"base"),
        (ObjectType.BLOB, b"base!"),
        (ObjectType.BLOB, b"base!?"),
    ]


def test_a_delta_keeps_the_type_of_its_base() -> None:
    base = entry(ObjectType.TREE, b"1234")

    objects = unpacked([base, ofs_delta(len(base), number(4) + number(1) + b"\x01x")])

    assert objects == [(ObjectType.TREE, b"1234"), (ObjectType.TREE, b"x")]


def test_a_pack_may_arrive_byte_by_byte() -> None:
    data = pack([entry(ObjectType.BLOB, b"a" * 1000), entry(ObjectType.BLOB, b"")])

    objects = list(unpack((data[n : n + 1] for n in range(len(data))), Limits()))

    assert [len(raw.data) for raw in objects] == [1000, 0]


def test_objects_before_one_that_is_too_large_are_kept() -> None:
    objects = unpack([pack([entry(ObjectType.BLOB, b"small"), header(3, 1 << 40)])], Limits())

    kept = next(objects).data

    assert kept == b"small"
    with pytest.raises(ObjectTooLarge):
        next(objects)


def test_all_objects_together_have_a_limit_too() -> None:
    entries = [entry(ObjectType.BLOB, b"x" * 600), entry(ObjectType.BLOB, b"y" * 600)]

    with pytest.raises(TooLarge):
        unpacked(entries, Limits(inflated_bytes=1000))
