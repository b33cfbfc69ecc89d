"""A short way to write what feeds say."""

from __future__ import annotations

from collections.abc import Iterable
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
    Verdict,
)
from crawler.verdicts.judge import judge

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def key(name: str, ecosystem: Ecosystem = Ecosystem.PYPI) -> ProjectKey:
    return ProjectKey(ecosystem=ecosystem, name=name)


def dist(
    filename: str, *, blake: str = "", sha: str = "", uploaded: str | None = None
) -> Distribution:
    stated = ((Algorithm.BLAKE2B_256, blake), (Algorithm.SHA256, sha))
    digests = tuple(Digest(algorithm=a, hex=one * 64) for a, one in stated if one)
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
    reference: str | None = None,
    ecosystem: Ecosystem = Ecosystem.PYPI,
) -> Assertion:
    """One statement; malicious and suspicious ones are of `osv-mal`, the others of the journal."""
    accuses = claim in {Claim.MALICIOUS, Claim.SUSPICIOUS}
    feed = feed or ("osv-mal" if accuses else "pypi-journal")
    return Assertion(
        feed=feed,
        record_id=record or ("MAL-2026-1" if accuses else f"{claim}-{version}-{at}"),
        subject=Subject(project=key(name, ecosystem), version=version, file=file),
        claim=claim,
        valid_from=day(at),
        observed_at=day(seen or at),
        root_source=root or ("kam193" if accuses else "pypi"),
        reference=reference,
        retracted_at=None if retracted is None else day(retracted),
    )


def vouches(
    name: str, version: str | None = None, *, until: str, file: Distribution | None = None
) -> Assertion:
    """What a person of the installation writes into its allow list."""
    return says(
        Claim.ALLOWED,
        name,
        version,
        file=file,
        at="2026-11-01",
        feed="allow-list",
        record=f"allow:{name}",
        reference="our own fork",
        retracted=until,
    )


def verdicts(
    name: str,
    assertions: Iterable[Assertion],
    *,
    now: datetime = NOW,
    ecosystem: Ecosystem = Ecosystem.PYPI,
) -> dict[str, Verdict]:
    """The verdicts of a project by version, by file name, and by "" for the project itself."""
    return {
        v.subject.file.filename if v.subject.file else v.subject.version or "": v
        for v in judge(key(name, ecosystem), assertions, now)
    }


def codes(verdict: Verdict) -> tuple[str, ...]:
    return tuple(reason.code for reason in verdict.reasons)


def listed(
    name: str,
    *versions: str,
    at: str,
    files: tuple[Distribution, ...] = (),
    ecosystem: Ecosystem = Ecosystem.PYPI,
) -> list[Assertion]:
    """What the status feed says of a project that the index lists, with these releases and files."""

    def line(version: str | None = None, file: Distribution | None = None) -> Assertion:
        record = f"status:{name}"
        return says(
            Claim.LISTED,
            name,
            version,
            at=at,
            file=file,
            feed="pypi-status",
            record=record,
            ecosystem=ecosystem,
        )

    releases = [line(version) for version in versions]
    return [line(), *releases, *(line(versions[0], file) for file in files)]
