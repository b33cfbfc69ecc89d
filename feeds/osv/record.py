"""One record of the OSV schema turned into assertions.

Sources: OSV schema 1.7 (affected, ranges, withdrawn), ossf/malicious-packages (`package_integrity`:
digests of the distributions; the sha256 of an origin is that of the *report*).
"""

from __future__ import annotations

import base64
import re
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from crawler.errors import Malformed
from crawler.fields import Fields, plain_name
from crawler.model import (
    Algorithm,
    Assertion,
    Claim,
    Digest,
    Distribution,
    Ecosystem,
    ProjectKey,
    Record,
    Skipped,
    Subject,
    normalize_version,
    project_of_file,
)
from crawler.model.version_ranges import is_range
from feeds.osv.origin import RECORD_ID, root_source, speaks_of_malware
from feeds.osv.ranges import meant_beside, meant_by
from feeds.osv.viewer_links import viewed_files
from feeds.subjects import project_of, release_of

__all__ = ["ECOSYSTEM_NAMES", "OsvReading", "read_record"]

ECOSYSTEM_NAMES = {Ecosystem.PYPI: "PyPI", Ecosystem.NPM: "npm"}
ANOTHER_ECOSYSTEM = "another ecosystem"
_MOST_VERSIONS = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class OsvReading:
    """What a document gave: a record, and the parts of it that could not be used."""

    record: Record
    """Without assertions where it speaks of no malware, or names nothing that could be looked for."""
    withdrawn: bool
    modified: datetime
    skipped: tuple[Skipped, ...]

    @property
    def lives(self) -> bool:
        """Whether it says something and has not been taken back."""
        return bool(self.record.assertions) and not self.withdrawn


def read_record(document: object, feed: str, ecosystem: Ecosystem) -> OsvReading:
    """Return what an OSV document says of `ecosystem`; raises Malformed for what is no record.

    Explicit versions win over a range that means all of them; a range of some is kept as one. Aliases are left
    out: they are other people's names of the same thing and no source of their own.
    """
    fields = Fields(document, "record")
    record_id = plain_name(fields.text("id"), "record.id")
    fields = Fields(document, record_id)
    if not RECORD_ID.fullmatch(record_id):
        msg = f"{record_id}: invalid id: expected an assigned MAL- or PYSEC- id"
        raise Malformed(msg)
    modified = fields.when("modified")
    if modified is None:
        msg = f"{record_id}.modified: missing"
        raise Malformed(msg)
    skipped = list[Skipped]()
    assertions = list[Assertion]()
    if speaks_of_malware(fields, record_id):
        template = _template(fields, record_id, feed, ecosystem, modified)
        assertions += _assertions(fields, template, skipped)
        if not assertions and not skipped:
            skipped.append(Skipped(context=record_id, reason="nothing affected"))
    return OsvReading(
        record=Record(id=record_id, assertions=tuple(assertions)),
        withdrawn=fields.when("withdrawn") is not None,
        modified=modified,
        skipped=tuple(skipped),
    )


def _template(
    fields: Fields, record_id: str, feed: str, ecosystem: Ecosystem, modified: datetime
) -> Assertion:
    """Return an assertion about nothing yet."""
    published = fields.when("published") or modified
    return Assertion(
        feed=feed,
        record_id=record_id,
        subject=Subject(project=ProjectKey(ecosystem=ecosystem, name="?")),
        claim=Claim.MALICIOUS,
        valid_from=published,
        observed_at=max(modified, published),
        root_source=root_source(fields, record_id),
        reference=_reference(fields),
        retracted_at=fields.when("withdrawn"),
    )


def _assertions(fields: Fields, template: Assertion, skipped: list[Skipped]) -> Iterator[Assertion]:
    """Yield what the record accuses, then the files that it only shows."""
    ecosystem = template.subject.project.ecosystem
    accused = dict.fromkeys(_subjects(fields, ecosystem, skipped))
    yield from (replace(template, subject=subject) for subject in accused)
    shown = dict.fromkeys(s for p in _projects(accused) for s in _shown(fields, p, accused))
    yield from (replace(template, subject=subject, claim=Claim.KNOWN) for subject in shown)


