"""MISP events: one per accused repository, which a MISP imports and updates by its ids.

Source: MISP's core format and the templates of misp-objects. Machines that take the event compare values,
so URLs are not defanged; only the malicious files are marked for detection.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crawler.model import Algorithm
from crawler.reporting.accusation import accused_repositories
from crawler.reporting.accused_file import accused_file
from crawler.reporting.file_names import addressed_of, file_stem
from crawler.reporting.interface import DocumentKind, ExportFile
from crawler.reporting.jsonl import purl
from crawler.reporting.looked_at import first_seen, last_looked_at, observation
from crawler.reporting.stable_ids import stable_id
from crawler.reporting.text import ascii_url, plain, web_link, without_folders

if TYPE_CHECKING:
    from crawler.model import Match, Report
    from crawler.reporting.accused_file import AccusedFile
    from crawler.reporting.interface import Edition

__all__ = ["MispEvents"]

_Json = dict[str, object]
_TOOL = "ghostcrawl"
_GITHUB = "github.com"
_INHERIT = "5"
"""A distribution: that of the event."""
_DIGESTS = {Algorithm.SHA256: "sha256", Algorithm.SHA384: "sha384", Algorithm.SHA512: "sha512"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Template:
    """A template of misp-objects, by which MISP shows an object."""

    name: str
    category: str
    uuid: str
    version: str


_FILE = _Template(
    name="file", category="file", uuid="688c46fb-5edb-40a3-8273-1af7923e2215", version="25"
)
_URL = _Template(
    name="url", category="network", uuid="60efb77b-40b5-4c46-871b-ed1ed999fce5", version="10"
)
_PACKAGE = _Template(
    name="malicious-package-report",
    category="misc",
    uuid="2f8a8711-6ef8-4a9d-89de-f547670573cb",
    version="4",
)
_REPOSITORY = _Template(
    name="github-repo", category="misc", uuid="d2e93321-3d0c-4215-88a7-62ccb56fef89", version="2"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Value:
    """An attribute of an event or of an object in it."""

    relation: str
    """Its name in the template of its object; empty for an attribute of the event."""
    type: str
    category: str
    value: str
    detects: bool = False
    comment: str = ""


class MispEvents:
    """One event per repository, in the order of host and path."""

    def __init__(self, edition: Edition) -> None:
        """Write the events of `edition`."""
        self._edition = edition

    def render(self, reports: Sequence[Report]) -> Iterator[ExportFile]:
        """Yield the events; a repository that no letter may accuse gets none."""
        for group in accused_repositories(reports, self._edition.at):
            addressed = addressed_of(group[0])
            event = _Event(edition=self._edition, group=group)
            yield ExportFile(
                name=f"{file_stem('misp', addressed)}.json",
                text=json.dumps({"Event": event.document()}, indent=2, sort_keys=True) + "\n",
                kind=DocumentKind.MISP_EVENT,
                findings=tuple(report.finding.key for report in group),
                repository=addressed,
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Event:
    edition: Edition
    group: Sequence[Report]

    def document(self) -> _Json:
        maker = self.edition.organisation or _TOOL
        repository = self.group[0].finding.repository
        return {
            "uuid": self._uuid("event"),
            "info": plain(
                f"Repository that pins malicious packages: {repository.host}/{repository.path}"
            ),
            "date": first_seen(self.group).date().isoformat(),
            "timestamp": self._modified,
            "published": False,
            "threat_level_id": "4",
            "analysis": "2",
            "distribution": "0",
            "Orgc": {"name": maker, "uuid": str(stable_id(maker, "organisation"))},
            "Tag": [{"name": self.edition.tlp.lower()}],
            "Attribute": _distinct(self._attribute("event", one) for one in self._attributes()),
            "Object": _distinct(self._objects()),
        }

    @property
    def _modified(self) -> str:
        """Seconds since 1970, by which MISP tells what is newer."""
        return str(int(last_looked_at(self.group).timestamp()))

    def _uuid(self, *parts: str) -> str:
        repository = self.group[0].finding.repository
        maker = self.edition.organisation or _TOOL
        return str(stable_id(maker, "misp", repository.host, repository.path, *parts))

    def _attributes(self) -> Iterator[_Value]:
        repository = self.group[0].finding.repository
        if repository.host != _GITHUB:
            url = ascii_url(repository.clone_url.removesuffix(".git"))
            yield _Value(
                relation="",
                type="link",
                category="External analysis",
                value=url,
                comment="repository",
            )
        for report in self.group:
            yield _Value(
                relation="",
                type="git-commit-id",
                category="Internal reference",
                value=report.finding.sighting.commit,
                comment=observation(report),
            )
            link = None if report.evidence is None else web_link(report.evidence.permalink)
            if link is not None:
                yield _Value(
                    relation="",
                    type="link",
                    category="External analysis",
                    value=link,
                    comment="lock",
                )

    def _objects(self) -> Iterator[_Json]:
        repository = self.group[0].finding.repository
        if repository.host == _GITHUB:
            link = ascii_url(repository.clone_url.removesuffix(".git"))
            yield self._object(
                _REPOSITORY, [_text("full-name", repository.path), _link("link", link)]
            )
        for report in self.group:
            match = report.finding.match
            file = accused_file(match, self.edition.registries)
            yield self._object(_PACKAGE, list(_package(match)))
            if values := list(_file(file)):
                yield self._object(_FILE, values)
            if file.url is not None:
                yield self._object(_URL, [_detected("url", "url", "Network activity", file.url)])

    def _object(self, template: _Template, values: Sequence[_Value]) -> _Json:
        key = "\0".join((template.name, *(f"{one.relation}={one.value}" for one in values)))
        return {
            "uuid": self._uuid(key),
            "name": template.name,
            "meta-category": template.category,
            "template_uuid": template.uuid,
            "template_version": template.version,
            "distribution": _INHERIT,
            "timestamp": self._modified,
            "Attribute": _distinct(self._attribute(key, one) for one in values),
        }

    def _attribute(self, within: str, value: _Value) -> _Json:
        named = {"object_relation": value.relation} if value.relation else {}
        return {
            "uuid": self._uuid(within, value.relation, value.type, value.value),
            "type": value.type,
            "category": value.category,
            "value": value.value,
            "to_ids": value.detects,
            "comment": value.comment,
            "distribution": _INHERIT,
            "timestamp": self._modified,
            **named,
        }


def _package(match: Match) -> Iterator[_Value]:
    """Yield the package release and the records that call it malicious, as OSV-like feeds tell them."""
    name, version = match.release
    yield _text("package-name", name or match.pin.filename or "unknown")
    yield _text("ecosystem", match.pin.ecosystem.value)
    yield _text("state", "active")
    if version:
        yield _text("affected-version", version)
    if package := purl(match):
        yield _text("package-purl", package)
    sources = () if match.verdict is None else match.verdict.sources
    for source in sources[:1]:
        yield _text("report-id", without_folders(source.record_id))
    for source in sources:
        yield _text("origin-source", without_folders(source.root_source))
        if link := web_link(source.reference):
            yield _link("reference", link)


def _file(file: AccusedFile) -> Iterator[_Value]:
    if file.filename is not None:
        yield _Value(
            relation="filename",
            type="filename",
            category="Payload delivery",
            value=plain(file.filename),
        )
    for digest in file.digests:
        if digest.algorithm in _DIGESTS:
            kind = _DIGESTS[digest.algorithm]
            yield _detected(kind, kind, "Payload delivery", digest.hex)


def _text(relation: str, text: str) -> _Value:
    return _Value(relation=relation, type="text", category="Other", value=plain(text) or "unknown")


def _link(relation: str, url: str) -> _Value:
    return _Value(relation=relation, type="link", category="External analysis", value=url)


def _detected(relation: str, kind: str, category: str, value: str) -> _Value:
    return _Value(relation=relation, type=kind, category=category, value=value, detects=True)


def _distinct(found: Iterable[_Json]) -> list[_Json]:
    """Return each object or attribute once, in the order in which they came."""
    return list({str(one["uuid"]): one for one in found}.values())
