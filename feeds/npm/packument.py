"""One packument of an npm registry turned into what it claims.

Sources: npm/registry, REGISTRY-API.md and `package-metadata.md` (`versions`, `time`, `dist`); of an
unpublished project `time.unpublished` is left, a removed version stays in `time` and misses in `versions`;
npm/security-holder (version `0.0.1-security`) takes the place of what npm itself removed. Holders were put
on healthy packages, too: a removal is never malice.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from crawler.errors import Malformed
from crawler.fields import Fields, instant, plain_name, read_json
from crawler.lockfiles.artifacts import integrity_of
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
    file_name_of,
    normalize_version,
)
from crawler.model.urls import redact
from feeds.npm.cursor import KnownPackage

__all__ = ["ROOT_SOURCE", "PackumentReading", "gone", "read_packument"]

ROOT_SOURCE = "npm"
_MOST_VERSIONS = 20_000
_MOST_SKIPPED = 20
_MOST_REMOVED = 1000
_CLOCK_SKEW = timedelta(days=2)
_FIRST = datetime(2009, 1, 1, tzinfo=UTC)
"""npm was first released in 2010."""
_HOLDER_VERSION = re.compile(r"0\.0\.1-security(?:\.[0-9]{1,6})?", re.ASCII)
_HOLDER = re.compile(r"(?:^|[/:])npm/security-holder(?:\.git)?/?(?:#|\Z)")
_REVISION = re.compile(r"([0-9]{1,9})-", re.ASCII)
_UNPUBLISHED = "unpublished"
_NO_VERSIONS = frozenset({"created", "modified", _UNPUBLISHED})


@dataclass(frozen=True, slots=True, kw_only=True)
class PackumentReading:
    """What one answer says of one project."""

    record: Record
    known: KnownPackage
    revision: int | None = None
    """Generation of the document (`12` of `_rev` 12-...); None where it is not told."""
    skipped: tuple[Skipped, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """A claim before it is written out; without a date of the registry's own it is ours."""

    claim: Claim
    version: str | None = None
    file: Distribution | None = None
    since: datetime | None = None

    def line(self) -> str:
        """Return all that makes it another claim than the last time."""
        file = () if self.file is None else (self.file.filename, *map(str, self.file.digests))
        return "\0".join((self.claim, self.version or "", str(self.since), *file))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    """A packument under the reader's eyes."""

    fields: Fields
    times: Mapping[str, datetime]
    """Of versions (as written), of `created` and `unpublished`; only dates that can be believed."""
    versions: Sequence[str]
    unpublished: bool
    skipped: list[Skipped]


def gone(
    feed: str, project: ProjectKey, url: str, known: KnownPackage | None, now: datetime
) -> PackumentReading:
    """Return the reading of a project that the registry answers 404 for: removed, and nothing more."""
    return _reading_of(feed, project, url, [_Said(claim=Claim.REMOVED)], known, now)


def read_packument(  # noqa: PLR0913, PLR0917 - the parts of one answer
    feed: str, project: ProjectKey, url: str, body: bytes, known: KnownPackage | None, now: datetime
) -> PackumentReading:
    """Return what the packument `body` claims; raises Malformed where it is none of `project`."""
    fields = Fields(read_json(body, url), url)
    if fields.text("name") != project.name:
        msg = f"{url}: expected the packument of {project.name}, got that of {fields.text('name')[:60]!a}"
        raise Malformed(msg)
    reading = _read(fields, now)
    said = list(_claims(reading))
    if not said:
        msg = f"{url}: neither versions nor the word that it is unpublished"
        raise Malformed(msg)
    revision = _REVISION.match(fields.optional_text("_rev") or "")
    return replace(
        _reading_of(feed, project, url, said, known, now),
        revision=None if revision is None else int(revision[1]),
        skipped=_few(reading.skipped, url),
    )


def _reading_of(  # noqa: PLR0913, PLR0917 - the parts of one answer
    feed: str,
    project: ProjectKey,
    url: str,
    said: Sequence[_Said],
    known: KnownPackage | None,
    now: datetime,
) -> PackumentReading:
    lines = "\n".join(sorted(each.line() for each in said))
    fingerprint = hashlib.sha256(lines.encode()).hexdigest()[:32]
    same = known is not None and known.fingerprint == fingerprint
    since = known.since if known is not None and same else now
    before = {} if known is None else known.removed
    missing = [s.version for s in said if s.claim is Claim.REMOVED and s.version and not s.since]
    removed = {version: before.get(version, now) for version in missing[:_MOST_REMOVED]}
    assertions = (
        Assertion(
            feed=feed,
            record_id=f"npm:{project.name}",
            subject=Subject(project=project, version=each.version, file=each.file),
            claim=each.claim,
            valid_from=each.since or removed.get(each.version or "", since),
            observed_at=now,
            root_source=ROOT_SOURCE,
            reference=url if url.startswith("https://") else None,
        )
        for each in said
    )
    return PackumentReading(
        record=Record(id=f"npm:{project.name}", assertions=tuple(dict.fromkeys(assertions))),
        known=KnownPackage(since=since, checked=now, fingerprint=fingerprint, removed=removed),
    )


