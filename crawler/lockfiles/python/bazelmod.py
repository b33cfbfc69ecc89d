"""MODULE.bazel.lock: what the pip extension of rules_python keeps in it.

Source: rules_python, `python/private/pypi/pypi_cache.bzl` (`facts`, versions v1 and v2: the files of an
index with their digests, installed without asking the index) and `whl_library.bzl` (the attributes of
generated repositories in older locks). Other facts and extensions pin no Python files.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from crawler.errors import Malformed
from crawler.lockfiles.artifacts import Artifact, Package, digest_of, file_name
from crawler.lockfiles.documents.fields import TableReader
from crawler.lockfiles.documents.json_document import Entry, JsonDocument, Shape, load
from crawler.lockfiles.documents.json_reading import read_json
from crawler.model import Digest, Ecosystem, Origin, OriginKind, ParseResult, Pin, Skipped
from crawler.model.urls import redact

__all__ = ["BazelModParser"]

_SHAPE: Shape = {
    "facts": {"*": {"dist_hashes": {"*": {"*": {}}}}},
    "moduleExtensions": {"*": {"*": {"generatedRepoSpecs": {}}}},
}
_KNOWN_FACTS = frozenset({"v1", "v2"})
_PINNED = re.compile(
    r"\s*([A-Za-z0-9][A-Za-z0-9._-]{0,213})(?:\[[^\]]{0,500}\])?\s*==\s*([^\s;,]{1,100})"
)
_HASH = re.compile(r"--hash=([a-z0-9]{1,10}:[0-9a-fA-F]{1,128})")


class BazelModParser:
    """Reads `MODULE.bazel.lock`."""

    format: Final = "bazelmod"
    version: Final = 1

    def wants(self, path: str) -> bool:
        """Say whether `path` is a lock of Bazel modules."""
        return path.rpartition("/")[2] == "MODULE.bazel.lock"

    def parse(self, data: bytes) -> ParseResult:
        """Return one pin per Python file."""
        return read_json(data, self.format, load(_SHAPE), _pins, Ecosystem.PYPI)


def _pins(document: JsonDocument, skipped: list[Skipped]) -> Iterator[Pin]:
    root = document.root(skipped)
    if not {"lockFileVersion", "facts", "moduleExtensions"} & root.keys():
        raise Malformed("no MODULE.bazel.lock: neither `lockFileVersion` nor `facts`")
    for extension in root.entries("facts"):
        yield from _facts(extension)
    for extension in root.entries("moduleExtensions"):
        for platform in extension.entries():
            for entry in platform.entries("generatedRepoSpecs"):
                yield from _repository(entry)


def _facts(extension: Entry) -> Iterator[Pin]:
    """Yield the pins of one extension; one that has no `dist_hashes` pins no Python files."""
    if "dist_hashes" not in extension.keys():  # noqa: SIM118 - no mapping
        return
    for table in extension.tables():
        version = table.text("fact_version")
        if version is not None and version not in _KNOWN_FACTS:
            extension.skip("unknown version, read as v2", "fact_version")
        names = table.table("dist_filenames")
        for index in extension.entries("dist_hashes"):
            origin = Origin(kind=OriginKind.REGISTRY, location=redact(index.key))
            for project in index.entries():
                listed = _listed(names, index.key, project.key)
                package = Package.called(project.key, None, origin)
                for entry in project.entries():
                    yield package.pin(_file(entry, listed))


def _listed(names: TableReader | None, *keys: str) -> Mapping[str, object]:
    """Return the file names of a project that its URLs do not end with, by URL (or by digest)."""
    for key in keys:
        names = None if names is None else names.table(key)
    return {} if names is None else names.values


def _file(entry: Entry, listed: Mapping[str, object]) -> Artifact:
    url = redact(entry.key)
    name = listed.get(entry.key, listed.get(str(entry.value)))
    return Artifact(
        lines=entry.lines,
        url=url,
        filename=name if isinstance(name, str) else file_name(url),
        digests=_digests(entry),
    )


def _digests(entry: Entry) -> tuple[Digest, ...]:
    """Return the digest of a file: `algorithm:hex`, in facts of v1 only the hex of a SHA-256."""
    stated = entry.value if isinstance(entry.value, str) else ""
    if entry.value == "":
        return ()
    try:
        return (digest_of(stated if ":" in stated else f"sha256:{stated}"),)
    except Malformed as error:
        entry.skip(str(error))
        return ()


def _repository(entry: Entry) -> Iterator[Pin]:
    """Yield the pins of a generated repository that holds a Python file, or a pinned requirement."""
    for table in entry.tables():
        attributes = table.table("attributes")
        stated = None if attributes is None else attributes.values.get("requirement")
        pinned = _PINNED.match(stated) if isinstance(stated, str) else None
        if attributes is None or pinned is None or not isinstance(stated, str):
            continue
        package = Package.called(pinned[1], pinned[2], Origin(kind=OriginKind.REGISTRY))
        digests = _attributed(attributes, stated)
        urls = [url for url in attributes.entries("urls") if isinstance(url, str)]
        named = attributes.text("filename")
        for url in map(redact, urls):
            artifact = Artifact(
                lines=entry.lines, url=url, filename=named or file_name(url), digests=digests
            )
            yield package.pin(artifact)
        if not urls:
            yield package.pin(Artifact(lines=entry.lines, filename=named, digests=digests))


def _attributed(attributes: TableReader, requirement: str) -> tuple[Digest, ...]:
    """Return the digests of the attribute `sha256`, or else of the `--hash` of the requirement."""
    sha256 = attributes.text("sha256")
    stated = [f"sha256:{sha256}"] if sha256 else _HASH.findall(requirement)
    found: set[Digest] = set()
    for digest in stated:
        try:
            found.add(digest_of(digest))
        except Malformed as error:
            attributes.skip("sha256", str(error))
    return tuple(sorted(found))
