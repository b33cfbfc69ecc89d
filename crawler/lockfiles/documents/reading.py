"""How a lock is read: as its syntax, else as both sides of a merge conflict, else as plain text.

A parse failure is no reason to look away: a lock broken by search-and-replace still names its files.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import TypeVar

from crawler.errors import GiveUp, Malformed
from crawler.lockfiles.documents.document import MARK, InvalidSyntax, decode
from crawler.lockfiles.documents.fields import SkipLog
from crawler.lockfiles.documents.recovery import MOST_PINS, capped, recover
from crawler.model import ParseResult, Pin, Readable, Skipped

__all__ = ["UNKNOWN", "Tool", "read", "sides"]

_Document = TypeVar("_Document")
_Load = Callable[[str], _Document]
_Interpret = Callable[[_Document, list[Skipped]], Iterable[Pin]]
_Recover = Callable[[str], tuple[Pin, ...]]

_MARKER = re.compile(r"(<{7}|\|{7}|={7}|>{7})(?: .*)?")
_ENDS = ">>>>>>>"
"""Without it no tool takes a text for one with a conflict."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """What the tool of a format refuses as a document; seen of the versions that docs/locks.md names.

    By default nothing is known of it, and nothing is refused.
    """

    syntax: bool = False
    """Text that is not of its syntax, and bytes that are not UTF-8."""
    mark: bool = False
    """A byte order mark."""
    replaces: bool = False
    """Not refused, but: bytes that are not UTF-8 are replaced, and the document is read as whole."""
    entries: bool = False
    """All that `TableReader` cannot read."""
    merges: bool = False
    """Not refused, but: of a merge conflict both sides are taken, and the document is read as whole."""

    def log(self) -> SkipLog:
        """Return where is noted what cannot be read of one document."""
        return SkipLog(strict=self.entries)


UNKNOWN = Tool()
"""A tool of which nothing is known."""


def read(  # noqa: PLR0913, PLR0917 - a format
    data: bytes,
    name: str,
    load: _Load[_Document],
    interpret: _Interpret[_Document],
    recover: _Recover = recover,
    tool: Tool = UNKNOWN,
) -> ParseResult:
    """Return what `interpret` finds in the document that `load` makes of `data`; never raises.

    `name` is the id of the format, `recover` the last resort. What is read as text carries the flag
    `recovered`, what comes out of a merge conflict `conflict`. What the `tool` refuses is read all the
    same, and said.
    """
    skipped = tool.log()
    if tool.mark and data.startswith(MARK):
        skipped.refuse("document", "a byte order mark")
    try:
        text = decode(data.decode("utf-8", "replace").encode() if tool.replaces else data)
    except Malformed as error:
        _note(error, skipped, refused=tool.syntax)
        return _result(name, _recovered(data.decode("utf-8", "replace"), recover, skipped), skipped)
    except GiveUp as error:
        return _result(name, (), [_skipped(error)])
    try:
        found = _interpreted(text, load, interpret, skipped, tool)
        pins = tuple(capped(found, skipped))
    except GiveUp as error:
        _note(error, skipped, refused=tool.syntax and isinstance(error, InvalidSyntax))
        return _result(name, _salvage(text, load, interpret, recover, skipped), skipped)
    return ParseResult(
        format=name,
        readable=Readable.PARTLY if skipped else Readable.FULLY,
        pins=pins,
        skipped=tuple(skipped),
        refused=skipped.refused,
    )


def _interpreted(
    text: str,
    load: _Load[_Document],
    interpret: _Interpret[_Document],
    skipped: list[Skipped],
    tool: Tool,
) -> Iterable[Pin]:
    """Return what is found in `text`, or in both sides of whole conflicts where the tool merges them."""
    versions = sides(text, "<=") if tool.merges and _ENDS in text else []
    if not versions:
        return interpret(load(text), skipped)
    found = (pin for side in versions for pin in interpret(load(side), skipped))
    return {replace(pin, lines=None): pin for pin in found}.values()


def _note(error: GiveUp, skipped: SkipLog, *, refused: bool) -> None:
    one = _skipped(error)
    skipped.append(one)
    if refused:
        skipped.refuse(one.context, one.reason)


def _result(name: str, pins: tuple[Pin, ...], skipped: list[Skipped]) -> ParseResult:
    return ParseResult(
        format=name,
        readable=Readable.PARTLY if pins else Readable.NOT,
        pins=pins,
        skipped=tuple(skipped),
        refused=skipped.refused if isinstance(skipped, SkipLog) else None,
    )


def _skipped(error: GiveUp) -> Skipped:
    place, colon, reason = str(error).partition(": ")
    if colon and place.startswith("line "):
        return Skipped(context=place, reason=reason)
    return Skipped(context="document", reason=str(error))


def _salvage(
    text: str,
    load: _Load[_Document],
    interpret: _Interpret[_Document],
    recover: _Recover,
    skipped: list[Skipped],
) -> tuple[Pin, ...]:
    versions = sides(text)
    if not versions:
        return _recovered(text, recover, skipped)
    skipped.append(Skipped(context="document", reason="merge conflict; every side was read"))
    found: list[Pin] = []
    seen: set[Pin] = set()
    for side in versions:
        pins = [_flagged(pin) for pin in _read_side(side, load, interpret, recover, skipped)]
        found += [pin for pin in pins if replace(pin, lines=None) not in seen]
        seen.update(replace(pin, lines=None) for pin in pins)
    return tuple(found)


def _flagged(pin: Pin) -> Pin:
    return replace(pin, flags=(*pin.flags, "conflict"))


def _read_side(
    side: str,
    load: _Load[_Document],
    interpret: _Interpret[_Document],
    recover: _Recover,
    skipped: list[Skipped],
) -> tuple[Pin, ...]:
    try:
        return tuple(capped(interpret(load(side), skipped), skipped))
    except GiveUp as error:
        skipped.append(_skipped(error))
        return _recovered(side, recover, skipped)


def _recovered(text: str, recover: _Recover, skipped: list[Skipped]) -> tuple[Pin, ...]:
    pins = recover(text)
    if len(pins) >= MOST_PINS:
        skipped.append(Skipped(context="document", reason=f"only the first {MOST_PINS} pins read"))
    return pins


def sides(text: str, wanted: str = "<|=") -> list[str]:
    """Return the text as each side of its merge conflicts has it; lines keep their numbers.

    `wanted` are the sides: `<` ours, `|` the base, `=` theirs.
    """
    if "<<<<<<<" not in text:
        return []
    lines = text.split("\n")
    markers = [_MARKER.fullmatch(line) for line in lines]
    found = {marker[0][0] for marker in markers if marker is not None}
    if not {"<", "="} <= found:
        return []
    return [_side(lines, markers, name) for name in wanted if name in found]


def _side(lines: list[str], markers: list[re.Match[str] | None], name: str) -> str:
    """Return the lines that belong to all sides or to the one called `name`; others are empty."""
    kept = []
    side = ""
    for line, marker in zip(lines, markers, strict=True):
        kept.append(line if marker is None and side in {"", name} else "")
        if marker is not None:
            side = "" if marker[0][0] == ">" else marker[0][0]
    return "\n".join(kept)
