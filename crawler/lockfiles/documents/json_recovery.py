"""Locks that no JSON parser takes, read as text: what each object still states in plain strings.

One pass over the tokens, every pattern possessive: the cost is linear in the text. Each pin carries
`recovered`, so nobody takes a guess for a reading.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from crawler.errors import Malformed
from crawler.lockfiles.artifacts import Artifact, Package, digest_of, file_name, integrity_of
from crawler.lockfiles.documents.json_syntax import DEEPEST
from crawler.lockfiles.documents.recovery import MOST_PINS
from crawler.model import Digest, Ecosystem, LineSpan, Origin, OriginKind, Pin
from crawler.model.urls import is_path, redact

__all__ = ["recovering"]

_TOKEN = re.compile(r'"((?>[^"\\\n]++|\\.)*+)"?([ \t]*+:)?|([{}\[\]\n])')
"""A string that does not end is one up to the end of its line: no character is looked at twice."""
_ESCAPE = re.compile(
    r"\\(?:(?:u([0-9a-fA-F]{4})|u\{0*+([0-9a-fA-F]{1,5})\}|x([0-9a-fA-F]{2}))|(.))"
)
"""Those of JSON, and of JavaScript, which bun takes."""
_LINK = re.compile(r"(?:https?|ftp):[/\\]{2}|git\+")
_ARCHIVE = re.compile(
    r"\.(?:whl|tgz|tar|tar\.(?:gz|bz2|xz)|zip|egg|ts|js|mjs)(?:[?#]|\Z)", re.IGNORECASE
)
_LOCATIONS = frozenset({"resolved", "file", "tarball", "repositoryURL", "location"})
_PLACES = _LOCATIONS | {"path", "url"}
"""Keys whose value may be a path beside the lock."""
_NO_PACKAGES = frozenset({"funding", "support", "authors", "repository", "bugs", "sources", "hash"})
_BARE_KEYS = frozenset({"sha256", "hash", "integrity", "checksum"})
_BARE_HEX = re.compile(r"[0-9a-f]{64}")
_NAMED_VERSION = re.compile(r"(@?[^@\s]{1,214})@([0-9][^\s:/]{0,99})")
_PREFIX = "node_modules/"


@dataclass(slots=True)
class _Block:
    """What was seen of one object so far."""

    key: str | None
    first: int
    last: int
    name: str | None = None
    version: str | None = None
    url: str | None = None
    path: str | None = None
    digests: set[Digest] = field(default_factory=set)

    def pin(self, ecosystem: Ecosystem) -> Pin | None:
        """Return the pin that the object makes, if it states a file or a release."""
        name = self.name or self.key or None
        release = name is not None and self.version is not None and self.key != ""
        place = self.url or self.path
        file = place is not None or (name is not None and bool(self.digests))
        if self.key in _NO_PACKAGES or not (file or release):
            return None
        kind = OriginKind.REGISTRY if self.version or self.url is None else OriginKind.URL
        origin = Origin(kind=kind, location=(self.url or "") if kind is OriginKind.URL else "")
        package = Package.called(name, self.version, origin, ecosystem)
        artifact = Artifact(
            lines=LineSpan(first=self.first, last=self.last),
            url=self.url,
            filename=None if place is None else file_name(place),
            digests=tuple(sorted(self.digests)),
            path=None if self.url is not None else self.path,
        )
        return replace(package, flags=("recovered",)).pin(artifact)


def recovering(ecosystem: Ecosystem) -> Callable[[str], tuple[Pin, ...]]:
    """Return a reader of broken JSON texts: it returns what a text still pins, object by object.

    At most `MOST_PINS`: whoever gets so many has not got all.
    """

    def recover(text: str) -> tuple[Pin, ...]:
        pins: list[Pin] = []
        for block in _Reader().blocks(text):
            pin = block.pin(ecosystem)
            if pin is not None:
                pins.append(pin)
                if len(pins) >= MOST_PINS:
                    break
        return tuple(pins)

    return recover


class _Reader:
    """Follows the tokens of one text."""

    def __init__(self) -> None:
        self._line = 1
        self._key: str | None = None
        self._open: list[_Block] = []
        self._deeper = 0

    def blocks(self, text: str) -> Iterator[_Block]:
        """Yield each object when it ends, and at the end those that never did."""
        for token in _TOKEN.finditer(text):
            string, colon, mark = token.groups()
            if mark is None and (string or colon):
                yield from self._string(_unescaped(string), is_key=colon is not None)
            elif mark == "\n":
                self._line += 1
            elif mark is not None:
                yield from self._bracket(mark)
        while self._open:
            yield self._open.pop()

    def _bracket(self, mark: str) -> Iterator[_Block]:
        if mark == "{" and len(self._open) >= DEEPEST:
            self._deeper += 1
        elif mark == "{":
            key = self._named() if self._open else ""
            self._open.append(_Block(key, self._line, self._line))
            self._key = None
        elif mark == "}" and self._deeper:
            self._deeper -= 1
        elif mark == "}" and self._open:
            block = self._open.pop()
            block.last = self._line
            yield block

    def _named(self) -> str | None:
        return None if self._key is None else self._key.rpartition(_PREFIX)[2]

    def _string(self, value: str, *, is_key: bool) -> Iterator[_Block]:
        key, self._key = self._key, value if is_key else None
        if not self._open:
            self._open.append(_Block(None, self._line, self._line))
        block = self._open[-1]
        if _LINK.match(value) and (key in _LOCATIONS or _ARCHIVE.search(value)):
            if block.url is not None:
                yield replace(block)
                self._open[-1] = block = replace(block, first=self._line, digests=set())
            block.url = redact(value)
            block.last = self._line
        elif not is_key:
            self._state(block, key, value)

    def _state(self, block: _Block, key: str | None, value: str) -> None:
        block.last = self._line
        if key in _PLACES and is_path(value) and block.path is None:
            block.path = redact(value)
        match key:
            case "name" | "project_name" | "identity" | "package":
                block.name = block.name or value
            case "version" if not _LINK.match(value):
                block.version = block.version or value.removeprefix("==")
            case _:
                bare = key is None or key in _BARE_KEYS or _LINK.match(key) is not None
                block.digests.update(_digests(value, bare=bare))
        named = _NAMED_VERSION.fullmatch(value) if key not in {"name", "version"} else None
        if named is not None and block.name is None:
            block.name, block.version = named.groups()


def _digests(value: str, *, bare: bool) -> tuple[Digest, ...]:
    """Return the digests that `value` states: `algorithm:hex`, SRI or, if `bare`, 64 hex digits."""
    stated = f"sha256:{value}" if bare and _BARE_HEX.fullmatch(value) else value
    for read in (integrity_of, _one):
        try:
            return read(stated)
        except Malformed:
            continue
    return ()


def _one(stated: str) -> tuple[Digest, ...]:
    return (digest_of(stated),)


def _unescaped(string: str) -> str:
    return _ESCAPE.sub(_character, string) if "\\" in string else string


def _character(found: re.Match[str]) -> str:
    point = found[1] or found[2] or found[3]
    if point is None:
        return {"n": "\n", "t": "\t", "r": "\r"}.get(found[4], found[4])
    character = chr(int(point, 16))
    return "\ufffd" if "\ud800" <= character <= "\udfff" else character
