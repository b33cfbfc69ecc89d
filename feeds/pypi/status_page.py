"""One answer of the Simple API turned into what it claims.

Source: PEP 691 and 700 (JSON form, versions, upload-time), PEP 592 (yanked), PEP 792 (project status),
and warehouse (a quarantined project answers 200 with no files, a removed one 404, a quarantined release
is silently absent).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import assert_never
from urllib.parse import urlsplit

from pypi_simple import DistributionPackage, ProjectPage, ProjectStatus
from pypi_simple.errors import UnsupportedRepoVersionError

from crawler.errors import Malformed
from crawler.fields import plain_name, read_json
from crawler.model import (
    Algorithm,
    Assertion,
    Claim,
    Digest,
    Distribution,
    ProjectKey,
    Record,
    Skipped,
    Subject,
    digest_in_path,
    normalize_name,
    normalize_version,
    project_of_file,
)

__all__ = [
    "ROOT_SOURCE",
    "PageReading",
    "gone_record",
    "html_page_of",
    "marker_of",
    "page_of",
    "read_project_page",
]

ROOT_SOURCE = "pypi"
_MOST_FILES = 50_000


@dataclass(frozen=True, slots=True, kw_only=True)
class PageReading:
    """What one answer says of one project."""

    record: Record
    file_hosts: frozenset[str]
    """Hosts (with port where not the default) of the URLs that the answer lists."""
    skipped: tuple[Skipped, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Statement:
    """The parts that all assertions of one record share."""

    feed: str
    project: ProjectKey
    since: datetime
    observed_at: datetime
    reference: str

    def assertion(self, claim: Claim, subject: Subject, since: datetime | None = None) -> Assertion:
        return Assertion(
            feed=self.feed,
            record_id=f"status:{self.project.name}",
            subject=subject,
            claim=claim,
            valid_from=self.since if since is None else since,
            observed_at=self.observed_at,
            root_source=self.project.registry or ROOT_SOURCE,
            reference=self.reference,
        )


def gone_record(
    feed: str, project: ProjectKey, url: str, *, since: datetime, now: datetime
) -> Record:
    """Return the record of a project that the index answers 404 for: removed, and nothing more."""
    statement = _Statement(feed=feed, project=project, since=since, observed_at=now, reference=url)
    assertion = statement.assertion(Claim.REMOVED, Subject(project=project))
    return Record(id=assertion.record_id, assertions=(assertion,))


def page_of(body: bytes, url: str, project: ProjectKey) -> ProjectPage:
    """Return the page that the JSON answer `body` of `url` is; raises Malformed for any other."""
    document = read_json(body, url)
    try:
        page = ProjectPage.from_json_data(document, url)
    except (ValueError, TypeError, UnsupportedRepoVersionError) as error:
        first_lines = " ".join(str(error).split())[:200]
        msg = f"{url}: invalid page of the Simple API: {first_lines!a}"
        raise Malformed(msg) from error
    if normalize_name(project.ecosystem, page.project) != project.name:
        msg = f"{url}: expected the page of {project.name}, got that of {page.project[:60]!a}"
        raise Malformed(msg)
    return _bounded(page, url)


def html_page_of(body: bytes, url: str, project: ProjectKey) -> ProjectPage:
    """Return the page that the HTML answer `body` of `url` is (PEP 503); raises Malformed for any other.

    Any web page parses as one: it has to say that it is one (PEP 629), or to link a file of the project.
    """
    try:
        page = ProjectPage.from_html(project.name, body, url)
    except (ValueError, TypeError, RecursionError, UnsupportedRepoVersionError) as error:
        msg = f"{url}: invalid page of the Simple API: {type(error).__name__}"
        raise Malformed(msg) from error
    stated = (project_of_file(package.filename, project.name) for package in page.packages)
    if page.repository_version is None and project.name not in {one[0] for one in stated if one}:
        msg = f"{url}: expected a page of the Simple API, got one that links no file of {project.name}"
        raise Malformed(msg)
    return _bounded(page, url)


def _bounded(page: ProjectPage, url: str) -> ProjectPage:
    if len(page.packages) > _MOST_FILES:
        msg = f"{url}: {len(page.packages)} files"
        raise Malformed(msg)
    return page


def marker_of(page: ProjectPage) -> Claim | None:
    """Return how a listed project is marked: as archived or deprecated (PEP 792), or not at all."""
    match page.status:
        case ProjectStatus.ARCHIVED:
            return Claim.ARCHIVED
        case ProjectStatus.DEPRECATED:
            return Claim.DEPRECATED
        case ProjectStatus.ACTIVE | ProjectStatus.QUARANTINED | None:
            return None
        case _:
            assert_never(page.status)


def read_project_page(  # noqa: PLR0913 - the parts of one answer
    feed: str,
    project: ProjectKey,
    url: str,
    page: ProjectPage,
    *,
    since: datetime,
    marked: datetime,
    now: datetime,
) -> PageReading:
    """Return what `page` claims.

    `since` is when the feed first saw the project in the state it is in, `marked` when it first saw it marked
    as it is, `now` the time of the answer.
    """
    statement = _Statement(feed=feed, project=project, since=since, observed_at=now, reference=url)
    if page.status is not ProjectStatus.QUARANTINED:
        return _listed(page, statement, marked)
    assertion = statement.assertion(Claim.QUARANTINED, Subject(project=project))
    record = Record(id=assertion.record_id, assertions=(assertion,))
    return PageReading(record=record, file_hosts=frozenset())


def _listed(page: ProjectPage, statement: _Statement, marked: datetime) -> PageReading:
    files, skipped, hosts = list[tuple[Subject, DistributionPackage]](), list[Skipped](), set[str]()
    for place, package in enumerate(page.packages):
        try:
            files.append((_subject(package, statement.project), package))
            hosts.add(urlsplit(package.url).netloc.rpartition("@")[2].lower())
        except ValueError as error:
            skipped.append(
                Skipped(context=f"{statement.reference} files[{place}]", reason=ascii(str(error)))
            )
        except Malformed as error:
            skipped.append(
                Skipped(context=f"{statement.reference} files[{place}]", reason=str(error))
            )
    whole, marker = Subject(project=statement.project), marker_of(page)
    assertions = chain(
        [statement.assertion(Claim.LISTED, whole)],
        [] if marker is None else [statement.assertion(marker, whole, marked)],
        _releases(page, statement, files),
        *(_file(statement, subject, package) for subject, package in files),
    )
    record = Record(
        id=f"status:{statement.project.name}", assertions=tuple(dict.fromkeys(assertions))
    )
    return PageReading(record=record, file_hosts=frozenset(hosts - {""}), skipped=tuple(skipped))


def _releases(
    page: ProjectPage, statement: _Statement, files: list[tuple[Subject, DistributionPackage]]
) -> Iterator[Assertion]:
    uploaded = dict[str, datetime]()
    yanked = dict[str, bool]()
    for subject, package in files:
        if subject.version is None:
            continue
        yanked[subject.version] = yanked.get(subject.version, True) and package.is_yanked
        if package.upload_time is not None:
            earliest = uploaded.get(subject.version, package.upload_time)
            uploaded[subject.version] = min(earliest, package.upload_time)
    named = (normalize_version(statement.project.ecosystem, v) for v in page.versions or ())
    for version in sorted({*named, *yanked}):
        subject = Subject(project=statement.project, version=version)
        yield statement.assertion(Claim.LISTED, subject, uploaded.get(version))
        if yanked.get(version, False):
            yield statement.assertion(Claim.YANKED, subject)


def _file(
    statement: _Statement, subject: Subject, package: DistributionPackage
) -> Iterator[Assertion]:
    yield statement.assertion(Claim.LISTED, subject, package.upload_time)
    if package.is_yanked:
        yield statement.assertion(Claim.YANKED, subject)


def _subject(package: DistributionPackage, project: ProjectKey) -> Subject:
    filename = plain_name(package.filename, "filename")
    stated = project_of_file(filename)
    version = package.version if stated is None else stated[1]
    file = Distribution(
        filename=filename,
        digests=_digests(package),
        url=package.url,
        uploaded_at=None if package.upload_time is None else package.upload_time.isoformat(),
    )
    canonical = None if version is None else normalize_version(project.ecosystem, version)
    return Subject(project=project, version=canonical, file=file)


def _digests(package: DistributionPackage) -> tuple[Digest, ...]:
    found = {
        Digest(algorithm=algorithm, hex=package.digests[algorithm].lower())
        for algorithm in Algorithm
        if algorithm.identifies and algorithm in package.digests
    }
    in_path = digest_in_path(urlsplit(package.url).path)
    return tuple(sorted(found if in_path is None else {*found, in_path}))
