"""From the traces of a file in a threat report to the distribution that they name.

Reports about anything at all come along here, so a name is believed only where it can mean nothing else:
a package URL (purl), a wheel's name, the path of an index's file host, or an archive's name together with
its digest. `invoice-2.zip` alone is no package.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from packageurl import PackageURL
from packaging.version import InvalidVersion, Version

from crawler.errors import Malformed
from crawler.fields import plain_name, refuse
from crawler.model import (
    Algorithm,
    Digest,
    Distribution,
    Ecosystem,
    ProjectKey,
    Subject,
    digest_in_path,
    file_name_of,
    project_of_file,
)
from feeds.subjects import project_of, version_of

__all__ = ["IndicatedFiles", "Traces", "digest_of", "has_purl", "indicated_files"]

_PURL = re.compile(r"pkg:[A-Za-z0-9.+-]{1,30}/[^\s\"'<>,;()\[\]{}|`\\]{1,400}")
_LONGEST_REMARK = 4096
_ECOSYSTEMS = {"pypi": Ecosystem.PYPI, "npm": Ecosystem.NPM}
NO_PACKAGE = "a digest without a package: name the package with a purl"


@dataclass(frozen=True, slots=True, kw_only=True)
class Traces:
    """What one entry says of one file."""

    filenames: tuple[str, ...] = ()
    digests: tuple[Digest, ...] = ()
    urls: tuple[str, ...] = ()
    identifiers: tuple[str, ...] = ()
    """Texts that may be a purl and nothing else: values, names, external ids."""
    remarks: tuple[str, ...] = ()
    """Comments and descriptions: what they mention may also be the victim."""

    def __bool__(self) -> bool:
        """Whether there is anything that could name a file or a package."""
        texts = (*self.identifiers, *self.remarks)
        return bool(self.filenames or self.digests or self.urls or any(map(has_purl, texts)))


@dataclass(frozen=True, slots=True, kw_only=True)
class IndicatedFiles:
    """The distributions or releases that traces name."""

    subjects: tuple[Subject, ...]
    in_passing: bool = False
    """Named only amid other words: never more than a suspicion."""
    lost: str | None = None
    """What could not be used, and why."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class _Package:
    """A purl of a release, or of a whole project where it has no version."""

    project: ProjectKey
    version: str | None
    filename: str | None
    digests: tuple[Digest, ...]


def has_purl(text: str) -> bool:
    """Say whether a package URL stands somewhere in `text`."""
    return _PURL.search(text[:_LONGEST_REMARK]) is not None


def digest_of(algorithm: str, text: str, path: str) -> Digest | None:
    """Return the digest where its algorithm proves a file, else None; raises Malformed.

    Algorithms are spelled as MISP (`sha256`) or STIX (`SHA-256`) do.
    """
    word = re.sub(r"[-_/]", "", algorithm.lower())
    found = next((a for a in Algorithm if a.replace("_", "") == word and a.identifies), None)
    if found is None:
        return None
    try:
        return Digest(algorithm=found, hex=text.strip().lower())
    except ValueError as error:
        msg = f"{path}: {str(error)!a}"
        raise Malformed(msg) from error


def indicated_files(traces: Traces, path: str) -> IndicatedFiles:
    """Return what `traces` name; raises Malformed (with the reason) where that is nothing, or two things."""
    packages, in_passing = _packages(traces, path)
    sure = len(packages) == 1 and not in_passing
    file = _file(traces, packages[0] if sure else None, path)
    if file is not None:
        return IndicatedFiles(subjects=(file,))
    releases = tuple(
        Subject(project=p.project, version=p.version) for p in packages if p.version is not None
    )
    if not releases:
        refuse(path, "a package without a version" if packages else _nothing(traces))
    if len(releases) != 1 and (in_passing or traces.digests):
        refuse(path, "more than one package is named beside one file")
    lost = "digests without a file name: only the release is known" if traces.digests else None
    return IndicatedFiles(subjects=releases, in_passing=in_passing, lost=lost)


def _nothing(traces: Traces) -> str:
    if traces.filenames:
        return f"expected a wheel, an sdist with its digest or a purl, got {traces.filenames[0][:60]!a}"
    if traces.digests:
        return NO_PACKAGE
    return "neither a file of a package index nor a package of pypi or npm"


