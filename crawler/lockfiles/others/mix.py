"""mix.lock: one Elixir map, read token by token and never evaluated.

Source: mix, `lib/mix/lib/mix/dep/lock.ex`, and hex, `lib/hex/mix.ex`: `{:hex, :name, "version", inner,
managers, deps, repo, outer}`; only the outer checksum is that of the file. `{:git, url, commit, opts}`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from crawler.errors import Malformed, TooLarge
from crawler.lockfiles.artifacts import digest_of
from crawler.lockfiles.documents.lines import Notes, read_lines
from crawler.model import Digest, Ecosystem, LineSpan, Origin, OriginKind, ParseResult, Pin
from crawler.model.urls import redact

__all__ = ["MixParser"]

_QUOTED = r"\"(?>[^\"\\]++|\\.)*+(?:\"|\\?+\Z)"
"""A string that is not closed reaches to the end: nobody looks for its end twice."""
_TOKEN = re.compile(
    rf"(?P<string>{_QUOTED})|(?P<atom>:(?:{_QUOTED}|[A-Za-z_][\w@]*+[?!]?))"
    r"|(?P<open>%?\{|[\[(])|(?P<close>[\]})])|(?P<comma>,)|(?P<colon>:)|(?P<blank>\s++|\#[^\n]*+)"
    r"|(?P<word>[\w.@?!-]++:?|=>)|(?P<other>.)",
    re.DOTALL,
)
_DEEPEST = 64
_MOST_TOKENS = 2_000_000
_VALUE_DEPTH = 2
_VERSION, _REPOSITORY, _OUTER = 2, 6, 7


class MixParser:
    """Reads `mix.lock`."""

    format: Final = "mix"
    version: Final = 1

    def wants(self, path: str) -> bool:
        """Say whether `path` is a lock of mix."""
        return path.rpartition("/")[2] == "mix.lock"

    def parse(self, data: bytes) -> ParseResult:
        """Return one pin per dependency."""
        return read_lines(data, self.format, _pins)


@dataclass(slots=True)
class _Entry:
    """`"key": {elements}`; an element that is a list or tuple is None."""

    key: str
    first: int
    last: int
    elements: list[str | None] = field(default_factory=lambda: [None])


def _pins(text: str, notes: Notes) -> Iterator[Pin]:
    if not text.lstrip().startswith("%{") and not text.lstrip().startswith("#"):
        raise Malformed("no mix.lock: not a map")
    for entry in _entries(text, notes):
        notes.understood = True
        pin = _pin(entry, notes)
        if pin is not None:
            yield pin
    notes.check("mix.lock")


def _entries(text: str, notes: Notes) -> Iterator[_Entry]:
    """Yield each entry of the map.

    Raises:
        TooLarge: nested too deeply, or too many tokens.
    """
    scan = _Scan()
    number = 1
    for count, token in enumerate(_TOKEN.finditer(text)):
        if count > _MOST_TOKENS:
            raise TooLarge(f"more than {_MOST_TOKENS} tokens")
        kind, said = token.lastgroup or "", token[0]
        entry = scan.take(kind, said, number)
        if entry is not None:
            yield entry
        if kind == "other":
            notes.skip(number, "not a token of a lock")
        if scan.stray:
            notes.skip(number, "a key without an entry")
            scan.stray = False
        number += said.count("\n")
    if scan.depth:
        notes.skip(number, "the map is not closed")
    elif scan.key:
        notes.skip(number, "a key without an entry")


@dataclass(slots=True)
class _Scan:
    """Where in the map the next token stands."""

    depth: int = 0
    key: str = ""
    """Of the entry that comes next; empty between two."""
    entry: _Entry | None = None
    stray: bool = False
    """Whether the key before this one had no entry."""

    def take(self, kind: str, said: str, number: int) -> _Entry | None:
        """Take one token; return the entry that it closes."""
        match kind:
            case "open":
                self._open(number)
            case "close":
                return self._close(number)
            case "string" | "word" | "atom" if self.depth == 1 and said != "=>":
                self.stray = bool(self.key)
                self.key = _plain(said.removesuffix(":"))
            case _ if self.depth == _VALUE_DEPTH and self.entry is not None:
                _add(self.entry.elements, kind, said)
            case _:
                pass
        return None

    def _open(self, number: int) -> None:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise TooLarge(f"line {number}: nested too deeply")
        if self.depth == _VALUE_DEPTH:
            self.entry, self.key = _Entry(self.key, number, number), ""

    def _close(self, number: int) -> _Entry | None:
        self.depth -= 1
        if self.depth != _VALUE_DEPTH - 1 or self.entry is None:
            return None
        entry, self.entry = self.entry, None
        entry.last = number
        return entry


def _add(elements: list[str | None], kind: str, said: str) -> None:
    if kind == "comma":
        elements.append(None)
    elif kind in {"string", "atom", "word"}:
        elements[-1] = _plain(said)


def _plain(said: str) -> str:
    """Return the text of a string or atom."""
    bare = said.removeprefix(":")
    if not bare.startswith('"'):
        return bare
    return re.sub(r"\\(.)", r"\1", bare[1:-1], flags=re.DOTALL)


def _pin(entry: _Entry, notes: Notes) -> Pin | None:
    known = (*entry.elements, *[None] * (_OUTER + 1))
    match known[0]:
        case "hex":
            name, version = known[1] or entry.key, known[_VERSION]
            origin = Origin(kind=OriginKind.REGISTRY, location=known[_REPOSITORY] or "")
        case "git":
            name, version = entry.key, None
            commit = f"#{known[2]}" if known[2] else ""
            origin = Origin(kind=OriginKind.GIT, location=redact(known[1] or "") + commit)
        case _:
            notes.skip(entry.first, "a source that is not known")
            return None
    return Pin(
        ecosystem=Ecosystem.HEX,
        name=name,
        version=version,
        origin=origin,
        lines=LineSpan(first=entry.first, last=entry.last),
        digests=_digests(known, entry.first, notes),
    )


def _digests(known: Sequence[str | None], number: int, notes: Notes) -> tuple[Digest, ...]:
    stated = known[_OUTER]
    if known[0] != "hex" or stated is None:
        return ()
    try:
        return (digest_of(f"sha256:{stated}"),)
    except Malformed as error:
        notes.skip(number, str(error))
        return ()