def _read(fields: Fields, now: datetime) -> _Reading:
    time, skipped = fields.child("time"), list[Skipped]()
    if not time.keys():
        msg = f"{fields.path}.time: missing; is this the abbreviated form for installers?"
        raise Malformed(msg)
    names = {*time.keys(), *fields.child("versions").keys()} - _NO_VERSIONS
    if len(names) > _MOST_VERSIONS:
        msg = f"{fields.path}: {len(names)} versions"
        raise Malformed(msg)
    times = {name: _date(time, name, now, skipped) for name in sorted(time.keys() - {_UNPUBLISHED})}
    if _UNPUBLISHED in time:
        times[_UNPUBLISHED] = _date(time.child(_UNPUBLISHED), "time", now, skipped)
    return _Reading(
        fields=fields,
        times={name: when for name, when in times.items() if when is not None},
        versions=_plain(sorted(names), f"{fields.path}.versions", skipped),
        unpublished=_UNPUBLISHED in time,
        skipped=skipped,
    )


def _plain(names: Sequence[str], path: str, skipped: list[Skipped]) -> Sequence[str]:
    plain = list[str]()
    for name in names:
        try:
            plain.append(plain_name(name, path))
        except Malformed as error:
            skipped.append(Skipped(context=path, reason=str(error)))
    return plain


def _date(fields: Fields, key: str, now: datetime, skipped: list[Skipped]) -> datetime | None:
    """Return the date at `key` where it can be believed."""
    path = f"{fields.path}.{key[:80]!a}"
    try:
        when = instant(fields.text(key), path)
    except Malformed as error:
        skipped.append(Skipped(context=path, reason=str(error)))
        return None
    if _FIRST <= when <= now + _CLOCK_SKEW:
        return None if when > now else when
    skipped.append(Skipped(context=path, reason=f"a date years off: {when.date()}"))
    return None


def _claims(reading: _Reading) -> Iterator[_Said]:
    listed = reading.fields.child("versions").keys()
    held = _holder(reading.fields)
    missing = [version for version in reading.versions if version not in listed]
    since = reading.times.get(_UNPUBLISHED)
    if reading.unpublished:
        yield _Said(claim=Claim.REMOVED, since=since)
    elif held is not None:
        yield _Said(claim=Claim.REMOVED, since=reading.times.get(held))
    elif listed:
        yield _Said(claim=Claim.LISTED, since=reading.times.get("created"))
    for version in missing:
        yield _Said(claim=Claim.REMOVED, version=version, since=since)
    if not reading.unpublished and held is None:
        for version in reading.versions:
            if version in listed:
                yield from _listed(reading, version)


def _holder(fields: Fields) -> str | None:
    """Return the version of npm's security holder where it is the latest one, else None."""
    latest = fields.child("dist-tags").optional_text("latest") or ""
    if not _HOLDER_VERSION.fullmatch(latest):
        return None
    for place in (fields, fields.child("versions").child(latest)):
        if _HOLDER.search(_repository(place)):
            return latest
    return None


def _repository(place: Fields) -> str:
    """Return the repository that a packument or one of its versions states: a text, or an object."""
    try:
        return place.child("repository").optional_text("url") or ""
    except Malformed:
        return place.optional_text("repository") or ""


def _listed(reading: _Reading, version: str) -> Iterator[_Said]:
    """Yield a listed release and its tarball; the release is listed whatever its tarball is like."""
    canonical = normalize_version(Ecosystem.NPM, version)
    since = reading.times.get(version)
    yield _Said(claim=Claim.LISTED, version=canonical, since=since)
    try:
        dist = reading.fields.child("versions").child(version).child("dist")
        file = _tarball(dist, since)
    except (Malformed, ValueError) as error:
        path = f"{reading.fields.path}.versions.{version}"
        reading.skipped.append(Skipped(context=path, reason=str(error)[:300]))
        return
    yield _Said(claim=Claim.LISTED, version=canonical, file=file, since=since)


def _tarball(dist: Fields, uploaded: datetime | None) -> Distribution:
    """Return the file that `dist` describes; old ones have a sha1 only, which proves nothing."""
    url = dist.text("tarball")
    digests = set[Digest]()
    if "integrity" in dist:
        digests.update(integrity_of(dist.text("integrity")))
    if "shasum" in dist:
        digests.add(Digest(algorithm=Algorithm.SHA1, hex=dist.text("shasum").lower()))
    return Distribution(
        filename=plain_name(file_name_of(url) or "", f"{dist.path}.tarball"),
        digests=tuple(sorted(digests)),
        url=redact(url) if url.startswith("https://") else None,
        uploaded_at=None if uploaded is None else uploaded.isoformat(),
    )


def _few(skipped: Sequence[Skipped], url: str) -> tuple[Skipped, ...]:
    """Return the first of many, and how many more there are."""
    if len(skipped) <= _MOST_SKIPPED:
        return tuple(skipped)
    more = Skipped(context=url, reason=f"and {len(skipped) - _MOST_SKIPPED} more of the kind")
    return (*skipped[:_MOST_SKIPPED], more)