def _packages(traces: Traces, path: str) -> tuple[tuple[_Package, ...], bool]:
    """Return the packages, and whether they are mentioned only in passing."""
    texts = (*traces.identifiers, *traces.remarks)
    alone = {p for t in texts if _PURL.fullmatch(t.strip()) for p in _parsed([t.strip()], path)}
    if alone:
        return tuple(sorted(alone, key=str)), False
    found = (m.rstrip(".:!?") for t in texts for m in _PURL.findall(t[:_LONGEST_REMARK]))
    return tuple(sorted(set(_parsed(found, path)), key=str)), True


def _parsed(purls: Iterable[str], path: str) -> Iterator[_Package]:
    for text in purls:
        try:
            # The library folds look-alikes of letters (U+212A) into innocent names.
            purl = PackageURL.from_string(text.encode("ascii").decode())
        except ValueError as error:
            msg = f"{path}: invalid package URL {text[:80]!a}"
            raise Malformed(msg) from error
        ecosystem = _ECOSYSTEMS.get(purl.type)
        if ecosystem is None:
            continue
        full = f"{purl.namespace}/{purl.name}" if purl.namespace else purl.name
        project, place = project_of(ecosystem, full, path), f"{path} purl"
        qualifiers = purl.qualifiers
        checksums = (c.partition(":") for c in qualifiers.get("checksum", "").split(",") if c)
        digests = (digest_of(algorithm, text, path) for algorithm, _, text in checksums)
        yield _Package(
            project=project,
            version=version_of(project, purl.version, place) if purl.version else None,
            filename=qualifiers.get("file_name"),
            digests=tuple(sorted(d for d in digests if d is not None)),
        )


def _file(traces: Traces, package: _Package | None, path: str) -> Subject | None:
    """Return the one file that is named, or None where none is."""
    names, digests = list(traces.filenames), set(traces.digests)
    if package is not None:
        names += [package.filename] if package.filename else []
        digests |= set(package.digests)
    hosted = set[str]()
    for url in traces.urls:
        found = _hosted(url)
        if found is not None:
            hosted.add(found[0])
            digests.add(found[1])
    subjects = {
        (project, name, version)
        for name in dict.fromkeys((*names, *hosted))
        for project, version in _project_of(name, package, proven=bool(digests), path=path)
    }
    if not subjects:
        return None
    if len(subjects) > 1 or len({d.algorithm for d in digests}) != len(digests):
        refuse(path, "two files in one entry")
    project, filename, version = subjects.pop()
    plain_name(filename, f"{path} file name")
    file = Distribution(filename=filename, digests=tuple(sorted(digests)))
    return Subject(project=project, version=version, file=file)


def _hosted(url: str) -> tuple[str, Digest] | None:
    """Return file name and digest that the path of a URL proves, also behind a viewer of such files."""
    try:
        where = urlsplit(url.strip()).path.rstrip("/")
    except ValueError:
        return None
    digest, name = digest_in_path(where), file_name_of(where)
    return None if digest is None or name is None else (name, digest)


def _project_of(
    name: str, package: _Package | None, *, proven: bool, path: str
) -> Iterator[tuple[ProjectKey, str]]:
    """Yield what the file name states, at most one; raises Malformed where a purl contradicts it."""
    if package is not None and package.project.ecosystem is Ecosystem.NPM:
        tarball = f"{package.project.name.rpartition('/')[2]}-{package.version}.tgz"
        if package.version is not None and name == tarball:
            yield package.project, package.version
        return
    expected = None if package is None else package.project.name
    stated = project_of_file(name, expected)
    if stated is None:
        return
    project = ProjectKey(ecosystem=Ecosystem.PYPI, name=stated[0])
    if package is None:
        if name.endswith(".whl") or (proven and _is_sdist(name, stated[1])):
            yield project, stated[1]
        return
    if package.project != project or package.version not in {None, stated[1]}:
        refuse(
            path, f"expected a file of {str(Subject(project=package.project))!a}, got {name[:60]!a}"
        )
    yield project, stated[1]


def _is_sdist(name: str, version: str) -> bool:
    """Say whether an archive's name is one of an sdist; `.tgz` is what npm packs."""
    try:
        Version(version)
    except InvalidVersion:
        return False
    return not name.endswith(".tgz")