def _projects(subjects: Iterable[Subject]) -> Iterable[ProjectKey]:
    return dict.fromkeys(subject.project for subject in subjects)


def _shown(fields: Fields, project: ProjectKey, accused: Collection[Subject]) -> Iterator[Subject]:
    """Yield the files of `project` that the record links to in a viewer and does not accuse itself."""
    own = [subject for subject in accused if subject.project == project]
    versions = {s.version for s in own if s.version and s.file is None and not is_range(s.version)}
    stated = {(s.file.filename, digest) for s in own if s.file for digest in s.file.digests}
    texts = [reference.optional_text("url") or "" for reference in fields.children("references")]
    with suppress(Malformed):  # without an account of it the accusation is the same
        texts.append(fields.text_of_any_length("details"))
    for subject in viewed_files(texts, project, versions):
        if subject.file and (subject.file.filename, subject.file.digests[0]) not in stated:
            yield subject


def _subjects(fields: Fields, ecosystem: Ecosystem, skipped: list[Skipped]) -> Iterator[Subject]:
    for affected in fields.children("affected"):
        package = affected.child("package")
        if package.text("ecosystem") != ECOSYSTEM_NAMES[ecosystem]:
            skipped.append(Skipped(context=affected.path, reason=ANOTHER_ECOSYSTEM))
            continue
        stated = package.text("name")
        try:
            project = project_of(ecosystem, stated, package.at("name"))
        except Malformed as error:
            skipped.append(Skipped(context=affected.path, reason=str(error)))
            continue
        yield from _versions(affected, project, skipped)
        yield from _files(affected, project, skipped)


def _versions(affected: Fields, project: ProjectKey, skipped: list[Skipped]) -> Iterator[Subject]:
    """Yield the releases that are listed, and what the ranges mean beyond them."""
    listed = affected.texts("versions")[:_MOST_VERSIONS]
    for place, version in enumerate(listed):
        try:
            yield release_of(project, version, f"{affected.path}.versions[{place}]")
        except Malformed as error:
            skipped.append(Skipped(context=affected.path, reason=str(error)))
    meant = meant_beside if listed else meant_by
    yield from meant(affected, project, skipped)


def _files(affected: Fields, project: ProjectKey, skipped: list[Skipped]) -> Iterator[Subject]:
    versions = affected.texts("versions")
    indicators = affected.child("database_specific").child("indicators")
    for entry in indicators.children("package_integrity"):
        try:
            filename = plain_name(entry.text("filename"), f"{entry.path}.filename")
            digests = _digests(entry.child("hashes"))
        except (Malformed, ValueError) as error:
            skipped.append(Skipped(context=entry.path, reason=str(error)))
            continue
        stated = project_of_file(filename)
        version = versions[0] if len(versions) == 1 else stated and stated[1]
        yield Subject(
            project=project,
            version=normalize_version(project.ecosystem, version) if version else None,
            file=Distribution(filename=filename, digests=digests),
        )


def _digests(hashes: Fields) -> tuple[Digest, ...]:
    found = set[Digest]()
    for algorithm in Algorithm:
        if algorithm.identifies and algorithm in hashes:
            found.add(Digest(algorithm=algorithm, hex=hashes.text(algorithm).lower()))
    sri = hashes.optional_text("sha512_sri")
    if sri is not None:
        raw = base64.b64decode(sri.removeprefix("sha512-"), validate=True)
        found.add(Digest(algorithm=Algorithm.SHA512, hex=raw.hex()))
    return tuple(sorted(found))


def _reference(fields: Fields) -> str | None:
    for reference in fields.children("references"):
        url = reference.optional_text("url") or ""
        if re.fullmatch(r"https://[!-~]{1,500}", url) and reference.optional_text("type") in {
            "ADVISORY",
            "ARTICLE",
            "REPORT",
            "WEB",
        }:
            return url
    return None
