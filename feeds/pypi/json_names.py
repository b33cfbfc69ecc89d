"""Names out of a project list (PEP 691, JSON) while it arrives, through a window of bounded size."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterable, Iterator

from crawler.errors import Malformed
from crawler.fields import Fields

__all__ = ["names_in_json"]

_AHEAD = 64 * 1024
"""Characters; a single value of the list is no longer than that."""
_BLANK = re.compile(r"[ \t\r\n]*")


class _Window:
    """The stretch of a streamed text that is looked at."""

    def __init__(self, chunks: Iterable[bytes], url: str) -> None:
        self._chunks, self._url = iter(chunks), url
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._json = json.JSONDecoder()
        self._text, self._at, self._ended = "", 0, False

    def take(self, expected: str) -> str:
        """Take one of the characters `expected`; raises Malformed for another."""
        found = self.peek()
        if not found or found not in expected:
            self._refuse(f"expected one of {expected!r}, got {found!r}")
        self._at += 1
        return found

    def peek(self) -> str:
        """Return the next character that is no blank, or nothing at the end."""
        self._skip()
        return self._text[self._at : self._at + 1]

    def value(self) -> object:
        """Take one complete JSON value; raises Malformed."""
        self._skip()
        try:
            value, self._at = self._json.raw_decode(self._text, self._at)
        except (ValueError, RecursionError) as error:
            self._refuse(f"{type(error).__name__}: {str(error)[:100]}")
        found: object = value
        return found

    def _skip(self) -> None:
        if len(self._text) - self._at < _AHEAD and not self._ended:
            self._fill()
        blank = _BLANK.match(self._text, self._at)
        self._at = blank.end() if blank is not None else self._at

    def _fill(self) -> None:
        parts = [self._text[self._at :]]
        length = len(parts[0])
        while length < 2 * _AHEAD and not self._ended:
            chunk = next(self._chunks, None)
            self._ended = chunk is None
            try:
                parts.append(self._decoder.decode(chunk or b"", final=self._ended))
            except UnicodeDecodeError as error:
                msg = f"{self._url}: not UTF-8"
                raise Malformed(msg) from error
            length += len(parts[-1])
        self._text, self._at = "".join(parts), 0

    def _refuse(self, why: str) -> None:
        msg = f"{self._url}: no complete list of projects: {why}"
        raise Malformed(msg)


def names_in_json(chunks: Iterable[bytes], url: str) -> Iterator[str]:
    """Yield the names of the project list that `chunks` of `url` are; raises Malformed.

    Nothing is believed by this function alone: names come before the end of the list was seen.
    """
    window, lists = _Window(chunks, url), 0
    window.take("{")
    while True:
        key = window.value()
        window.take(":")
        if key == "projects":
            lists += 1
            yield from _names(window, url)
        else:
            window.value()
        if window.take(",}") == "}":
            break
    if window.peek() or lists != 1:
        msg = f"{url}: {lists} lists of projects, or something behind the list"
        raise Malformed(msg)


def _names(window: _Window, url: str) -> Iterator[str]:
    window.take("[")
    if window.peek() == "]":
        window.take("]")
        return
    while True:
        yield Fields(window.value(), f"{url} projects").text("name")
        if window.take(",]") == "]":
            return
