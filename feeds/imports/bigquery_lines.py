"""The lines of a result that BigQuery saved: CSV with a header, or JSON Lines."""

from __future__ import annotations

import csv
from collections.abc import Sequence

from crawler.errors import FeedError, Malformed
from crawler.fields import Fields, read_json

__all__ = ["ResultLines", "whole_number"]

_LONGEST_NUMBER = 15


class ResultLines:
    """Reads one line after the other; the first one says which form the file has."""

    def __init__(self, source: str, columns: Sequence[str]) -> None:
        """Expect `columns` in a CSV header; errors speak in the name of `source`."""
        self._source, self._columns = source, columns
        self._header: Sequence[str] | None = None

    def read(self, line: bytes, path: str) -> Fields | None:
        """Return the row at `path`, None for an empty line or the header.

        Raises FeedError for an invalid header, and Malformed for an invalid row.
        """
        if not line.strip():
            return None
        if self._header is None:
            self._header = self._header_of(line)
            if self._header:
                return None
        if not self._header:
            return Fields(read_json(line.removeprefix(b"\xef\xbb\xbf"), path), path)
        cells = _cells(line, path)
        if len(cells) != len(self._header):
            msg = f"{path}: {len(cells)} cells under {len(self._header)} columns"
            raise Malformed(msg)
        return Fields(dict(zip(self._header, cells, strict=True)), path)

    def _header_of(self, line: bytes) -> Sequence[str]:
        """Return the columns of a CSV file, none where the file is JSON Lines."""
        if line.lstrip(b"\xef\xbb\xbf \t").startswith(b"{"):
            return ()
        try:
            found = _cells(line, "line 1")
        except Malformed as error:
            msg = f"{self._source}: {error}"
            raise FeedError(msg) from error
        missing = [column for column in self._columns if column not in found]
        if missing or len(set(found)) != len(found):
            expected = ", ".join(missing or self._columns)
            msg = f"{self._source}: invalid first line: expected a CSV header with {expected}"
            raise FeedError(msg)
        return found


def _cells(line: bytes, path: str) -> list[str]:
    """Return the cells of one line; a quoted line break is none, so that one quote costs one row."""
    try:
        text = line.decode("utf-8-sig").rstrip("\r\n")
        return next(csv.reader([text], strict=True))
    except (ValueError, csv.Error, StopIteration) as error:
        msg = f"{path}: invalid line of CSV: {str(error)[:100]}"
        raise Malformed(msg) from error


def whole_number(fields: Fields, key: str) -> int:
    """Return a number of at most 15 digits, which JSON of BigQuery has as text; raises Malformed."""
    try:
        text = str(fields.number(key))
    except Malformed:
        text = fields.text(key)
    if not (text.isascii() and text.isdecimal() and len(text) <= _LONGEST_NUMBER):
        msg = f"{fields.at(key)}: invalid {key} {text[:60]!a}: expected a whole number"
        raise Malformed(msg)
    return int(text)
