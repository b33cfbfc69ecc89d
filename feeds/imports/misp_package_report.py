"""MISP's object `malicious-package-report` (misp-objects, version 4): an OSV record in MISP's words.

Its `origin-sha256` is the digest of a report and never of a file.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from crawler.errors import Malformed
from crawler.fields import Fields
from crawler.model import Ecosystem, Subject
from feeds.imports.traces import Traces, indicated_files
from feeds.subjects import project_of, release_of

__all__ = ["TEMPLATE", "PackageReport", "package_report"]

TEMPLATE = "malicious-package-report"
_REPORT = re.compile(r"MAL-\d{4}-\d{1,9}", re.ASCII)
_ECOSYSTEMS = {"pypi": Ecosystem.PYPI, "npm": Ecosystem.NPM}


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageReport:
    """What such an object says."""

    subjects: tuple[Subject, ...]
    cited: str | None
    """Id of the OSV record that it restates."""
    withdrawn: bool


def package_report(members: Sequence[Fields], path: str) -> PackageReport:
    """Return what the attributes of the object say; raises Malformed where they name no release."""
    purl = _one(members, "package-purl")
    names = tuple(_named(members, path)) or _of_purl(purl, path)
    if not names:
        msg = f"{path}: a package report without an explicit version of a pypi or npm package"
        raise Malformed(msg)
    cited = _one(members, "report-id")
    return PackageReport(
        subjects=names,
        cited=cited if cited is not None and _REPORT.fullmatch(cited) else None,
        withdrawn=_one(members, "state") == "withdrawn",
    )


def _named(members: Sequence[Fields], path: str) -> Sequence[Subject]:
    ecosystem = _ECOSYSTEMS.get((_one(members, "ecosystem") or "").lower())
    name = _one(members, "package-name")
    if ecosystem is None or name is None:
        return ()
    project, where = project_of(ecosystem, name, path), f"{path} affected-version"
    stated = (release_of(project, text, where) for text in _all(members, "affected-version"))
    return list(dict.fromkeys(stated))


def _of_purl(purl: str | None, path: str) -> tuple[Subject, ...]:
    return () if purl is None else indicated_files(Traces(identifiers=(purl,)), path).subjects


def _one(members: Sequence[Fields], relation: str) -> str | None:
    return next(iter(_all(members, relation)), None)


def _all(members: Sequence[Fields], relation: str) -> Sequence[str]:
    found = (m for m in members if m.optional_text("object_relation") == relation)
    return [m.text("value") for m in found]
