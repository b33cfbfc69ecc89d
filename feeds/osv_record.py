"""One record of the OSV schema turned into assertions.

Sources: OSV schema 1.7 (affected, ranges, withdrawn), ossf/malicious-packages (origins: who found out;
`package_integrity`: digests of the distributions; the sha256 of an origin is that of the *report*).
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from crawler.errors import Malformed
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
    normalize_name,
    normalize_version,
    project_of_file,
)
from feeds.fields import Fields, plain_name

__all__ = ["ECOSYSTEM_NAMES", "MALICIOUS_ID", "Reading", "read_record"]

MALICIOUS_ID = re.compile(r"MAL-\d{4}-\d{1,9}", re.ASCII)
"""`MAL-0000-...` ids are not assigned yet and no records; see osv.dev, source.yaml."""
ECOSYSTEM_NAMES = {Ecosystem.PYPI: "PyPI", Ecosystem.NPM: "npm"}
_CITED = re.compile(r"MAL-\d{4}-\d{1,9}(?=\.json\b|\Z)", re.ASCII)
_MOST_VERSIONS = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a document gave: a record, and the parts of it that could not be used."""

    record: Record
    withdrawn: bool
    modified: datetime
    skipped: tuple[Skipped, ...]


def read_record(document: object, feed: str, ecosystem: Ecosystem) -> Reading:
    """Return the record of `ecosystem` that an OSV document states; raises Malformed for none.

    Explicit versions win over a range that means all of them. Aliases are left out: they are other
    people's names of the same thing and no source of their own.
    """
    fields = Fields(document, "record")
    record_id = plain_name(fields.text("id"), "record.id")
    fields = Fields(document, record_id)
    withdrawn = fields.when("withdrawn")
    modified = fields.when("modified")
    published = fields.when("published") or modified
    if modified is None or published is None:
        msg = f"{record_id}: no date of modification"
        raise Malformed(msg)
    template = Assertion(
        feed=feed,
        record_id=record_id,
        subject=Subject(project=ProjectKey(ecosystem=ecosystem, name="?")),
        claim=Claim.MALICIOUS,
        valid_from=published,
        observed_at=max(modified, published),
        root_source=_root_source(fields, record_id),
        reference=_reference(fields),
        retracted_at=withdrawn,
    )
    skipped = list[Skipped]()
    subjects = dict.fromkeys(_subjects(fields, ecosystem, skipped))
    if not subjects:
        reasons = "; ".join(s.reason for s in skipped[:3]) or "nothing affected"
        msg = f"{record_id}: {reasons}"
        raise Malformed(msg)
    return Reading(
        record=Record(
            id=record_id, assertions=tuple(replace(template, subject=s) for s in subjects)
        ),
        withdrawn=withdrawn is not None,
        modified=modified,
        skipped=tuple(skipped),
    )


def _subjects(fields: Fields, ecosystem: Ecosystem, skipped: list[Skipped]) -> Iterator[Subject]:
    for affected in fields.children("affected"):
        package = affected.child("package")
        if package.text("ecosystem") != ECOSYSTEM_NAMES[ecosystem]:
            skipped.append(Skipped(context=affected.path, reason="another ecosystem"))
            continue
        name = normalize_name(ecosystem, package.text("name"))
        if name is None:
            reason = f"{package.text('name')[:60]!a} is no project name"
            skipped.append(Skipped(context=affected.path, reason=reason))
            continue
        project = ProjectKey(ecosystem=ecosystem, name=name)
        yield from _versions(affected, project, skipped)
        yield from _files(affected, project, skipped)


def _versions(affected: Fields, project: ProjectKey, skipped: list[Skipped]) -> Iterator[Subject]:
    listed = affected.texts("versions")[:_MOST_VERSIONS]
    for place, version in enumerate(listed):
        try:
            plain = plain_name(version, f"{affected.path}.versions[{place}]")
        except Malformed as error:
            skipped.append(Skipped(context=affected.path, reason=str(error)))
            continue
        yield Subject(project=project, version=normalize_version(project.ecosystem, plain))
    if listed:
        return
    if any(_is_everything(r) for r in affected.children("ranges")):
        yield Subject(project=project)
    else:
        reason = "neither versions nor a range of all versions"
        skipped.append(Skipped(context=affected.path, reason=reason))


def _is_everything(version_range: Fields) -> bool:
    """Say whether a range begins at 0 and never ends."""
    events = tuple(version_range.children("events"))
    return bool(events) and all(
        event.keys() == {"introduced"} and event.text("introduced") == "0" for event in events
    )


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


def _root_source(fields: Fields, record_id: str) -> str:
    """Return who found out first; an origin that only cites a record counts as that record.

    GitHub's malware advisories are partly imports of these very records, and are imported back.
    """
    database = fields.child("database_specific")
    origins = sorted(
        (origin.optional_text("import_time") or "~", origin.text("source"))
        for origin in database.children("malicious-packages-origins")
    )
    own = [source for _, source in origins if source != "ghsa-malware"]
    if own:
        return own[0][:100]
    urls = (r.optional_text("url") or "" for r in fields.children("references"))
    cited: list[str] = sorted({c for url in urls for c in _CITED.findall(url)} - {record_id})
    if cited:
        return cited[0]
    return origins[0][1][:100] if origins else record_id


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
