"""A lock of npm with the markers of a merge conflict, read as npm reads it.

npm installs from it: what ours changed since their common parent is done to theirs. Source:
`parse-conflict-json`, `lib/index.js`, which finds markers anywhere in a line, and in JSON that is whole
without them, too.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from crawler.lockfiles.documents.json_document import JsonDocument
from crawler.lockfiles.documents.json_entries import Member, Node

__all__ = ["merged"]

_LINE = re.compile(r"([^\r\n]*+)([\r\n]++|\Z)")
_MARKERS = (("parent", "|" * 7), ("ours", "<" * 7), ("theirs", "=" * 7), ("top", ">" * 7))
"""In the order in which npm looks for them in a line."""
_DIFF = ("<" * 7, "=" * 7, ">" * 7)
_SIDES = ("parent", "ours", "theirs")
_MISSING = object()


def merged(text: str, load: Callable[[str], JsonDocument]) -> JsonDocument:
    """Return the document that npm makes of `text`; `load` reads one side. Raises what `load` raises.

    Lines are those of `text`. A byte order mark is taken off here, as npm takes off a second one.
    """
    text = text.removeprefix("\ufeff")
    if not all(marker in text for marker in _DIFF):
        return load(text)
    parent, ours, theirs = (load(side) for side in _sides(text))
    value = _merge(parent.value, ours.value, theirs.value)
    return replace(ours, value=value)


def _sides(text: str) -> tuple[str, ...]:
    """Return parent, ours and theirs; lines of others are blank."""
    kept: dict[str, list[str]] = {side: [] for side in _SIDES}
    state = "top"
    for found in _LINE.finditer(text):
        line, end = found.groups()
        marked = next((name for name, marker in _MARKERS if marker in line), None)
        state = marked or state
        for side, lines in kept.items():
            lines.append(line if marked is None and state in {"top", side} else "")
            lines.append(end)
    return tuple("".join(lines) for lines in kept.values())


def _merge(parent: object, ours: object, theirs: object) -> object:
    """Return `theirs` with what `ours` has changed of `parent`."""
    if _plain(parent) == _plain(ours):
        return theirs
    tables = [_members(one) for one in (parent, ours, theirs)]
    if any(table is None for table in tables):
        return ours
    old, own, other = ({} if table is None else table for table in tables)
    found = dict(other)
    for key in (*old, *(key for key in own if key not in old)):
        if key not in own:
            found.pop(key, None)
        elif key not in old:
            found[key] = own[key]
        else:
            value = _merge(old[key].value, own[key].value, _value(other.get(key)))
            if value is _MISSING:
                found.pop(key, None)
            elif value is not _value(other.get(key)):
                found[key] = own[key]._replace(value=value)
    walked = any(isinstance(one, Node) for one in (ours, theirs))
    members = [*found.values()]
    return Node(members, is_array=False) if walked else {m.key: m.value for m in members}


def _value(member: Member | None) -> object:
    return _MISSING if member is None else member.value


def _members(value: object) -> dict[str, Member] | None:
    """Return the members of an object, by key; None for anything else. Arrays are taken as a whole."""
    if isinstance(value, Node) and not value.is_array:
        return {member.key: member for member in value.members}
    if isinstance(value, dict):
        return {key: Member(key, inner, 0, 0) for key, inner in value.items()}
    return None


def _plain(value: object) -> object:
    """Return `value` without the places of its members."""
    if isinstance(value, Node):
        inner = [_plain(member.value) for member in value.members]
        keys = [member.key for member in value.members]
        return inner if value.is_array else dict(zip(keys, inner, strict=True))
    return value
