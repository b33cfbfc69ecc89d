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
from crawler.lockfiles.lines import Notes, read_lines
from crawler.model import Digest, Ecosystem, LineSpan, Origin, OriginKind, ParseResult, Pin
from crawler.model.urls import redact

__all__ = ["MixParser"]

_TOKEN = re.compile(
    r"(?P<string>\"(?:[^\"\\]++|\\.)*+\")|(?P<atom>:(?:\"(?:[^\"\\]++|\\.)*+\"|[A-Za-z_][\w@]*+[?!]?))"
    r"|(?P<open>%?\{|[\[(])|(?P<close>[\]})])|(?P<comma>,)|(?P<colon>:)|(?P<blank>\s++|\#[^\n]*+)"
    r"|(?P<word>[\w.@?!-]++:?|=>)|(?P<other>.)",
    re.DOTALL,
)
_DEEPEST = 64
_VALUE_DEPTH = 2
_VERSION, _REPOSITORY, _OUTER = 2, 6, 7


class MixParser:
    """Reads `mix.lock`."""

    format: Final = "mix"

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
        TooLarge: nested too deeply.
    """
    depth, key, entry = 0, "", None
    number = 1
    for token in _TOKEN.finditer(text):
        kind, said = token.lastgroup, token[0]
        if kind == "open":
            depth += 1
            if depth == _VALUE_DEPTH:
                entry = _Entry(key, number, number)
        elif kind == "close":
            depth -= 1
            if depth == _VALUE_DEPTH - 1 and entry is not None:
                entry.last = number
                yield entry
                entry = None
        elif depth == 1 and kind in {"string", "word", "atom"} and said != "=>":
            key = _plain(said.removesuffix(":"))
        elif kind == "other":
            notes.skip(number, "not a token of a lock")
        elif depth == _VALUE_DEPTH and entry is not None:
            _add(entry.elements, kind or "", said)
        if depth > _DEEPEST:
            raise TooLarge(f"line {number}: nested too deeply")
        number += said.count("\n")
    if depth:
        notes.skip(number, "the map is not closed")


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
