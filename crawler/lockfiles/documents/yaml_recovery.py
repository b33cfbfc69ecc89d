"""YAML that libyaml or our limits refuse, read line by line: what is plainly laid out is kept.

One pass, every pattern possessive. Whoever gets pins from here flags them `recovered`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from crawler.errors import GiveUp
from crawler.lockfiles.artifacts import file_name
from crawler.lockfiles.documents.recovery import MOST_PINS
from crawler.lockfiles.documents.yaml_document import load
from crawler.lockfiles.documents.yaml_flow import NotPlain, read_flow
from crawler.lockfiles.documents.yaml_nodes import Places, YamlDocument
from crawler.model import Ecosystem, LineSpan, Origin, OriginKind, Pin, project_of_file
from crawler.model.urls import redact

__all__ = ["scan", "urls"]

_DEEPEST = 64
_MOST_LINES = 500_000
_MOST_SNIPPETS = 50_000
_LONGEST_SNIPPET = 2_000
_LINE = re.compile(
    r"( *+)((?>- ++)*+)"
    r"(?>(\"(?>[^\"\\]++|\\.)*+\"|'(?>[^']++|'')*+'"
    r"|[^\s\"'\[\]{}#&*!|>%@`,-][^:]*+(?>:(?=[^ ])[^:]*+)*+):(?: ++|$))?+(.*)"
)
_PROPERTIES = re.compile(r"(?>[&!][^\s,\[\]{}]*+ ++)++")
_URL = re.compile(r"https?://[^\s\"'<>,{}\[\]`\\]{1,2000}+")
_ECOSYSTEMS = {
    ".whl": Ecosystem.PYPI,
    ".conda": Ecosystem.CONDA,
    ".tar.bz2": Ecosystem.CONDA,
    ".tgz": Ecosystem.NPM,
    ".tar.gz": None,
    ".zip": None,
}
_NULLS = frozenset({"", "~", "null"})


@dataclass(slots=True)
class _Frame:
    """A collection and the column in which its keys or dashes stand."""

    column: int
    node: dict[str, object] | list[object]
    first: int
    key: str | None = None
    """Whose value may stand on the lines below."""
    key_line: int = 0


@dataclass(slots=True)
class _Scanner:
    """Builds a tree of the lines that fit where they stand."""

    document: YamlDocument = field(default_factory=lambda: YamlDocument(places=Places()))
    frames: list[_Frame] = field(default_factory=list)
    last: int = 1
    snippets: int = 0

    def take(self, line: str, number: int) -> None:
        """Take line `number`."""
        if line == "---":
            self.close()
        found = _LINE.match(line)
        if found is None or not (found[2] or found[3]):
            return
        indent, dashes, key, value = found.groups()
        frame = self._enter(len(indent), number, sequence=bool(dashes))
        if frame is None:
            return
        self.last = number
        columns = [len(indent) + place for place, sign in enumerate(dashes) if sign == "-"]
        for column in columns[1:]:
            frame = self._open(frame, _Frame(column, [], number))
        if dashes and key:
            frame = self._open(frame, _Frame(len(indent) + len(dashes), {}, number))
        self._put(frame, key, value, number)

    def close(self, column: int = -1) -> None:
        """Finish the collections whose keys or dashes stand right of `column`."""
        while self.frames and self.frames[-1].column > column:
            self._pop()

    def _pop(self) -> None:
        frame = self.frames.pop()
        self.document.places.span(frame.node, frame.first, self.last)

    def _enter(self, column: int, number: int, *, sequence: bool) -> _Frame | None:
        """Return the collection whose keys or dashes stand at `column`, or None."""
        self.close(column)
        if not self.frames:
            if column or sequence:
                return None
            self.frames.append(_Frame(0, {}, number))
            self.document.roots.append(self.frames[0].node)
        top = self.frames[-1]
        if not sequence and isinstance(top.node, list) and top.column == column:
            self._pop()
            top = self.frames[-1]
        if top.column == column and isinstance(top.node, list) is sequence:
            return top
        if top.key is None or len(self.frames) >= _DEEPEST:
            return None
        return self._open(top, _Frame(column, [] if sequence else {}, top.key_line))

    def _open(self, parent: _Frame, frame: _Frame) -> _Frame:
        """Begin a collection inside `parent`, or go on with one that a key has already."""
        if isinstance(parent.node, list):
            self._append(parent.node, frame.node, frame.first)
        elif parent.key is not None:
            old = parent.node[parent.key]
            if isinstance(old, (dict, list)) and type(old) is type(frame.node):
                frame.node = old
            elif old is None:
                parent.node[parent.key] = frame.node
            else:
                self.document.repeat(parent.node, parent.key, frame.node, frame.first)
            parent.key = None
        if isinstance(frame.node, list) and not frame.node:
            self.document.places.open_list(frame.node)
        self.frames.append(frame)
        return frame

    def _append(self, node: list[object], value: object, number: int) -> None:
        self.document.places.add_item(node, number)
        node.append(value)

    def _put(self, frame: _Frame, key: str | None, stated: str, number: int) -> None:
        value = self._value(stated, number)
        if isinstance(frame.node, list):
            self._append(frame.node, value, number)
            return
        name = self._value(key or "", number)
        if not isinstance(name, str):
            return
        frame.key, frame.key_line = (name, number) if value is None else (None, number)
        if name not in frame.node:
            frame.node[name] = value
        elif value is not None:
            self.document.repeat(frame.node, name, value, number)

    def _value(self, stated: str, number: int) -> object:
        """Return what is written as `stated`, as far as one line tells."""
        text = _PROPERTIES.sub("", stated, count=1).strip()
        if text in _NULLS or text[0] == "#":
            return None
        if text[0] not in "\"'{[":
            return text.partition(" #")[0].rstrip()
        try:
            value = read_flow(text)
        except NotPlain:
            return self._snippet(text, number)
        self.document.kept.append(value)
        return self._placed(value, number)

    def _snippet(self, text: str, number: int) -> object:
        """Return what libyaml makes of `text`; only so many are tried, for each costs a reader."""
        self.snippets += 1
        if self.snippets > _MOST_SNIPPETS or len(text) > _LONGEST_SNIPPET:
            return text.strip("\"'")
        try:
            snippet = load(text)
        except GiveUp:
            return text.strip("\"'")
        self.document.places.adopt(snippet.places, number)
        self.document.kept.append(snippet)
        return snippet.roots[0] if snippet.roots else None

    def _placed(self, value: object, number: int) -> object:
        """Return `value`, all of which stands on line `number`."""
        places = self.document.places
        if isinstance(value, dict):
            places.span(value, number, number)
            for inner in value.values():
                self._placed(inner, number)
        elif isinstance(value, list):
            places.open_list(value)
            places.span(value, number, number)
            for inner in value:
                places.add_item(value, number)
                self._placed(inner, number)
        return value


def scan(text: str) -> YamlDocument:
    """Return the tree of those lines of `text` that are plainly laid out; the rest is left out."""
    scanner = _Scanner()
    for number, line in enumerate(text.split("\n", _MOST_LINES)[:_MOST_LINES], start=1):
        scanner.take(line, number)
    scanner.close()
    return scanner.document


def urls(text: str, ecosystem: Ecosystem) -> Iterator[Pin]:
    """Yield a pin for each URL of a package file in `text`, whatever stands around it.

    `ecosystem` is that of the files whose ending does not tell it.
    """
    seen: set[str] = set()
    for number, line in enumerate(text.split("\n"), start=1):
        for url in _URL.findall(line) if "http" in line else ():
            name = file_name(url) or ""
            ending = next((end for end in _ECOSYSTEMS if name.endswith(end)), None)
            if ending is None or url in seen:
                continue
            seen.add(url)
            if len(seen) > MOST_PINS:
                return
            yield _pin(redact(url), name, _ECOSYSTEMS[ending] or ecosystem, number)


def _pin(url: str, name: str, ecosystem: Ecosystem, number: int) -> Pin:
    stated = project_of_file(name) if ecosystem is Ecosystem.PYPI else None
    return Pin(
        ecosystem=ecosystem,
        name=None if stated is None else stated[0],
        version=None if stated is None else stated[1],
        origin=Origin(kind=OriginKind.URL, location=url),
        lines=LineSpan(first=number, last=number),
        url=url,
        filename=name,
        flags=("recovered",),
    )
