"""A dump of an ecosystem (`all.zip`), read without trusting it.

Nothing is ever extracted. Entry names, counts, sizes and ratios are checked before an entry is read, and
an entry is read no further than its cap, whatever the directory of the archive says.
"""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO

from crawler.errors import FeedError

__all__ = ["entries"]

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,199}\.json", re.ASCII)
_MOST_ENTRIES = 2_000_000
_LARGEST_ENTRY = 8 * 1024 * 1024
_LARGEST_TOTAL = 4 * 1024 * 1024 * 1024
_LARGEST_RATIO = 200
_RATIO_MATTERS_FROM = 1024 * 1024
_ENCRYPTED = 0x1
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
"""What OSV packs with. The other decoders of `zipfile` take the memory that a member asks for."""
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,  # fields of zip64 that are cut off
    ValueError,  # names that are not UTF-8, offsets before the beginning
    OverflowError,
    EOFError,
    OSError,
    RuntimeError,  # a password, or a feature that `zipfile` lacks
)


def entries(file: IO[bytes], feed: str, prefixes: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
    """Yield (name, content) of the entries whose name starts with one of `prefixes`, by name.

    Raises FeedError where the archive is none, is cut off, or plays tricks (a path in a name, a name
    twice, encryption, another method than deflate, absurd sizes).
    """
    try:
        with zipfile.ZipFile(file) as archive:
            members = _checked(archive.infolist(), feed)
            left = _LARGEST_TOTAL
            for member in sorted(members, key=lambda m: m.filename):
                if not member.filename.startswith(prefixes):
                    continue
                content = _content(archive, member, min(left, _LARGEST_ENTRY), feed)
                left -= len(content)
                yield member.filename, content
    except _BROKEN as error:
        reason = f"{str(error)[:200]!a}; nothing was changed. Poll again later"
        msg = f"{feed}: the dump is cut off or not a zip archive: {reason}"
        raise FeedError(msg) from error


def _checked(members: list[zipfile.ZipInfo], feed: str) -> list[zipfile.ZipInfo]:
    if not 0 < len(members) <= _MOST_ENTRIES:
        msg = f"{feed}: the dump has {len(members)} entries; nothing was changed"
        raise FeedError(msg)
    seen = set[str]()
    for member in members:
        if not _NAME.fullmatch(member.orig_filename):
            _refuse(feed, member, "is not the plain name of a record")
        if member.filename in seen:
            _refuse(feed, member, "stands in it twice")
        if member.flag_bits & _ENCRYPTED:
            _refuse(feed, member, "is encrypted")
        if member.compress_type not in _METHODS:
            _refuse(feed, member, f"is packed with method {member.compress_type}, not with deflate")
        if _is_bomb(member):
            _refuse(feed, member, f"claims {member.file_size} bytes")
        seen.add(member.filename)
    return members


def _is_bomb(member: zipfile.ZipInfo) -> bool:
    ratio = member.file_size / max(1, member.compress_size)
    return member.file_size > _LARGEST_ENTRY or (
        member.file_size > _RATIO_MATTERS_FROM and ratio > _LARGEST_RATIO
    )


def _content(archive: zipfile.ZipFile, member: zipfile.ZipInfo, cap: int, feed: str) -> bytes:
    with archive.open(member) as stream:
        content = stream.read(cap + 1)
    if len(content) > cap:
        _refuse(feed, member, f"holds more than {cap} bytes")
    return content


def _refuse(feed: str, member: zipfile.ZipInfo, why: str) -> None:
    msg = f"{feed}: the dump is refused: {member.orig_filename[:80]!a} {why}; nothing was changed"
    raise FeedError(msg)
