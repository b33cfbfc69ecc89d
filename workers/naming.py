"""What a person calls a package or a file: a URL, a package URL, a digest, a file name.

It is read as an installer would read it. Sources: the purl specification and its type definitions
(`file_name`, `checksum`), the URL paths of the Python index (warehouse) and of npm registries
(`/name/-/file.tgz`), W3C "Subresource Integrity".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote

from packageurl import PackageURL

from crawler.errors import Malformed, UsageError
from crawler.lockfiles.artifacts import integrity_of
from crawler.model import (
    Algorithm,
    Digest,
    Distribution,
    Ecosystem,
    ProjectKey,
    Subject,
    digest_in_path,
    file_name_of,
    normalize_name,
    normalize_version,
    project_of_file,
)
from crawler.model.urls import normalize, redact, redact_text

__all__ = ["PackageRef", "key_of", "named"]

_LONGEST = 4000
_DIGEST = re.compile(r"(?:(?P<algorithm>[a-z0-9_-]{2,12}):)?(?P<hex>[0-9A-Fa-f]{32,128})")
_FRAGMENT = re.compile(r"#(?:[^#]*&)?(?P<algorithm>[a-z0-9_]{2,12})=(?P<hex>[0-9A-Fa-f]{32,128})")
_NPM_PATH = re.compile(r"/(?P<name>(?:@[^/]+/)?[^/]+)/-/(?P<file>[^/]+)\.tgz\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageRef:
    """What the words of a person name; None and empty where they do not say."""

    text: str
    """As it may be shown: credentials are taken out."""
    project: ProjectKey | None = None
    version: str | None = None
    filename: str | None = None
    digests: tuple[Digest, ...] = ()

    @property
    def subject(self) -> Subject | None:
        """The subject that is named completely: a project, a release, or a file with a digest."""
        if self.project is None or (self.digests and self.filename is None):
            return None
        file = (
            Distribution(filename=self.filename, digests=tuple(sorted(self.digests)))
            if self.filename is not None and self.digests
            else None
        )
        if self.filename is not None and file is None:
            return None
        return Subject(project=self.project, version=self.version, file=file)


def named(text: str) -> PackageRef:
    """Read `text`; raises UsageError where it names nothing."""
    text = text.strip()
    if len(text) > _LONGEST:
        msg = f"more than {_LONGEST} characters name no file; give its URL, purl, digest or name"
        raise UsageError(msg)
    if text.startswith("pkg:"):
        return _purl(text)
    if "://" in text:
        return _url(text)
    digests = _digests(text)
    if digests:
        return PackageRef(text=text, digests=digests)
    stated = project_of_file(text)
    if stated is None:
        msg = (
            f"{text[:200]!a} names no file; give a URL, pkg:pypi/NAME@VERSION, sha256:HEX or the name "
            "of a Python distribution (NAME-VERSION.tar.gz, ….whl)"
        )
        raise UsageError(msg)
    project = ProjectKey(ecosystem=Ecosystem.PYPI, name=stated[0])
    return PackageRef(text=text, project=project, version=stated[1], filename=text)


def key_of(ecosystem: Ecosystem, text: str) -> tuple[ProjectKey, str | None]:
    """Read `NAME` or `NAME@VERSION`; raises UsageError where that is no name of the ecosystem."""
    name, _, version = text.rpartition("@") if "@" in text.lstrip("@") else (text, "", "")
    normalized = normalize_name(ecosystem, name)
    if normalized is None:
        msg = f"invalid project name {text!r}: expected one of {ecosystem}"
        raise UsageError(msg)
    canonical = normalize_version(ecosystem, version) if version else None
    return ProjectKey(ecosystem=ecosystem, name=normalized), canonical


def _digests(text: str) -> tuple[Digest, ...]:
    """Read `sha256:HEX`, bare hex (every proving algorithm of that length) or an SRI string."""
    found = _DIGEST.fullmatch(text)
    if found is None:
        return _integrity(text) if re.match(r"sha\d+-", text) else ()
    if found["algorithm"] is not None:
        return (_digest(found["algorithm"], found["hex"]),)
    fitting = [a for a in Algorithm if a.hex_length == len(found["hex"])]
    return tuple(_digest(algorithm, found["hex"]) for algorithm in fitting)


def _integrity(text: str) -> tuple[Digest, ...]:
    try:
        return integrity_of(text)
    except Malformed as error:
        msg = f"{text[:200]!a}: {error}; give sha256:HEX or the whole integrity string"
        raise UsageError(msg) from error


def _digest(algorithm: str, hexadecimal: str) -> Digest:
    try:
        known = Algorithm(algorithm.replace("-", "_").lower())
        return Digest(algorithm=known, hex=hexadecimal.lower())
    except ValueError as error:
        names = ", ".join(Algorithm)
        msg = f"invalid digest {algorithm}:{hexadecimal[:20]}…: expected {names} with all their digits"
        raise UsageError(msg) from error


def _url(text: str) -> PackageRef:
    normal = normalize(text)
    fragment = _FRAGMENT.search(text)
    stated = () if fragment is None else (_digest(fragment["algorithm"], fragment["hex"]),)
    carried = digest_in_path(normal)
    digests = tuple(sorted({*stated, *(() if carried is None else (carried,))}))
    shown, filename = redact(text), file_name_of(normal)
    npm = _NPM_PATH.search(normal)
    if npm is not None:
        project, version = _npm_file(npm["name"], npm["file"])
        return PackageRef(
            text=shown, project=project, version=version, filename=filename, digests=digests
        )
    told = None if filename is None else project_of_file(filename)
    if told is None:
        if not digests:
            msg = f"{shown[:200]} names no distribution; give the URL of a file, a purl or a digest"
            raise UsageError(msg)
        return PackageRef(text=shown, filename=filename, digests=digests)
    project = ProjectKey(ecosystem=Ecosystem.PYPI, name=told[0])
    return PackageRef(
        text=shown, project=project, version=told[1], filename=filename, digests=digests
    )


def _npm_file(name: str, stem: str) -> tuple[ProjectKey | None, str | None]:
    """Return project and version of `/@scope/name/-/name-1.0.0.tgz`."""
    normalized = normalize_name(Ecosystem.NPM, unquote(name))
    if normalized is None:
        return None, None
    prefix = f"{normalized.rpartition('/')[2]}-"
    version = stem.removeprefix(prefix) if stem.startswith(prefix) else None
    return ProjectKey(ecosystem=Ecosystem.NPM, name=normalized), version


def _purl(text: str) -> PackageRef:
    if not unquote(text.partition("?")[0]).isascii():  # the library folds look-alikes into ASCII
        msg = f"{text[:200]!a}: a package URL of a registry is ASCII; is this the name you mean?"
        raise UsageError(msg)
    try:
        purl = PackageURL.from_string(text)
        ecosystem = Ecosystem(purl.type)
    except ValueError as error:
        msg = f"invalid package URL {text[:200]!a}: {error}; expected pkg:pypi/NAME@VERSION"
        raise UsageError(msg) from error
    full = "/".join(part for part in (purl.namespace, purl.name) if part)
    project, _ = key_of(ecosystem, full)
    version = normalize_version(ecosystem, purl.version) if purl.version else None
    qualifiers = dict(purl.qualifiers or {})
    sums = [part.partition(":") for part in str(qualifiers.get("checksum", "")).split(",") if part]
    digests = {_digest(algorithm, hexadecimal) for algorithm, _, hexadecimal in sums}
    filename = qualifiers.get("file_name") or None
    return PackageRef(
        text=redact_text(text),
        project=project,
        version=version,
        filename=filename,
        digests=tuple(sorted(digests)),
    )
