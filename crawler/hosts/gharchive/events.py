"""The repositories of one hour of GH Archive: a gzip stream of JSON lines, read as it arrives.

Nothing of an event but the repository's id and name gets into a value or a message.
"""

from __future__ import annotations

import zlib
from dataclasses import replace
from typing import TYPE_CHECKING

from crawler.errors import GhostcrawlError, GiveUp, Malformed, Retry, TooLarge
from crawler.hosts.answers import document
from crawler.model import Repository, Skipped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = ["PushedRepositories"]

_GZIP = b"\x1f\x8b"
_WINDOW = 16 + zlib.MAX_WBITS
_PIECE = 1024 * 1024
_LONGEST_LINE = 4 * 1024 * 1024
_MOST_BYTES = 8 * 1024 * 1024 * 1024
"""Inflated; an hour of 2026 has about 1 GB."""
_MOST_REPOSITORIES = 250_000
_MOST_NOTES = 20
_EVENTS = frozenset({"PushEvent", "CreateEvent", "PublicEvent"})
"""Those after which a repository may have a lock that it had not: pushed, made, made public."""
_MARKS = tuple(f'{event}"'.encode() for event in sorted(_EVENTS))


class PushedRepositories:
    """Collects the repositories of one hour, each once, in the order of their first event."""

    def __init__(self, repository: Callable[[str], Repository], hour: str) -> None:
        """`repository` makes one of `owner/name`; `hour` names the hour for people."""
        self._repository = repository
        self._hour = hour
        self._names: dict[int, str] = {}
        self._notes: list[Skipped] = []
        self._unsaid = 0

    @property
    def repositories(self) -> tuple[Repository, ...]:
        """All that were found so far, under the last name that each had in the hour."""
        return tuple(
            replace(self._repository(name), native_id=str(number))
            for number, name in self._names.items()
        )

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        """What was not read; the first 20 singly, then how many more."""
        if not self._unsaid:
            return tuple(self._notes)
        more = Skipped(context=self._hour, reason=f"{self._unsaid} more lines were not read")
        return (*self._notes, more)

    def note(self, reason: str, place: str = "") -> None:
        """Remember that something of the hour was not read."""
        if len(self._notes) < _MOST_NOTES:
            self._notes.append(Skipped(context=f"{self._hour}{place}", reason=reason))
        else:
            self._unsaid += 1

    def read(self, chunks: Iterable[bytes]) -> None:
        """Read a whole file. What was found before an error is kept.

        Raises Retry where it is no gzip file, Malformed where it is truncated, TooLarge.
        """
        for number, line in enumerate(self._lines(_inflated(chunks)), start=1):
            if any(mark in line for mark in _MARKS):
                try:
                    self._event(line)
                except GhostcrawlError as error:
                    if isinstance(error, TooLarge):
                        raise
                    self.note(_reason(error), f", line {number}")

    def _lines(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        """Yield the lines; of one that is too long, nothing, and that is noted."""
        rest, overlong = b"", False
        for piece in pieces:
            *lines, rest = (rest + piece).split(b"\n")
            if lines and overlong:
                lines[0], overlong = b"", False
            yield from lines
            if len(rest) > _LONGEST_LINE:
                self.note(f"a line of more than {_LONGEST_LINE} bytes")
                rest, overlong = b"", True
            elif overlong:
                rest = b""
        yield rest

    def _event(self, line: bytes) -> None:
        event = document(line, "event")
        if event.fields.get("type") not in _EVENTS:
            return
        repo = event.node("repo")
        if repo is None:
            raise Malformed("an event without a repository")
        number, name = repo.number("id"), repo.text("name")
        self._repository(name)
        if number not in self._names and len(self._names) >= _MOST_REPOSITORIES:
            raise TooLarge(f"more than {_MOST_REPOSITORIES} repositories; the rest was not listed")
        self._names[number] = name


def _reason(error: GhostcrawlError) -> str:
    """Return why a line was skipped; a line that is no JSON cannot be asked for again."""
    return str(error) if isinstance(error, GiveUp) else "expected JSON, got something else"


def _inflated(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Inflate a gzip file of one or more members (RFC 1952, 2.2) in pieces of at most 1 MiB."""
    inflater = zlib.decompressobj(_WINDOW)
    total, begun = 0, False
    for chunk in chunks:
        if not begun and chunk:
            begun = True
            if not chunk.startswith(_GZIP[: len(chunk)]):
                raise Retry("expected a gzip file, got something else; ask again later")
        waiting = chunk
        while waiting:
            if inflater.eof:
                inflater = zlib.decompressobj(_WINDOW)
            try:
                piece = inflater.decompress(waiting, _PIECE)
            except zlib.error as error:
                raise Malformed(f"the file cannot be inflated from here on: {error}") from error
            waiting = inflater.unconsumed_tail or inflater.unused_data
            total += len(piece)
            if total > _MOST_BYTES:
                raise TooLarge(f"more than {_MOST_BYTES} bytes inflated; the rest was not read")
            yield piece
    if not inflater.eof:
        raise Malformed("truncated file")
