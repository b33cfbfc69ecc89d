"""A short way to write what feeds say."""

from __future__ import annotations

from datetime import UTC, datetime

from crawler.model import (
    Algorithm,
    Assertion,
    Claim,
    Digest,
    Distribution,
    Ecosystem,
    ProjectKey,
    Subject,
)

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def key(name: str) -> ProjectKey:
    return ProjectKey(ecosystem=Ecosystem.PYPI, name=name)


def dist(filename: str, *, blake: str = "", uploaded: str | None = None) -> Distribution:
    digests = (Digest(algorithm=Algorithm.BLAKE2B_256, hex=blake * 64),) if blake else ()
    return Distribution(filename=filename, digests=digests, uploaded_at=uploaded)


def says(
    claim: Claim,
    name: str,
    version: str | None = None,
    *,
    at: str,
    file: Distribution | None = None,
    record: str = "",
    feed: str = "",
    seen: str | None = None,
    root: str = "",
    retracted: str | None = None,
) -> Assertion:
    """One statement; malicious and suspicious ones are of `osv-mal`, the others of the journal."""
    accuses = claim in {Claim.MALICIOUS, Claim.SUSPICIOUS}
    feed = feed or ("osv-mal" if accuses else "pypi-journal")
    return Assertion(
        feed=feed,
        record_id=record or ("MAL-2026-1" if accuses else f"{claim}-{version}-{at}"),
        subject=Subject(project=key(name), version=version, file=file),
        claim=claim,
        valid_from=day(at),
        observed_at=day(seen or at),
        root_source=root or ("kam193" if accuses else "pypi"),
        retracted_at=None if retracted is None else day(retracted),
    )


def listed(
    name: str, *versions: str, at: str, files: tuple[Distribution, ...] = ()
) -> list[Assertion]:
    """What the status feed says of a project that the index lists, with these releases and files."""

    def line(version: str | None = None, file: Distribution | None = None) -> Assertion:
        record = f"status:{name}"
        return says(
            Claim.LISTED, name, version, at=at, file=file, feed="pypi-status", record=record
        )

    releases = [line(version) for version in versions]
    return [line(), *releases, *(line(versions[0], file) for file in files)]
