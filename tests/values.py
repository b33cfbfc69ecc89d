"""Values for tests, spelled once: a ghost, its files, its lock entry."""

from __future__ import annotations

from datetime import UTC, datetime

from crawler.model import (
    Algorithm,
    Digest,
    Distribution,
    Ecosystem,
    IndexState,
    LineSpan,
    Origin,
    OriginKind,
    Pin,
    ProjectKey,
    Registry,
    Repository,
    Sighting,
    Source,
    Subject,
    Verdict,
    VerdictState,
    path_of,
)

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
BLAKE = "ab" * 32
SHA = "cd" * 32
OTHER_SHA = "ef" * 32
GHOST = ProjectKey(ecosystem=Ecosystem.PYPI, name="zz-ghost-one")
WHEEL = "zz_ghost_one-1.0-py3-none-any.whl"
INDEX = "https://index.example/simple"
URL = f"https://files.index.example{path_of(BLAKE, WHEEL)}"
REGISTRY = Registry(
    ecosystem=Ecosystem.PYPI,
    index_url="https://index.example/simple/",
    file_hosts=frozenset({"files.index.example"}),
    mirrors=frozenset({"https://mirror.example/simple/"}),
    viewer_url="https://viewer.example",
)
REGISTRIES = {Ecosystem.PYPI: REGISTRY}
REPOSITORY = Repository(
    host="git.example", path="acme/task", clone_url="https://git.example/acme/task.git"
)
SIGHTING = Sighting(ref="refs/heads/main", commit="1" * 40, path="uv.lock", oid="2" * 40)


def sha256(hex_digest: str = SHA) -> Digest:
    return Digest(algorithm=Algorithm.SHA256, hex=hex_digest)


def blake2b(hex_digest: str = BLAKE) -> Digest:
    return Digest(algorithm=Algorithm.BLAKE2B_256, hex=hex_digest)


def pin(
    *,
    name: str | None = "zz-ghost-one",
    version: str | None = "1.0",
    origin: Origin | None = None,
    url: str | None = URL,
    filename: str | None = WHEEL,
    digests: tuple[Digest, ...] = (),
    uploaded_at: str | None = None,
    flags: tuple[str, ...] = (),
) -> Pin:
    return Pin(
        ecosystem=Ecosystem.PYPI,
        name=name,
        version=version,
        origin=origin or Origin(kind=OriginKind.REGISTRY, location=INDEX),
        lines=LineSpan(first=5, last=5),
        url=url,
        filename=filename,
        digests=digests,
        uploaded_at=uploaded_at,
        flags=flags,
    )


def verdict(
    state: VerdictState = VerdictState.MALICIOUS,
    *,
    version: str | None = "1.0",
    file: Distribution | None = None,
    index_state: IndexState = IndexState.GONE,
    explicit: bool = True,
    incarnation_from: datetime | None = None,
    incarnation_until: datetime | None = None,
) -> Verdict:
    return Verdict(
        subject=Subject(project=GHOST, version=version, file=file),
        state=state,
        since=NOW,
        reasons=(),
        sources=(Source(feed="osv-mal", record_id="MAL-2026-1", root_source="acme-labs"),),
        index_state=index_state,
        explicit=explicit,
        incarnation_from=incarnation_from,
        incarnation_until=incarnation_until,
    )


def ghost_file(*digests: Digest, filename: str = WHEEL) -> Distribution:
    return Distribution(filename=filename, digests=digests or (blake2b(), sha256()))
