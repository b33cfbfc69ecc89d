"""STIX 2.1 for CERTs, OpenCTI and TAXII: one bundle of the malicious files, and of who pins them.

Source: OASIS STIX 2.1; the markings are those of its extension for TLP 2.0. Ids are UUIDv5, those of files
and URLs as the standard derives them, so that a second import updates the first.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import UUID, uuid5

from crawler.model import Algorithm
from crawler.reporting.accusation import accused_repositories, names_malware
from crawler.reporting.accused_file import accused_file
from crawler.reporting.interface import DocumentKind, ExportFile
from crawler.reporting.jsonl import purl
from crawler.reporting.looked_at import first_seen, last_looked_at, observation
from crawler.reporting.stable_ids import stable_id
from crawler.reporting.text import plain, utc, web_link

if TYPE_CHECKING:
    from crawler.model import Report
    from crawler.reporting.accused_file import AccusedFile
    from crawler.reporting.interface import Edition

__all__ = ["StixBundles"]

_Object = dict[str, object]
_OBSERVABLES = UUID("00abedb4-aa42-466c-9c01-fed23315a9b7")
"""The namespace of STIX for what anybody can observe (section 2.9)."""
_HASHES = {Algorithm.SHA256: "SHA-256", Algorithm.SHA512: "SHA-512"}
"""By their names there; an id is made of the first that is known."""
_TLP_EXTENSION = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"
_TLP = {
    "TLP:CLEAR": "94868c89-83c2-464b-929b-a1a8aa3c8487",
    "TLP:GREEN": "bab4a63c-aed9-4cf5-a766-dfca5abac2bb",
    "TLP:AMBER": "55d920b0-5e8b-4f79-9ee9-91f868d9b421",
    "TLP:AMBER+STRICT": "939a9414-2ddd-4d32-a0cd-375ea402b003",
    "TLP:RED": "e828b379-4e03-4974-9ac4-e53a884c97c1",
}
_TOOL = "ghostcrawl"
_TOOL_SINCE = datetime(2026, 1, 1, tzinfo=UTC)
"""Of the identity, which no finding dates."""


class StixBundles:
    """One bundle of all that confirmed findings tell; none where they tell nothing."""

    def __init__(self, edition: Edition) -> None:
        """Write the bundle of `edition`."""
        self._edition = edition

    def render(self, reports: Sequence[Report]) -> Iterator[ExportFile]:
        """Yield the bundle: files of all confirmed findings, repositories that a letter may accuse."""
        told = [report for report in reports if names_malware(report)]
        if not told:
            return
        bundle = _Bundle(edition=self._edition)
        bundle.add_files(told)
        for group in accused_repositories(told, self._edition.at):
            bundle.add_repository(group)
        yield ExportFile(
            name="stix-bundle.json",
            text=json.dumps(bundle.document(), indent=2, sort_keys=True) + "\n",
            kind=DocumentKind.STIX_BUNDLE,
            findings=tuple(report.finding.key for report in told),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bundle:
    edition: Edition
    objects: dict[str, _Object] = field(default_factory=dict)
    """By id."""
    about: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    """Package release -> ids of what tells of it."""

    def document(self) -> _Object:
        head = (self._marking(), self._identity())
        return {
            "type": "bundle",
            "id": f"bundle--{stable_id(self._maker, 'bundle')}",
            "objects": [*head, *self.objects.values()],
        }

    @property
    def _maker(self) -> str:
        return self.edition.organisation or _TOOL

    @property
    def _marking_id(self) -> str:
        return f"marking-definition--{_TLP[self.edition.tlp]}"

    def _marking(self) -> _Object:
        level = self.edition.tlp.removeprefix("TLP:").lower()
        return {
            "type": "marking-definition",
            "spec_version": "2.1",
            "id": self._marking_id,
            "created": "2022-10-01T00:00:00.000Z",
            "name": self.edition.tlp,
            "extensions": {
                _TLP_EXTENSION: {"extension_type": "property-extension", "tlp_2_0": level}
            },
        }

    @property
    def _identity_id(self) -> str:
        return f"identity--{stable_id(self._maker, 'identity')}"

    def _identity(self) -> _Object:
        """Return who says all this: an organisation or the tool, never a person."""
        since = _instant(_TOOL_SINCE)
        return {
            "type": "identity",
            "spec_version": "2.1",
            "id": self._identity_id,
            "created": since,
            "modified": since,
            "name": self._maker,
            "identity_class": "system" if self.edition.organisation is None else "organization",
        }

    def add_files(self, told: Iterable[Report]) -> None:
        """Add the malware of each package release, its files and URLs, and their indicators."""
        by_release: dict[str, list[Report]] = defaultdict(list)
        for report in told:
            by_release[_release(report)].append(report)
        for release, group in sorted(by_release.items()):
            files = [accused_file(r.finding.match, self.edition.registries) for r in group]
            observed = [found for one in files for found in _observables(one)]
            samples = [one for one in observed if one["type"] == "file"]
            malware = self._said(
                group,
                "malware",
                release,
                name=plain(release),
                description="A package release that advisories list as malicious; it was not fetched.",
                is_family=False,
                **_references("sample_refs", samples),
            )
            self.about[release].append(malware)
            for one in observed:
                self._observed(group, release, malware, one)

    def _observed(
        self, group: Sequence[Report], release: str, malware: str, observable: _Object
    ) -> None:
        known = {**observable, "object_marking_refs": [self._marking_id]}
        self.objects[str(observable["id"])] = known
        self.about[release].append(str(observable["id"]))
        pattern = _pattern(observable)
        if pattern is None:
            return
        indicator = self._said(
            group,
            "indicator",
            f"{release}\0{pattern}",
            name=plain(f"Malicious file of {release}"),
            indicator_types=["malicious-activity"],
            pattern=pattern,
            pattern_type="stix",
            pattern_version="2.1",
            valid_from=utc(first_seen(group)),
        )
        self.about[release] += [indicator, self._related(group, indicator, "indicates", malware)]

    def add_repository(self, group: Sequence[Report]) -> None:
        """Add an accused repository, the malware that it delivers, and the report on both."""
        repository = group[0].finding.repository
        place = f"{repository.host}/{repository.path}"
        link = web_link(repository.clone_url.removesuffix(".git"))
        named = {} if link is None else {"external_references": [_external(link)]}
        infrastructure = self._said(
            group,
            "infrastructure",
            place,
            name=plain(place),
            description="A repository whose lock files pin malicious package files.",
            infrastructure_types=["hosting-malware"],
            first_seen=utc(first_seen(group)),
            last_seen=utc(last_looked_at(group)),
            **named,
        )
        releases = sorted({_release(report) for report in group})
        malware = [self.about[release][0] for release in releases]
        delivers = [self._related(group, infrastructure, "delivers", one) for one in malware]
        note = self._said(
            group,
            "note",
            place,
            abstract="Evidence",
            content="\n".join(observation(report) for report in group),
            object_refs=[infrastructure, *malware],
        )
        told = [ref for release in releases for ref in self.about[release]]
        self._said(
            group,
            "report",
            place,
            name=plain(f"Malware report: {place}"),
            report_types=["malware"],
            published=utc(first_seen(group)),
            object_refs=list(dict.fromkeys([infrastructure, *delivers, note, *told])),
        )

    def _related(self, group: Sequence[Report], source: str, kind: str, target: str) -> str:
        return self._said(
            group,
            "relationship",
            f"{source} {target}",
            relationship_type=kind,
            source_ref=source,
            target_ref=target,
        )

    def _said(self, group: Sequence[Report], kind: str, key: str, **said: object) -> str:
        """Add an object of ours; return its id."""
        made = f"{kind}--{stable_id(self._maker, kind, key)}"
        self.objects[made] = {
            "type": kind,
            "spec_version": "2.1",
            "id": made,
            "created_by_ref": self._identity_id,
            "created": _instant(first_seen(group)),
            "modified": _instant(last_looked_at(group)),
            "object_marking_refs": [self._marking_id],
            **said,
        }
        return made


def _release(report: Report) -> str:
    match = report.finding.match
    return purl(match) or match.pin.filename or f"finding {report.finding.key}"


def _observables(file: AccusedFile) -> Iterator[_Object]:
    """Yield a file and a URL as STIX observes them, with the ids that anybody else would give them."""
    stated = {one.algorithm: one.hex for one in file.digests}
    hashes = {name: stated[which] for which, name in _HASHES.items() if which in stated}
    named: _Object = {} if file.filename is None else {"name": plain(file.filename)}
    if hashes:
        first = dict([next(iter(hashes.items()))])
        yield _observable("file", {"hashes": first, **named}, {"hashes": hashes, **named})
    elif named:
        yield _observable("file", named, named)
    if file.url is not None:
        yield _observable("url", {"value": file.url}, {"value": file.url})


def _observable(kind: str, identifying: _Object, said: _Object) -> _Object:
    """Return an observable; its id is of the canonical JSON (RFC 8785) of what identifies it."""
    text = json.dumps(identifying, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return {
        "type": kind,
        "spec_version": "2.1",
        "id": f"{kind}--{uuid5(_OBSERVABLES, text)}",
        **said,
    }


def _pattern(observable: _Object) -> str | None:
    """Return what finds an observable; None for a file by its name alone, which others may have, too."""
    if observable["type"] == "url":
        return f"[url:value = {_quoted(str(observable['value']))}]"
    hashes = observable.get("hashes")
    if not isinstance(hashes, dict):
        return None
    found = (f"file:hashes.{_quoted(name)} = {_quoted(value)}" for name, value in hashes.items())
    return f"[{' OR '.join(found)}]"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _references(name: str, objects: Sequence[_Object]) -> dict[str, object]:
    """Return a list of references; STIX allows no empty ones."""
    ids = sorted({str(one["id"]) for one in objects})
    return {name: ids} if ids else {}


def _external(link: str) -> _Object:
    return {"source_name": "repository", "url": link}


def _instant(moment: datetime) -> str:
    """Return a time to the millisecond, as STIX wants it of `created` and `modified`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
