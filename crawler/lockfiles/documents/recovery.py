"""Locks that no TOML parser takes, read as text: what each line still states in plain `key = "value"`.

One pass, every pattern possessive: the cost is linear in the text. Each pin carries `recovered`, so
nobody takes a guess for a reading.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice

import tomli

from crawler.errors import Malformed
from crawler.lockfiles.artifacts import Artifact, Package, digest_of, file_name
from crawler.model import Ecosystem, LineSpan, Origin, OriginKind, Pin, Skipped
from crawler.model.urls import redact

__all__ = ["MOST_PINS", "capped", "recover"]

MOST_PINS = 100_000
"""More are not read from one document; 21.8 MB of real uv.locks hold 64,606 artifacts."""

_HEADER = re.compile(r"""[ \t]*+\[\[?+[ \t]*+["']?([^\]"'. \t]{1,80}+)["']?([ \t]*+\.)?""")
_PAIR = re.compile(
    r"""(?<![A-Za-z0-9_-])["']?([A-Za-z0-9_-]{1,40}+)["']?[ \t]*+=[ \t]*+"""
    r"""("(?>[^"\\\n]++|\\.)*+"|'[^'\n]*+')"""
)
_SOURCE_LINE = re.compile(r"""[ \t]*+["']?(?:source|vcs|directory)["']?[ \t]*+[=.]""")
_BLOCKS = frozenset({"package", "packages", "distribution"})
_APART = "metadata"
"""Old locks of poetry and pdm keep files there, which must not be given to the package before."""
_DIGESTS = frozenset({"sha256", "sha384", "sha512", "sha1", "md5", "blake2b", "blake2b_256"})
_FILES = (".whl", ".tar.gz", ".zip", ".tar.bz2", ".tgz", ".tar.xz")
_ORIGINS = {
    "registry": OriginKind.REGISTRY,
    "sparse": OriginKind.REGISTRY,
    "index": OriginKind.REGISTRY,
    "git": OriginKind.GIT,
    "url": OriginKind.URL,
    "path": OriginKind.PATH,
    "directory": OriginKind.DIRECTORY,
    "editable": OriginKind.EDITABLE,
    "virtual": OriginKind.VIRTUAL,
}


@dataclass(slots=True)
class _Block:
    """What was seen of one package so far."""

    first: int
    last: int
    ecosystem: Ecosystem = Ecosystem.PYPI
    name: str | None = None
    version: str | None = None
    origin: Origin | None = None
    artifacts: list[Artifact] = field(default_factory=list)

    def pins(self) -> Iterator[Pin]:
        """Yield a pin per artifact seen, or one for the package."""
        if self.name is None and self.origin is None and not self.artifacts:
            return
        origin = self.origin or Origin(kind=OriginKind.REGISTRY)
        package = Package.called(self.name, self.version, origin, self.ecosystem)
        package = replace(package, flags=("recovered",))
        for artifact in self.artifacts:
            yield package.pin(artifact)
        if not self.artifacts:
            url = origin.location if origin.kind is OriginKind.URL else None
            yield package.bare_pin(LineSpan(first=self.first, last=self.last), url)

    def take(self, key: str, value: str, number: int, *, leads: bool) -> None:
        """Take `key = value` of line `number`; `leads` where the line begins with it."""
        match key:
            case "name" if value.endswith(_FILES):
                self._locate("filename", value, number)
            case "name" if leads:
                self.name = self.name or value
            case "version" if leads:
                self.version = self.version or value
            case "index":
                self.take_source(key, value)
            case "url" | "path" | "filename" | "file":
                self._locate(key, value, number)
            case "checksum":
                self._digest(f"sha256:{value}", number)
            case "hash":
                self._digest(value, number)
            case "upload-time" | "upload_time" if self.artifacts:
                self.artifacts[-1] = replace(self.artifacts[-1], uploaded_at=value)
            case _ if key in _DIGESTS:
                self._digest(f"{key}:{value}", number)

    def take_source(self, key: str, value: str) -> None:
        """Take `key = value` out of a line that states the source."""
        if key == "source":
            key, _, value = value.partition("+")
        kind = _ORIGINS.get(key)
        if kind is not None and self.origin is None:
            self.origin = Origin(kind=kind, location=redact(value))

    def _locate(self, key: str, value: str, number: int) -> None:
        last = self.artifacts[-1] if self.artifacts else None
        url = redact(value) if key == "url" else None
        path = redact(value) if key == "path" else None
        if len(self.artifacts) >= MOST_PINS:
            return
        if last is None or last.digests or last.url or (key != "url" and last.filename):
            line = LineSpan(first=number, last=number)
            name = file_name(url or value)
            self.artifacts.append(Artifact(lines=line, url=url, filename=name, path=path))
            return
        lines = LineSpan(first=last.lines.first, last=number)
        self.artifacts[-1] = replace(last, url=url or last.url, path=path or last.path, lines=lines)

    def _digest(self, stated: str, number: int) -> None:
        try:
            digest = digest_of(stated)
        except Malformed:
            return
        if not self.artifacts:
            self.artifacts.append(Artifact(lines=LineSpan(first=number, last=number)))
        last = self.artifacts[-1]
        self.artifacts[-1] = replace(
            last,
            digests=tuple(sorted({*last.digests, digest})),
            lines=LineSpan(first=last.lines.first, last=number),
        )


def capped(pins: Iterable[Pin], skipped: list[Skipped]) -> Iterator[Pin]:
    """Yield at most `MOST_PINS` of `pins`; that there are more is noted in `skipped`."""
    rest = iter(pins)
    yield from islice(rest, MOST_PINS)
    if next(rest, None) is not None:
        reason = f"only the first {MOST_PINS} pins read"
        skipped.append(Skipped(context="document", reason=reason))


def recover(text: str, ecosystem: Ecosystem = Ecosystem.PYPI) -> tuple[Pin, ...]:
    """Return what `text` still pins, package by package; empty where nothing is recognisable.

    Names are those of `ecosystem`.

    At most `MOST_PINS`: whoever gets so many has not got all.
    """
    pins: list[Pin] = []
    block = _Block(1, 1, ecosystem)
    for number, line in enumerate(text.split("\n"), start=1):
        header = _HEADER.match(line)
        if header is not None and _begins(header[1], dotted=header[2] is not None):
            pins += block.pins()
            block = _Block(number, number, ecosystem)
            if len(pins) >= MOST_PINS:
                break
        elif line and not line.isspace():
            block.last = number
            _read_line(block, line, number)
    return (*pins, *block.pins())[:MOST_PINS]


def _begins(header: str, *, dotted: bool) -> bool:
    return header == _APART or (header in _BLOCKS and not dotted)


def _read_line(block: _Block, line: str, number: int) -> None:
    source = _SOURCE_LINE.match(line)
    start = len(line) - len(line.lstrip())
    for pair in _PAIR.finditer(line):
        value = _value(pair[2])
        if source is not None:
            block.take_source(pair[1], value)
        else:
            block.take(pair[1], value, number, leads=pair.start() == start)


def _value(stated: str) -> str:
    """Return the string that is written as `stated`, as far as it can be told."""
    if stated[0] == "'" or "\\" not in stated:
        return stated[1:-1]
    try:
        return str(tomli.loads(f"value = {stated}")["value"])
    except ValueError:
        return stated[1:-1]
