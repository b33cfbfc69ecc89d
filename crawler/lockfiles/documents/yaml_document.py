"""YAML documents from strangers: bounded, read event by event, with the lines of what they contain.

libyaml only cuts the text into events; the tree is built here. So there is no recursion in C (100,000
`[` are a SIGSEGV in PyYAML's composer, threat P2), nothing is constructed from a tag, no alias is
followed, and scalars stay the text they are: 3.10 is no 3.1 and `no` is no False. This is also three
times as fast as `CSafeLoader`.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Protocol, cast

from yaml import CBaseLoader, YAMLError
from yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from crawler.errors import Malformed, TooLarge
from crawler.lockfiles.documents.document import InvalidSyntax
from crawler.lockfiles.documents.yaml_nodes import Places, YamlDocument

__all__ = ["load"]

_DEEPEST = 64
_MOST_SCALARS = 2_000_000
_MOST_COLLECTIONS = 300_000
"""The largest of 132 real locks (2.6 MB) has 88,041 scalars and 13,360 collections."""
_MOST_DOCUMENTS = 16
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_DISPUTED = re.compile(
    r"[\x01-\x08\t\x0b\x0c\x0e-\x1f\x7f-\x9f\ufeff]|(?:^|[\s\[{,])[&!]|\\[uU]|%YAML|^\.\.\."
    r"|(?:^|\r|- |:)[ ]*+[:,?]|[\[{,]\s*+[:,?]|[^\n]{1000}",
    re.MULTILINE,
)
"""What libyaml refuses and js-yaml or bun takes; seen of all with each construct of YAML."""
_BREAKS_OF_1_1 = ("\x85", "\u2028", "\u2029")
"""They end a line, and so a comment, for libyaml and PyYAML, and not for js-yaml and those of pnpm 12 and Dart."""


def load(text: str) -> YamlDocument:
    """Read all documents of `text`.

    Raises:
        TooLarge: nested deeper than 64 or more nodes than any lock has.
        InvalidSyntax: not YAML for anybody; the message begins with the line, as with the next.
        Malformed: YAML that no lock needs: anchors, aliases, tags, merge keys, directives, keys that are
            no scalars, line breaks of YAML 1.1; or of which parsers disagree whether it is YAML.
    """
    if text.startswith("%") or "\n%" in text:
        raise Malformed("YAML directives are not read")
    if any(odd in text for odd in _BREAKS_OF_1_1):
        raise Malformed("a line break of YAML 1.1; no lock has one")
    builder = _Builder(text)
    try:
        loader = CBaseLoader(text)
        try:
            while builder.take(cast("_Event", loader.get_event())):
                pass
        finally:
            loader.dispose()
    except YAMLError as error:
        disputed = _DISPUTED.search(text) is not None
        raise (Malformed if disputed else InvalidSyntax)(_reason(error)) from error
    except (ValueError, MemoryError) as error:
        raise Malformed(f"{type(error).__name__}: {str(error)[:200]}") from error
    return builder.document


def _reason(error: YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    problem = str(getattr(error, "problem", None) or error).partition("\n")[0][:200]
    return f"line {mark.line + 1}: {problem}" if mark is not None else problem


class _Mark(Protocol):
    """A place in the text; line and column are counted from 0."""

    index: int
    line: int
    column: int


class _Event(Protocol):
    """An event of any kind; what a kind does not have is not asked of it."""

    start_mark: _Mark
    end_mark: _Mark
    anchor: str | None
    tag: str | None
    value: str
    implicit: tuple[bool, bool]


@dataclass(slots=True)
class _Frame:
    """A collection that is being read."""

    node: dict[str, object] | list[object]
    first: int
    """Line of its key or dash."""
    key: str | None = None
    key_line: int = 0


@dataclass(slots=True)
class _Builder:
    """Makes a tree of events; lines are counted from 1."""

    text: str
    document: YamlDocument = field(default_factory=lambda: YamlDocument(places=Places()))
    frames: list[_Frame] = field(default_factory=list)
    scalars: int = 0
    collections: int = 0
    last: int = 1
    """Line of the last content so far."""
    starts: list[int] | None = None

    def __post_init__(self) -> None:
        """Index the lines where libyaml counts others than git does."""
        if "\r" in self.text:
            lengths = (len(line) + 1 for line in self.text.split("\n"))
            self.starts = list(accumulate(lengths, initial=0))

    def take(self, event: _Event) -> bool:
        """Take the next event; return False behind the last one."""
        kind: type[object] = type(event)
        if kind is ScalarEvent:
            self._scalar(event)
        elif kind is MappingStartEvent or kind is SequenceStartEvent:
            self._open(event, sequence=kind is SequenceStartEvent)
        elif kind is MappingEndEvent or kind is SequenceEndEvent:
            self._close(event)
        elif kind is AliasEvent:
            raise Malformed(f"line {self._line(event.start_mark)}: an alias; no lock has one")
        elif kind is DocumentEndEvent and len(self.document.roots) > _MOST_DOCUMENTS:
            raise TooLarge(f"more than {_MOST_DOCUMENTS} documents")
        return kind is not StreamEndEvent

    def _scalar(self, event: _Event) -> None:
        if event.tag is not None or event.anchor is not None:
            self._refuse(event)
        self.scalars += 1
        if self.scalars > _MOST_SCALARS:
            raise TooLarge(f"more than {_MOST_SCALARS} scalars")
        value = event.value
        plain = event.implicit[0]
        line = self._line(event.start_mark)
        end = event.end_mark
        self.last = line if end.line + 1 <= line else self._line(end) - (end.column == 0)
        frame = self.frames[-1] if self.frames else None
        if frame is not None and frame.key is None and type(frame.node) is dict:
            if plain and value == "<<":
                raise Malformed(f"line {line}: a merge key; no lock has one")
            frame.key, frame.key_line = value, line
        else:
            self._put(None if plain and value in _NULLS else value, line)

    def _open(self, event: _Event, *, sequence: bool) -> None:
        if event.tag is not None or event.anchor is not None:
            self._refuse(event)
        self.collections += 1
        if self.collections > _MOST_COLLECTIONS:
            raise TooLarge(f"more than {_MOST_COLLECTIONS} mappings and sequences")
        line = self._line(event.start_mark)
        if len(self.frames) >= _DEEPEST:
            raise TooLarge(f"line {line}: nested deeper than {_DEEPEST}")
        if self.frames and type(self.frames[-1].node) is dict:
            if self.frames[-1].key is None:
                raise Malformed(f"line {line}: invalid key: expected a scalar")
            line = self.frames[-1].key_line
        self.last = max(self.last, line)
        node: dict[str, object] | list[object] = {}
        if sequence:
            node = []
            self.document.places.open_list(node)
        self.frames.append(_Frame(node, line))

    def _close(self, event: _Event) -> None:
        frame = self.frames.pop()
        if event.start_mark.index != event.end_mark.index:
            self.last = max(self.last, self._line(event.start_mark))
        self.document.places.span(frame.node, frame.first, self.last)
        self._put(frame.node, frame.first)

    def _put(self, value: object, line: int) -> None:
        """Add a finished node to the collection around it."""
        if not self.frames:
            self.document.roots.append(value)
            return
        frame = self.frames[-1]
        if type(frame.node) is list:
            self.document.places.add_item(frame.node, line)
            frame.node.append(value)
        elif frame.key is not None and type(frame.node) is dict:
            if frame.key in frame.node:
                self.document.repeat(frame.node, frame.key, value, frame.key_line)
            else:
                frame.node[frame.key] = value
            frame.key = None

    def _line(self, mark: _Mark) -> int:
        if self.starts is None:
            return mark.line + 1
        return min(bisect_right(self.starts, mark.index), len(self.starts) - 1)

    def _refuse(self, event: _Event) -> None:
        what = "an anchor" if event.anchor is not None else "a tag"
        raise Malformed(f"line {self._line(event.start_mark)}: {what}; no lock has one")
