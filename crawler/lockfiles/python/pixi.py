"""pixi.lock, versions 1 to 7.

Source: rattler, `crates/rattler_lock/src/parse/` (`v3.rs`: the layout of conda-lock; `deserialize.rs`:
version 4 and 5 with `kind`, from 6 on `conda`/`pypi` hold the location, 7 adds `index` and
`conda_source`). pixi installs a PyPI URL of the lock without asking an index
(`crates/pixi_install_pypi/src/conversions.rs`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from crawler.errors import Malformed
from crawler.lockfiles.artifacts import Artifact, Package, digest_of, file_name
from crawler.lockfiles.documents.fields import TableReader
from crawler.lockfiles.documents.yaml_nodes import Places
from crawler.lockfiles.documents.yaml_reading import entries, read_yaml
from crawler.lockfiles.python.condalock import pins_of_packages
from crawler.model import Digest, Ecosystem, LineSpan, Origin, OriginKind, ParseResult, Pin
from crawler.model.urls import is_local, redact

__all__ = ["PixiParser"]

_KNOWN_VERSIONS = frozenset("1234567")
_KINDS = {
    "pypi": Ecosystem.PYPI,
    "conda": Ecosystem.CONDA,
    "conda_source": Ecosystem.CONDA,
}
_REMOTE = re.compile(r"(?:direct\+)?(?:https?|oci|s3|ftp)://", re.IGNORECASE)
_FILES = (".whl", ".tar.gz", ".zip", ".tgz", ".tar.bz2", ".tar.xz", ".conda")
_SOURCE = re.compile(r"([^\[@ ]++)(?>\[[^\]]*+\])?+ @ (.++)")
_CONDA_FILE = re.compile(r"(.+)-([^-]+)-[^-]+(?:\.conda|\.tar\.bz2)")
_DIRECT = "direct+"
_NO_FILES = frozenset({OriginKind.GIT, OriginKind.DIRECTORY, OriginKind.EDITABLE})


class PixiParser:
    """Reads `pixi.lock`."""

    format: Final = "pixi"
    version: Final = 1

    def wants(self, path: str) -> bool:
        """Say whether `path` is a lock of pixi."""
        return path.rpartition("/")[2] == "pixi.lock"

    def parse(self, data: bytes) -> ParseResult:
        """Return one pin per entry of `packages` (`package` before version 4)."""
        return read_yaml(data, self.format, Ecosystem.PYPI, _pins)


def _pins(root: TableReader, places: Places) -> Iterator[Pin]:
    if not {"environments", "packages", "package"} & root.values.keys():
        raise Malformed("no pixi.lock: neither `environments` nor `packages`")
    version = root.text("version")
    if version is None or version not in _KNOWN_VERSIONS:
        root.skip("version", "missing or unknown; read as version 7")
    yield from pins_of_packages(root, places)
    for entry, lines in entries(root, "packages", places):
        yield from _Reader(entry, lines).pins()


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads one entry of `packages`."""

    fields: TableReader
    lines: LineSpan

    def pins(self) -> Iterator[Pin]:
        """Yield the pin of this entry."""
        kind = self._kind()
        if kind is None:
            self.fields.skip("kind", "neither pypi nor conda")
            return
        location = self._location(kind)
        if location is None:
            self.fields.skip(kind, "neither url nor path")
            return
        yield self._pin(_KINDS[kind], location)

    def _kind(self) -> str | None:
        stated = self.fields.text("kind") if "kind" in self.fields.values else None
        if stated in _KINDS:
            return stated
        return next((key for key in _KINDS if key in self.fields.values), None)

    def _location(self, kind: str) -> str | None:
        stated = self.fields.text(kind) if kind in self.fields.values else None
        return stated or self.fields.text("url") or self.fields.text("path")

    def _pin(self, ecosystem: Ecosystem, location: str) -> Pin:
        source = _SOURCE.fullmatch(location) if "conda_source" in self.fields.values else None
        stated_name = self.fields.text("name")
        if source is not None:
            stated_name, location = stated_name or source[1], source[2]
        built = self._built() if _REMOTE.match(location) is None else None
        origin = built or self._origin(ecosystem, location)
        is_file = built is None and origin.kind not in _NO_FILES
        filename = file_name(location) if is_file else None
        name, version = self._identity(ecosystem, stated_name, filename)
        package = Package.called(name, version, origin, ecosystem)
        if not is_file:
            url = origin.location if origin.kind is OriginKind.URL else None
            return package.bare_pin(self.lines, url)
        remote = _REMOTE.match(location) is not None
        return package.pin(
            Artifact(
                lines=self.lines,
                url=redact(location.removeprefix(_DIRECT)) if remote else None,
                filename=filename,
                digests=tuple(sorted(self._digests())),
            )
        )

    def _identity(
        self, ecosystem: Ecosystem, name: str | None, filename: str | None
    ) -> tuple[str | None, str | None]:
        """Return name and version; a conda package may state them in its file name alone."""
        version = self.fields.text("version")
        if ecosystem is Ecosystem.CONDA and filename is not None:
            stated = _CONDA_FILE.fullmatch(filename)
            if stated is not None:
                return name or stated[1], version or stated[2]
        if name is None:
            self.fields.skip("name", "missing")
        return name, version

    def _origin(self, ecosystem: Ecosystem, location: str) -> Origin:
        if location.startswith("git+"):
            return Origin(kind=OriginKind.GIT, location=redact(location))
        if location.startswith(_DIRECT):
            direct = redact(location.removeprefix(_DIRECT))
            kind = OriginKind.PATH if is_local(direct) else OriginKind.URL
            return Origin(kind=kind, location=direct)
        if _REMOTE.match(location):
            index = self.fields.text("index") if ecosystem is Ecosystem.PYPI else None
            return Origin(kind=OriginKind.REGISTRY, location=redact(index or ""))
        if (file_name(location) or "").endswith(_FILES):
            return Origin(kind=OriginKind.PATH, location=redact(location))
        editable = self.fields.text("editable") == "true"
        kind = OriginKind.EDITABLE if editable else OriginKind.DIRECTORY
        return Origin(kind=kind, location=redact(location))

    def _built(self) -> Origin | None:
        """Return where a package that is built on the spot has its source from."""
        key = "source" if "source" in self.fields.values else "package_build_source"
        source = self.fields.table(key)
        if source is None:
            return None
        git = source.text("git")
        if git is not None:
            commit = source.text("rev")
            stated = f"{redact(git)}#{commit}" if commit else redact(git)
            return Origin(kind=OriginKind.GIT, location=stated)
        url = source.text("url")
        return None if url is None else Origin(kind=OriginKind.URL, location=redact(url))

    def _digests(self) -> Iterator[Digest]:
        for key in ("sha256", "md5"):
            value = self.fields.text(key)
            try:
                if value is not None:
                    yield digest_of(f"{key}:{value}")
            except Malformed as error:
                self.fields.skip(key, str(error))
