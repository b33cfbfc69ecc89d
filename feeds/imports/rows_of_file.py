"""The lines of a file that somebody else made, also gzipped: bounded, and complete or refused."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from crawler.errors import FeedError, Malformed
from crawler.model import Skipped
from feeds.guards import refuse_html

__all__ = ["lines_of", "skipped_line"]

_LONGEST_LINE = 1024 * 1024
_LARGEST = 1024 * 1024 * 1024
_MOST_ROWS = 2_000_000
_GZIP = b"\x1f\x8b"


def lines_of(path: Path, feed: str) -> Iterator[bytes]:
    """Yield the lines of `path`, unpacked where it is gzipped; errors speak in the name of `feed`.

    Raises FeedError for a file that is not readable to its end, is a web page, or is too large (1 MiB
    a line, 1 GiB or 2,000,000 lines in all, counted after unpacking).
    """
    try:
        with path.open("rb") as raw:
            packed = raw.read(2) == _GZIP
            raw.seek(0)
            if packed:
                with gzip.open(raw) as unpacked:
                    yield from _bounded(unpacked, path, feed)
            else:
                yield from _bounded(raw, path, feed)
    except IsADirectoryError as error:
        msg = f"{feed}: a folder: expected a file; name one file in it"
        raise FeedError(msg) from error
    except (OSError, EOFError, zlib.error) as error:
        msg = f"{feed}: not readable to the end: {error}"
        raise FeedError(msg) from error


def skipped_line(number: int, error: Malformed) -> Skipped:
    """Return the line that is skipped for `error`, whose text begins with the place: it is said once."""
    place = f"line {number}"
    return Skipped(context=place, reason=str(error).removeprefix(place).lstrip(":. "))


def _bounded(stream: IO[bytes] | gzip.GzipFile, path: Path, feed: str) -> Iterator[bytes]:
    size = rows = 0
    while line := stream.readline(_LONGEST_LINE + 1):
        size, rows = size + len(line), rows + 1
        if rows == 1:
            refuse_html(feed, str(path), line)
        if len(line) > _LONGEST_LINE or size > _LARGEST or rows > _MOST_ROWS:
            msg = f"{feed}: too large at line {rows}"
            raise FeedError(msg)
        yield line
