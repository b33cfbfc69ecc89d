"""Git objects as git keeps them: a file each, deflated, named by its hash. Source: gitrepository-layout(5)."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Iterator, Mapping

from crawler.errors import Malformed
from crawler.git.objects import ObjectType, RawObject

__all__ = ["loose", "objects_in"]

_LEVEL = 6
_LARGEST = 32 * 1024 * 1024
_HEADER = re.compile(rb"(commit|tree|blob) ([0-9]{1,9})\0")
_PATH = re.compile(r"objects/([0-9a-f]{2})/([0-9a-f]{38}(?:[0-9a-f]{24})?)", re.ASCII)


def loose(objects: Iterable[RawObject]) -> Mapping[str, bytes]:
    """Return the files of `objects` by their paths: `objects/ab/cdef…`."""
    return {
        f"objects/{one.oid[:2]}/{one.oid[2:]}": zlib.compress(
            b"%b %d\0" % (one.kind.word, len(one.data)) + one.data, _LEVEL
        )
        for one in objects
    }


def objects_in(files: Mapping[str, bytes]) -> Iterator[RawObject]:
    """Yield the objects of such files, whatever else is among them; raises Malformed.

    That an object is what its name says is for `crawler.git.proof.check_proof` to see.
    """
    for path, data in files.items():
        if (name := _PATH.fullmatch(path)) is None:
            continue
        opened = zlib.decompressobj()
        try:
            content = opened.decompress(data, _LARGEST)
        except zlib.error as error:
            raise Malformed(f"{path} is damaged") from error
        header = _HEADER.match(content)
        whole = opened.eof and not opened.unused_data
        if header is None or not whole or len(content) - header.end() != int(header[2]):
            raise Malformed(f"{path} is damaged")
        yield RawObject(
            oid=name[1] + name[2],
            kind=ObjectType[header[1].decode().upper()],
            data=content[header.end() :],
        )
