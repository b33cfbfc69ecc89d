"""Locks that are lines of text: decoded, bounded, read on both sides of a merge conflict.

A line that is not understood is skipped with its number and the rest is kept. A text in which nothing
is understood is swept for files of a package index (`crawler.lockfiles.sweep`), flagged `recovered`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice

from crawler.errors import GiveUp, Malformed, TooLarge
from crawler.lockfiles.documents.document import decode
from crawler.lockfiles.documents.fields import TableReader
from crawler.lockfiles.documents.reading import sides
from crawler.lockfiles.sweep import sweep_text
from crawler.model import ParseResult, Pin, Readable, Skipped

__all__ = ["MOST_LINES", "MOST_PINS", "Notes", "decode_lines", "of_sides", "read_lines"]

MOST_LINES = 500_000
MOST_PINS = 200_000
"""More are not read from one lock; the largest of 1,300 real ones has 6,000."""


@dataclass(slots=True)
class Notes:
    """What a reader could not read, line by line, and whether it understood anything."""

    skipped: list[Skipped] = field(default_factory=list)
    understood: bool = False
    refused: str | None = None
    """Why the tool of the format refuses the whole lock; None: it does not, or it is not known."""

    always: str = ""
    """A condition that holds for every entry."""
    conditions: dict[str, bool] = field(default_factory=dict)
    """Which conditions of entries can never be met, as far as they were looked at."""

    def skip(self, number: int, reason: str) -> None:
        """Note that line `number` was not read."""
        self.say(f"line {number}", reason)

    def say(self, context: str, reason: str, at: str | None = None) -> None:
        """Note that `context` was not read; at most 1,000 notes are kept. `at` as in `Skipped`."""
        TableReader(values={}, path="", skipped=self.skipped).skip(context, reason, at)

    def refuse(self, context: str, reason: str) -> None:
        """Note that the tool refuses the lock for `context`; what was noted first stays."""
        self.refused = self.refused or f"{context}: {reason}"

    def check(self, what: str) -> None:
        """Raise Malformed if all that was read was skipped: then this is no `what`."""
        if self.skipped and not self.understood:
            raise Malformed(f"no {what}: {self.skipped[0].context} and all that follows")


_Decode = Callable[[bytes, Notes], str]
_Interpret = Callable[[str, Notes], Iterable[Pin]]


def decode_lines(data: bytes, notes: Notes) -> str:
    """Return `data` as text with LF line ends; bytes that are not UTF-8 are noted and replaced.

    Raises:
        TooLarge: more than 20 MiB.
        Unsupported: an empty file, a git-LFS pointer, UTF-16 or binary.
    """
    try:
        return decode(data)
    except Malformed as error:
        place, _, reason = str(error).partition(": ")
        notes.say(place, f"{reason}; unreadable bytes were replaced")
        return decode(data.decode("utf-8", "replace").encode())


def read_lines(
    data: bytes,
    name: str,
    interpret: _Interpret,
    decoded: _Decode = decode_lines,
    *,
    merges: bool = False,
) -> ParseResult:
    """Return the pins that `interpret` finds in the text that `decoded` makes of `data`; never raises.

    `name` is the id of the format. `interpret` may raise GiveUp where nothing was understood; it is given
    each side of a merge conflict, or the whole text where it `merges` them itself.
    """
    notes = Notes()
    try:
        text = decoded(data, notes)
        if text.count("\n") > MOST_LINES:
            raise TooLarge(f"more than {MOST_LINES} lines")
    except GiveUp as error:
        return _result(name, (), [Skipped(context="document", reason=str(error))])
    try:
        found = interpret(text, notes) if merges else _interpreted(text, interpret, notes)
        pins = tuple(islice(found, MOST_PINS + 1))
    except GiveUp as error:
        notes.skipped[:] = [Skipped(context="document", reason=str(error))]
        pins = tuple(islice(sweep_text(text, "recovered"), MOST_PINS + 1))
        return replace(_result(name, pins[:MOST_PINS], notes.skipped), refused=notes.refused)
    if len(pins) > MOST_PINS:
        notes.say("document", f"only the first {MOST_PINS} pins read")
    readable = Readable.PARTLY if notes.skipped else Readable.FULLY
    return ParseResult(
        format=name,
        readable=readable,
        pins=pins[:MOST_PINS],
        skipped=tuple(notes.skipped),
        refused=notes.refused,
    )


def _result(name: str, pins: tuple[Pin, ...], skipped: list[Skipped]) -> ParseResult:
    readable = Readable.PARTLY if pins else Readable.NOT
    return ParseResult(format=name, readable=readable, pins=pins, skipped=tuple(skipped))


def _interpreted(text: str, interpret: _Interpret, notes: Notes) -> Iterator[Pin]:
    """Yield the pins of `text`, or of every side of its merge conflicts, each only once."""
    versions = sides(text)
    yield from of_sides(versions, interpret, notes) if versions else interpret(text, notes)


def of_sides(versions: Iterable[str], interpret: _Interpret, notes: Notes) -> Iterator[Pin]:
    """Yield the pins of each side of a merge conflict, once, with the flag `conflict`.

    A side that is no lock, being empty, say, takes nothing from the other. Raises Malformed where none is one.
    """
    notes.say("document", "merge conflict; every side was read")
    seen: set[Pin] = set()
    broken: list[Malformed] = []
    sides = tuple(versions)
    for version in sides:
        try:
            for pin in interpret(version, notes):
                found = replace(pin, flags=(*pin.flags, "conflict"))
                if replace(found, lines=None) not in seen:
                    seen.add(replace(found, lines=None))
                    yield found
        except Malformed as error:
            broken.append(error)
            notes.say("document", f"a side of the conflict: {error}")
    if broken and len(broken) == len(sides):
        raise broken[0]
