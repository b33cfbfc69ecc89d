"""Groups A2 to A4, A19 and A20: packs that are bombs, lies or torn."""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable, Iterator
from functools import cache

from crawler.git.objects import ObjectType, oid_of
from tests.hostile.git_modes import SOME_OID, Mode, Serve, Tree, scripted
from tests.servers.packs import (
    copy_twice,
    entry,
    header,
    number,
    ofs_delta,
    pack,
    ref_delta,
    zeros,
)
from tests.servers.scripted_git import Say, forever, line, packfile, refs, sideband

__all__ = ["pack_modes"]

_BROKEN = "Malformed|Retry|TooLarge|visited partial"
_BLOB = entry(ObjectType.BLOB, b"x")
_X = oid_of(ObjectType.BLOB, b"x")


def pack_modes() -> Iterator[Mode]:
    """Yield all modes of this file."""
    for label, (make, reader) in _ALONE.items():
        yield Mode(id=label, serve=_alone(make), reader=reader, program=_BROKEN)
    for label, make in _BOMBS.items():
        yield Mode(
            id=label,
            serve=_alone(make),
            reader="ObjectTooLarge|TooLarge|Malformed",
            program=_BROKEN,
            patient=True,
        )
    for label, (build, reader) in _AS_LOCK.items():
        yield Mode(id=label, serve=_as_lock(build), reader=reader, program=_BROKEN)
    yield Mode(id="A25-endless-pack", serve=_endless(), reader="TooLarge|Retry", program=_BROKEN)
    yield Mode(
        id="A25-packs-of-100-mib", serve=_several_packs(), reader="TooLarge|Retry", program=_BROKEN
    )
    yield Mode(
        id="A25-everything-just-below-its-limit",
        serve=_just_below(),
        reader="visited whole|Retry",
        program="visited whole|visited partial|Retry|TooLarge",
    )


def _alone(make: Callable[[], bytes]) -> Serve:
    """Answer every fetch with these bytes in place of a pack."""
    return scripted(fetch=lambda _: packfile(make()))


def _delta_bomb() -> bytes:
    entries, size = [entry(ObjectType.BLOB, b"0" * 65_536)], 65_536
    for _ in range(16):
        entries.append(ofs_delta(len(entries[-1]), copy_twice(size)))
        size *= 2
    return pack(entries)


def _long_chain() -> bytes:
    entries = [entry(ObjectType.BLOB, b"a")]
    for _ in range(600):
        entries.append(ofs_delta(len(entries[-1]), number(1) + number(1) + b"\x01a"))
    return pack(entries)


def _byte_by_byte() -> bytes:
    """Deltas of ten million instructions, each for one byte: kilobytes that cost minutes."""
    count = 9_000_000
    delta = number(1) + number(count) + b"\x90\x01" * count
    return pack([_BLOB, *(ref_delta(_X, delta) for _ in range(3))])


def _fan() -> bytes:
    """One base of ten megabytes, and 50,000 deltas that each copy one byte of it."""
    base = b"0" * 10_000_000
    delta = number(len(base)) + number(1) + b"\x90\x01"
    return pack(
        [entry(ObjectType.BLOB, base), *[ref_delta(oid_of(ObjectType.BLOB, base), delta)] * 50_000]
    )


def _empty_blocks() -> bytes:
    """A zlib stream that goes on without content."""
    squeeze = zlib.compressobj()
    blocks = squeeze.compress(b"") + b"\0\0\0\xff\xff" * 4_000_000
    return pack([header(3, 10) + (b"\x78\x9c" if not blocks.startswith(b"\x78") else b"") + blocks])


_ALONE: dict[str, tuple[Callable[[], bytes], str]] = {
    "A2-delta-bomb": (_delta_bomb, "ObjectTooLarge"),
    "A2-chain-of-600-deltas": (_long_chain, "TooLarge"),
    "A2-deltas-byte-by-byte": (_byte_by_byte, "TooLarge"),
    "A2-fan-of-50000-deltas": (_fan, "visited partial"),
    "A2-delta-of-itself": (lambda: pack([ref_delta(_X, number(1) + number(1) + b"\x01x")]), "Malformed"),
    "A2-delta-outside-its-base": (lambda: pack([_BLOB, ref_delta(_X, b"\x01\x05\x91\xff\x05")]), "Malformed"),
    "A2-delta-instruction-0": (lambda: pack([_BLOB, ref_delta(_X, b"\x01\x05\x00")]), "Malformed"),
    "A2-delta-result-2-to-60": (lambda: pack([_BLOB, ref_delta(_X, b"\x01" + number(1 << 60) + b"\x01a")]), "ObjectTooLarge"),
    "A2-delta-before-the-pack": (lambda: pack([ofs_delta(4_000, b"\x01\x01\x01a")]), "Malformed"),
    "A2-delta-of-distance-0": (lambda: pack([ofs_delta(0, b"\x01\x01\x01a")]), "Malformed"),
    "A4-zlib-bomb-3-gib": (lambda: pack([header(3, 3 << 30) + zlib.compress(b"\0" * 9_000_000)]), "ObjectTooLarge"),
    "A4-size-of-2-to-62": (lambda: pack([header(3, 1 << 62) + zlib.compress(b"")]), "ObjectTooLarge"),
    "A4-size-without-end": (lambda: pack([b"\xff" * 40]), "Malformed"),
    "A4-longer-than-it-says": (lambda: pack([header(3, 10) + zlib.compress(b"0" * 9_000_000)]), "Malformed"),
    "A4-shorter-than-it-says": (lambda: pack([header(3, 1_000) + zlib.compress(b"0")]), "Malformed"),
    "A4-empty-zlib-blocks": (_empty_blocks, "Malformed|Retry"),
    "A19-no-pack": (lambda: b"JUNK" * 1_000, "Malformed"),
    "A19-empty": (lambda: b"", "Retry"),
    "A19-version-9": (lambda: b"PACK\0\0\0\x09\0\0\0\x01", "Malformed"),
    "A19-4-billion-objects": (lambda: b"PACK\0\0\0\x02\xff\xff\xff\xff", "TooLarge"),
    "A19-truncated": (lambda: pack([_BLOB], count=2)[:-20], "Retry"),
    "A19-wrong-checksum": (lambda: pack([_BLOB])[:-20] + b"\0" * 20, "visited partial"),
    "A19-object-type-5": (lambda: pack([header(5, 1)]), "Malformed"),
    "A19-object-type-0": (lambda: pack([header(0, 1)]), "Malformed"),
    "A19-no-zlib": (lambda: pack([header(3, 5) + b"no zlib here"]), "Malformed"),
    "A19-other-objects-than-asked": (lambda: pack([_BLOB] * 3), "visited partial"),
    "A20-thin-without-base": (lambda: pack([ref_delta(SOME_OID, b"\x01\x01\x01a")]), "Malformed"),
}  # fmt: skip


