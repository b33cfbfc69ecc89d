"""The shapes of rows that a `file:` feed reads.

1. `ghostcrawl.assertion/v1`: the documented contract, `feeds/schema/assertion-v1.schema.json`.
2. Rows of malicious-package records: id, name, versions, dates, sources; few fields where little is known.
3. Rows of campaign packages: name, category, campaign, versions, dates.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from crawler.errors import Malformed
from crawler.fields import Fields, plain_name
from crawler.model import (
    Algorithm,
    Assertion,
    Claim,
    Digest,
    Distribution,
    Ecosystem,
    Level,
    ProjectKey,
    Skipped,
    Subject,
    normalize_name,
)
from feeds.osv.ranges import meant_beside, meant_by
from feeds.subjects import project_of, version_of

__all__ = ["SCHEMA", "RowReader"]

SCHEMA = "ghostcrawl.assertion/v1"
_SNAPSHOT = re.compile(r"(\d{4})-(\d{2})(?:-(\d{2}))?")
_ID_YEAR = re.compile(r"MAL-(\d{4})-\d+")
_Member = TypeVar("_Member", Claim, Ecosystem, Level)
_MALICIOUS_CATEGORY = "malicious"
_ASSERTION = frozenset(
    {
        *("schema", "ecosystem", "registry", "name", "level", "versions", "claim", "record_id"),
        "filename",
        *("observed_at", "valid_from", "root_source", "reference", "retracted_at"),
        *(one for one in Algorithm if one.identifies),
    }
)
_RECORD = frozenset(
    {
        *("id", "name", "all_versions", "versions", "ranges", "files", "versions_from"),
        *("published", "modified", "withdrawn", "snapshot", "partial", "sources", "aliases"),
    }
)
_CAMPAIGN = frozenset({"name", "category", "campaign", "versions", "assigned_at", "modified_at"})
_RECORD_FILE = frozenset({"filename", "hashes"})


@dataclass(frozen=True, slots=True, kw_only=True)
class RowReader:
    """Turns rows into assertions; knows what a row itself may leave open."""

    feed: str
    root: str
    """Who found out what a row says, where the row itself names nobody."""
    ecosystem: Ecosystem | None
    """Of rows that do not name theirs; None refuses such rows."""
    as_of: datetime
    """UTC; the date of rows that carry none."""
    registries: Mapping[str, Ecosystem] = field(default_factory=dict)
    """Those that a row may name."""

    def read(self, fields: Fields) -> tuple[Assertion, ...]:
        """Return what a row claims; raises Malformed."""
        if "schema" in fields or "claim" in fields:
            return self._assertion_row(fields)
        if "id" in fields:
            return self._record_row(fields)
        if "category" in fields:
            return self._campaign_row(fields)
        msg = f"{fields.path}: none of the row shapes that are known"
        raise Malformed(msg)

    def withdrawn_id(self, fields: Fields) -> str | None:
        """Return the id of a record row that is withdrawn, whether or not it still says of what."""
        if "id" not in fields or "claim" in fields or _withdrawn(fields, self.as_of) is None:
            return None
        return plain_id(fields.text("id"), fields.path)

    def _assertion_row(self, fields: Fields) -> tuple[Assertion, ...]:
        _refuse_unknown(fields, _ASSERTION)
        if "schema" in fields and fields.text("schema") != SCHEMA:
            msg = f"{fields.path}.schema: only {SCHEMA} is known"
            raise Malformed(msg)
        observed_at = fields.when("observed_at")
        if observed_at is None:
            msg = f"{fields.path}.observed_at: missing"
            raise Malformed(msg)
        claim = _member(Claim, fields, "claim")
        if claim is Claim.ALLOWED:
            msg = f"{fields.path}.claim: a feed cannot vouch; use `ghostcrawl ghosts allow`"
            raise Malformed(msg)
        project = self._project(fields, _member(Ecosystem, fields, "ecosystem"))
        project = replace(project, registry=self._registry(fields, project.ecosystem))
        return tuple(
            Assertion(
                feed=self.feed,
                record_id=plain_id(fields.text("record_id"), fields.path),
                subject=subject,
                claim=claim,
                valid_from=fields.when("valid_from") or observed_at,
                observed_at=observed_at,
                root_source=fields.optional_text("root_source") or self.root,
                reference=fields.optional_text("reference"),
                retracted_at=fields.when("retracted_at"),
            )
            for subject in _subjects(fields, project)
        )

    def _record_row(self, fields: Fields) -> tuple[Assertion, ...]:
        _refuse_unknown(fields, _RECORD)
        if self.withdrawn_id(fields) is not None and not self._is_project(fields):
            return ()  # whatever it said of a name that is none is taken back
        project = self._project(fields, self.ecosystem)
        seen = _snapshot(fields) or self.as_of
        observed_at = fields.when("modified") or seen
        withdrawn = _withdrawn(fields, observed_at)
        stated = fields.when("published")
        published = stated or min(seen, _end_of_id_year(fields) or seen)
        subjects = [*_versions(fields, project), *_files(fields, project)]
        if "ranges" in fields and not fields.flag("all_versions"):
            subjects += _in_ranges(fields, project)
        return tuple(
            Assertion(
                feed=self.feed,
                record_id=plain_id(fields.text("id"), fields.path),
                subject=subject,
                claim=Claim.MALICIOUS,
                valid_from=published,
                observed_at=max(observed_at, published),
                root_source=_root_source(fields),
                retracted_at=withdrawn,
                undated=stated is None or (withdrawn is not None and not _is_dated(fields)),
            )
            for subject in subjects or [Subject(project=project)]
        )

    def _campaign_row(self, fields: Fields) -> tuple[Assertion, ...]:
        _refuse_unknown(fields, _CAMPAIGN)
        project = self._project(fields, self.ecosystem or Ecosystem.PYPI)
        campaign = fields.text("campaign")
        malicious = fields.text("category") == _MALICIOUS_CATEGORY
        modified = fields.when("modified_at") or fields.when("assigned_at")
        stated = fields.when("assigned_at") or modified or _dated(campaign)
        since = stated or self.as_of
        return tuple(
            Assertion(
                feed=self.feed,
                record_id=plain_id(f"{'-'.join(campaign.split())}/{project.name}", fields.path),
                subject=subject,
                claim=Claim.MALICIOUS if malicious else Claim.SUSPICIOUS,
                valid_from=since,
                observed_at=modified or since,
                root_source="kam193",
                undated=stated is None,
            )
            for subject in [*_versions(fields, project)] or [Subject(project=project)]
        )

    def _is_project(self, fields: Fields) -> bool:
        ecosystem = self.ecosystem
        return ecosystem is None or normalize_name(ecosystem, fields.text("name")) is not None

    def _registry(self, fields: Fields, ecosystem: Ecosystem) -> str:
        """Return which registry a row speaks of; empty for the public one of its ecosystem."""
        name = fields.optional_text("registry")
        if name is None or name == ecosystem:
            return ""
        if self.registries.get(name) is ecosystem:
            return name
        known = ", ".join(
            sorted({ecosystem, *(n for n, e in self.registries.items() if e is ecosystem)})
        )
        msg = f"{fields.path}.registry: unknown registry {name[:60]!a} of {ecosystem}: expected one of {known}"
        raise Malformed(msg)

    def _project(self, fields: Fields, ecosystem: Ecosystem | None) -> ProjectKey:
        if ecosystem is None:
            msg = f"{fields.path}: the row names no ecosystem; use file:PATH?ecosystem=pypi or npm"
            raise Malformed(msg)
        return project_of(ecosystem, fields.text("name"), fields.at("name"))


def plain_id(text: str, path: str) -> str:
    """Return a record id of 1 to 200 printable ASCII characters without blanks; raises Malformed."""
    if re.fullmatch(r"[!-~]{1,200}", text):
        return text
    msg = f"{path}: invalid record id {text[:60]!a}: expected 1 to 200 printable ASCII characters"
    raise Malformed(msg)


def _refuse_unknown(fields: Fields, known: Collection[str]) -> None:
    """Raise Malformed for a key that is not read: it may narrow down what the row accuses."""
    unknown = sorted(key for key in fields.keys() - set(known) if key in fields)
    if unknown:
        msg = f"{fields.path}: unknown key {unknown[0][:60]!a}: expected {', '.join(sorted(known))}"
        raise Malformed(msg)


def _subjects(fields: Fields, project: ProjectKey) -> Iterator[Subject]:
    level = _member(Level, fields, "level")
    versions = _version_texts(fields, project)
    match level:
        case Level.PROJECT:
            if versions:
                msg = f"{fields.path}.versions: a project row accuses all; use level release"
                raise Malformed(msg)
            yield Subject(project=project)
        case Level.RELEASE:
            if not versions:
                msg = f"{fields.path}.versions: a release row without versions"
                raise Malformed(msg)
            yield from (Subject(project=project, version=version) for version in versions)
        case Level.FILE:
            version = versions[0] if len(versions) == 1 else None
            yield Subject(project=project, version=version, file=_file(fields, fields))


def _versions(fields: Fields, project: ProjectKey) -> Iterator[Subject]:
    for version in _version_texts(fields, project):
        yield Subject(project=project, version=version)


def _in_ranges(fields: Fields, project: ProjectKey) -> Sequence[Subject]:
    """Return what the ranges of a row mean, each its events as in OSV; raises Malformed where one is none."""
    kind = "SEMVER" if project.ecosystem is Ecosystem.NPM else "ECOSYSTEM"
    stated = [
        {"type": kind, "events": one} if isinstance(one, list) else one
        for one in fields.array("ranges")
    ]
    affected, skipped = Fields({"ranges": stated}, fields.path), list[Skipped]()
    meant = meant_beside if fields.texts("versions") else meant_by
    found = meant(affected, project, skipped)
    if skipped:
        raise Malformed(skipped[0].reason)
    return found


def _version_texts(fields: Fields, project: ProjectKey) -> tuple[str, ...]:
    path = fields.at("versions")
    return tuple(dict.fromkeys(version_of(project, v, path) for v in fields.texts("versions")))


def _files(fields: Fields, project: ProjectKey) -> Iterator[Subject]:
    versions = _version_texts(fields, project)
    for entry in fields.children("files"):
        _refuse_unknown(entry, _RECORD_FILE)
        _refuse_unknown(entry.child("hashes"), tuple(Algorithm))
        version = versions[0] if len(versions) == 1 else None
        file = _file(entry, entry.child("hashes"))
        yield Subject(project=project, version=version, file=file)


def _file(entry: Fields, hashes: Fields) -> Distribution:
    digests = set[Digest]()
    for algorithm in Algorithm:
        text = hashes.optional_text(algorithm) if algorithm.identifies else None
        if text is None:
            continue
        try:
            digests.add(Digest(algorithm=algorithm, hex=text.lower()))
        except ValueError as error:
            msg = f"{hashes.path}.{algorithm}: {str(error)!a}"
            raise Malformed(msg) from error
    filename = plain_name(entry.text("filename"), f"{entry.path}.filename")
    return Distribution(filename=filename, digests=tuple(sorted(digests)))


def _withdrawn(fields: Fields, observed_at: datetime) -> datetime | None:
    """Return when a record was withdrawn: `true` tells only that it is, by the time it was seen."""
    if "withdrawn" not in fields:
        return None
    try:
        return observed_at if fields.flag("withdrawn") else None
    except Malformed:
        return fields.when("withdrawn")


def _is_dated(fields: Fields) -> bool:
    """Say whether a withdrawn record states when it was: `true` does not."""
    try:
        return not fields.flag("withdrawn")
    except Malformed:
        return True


def _root_source(fields: Fields) -> str:
    """Return who found out; an advisory that only imports these records is named last."""
    sources = sorted(fields.texts("sources"), key=lambda source: (source == "ghsa-malware", source))
    if sources:
        return sources[0]
    origin = fields.optional_text("versions_from")
    return origin.partition("@")[0] if origin else "ossf"


def _snapshot(fields: Fields) -> datetime | None:
    return _dated(fields.optional_text("snapshot") or "")


def _dated(text: str) -> datetime | None:
    """Return the date that `text` begins with (`2026-05-17`, `2026-09 index`), or None."""
    found = _SNAPSHOT.match(text)
    if found is None:
        return None
    try:
        return datetime(int(found[1]), int(found[2]), int(found[3] or 1), tzinfo=UTC)
    except ValueError:
        return None


def _end_of_id_year(fields: Fields) -> datetime | None:
    year = _ID_YEAR.fullmatch(fields.text("id"))
    if year is None or not 2000 <= int(year[1]) < 9999:  # noqa: PLR2004 - years
        return None
    return datetime(int(year[1]) + 1, 1, 1, tzinfo=UTC) - timedelta(seconds=1)


def _member(kind: type[_Member], fields: Fields, key: str) -> _Member:
    try:
        return kind(fields.text(key))
    except ValueError as error:
        known = ", ".join(kind)
        msg = (
            f"{fields.path}.{key}: invalid {key} {fields.text(key)[:40]!a}: expected one of {known}"
        )
        raise Malformed(msg) from error
