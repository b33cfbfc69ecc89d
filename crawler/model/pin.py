"""What a lock pins, and how well it could be read.

Terms: PEP 751 (artifact, index, vcs, directory), uv (registry, editable, virtual).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crawler.model.distribution import Digest
    from crawler.model.names import Ecosystem

__all__ = ["LineSpan", "Origin", "OriginKind", "ParseResult", "Pin", "Readable", "Skipped"]


class OriginKind(StrEnum):
    """Where a lock takes a package from; the word before the colon in `ghostcrawl pins`."""

    REGISTRY = "registry"
    URL = "url"
    GIT = "git"
    PATH = "path"
    DIRECTORY = "directory"
    EDITABLE = "editable"
    VIRTUAL = "virtual"
    WORKSPACE = "workspace"
    FIND_LINKS = "find-links"
    BUNDLED = "bundled"
    """Part of the archive of another package, which has that location in the lock."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Origin:
    """The source of a pinned package: `registry:https://index.example/simple`, `editable:.`."""

    kind: OriginKind
    location: str = ""
    """As stored, credentials redacted; empty where the format leaves it to the configuration.

    Where a registry is one of several, all that are asked, with a blank between two: ` https://a.example/` is
    the configured one and that.
    """

    def configured(self, place: str) -> Origin:
        """Return it with `place` wherever it leaves the registry to the configuration."""
        if self.kind is not OriginKind.REGISTRY:
            return self
        places = (one or place for one in self.location.split(" "))
        return replace(self, location=" ".join(places))

    def __str__(self) -> str:
        """Write it as `kind:location`."""
        return f"{self.kind}:{self.location}"

    @property
    def shown(self) -> str:
        """`kind:location` for people, or the kind alone where the lock states no location."""
        return str(self) if self.location else str(self.kind)


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class LineSpan:
    """First and last line in the lock, both counted from 1 and included."""

    first: int
    last: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """One artifact that a lock pins; a package without artifacts gives one pin without URL."""

    ecosystem: Ecosystem
    name: str | None
    """As the lock calls it, normalised; raw where it is no valid name; None where it has none."""
    version: str | None
    """As stored, without `==`; None where the lock pins none."""
    origin: Origin
    lines: LineSpan | None
    """None only where the pin comes out of the ledger instead of a lock."""
    url: str | None = None
    """As stored, credentials redacted."""
    filename: str | None = None
    """Percent-decoded."""
    digests: tuple[Digest, ...] = ()
    """What the lock states, sorted; digests carried by the URL path are not repeated here."""
    uploaded_at: str | None = None
    """Upload time as the lock states it (uv, pylock), else None."""
    flags: tuple[str, ...] = ()
    """Stable codes of what a reader should know: `no-hash`, `recovered` (read as text)."""

    def below(self, line_offset: int) -> Pin:
        """Return this pin where `line_offset` more lines stand before it."""
        lines = self.lines
        if lines is not None:
            lines = LineSpan(first=lines.first + line_offset, last=lines.last + line_offset)
        return Pin(  # `replace` takes twice as long, and this is done for every pin of every lock
            ecosystem=self.ecosystem,
            name=self.name,
            version=self.version,
            origin=self.origin,
            lines=lines,
            url=self.url,
            filename=self.filename,
            digests=self.digests,
            uploaded_at=self.uploaded_at,
            flags=self.flags,
        )

    @property
    def artifact(self) -> tuple[object, ...]:
        """What is pinned, wherever a lock states it: equal for the same file or package."""
        return self.ecosystem, self.name, self.version, self.url, self.filename, self.digests


class Readable(StrEnum):
    """How well a lock could be read. Only FULLY can ever mean "clean"."""

    FULLY = "fully"
    PARTLY = "partly"
    NOT = "not"


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """Something that was not read or not looked at, and why; never silence."""

    context: str
    """Where: a path inside a document (`package[3].wheels[0].url`), a file, a repository."""
    reason: str
    at: str | None = field(default=None, compare=False)
    """In a visit: the path in the repository that was left out, with all below it; None: any may be.

    Of what was read of a file: the way from its folder to another one that it includes.
    """
    times: int = 1
    """How many such things this stands for: of a great many one is named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParseResult:
    """All that could be read from one lock."""

    format: str
    """Id of the parser: `uv`, `pylock`."""
    readable: Readable
    pins: tuple[Pin, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    refused: str | None = None
    """Why the tool of this format refuses the document as a whole and installs nothing; None: it does not."""
