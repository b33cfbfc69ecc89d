"""How a lock is read: as its syntax, else as both sides of a merge conflict, else as plain text.

A parse failure is no reason to look away: a lock broken by search-and-replace still names its files.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TypeVar

from crawler.errors import GiveUp, Malformed
from crawler.lockfiles.document import decode
from crawler.lockfiles.recovery import MOST_PINS, capped, recover
from crawler.model import ParseResult, Pin, Readable, Skipped

__all__ = ["read", "sides"]

_Document = TypeVar("_Document")
_Load = Callable[[str], _Document]
_Interpret = Callable[[_Document, list[Skipped]], Iterable[Pin]]
_Recover = Callable[[str], tuple[Pin, ...]]

_MARKER = re.compile(r"(<{7}|\|{7}|={7}|>{7})(?: .*)?")


def read(
    data: bytes,
    name: str,
    load: _Load[_Document],
    interpret: _Interpret[_Document],
    recover: _Recover = recover,
) -> ParseResult:
    """Return what `interpret` finds in the document that `load` makes of `data`; never raises.

    `name` is the id of the format, `recover` the last resort. What is read as text carries the flag `recovered`, what comes out
    of a merge conflict `conflict`.
    """
    skipped: list[Skipped] = []
    try:
        text = decode(data)
    except Malformed as error:
        skipped.append(_skipped(error))
        return _result(name, _recovered(data.decode("utf-8", "replace"), recover, skipped), skipped)
    except GiveUp as error:
        return _result(name, (), [_skipped(error)])
    try:
        pins = tuple(capped(interpret(load(text), skipped), skipped))
    except GiveUp as error:
        skipped.append(_skipped(error))
        return _result(name, _salvage(text, load, interpret, recover, skipped), skipped)
    readable = Readable.PARTLY if skipped else Readable.FULLY
    return ParseResult(format=name, readable=readable, pins=pins, skipped=tuple(skipped))


def _result(name: str, pins: tuple[Pin, ...], skipped: list[Skipped]) -> ParseResult:
    readable = Readable.PARTLY if pins else Readable.NOT
    return ParseResult(format=name, readable=readable, pins=pins, skipped=tuple(skipped))


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


def sides(text: str) -> list[str]:
    """Return the text as each side of its merge conflicts has it; lines keep their numbers."""
    lines = text.split("\n")
    owners = _owners(lines)
    names = dict.fromkeys(owner for owner in owners if owner in {"<", "|", "="})
    if not {"<", "="} <= names.keys():
        return []
    return [
        "\n".join(
            line if owner in {"", name} else "" for line, owner in zip(lines, owners, strict=True)
        )
        for name in names
    ]


def _owners(lines: list[str]) -> list[str]:
    """Return for each line the side it belongs to: `<` ours, `|` base, `=` theirs, empty for all."""
    owners = []
    side = ""
    for line in lines:
        marker = _MARKER.fullmatch(line)
        if marker is None:
            owners.append(side)
            continue
        owners.append(">")
        side = "" if marker[0][0] == ">" else marker[0][0]
    return owners
