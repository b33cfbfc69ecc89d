"""Packages and artifacts as locks state them, and the pins they make."""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from crawler.errors import Malformed
from crawler.lockfiles.documents.fields import TableReader
from crawler.model import (
    Algorithm,
    Digest,
    Ecosystem,
    LineSpan,
    Origin,
    OriginKind,
    Pin,
    file_name_of,
    normalize_name,
    project_of_file,
)
from crawler.model.urls import is_path, redact

__all__ = [
    "Artifact",
    "Package",
    "digest_of",
    "digests_of",
    "file_name",
    "integrity_of",
    "location_of",
    "sha256_of",
]

_ALGORITHMS: Mapping[str, Algorithm] = {
    **{algorithm.value: algorithm for algorithm in Algorithm},
    "blake2b": Algorithm.BLAKE2B_256,
    "blake2b-256": Algorithm.BLAKE2B_256,
}
_SRI = re.compile(r"([A-Za-z0-9]{1,20})-([A-Za-z0-9+/]{1,200}={0,2})(?:\?[!-~]*+)?")
_WHEEL_DASHES = (4, 5)
"""PEP 427: name-version(-build)-python-abi-platform.whl."""

_LONGEST_FILE_NAME = 255
"""Bytes that a file system takes; a longer name can be installed nowhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """One file, archive or checkout that a package may be installed from."""

    lines: LineSpan
    url: str | None = None
    """Credentials redacted."""
    filename: str | None = None
    digests: tuple[Digest, ...] = ()
    uploaded_at: str | None = None
    path: str | None = None
    """Where it lies beside the lock; then nothing is downloaded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """One package entry of a lock."""

    name: str | None
    version: str | None
    origin: Origin
    flags: tuple[str, ...] = ()
    """Given to every pin."""
    ecosystem: Ecosystem = Ecosystem.PYPI

    @classmethod
    def called(
        cls,
        name: str | None,
        version: str | None,
        origin: Origin,
        ecosystem: Ecosystem = Ecosystem.PYPI,
    ) -> Package:
        """Return the package with its name normalised; a name that is none stays as it is."""
        normalized = None if name is None else normalize_name(ecosystem, name)
        return cls(name=normalized or name, version=version, origin=origin, ecosystem=ecosystem)

    def pin(self, artifact: Artifact) -> Pin:
        """Return the pin of `artifact`; flags `no-hash` and `name-differs` where they apply.

        What lies at a path, or at a URL that is one, comes from there whatever the package says.
        """
        flags, origin, url = self.flags, self.origin, artifact.url
        if artifact.path is not None or (url is not None and is_path(url)):
            origin = _local(origin, artifact.path or url or "")
            url = None
        if not artifact.digests and origin.kind is OriginKind.REGISTRY:
            flags = (*flags, "no-hash")
        if artifact.filename is not None and self.differs(artifact.filename):
            flags = (*flags, "name-differs")
        return Pin(
            ecosystem=self.ecosystem,
            name=self.name,
            version=self.version,
            origin=origin,
            lines=artifact.lines,
            url=url,
            filename=artifact.filename,
            digests=artifact.digests,
            uploaded_at=artifact.uploaded_at,
            flags=flags,
        )

    def pins(self, artifacts: Iterable[Artifact]) -> list[Pin]:
        """Return the pins of `artifacts`."""
        return [self.pin(artifact) for artifact in artifacts]

    def bare_pin(self, lines: LineSpan, url: str | None = None) -> Pin:
        """Return the pin of a package that lists no artifact; `url` is that of its source."""
        local = url is not None and is_path(url)
        return Pin(
            ecosystem=self.ecosystem,
            name=self.name,
            version=self.version,
            origin=_local(self.origin, url or "") if local else self.origin,
            lines=lines,
            url=None if local else url,
            filename=file_name(url) if url else None,
            flags=self.flags,
        )

    def differs(self, filename: str) -> bool:
        """Say whether `filename` states another project than this entry."""
        name = self.name
        if name is None or self.ecosystem is not Ecosystem.PYPI:
            return False
        if filename[-4:] == ".whl" and filename.count("-") in _WHEEL_DASHES:
            head = filename[: filename.index("-")]
        else:
            head = filename[: max(filename.rfind("-"), 0)]
        if head == name or head.replace("_", "-") == name or len(filename) > _LONGEST_FILE_NAME:
            return False
        if head.replace("_", "-").replace(".", "-").lower() == name:
            return False
        stated = project_of_file(filename, name)
        return stated is not None and stated[0] != name


def _local(origin: Origin, path: str) -> Origin:
    """Return where a file at `path` comes from: there, if `origin` speaks of a download."""
    if origin.kind in {OriginKind.REGISTRY, OriginKind.URL}:
        return Origin(kind=OriginKind.PATH, location=path)
    return origin


def file_name(location: str) -> str | None:
    """Return the file name of a URL or path as an installer reads it: percent-decoded, no TAB or LF."""
    return file_name_of(location.replace("\t", "").replace("\r", "").replace("\n", ""))


def location_of(url: str | None) -> str | None:
    """Return `url` as it may be kept."""
    return None if url is None else redact(url)


def digest_of(stated: str) -> Digest:
    """Return the digest that `algorithm:hex` states, in whatever case.

    Raises:
        Malformed: an algorithm nobody knows, or hex that is no digest of it.
    """
    name, _, value = stated.partition(":")
    algorithm = _ALGORITHMS.get(name) or _ALGORITHMS.get(name.strip().lower())
    if algorithm is None:
        raise Malformed("unknown digest algorithm")
    try:
        return Digest(algorithm=algorithm, hex=value.lower())
    except ValueError:
        raise Malformed(f"not a {algorithm} digest") from None


def digests_of(table: TableReader) -> tuple[Digest, ...]:
    """Return the digests of a table algorithm -> hex (PEP 751 `hashes`), sorted."""
    found: set[Digest] = set()
    for name in table.values:
        value = table.text(name)
        try:
            found.update(() if value is None else (digest_of(f"{name}:{value}"),))
        except Malformed as error:
            table.skip(name[:40], str(error))
    return tuple(sorted(found))


def sha256_of(table: TableReader) -> tuple[Digest, ...]:
    """Return the digest that `table` states as `sha256`; one that cannot be read is noted as skipped."""
    stated = table.text("sha256")
    try:
        return (digest_of(f"sha256:{stated}"),) if stated else ()
    except Malformed as error:
        table.skip("sha256", str(error))
        return ()


def integrity_of(stated: str) -> tuple[Digest, ...]:
    """Return the digests of a Subresource Integrity string (`sha512-<base64>`, several with spaces).

    Source: W3C "Subresource Integrity", 3.1; npm and pnpm keep it as `integrity`.

    Raises:
        Malformed: an algorithm nobody knows, or base64 that is no digest of it.
    """
    found: set[Digest] = set()
    for part in stated.split(maxsplit=16)[:16]:
        sri = _SRI.fullmatch(part)
        if sri is None:
            raise Malformed("not an integrity string")
        try:
            value = binascii.a2b_base64(sri[2], strict_mode=True).hex()
        except binascii.Error:
            raise Malformed("integrity is not base64") from None
        found.add(digest_of(f"{sri[1]}:{value}"))
    return tuple(sorted(found))
