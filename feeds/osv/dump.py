"""A dump of an ecosystem (`all.zip`), read without trusting it.

Nothing is ever extracted. Names, counts, sizes and ratios are checked before an entry is read, and an entry is
read no further than its cap, whatever the directory of the archive says. Of 250,000 entries `zipfile` makes
objects of 170 MB: here the directory stays the bytes that it is (`feeds.osv.zip_directory`).
"""

from __future__ import annotations

import re
import struct
import zlib
from array import array
from collections.abc import Iterator
from itertools import pairwise
from typing import IO

from crawler.errors import FeedError
from feeds.osv.zip_directory import BadZip, ZipMember, content_of, directory_of

__all__ = ["entries"]

_NAME = re.compile(rb"[A-Za-z0-9][A-Za-z0-9._:-]{0,199}\.json")
_MOST_ENTRIES = 2_000_000
_LARGEST_ENTRY = 8 * 1024 * 1024
_LARGEST_TOTAL = 4 * 1024 * 1024 * 1024
_LARGEST_RATIO = 200
_RATIO_MATTERS_FROM = 1024 * 1024
_ENCRYPTED = 0x1
_STORED, _DEFLATED = 0, 8
"""What OSV packs with. Other decoders take the memory that a member asks for."""


def entries(file: IO[bytes], feed: str, prefixes: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
    """Yield (name, content) of the entries whose name starts with one of `prefixes`, by name.

    Raises FeedError where the archive is none, is cut off, or plays tricks (a path in a name, a name
    twice, encryption, another method than deflate, absurd sizes).
    """
    try:
        directory = directory_of(file)
        wanted = tuple(prefix.encode() for prefix in prefixes)
        left = _LARGEST_TOTAL
        for at in _checked(directory, feed):
            member, _ = ZipMember.at(directory, at)
            if not member.name.startswith(wanted):
                continue
            cap = min(left, _LARGEST_ENTRY)
            content = content_of(file, member, cap)
            if len(content) > cap:
                _refuse(feed, member, f"holds more than {cap} bytes")
            left -= len(content)
            yield member.name.decode(), content
    except (BadZip, zlib.error, struct.error, OSError, ValueError, OverflowError) as error:
        reason = f"{str(error)[:200]!a}; nothing was changed. Poll again later"
        msg = f"{feed}: the dump is cut off or not a zip archive: {reason}"
        raise FeedError(msg) from error


def _checked(directory: bytes, feed: str) -> array[int]:
    """Return where in the directory each member stands, by name; raises FeedError for what is not a record."""
    places, at = array("L"), 0
    while at < len(directory):
        places.append(at)
        member, at = ZipMember.at(directory, at)
        if len(places) > _MOST_ENTRIES:
            break
        if not _NAME.fullmatch(member.name):
            _refuse(feed, member, "is not the plain name of a record")
        if member.flags & _ENCRYPTED:
            _refuse(feed, member, "is encrypted")
        if member.method not in {_STORED, _DEFLATED}:
            _refuse(feed, member, f"is packed with method {member.method}, not with deflate")
        if _is_bomb(member):
            _refuse(feed, member, f"claims {member.size} bytes")
    if not 0 < len(places) <= _MOST_ENTRIES:
        msg = f"{feed}: the dump has {len(places)} entries; nothing was changed"
        raise FeedError(msg)
    by_name = array("L", sorted(places, key=lambda place: ZipMember.at(directory, place)[0].name))
    for one, other in pairwise(by_name):
        member, _ = ZipMember.at(directory, other)
        if member.name == ZipMember.at(directory, one)[0].name:
            _refuse(feed, member, "stands in it twice")
    return by_name


def _is_bomb(member: ZipMember) -> bool:
    ratio = member.size / max(1, member.packed)
    return member.size > _LARGEST_ENTRY or (
        member.size > _RATIO_MATTERS_FROM and ratio > _LARGEST_RATIO
    )


def _refuse(feed: str, member: ZipMember, why: str) -> None:
    name = member.name[:80].decode("ascii", "backslashreplace")
    msg = f"{feed}: the dump is refused: {name!a} {why}; nothing was changed"
    raise FeedError(msg)