_BOMBS: dict[str, Callable[[], bytes]] = {
    "A4-bomb-of-3-gib": lambda: pack([header(3, 3 << 30) + zeros(3 << 30)]),
    "A4-bomb-that-states-1-kib": lambda: pack([header(3, 1 << 10) + zeros(3 << 30)]),
    "A4-bomb-of-a-tree-of-3-gib": lambda: pack([header(2, 3 << 30) + zeros(3 << 30)]),
    "A4-bomb-of-a-delta-of-3-gib": lambda: pack([_BLOB, header(7, 3 << 30) + bytes.fromhex(_X) + zeros(3 << 30)]),
    "A4-bombs-of-9-mib-350-times": lambda: pack([header(3, 9 << 20) + zeros(9 << 20)] * 350),
}  # fmt: skip


def _as_lock(build: Callable[[Tree], bytes]) -> Serve:
    """Serve a good tree with the lock `a.uv.lock`, and for the blobs what `build` makes."""

    def heads(_: object) -> Say:
        tree = Tree()
        build(tree)
        return refs(tree.tip(*_lock(tree)))

    def fetch(body: bytes) -> Say:
        tree = Tree()
        files = build(tree)
        tree.tip(*_lock(tree))
        return packfile(pack(tree.objects.entries) if b"filter" in body else files)

    return scripted(heads=heads, fetch=fetch)


def _lock(tree: Tree) -> Iterator[tuple[str, bytes, str]]:
    yield "100644", b"a.uv.lock", _ZEROS
    yield "100644", b"b.uv.lock", tree.honest[2]


_ZEROS = oid_of(ObjectType.BLOB, b"0" * 500)


def _too_large(tree: Tree) -> bytes:
    return pack([*tree.blobs, header(3, 500 << 20) + zlib.compress(b"0" * 9_000_000)])


def _swapped(tree: Tree) -> bytes:
    return pack([*tree.blobs, entry(ObjectType.BLOB, b"another lock")])


def _as_tree(tree: Tree) -> bytes:
    return pack([*tree.blobs, entry(ObjectType.TREE, b"0" * 500)])


def _torn(tree: Tree) -> bytes:
    return pack([*tree.blobs, entry(ObjectType.BLOB, b"0" * 500)])[:-30]


_AS_LOCK: dict[str, tuple[Callable[[Tree], bytes], str]] = {
    "A3-lock-of-500-mib": (_too_large, "visited partial"),
    "A3-lock-swapped": (_swapped, "visited partial"),
    "A3-lock-is-a-tree": (_as_tree, "visited partial"),
    "A19-lock-torn": (_torn, "visited partial"),
}


def _endless() -> Serve:
    def answer() -> Iterator[bytes]:
        noise = b"".join(sideband(entry(ObjectType.BLOB, os.urandom(1_000_000))))
        yield line(b"packfile\n")
        yield from sideband(b"PACK\0\0\0\x02\0\0\xff\xff")
        yield from forever(noise)

    return scripted(fetch=lambda _: Say(body=answer()))


def _several_packs() -> Serve:
    """Send with every answer 100 MiB more that nobody asked for."""
    tree = Tree()
    tip = tree.tip(("100644", b"a.uv.lock", SOME_OID))

    @cache
    def made(*, listing: bool) -> bytes:
        noise = [entry(ObjectType.BLOB, os.urandom(10 << 20)) for _ in range(10)]
        return pack([*(tree.objects.entries if listing else tree.blobs), *noise])

    return scripted(
        heads=lambda _: refs(tip), fetch=lambda body: packfile(made(listing=b"filter" in body))
    )


def _just_below() -> Serve:
    """Five locks of 19 MB of zeros: kilobytes on the wire, all but the whole room in memory."""

    @cache
    def made() -> tuple[Tree, str]:
        tree = Tree()
        files = [tree.blob(b"%d" % n + b"0" * 19_000_000) for n in range(5)]
        return tree, tree.tip(*(("100644", b"%d.uv.lock" % n, oid) for n, oid in enumerate(files)))

    def fetch(body: bytes) -> Say:
        tree, _ = made()
        return packfile(pack(tree.objects.entries if b"filter" in body else tree.blobs))

    return scripted(heads=lambda _: refs(made()[1]), fetch=fetch)
