"""Small values that many tests of the ledger start from."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from crawler.model import (
    Algorithm,
    Assertion,
    Claim,
    Confidence,
    Digest,
    Distribution,
    Ecosystem,
    Evidence,
    Finding,
    Head,
    LineSpan,
    Liveness,
    LockId,
    Match,
    Origin,
    OriginKind,
    Outcome,
    ParseResult,
    Pin,
    ProjectKey,
    Readable,
    Reason,
    Record,
    Repository,
    Sighting,
    Skipped,
    Source,
    Subject,
    Tier,
    Verdict,
    VerdictState,
    Visit,
)
from workers.ledger.locks import ReadLock

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
GHOST = ProjectKey(ecosystem=Ecosystem.PYPI, name="zz-ghost")
INDEX = Origin(kind=OriginKind.REGISTRY, location="https://index.example/simple")
BLAKE = "ab" * 32
SHA = "cd" * 32


def later(hours: float) -> datetime:
    return NOON + timedelta(hours=hours)


def said(
    claim: Claim = Claim.MALICIOUS,
    *,
    project: ProjectKey = GHOST,
    version: str | None = "1.0",
    observed_at: datetime = NOON,
    record_id: str = "MAL-1",
    reference: str | None = None,
) -> Assertion:
    return Assertion(
        feed="osv-mal",
        record_id=record_id,
        subject=Subject(project=project, version=version),
        claim=claim,
        valid_from=NOON,
        observed_at=observed_at,
        root_source="a-lab",
        reference=reference,
    )


def record(*assertions: Assertion, record_id: str = "MAL-1") -> Record:
    return Record(id=record_id, assertions=assertions)


def sha256(hexadecimal: str = SHA) -> Digest:
    return Digest(algorithm=Algorithm.SHA256, hex=hexadecimal)


def verdict(
    state: VerdictState = VerdictState.MALICIOUS,
    *,
    project: ProjectKey = GHOST,
    version: str | None = "1.0",
    digest: Digest | None = None,
) -> Verdict:
    name = f"{project.name}-{version}.tar.gz"
    file = None if digest is None else Distribution(filename=name, digests=(digest,))
    return Verdict(
        subject=Subject(project=project, version=version, file=file),
        state=state,
        since=NOON,
        reasons=(Reason(code="listed-by-record", text="A record lists this version."),),
        sources=(Source(feed="osv-mal", record_id="MAL-1", root_source="a-lab"),),
    )


def pin(
    name: str | None = "zz-ghost",
    version: str | None = "1.0",
    *,
    sha: str | None = SHA,
    blake: str | None = BLAKE,
    filename: str = "zz_ghost-1.0-py3-none-any.whl",
) -> Pin:
    url = None
    if blake is not None:
        folder = f"{blake[:2]}/{blake[2:4]}/{blake[4:]}"
        url = f"https://files.index.example/packages/{folder}/{filename}"
    return Pin(
        ecosystem=Ecosystem.PYPI,
        name=name,
        version=version,
        origin=INDEX,
        lines=LineSpan(first=3, last=5),
        url=url,
        filename=filename if blake is not None else None,
        digests=() if sha is None else (sha256(sha),),
    )


def lock(oid: str, *pins: Pin, skipped: tuple[Skipped, ...] = ()) -> ReadLock:
    readable = Readable.PARTLY if skipped else Readable.FULLY
    result = ParseResult(format="uv", readable=readable, pins=pins, skipped=skipped)
    return ReadLock(id=lock_id(oid), size=100, sha256=SHA, result=result)


def lock_id(oid: str, reading: str = "uv") -> LockId:
    return LockId(oid=oid, reading=reading)


def repository(path: str = "acme/app", native_id: str | None = "7") -> Repository:
    return Repository(
        host="git.example",
        path=path,
        clone_url=f"https://git.example/{path}.git",
        native_id=native_id,
    )


def sighting(oid: str, *, commit: str = "c" * 40, path: str = "uv.lock") -> Sighting:
    return Sighting(ref="refs/heads/main", commit=commit, path=path, oid=oid)


def finding(
    key: str = "f1",
    *,
    confidence: Confidence = Confidence.CONFIRMED,
    path: str = "acme/app",
    oid: str = "0" * 40,
) -> Finding:
    return Finding(
        key=key,
        repository=repository(path),
        sighting=sighting(oid),
        format="uv",
        match=Match(
            pin=pin(),
            tier=Tier.A,
            confidence=confidence,
            reasons=(Reason(code="digest", text="The file is that of a malicious release."),),
            verdict=verdict(),
        ),
    )


def evidence(*, verified_at: datetime = NOON, excerpt: str = 'name = "zz-ghost"') -> Evidence:
    return Evidence(
        permalink="https://git.example/acme/app/blob/c/uv.lock#L3",
        blob_oid="0" * 40,
        lock_sha256=SHA,
        lock_size=100,
        lines=LineSpan(first=3, last=5),
        excerpt=excerpt,
        liveness=Liveness(
            method="HEAD",
            url="https://files.index.example/x",
            status=200,
            content_length=10,
            checked_at=verified_at,
        ),
        still_at_head=True,
        collected_at=NOON,
        verified_at=verified_at,
    )


def visited(repository: Repository, *sightings: Sighting) -> Visit:
    """Return a visit of the default branch that saw these locks."""
    return Visit(
        repository=repository,
        outcome=Outcome.VISITED,
        heads=(Head(ref="refs/heads/main", commit="c" * 40, is_default=True),),
        sightings=sightings,
    )
