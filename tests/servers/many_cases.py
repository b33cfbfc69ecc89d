"""A ledger of as many cases as wanted, written a short way: for pages of long lists, and for whole triages.

Each repository pins one file of one of a thousand ghosts, and its host served that file at `now`. Each was
visited once; one in fifty has something that was not read, and another one was pushed since the ledger began.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Table

from crawler.model import (
    Confidence,
    Evidence,
    Finding,
    LineSpan,
    Liveness,
    Match,
    Outcome,
    ProjectKey,
    Reason,
    Subject,
    Tier,
)
from tests.values import REPOSITORY, SIGHTING, ghost_file, pin, sha256, verdict
from workers.ledger.sql.keys import written
from workers.ledger.tables import (
    case,
    case_event,
    evidence,
    finding,
    finding_event,
    finding_project,
    repository,
    visit,
    visit_skipped,
)
from workers.values import encode

if TYPE_CHECKING:
    from workers.ledger.ledger import Ledger

__all__ = ["fill", "pin_more"]

_GHOSTS = 1000
_CHECKS = 3
"""Pieces of evidence of each finding, a day apart."""
_BATCH = 500
_FIRST_MORE = 1_000_000
_SOME = 50
_OLD = 1000
"""Days before the first of these repositories was seen."""


def fill(ledger: Ledger, count: int, now: datetime, paths: Sequence[str] = ()) -> None:
    """Write `count` cases that need a look; the first repositories are called `paths`."""
    for first in range(1, count + 1, _BATCH):
        batch: defaultdict[Table, list[dict[str, Any]]] = defaultdict(list)
        for number in range(first, min(first + _BATCH, count + 1)):
            for table, row in _rows(number, now, paths):
                batch[table].append(row)
        _write(ledger, batch)


def pin_more(ledger: Ledger, count: int, now: datetime) -> None:
    """Let the first repository of a filled ledger pin `count` ghosts more, each in a lock of its own."""
    batch: defaultdict[Table, list[dict[str, Any]]] = defaultdict(list)
    for number in range(_FIRST_MORE, _FIRST_MORE + count):
        for table, row in _rows(number, now, ()):
            if table is finding:
                row |= {"repository_id": 1, "lock_path": f"{number}/uv.lock"}
            if table in {finding, finding_project, finding_event, evidence}:
                batch[table].append(row)
    _write(ledger, batch)


def _write(ledger: Ledger, batch: Mapping[Table, list[dict[str, Any]]]) -> None:
    with ledger.write() as conn:
        for table, rows in batch.items():
            conn.execute(table.insert(), rows)


def _rows(
    number: int, now: datetime, paths: Sequence[str]
) -> Iterator[tuple[Table, dict[str, Any]]]:
    path = paths[number - 1] if number <= len(paths) else f"owner-{number % 997}/task-{number}"
    found, begun = _finding(number, path), now - timedelta(days=number % 300 + _CHECKS)
    place = {"host": found.repository.host, "path": path}
    yield (
        repository,
        place
        | {
            "id": number,
            "clone_url": found.repository.clone_url,
            "archived": False,
            "description": found.repository.description,
            "created_at": found.repository.created_at,
            "outcome": Outcome.VISITED.value,
            "first_seen": begun,
            "last_seen": now,
            "visited_at": now,
            "found_by": "search",
        },
    )
    seen = {"outcome": Outcome.VISITED.value, "new_sightings": 1, "refs": "default"}
    yield visit, seen | {"repository_id": number, "visited_at": now}
    if not number % _SOME:
        why = f"larger than 10 MB: {number:,} bytes"
        left = {"context": "uv.lock", "reason": why, "times": 1}
        yield visit_skipped, left | {"repository_id": number, "position": 0}
    yield (
        finding,
        place
        | {
            "key": found.key,
            "lock_path": found.sighting.path,
            "oid": found.sighting.oid,
            "tier": found.match.tier.value,
            "confidence": found.match.confidence.value,
            "state": "new",
            "first_seen": begun,
            "last_seen": now,
            "run_id": "run",
            "body": encode(found),
            "repository_id": number,
            "found_by": "search",
            "pushed_at": now if number % _SOME == 1 else now - timedelta(days=_OLD),
            "pushed_by": "push",
        },
    )
    yield finding_project, {"project": written(_project(number)), "key": found.key}
    said = {"at": begun, "code": "found", "text": "a lock pins it"}
    yield finding_event, said | {"key": found.key, "event": "found"}
    for day in range(_CHECKS):
        at = now - timedelta(days=_CHECKS - 1 - day)
        sealed = hashlib.sha256(f"{number} {day}".encode()).hexdigest()
        proof = {"recorded_at": at, "verified_at": at, "hash": sealed}
        yield evidence, proof | {"key": found.key, "body": encode(_evidence(found, at))}
    yield (
        case,
        {
            "repository_id": number,
            "key": hashlib.sha256(path.encode(errors="replace")).hexdigest()[:12],
            "state": "needs-look",
            "version": 2,
            "opened_at": begun,
            "changed_at": begun,
            "class_known": "unclear",
            "urgency": 2_200_000 + number % 20_000,
        },
    )
    opened = said | {"repository_id": number, "actor": "program"}
    yield case_event, opened | {"event": "opened", "before": None, "after": "new"}
    yield case_event, opened | {"event": "questioned", "before": "new", "after": "needs-look"}


def _project(number: int) -> ProjectKey:
    return replace(verdict().subject.project, name=f"zz-ghost-{number % _GHOSTS}")


def _finding(number: int, path: str) -> Finding:
    project = _project(number)
    digest = sha256(hashlib.sha256(project.name.encode()).hexdigest())
    file = ghost_file(digest)
    subject = Subject(project=project, version="1.0", file=file)
    match = Match(
        pin=replace(pin(digests=(digest,)), name=project.name),
        tier=Tier.A,
        confidence=Confidence.CONFIRMED,
        reasons=(
            Reason(code="file-digest", text="a digest of the pinned file is that of a ghost"),
        ),
        verdict=replace(verdict(), subject=subject),
    )
    return Finding(
        key=hashlib.sha256(f"finding {number}".encode()).hexdigest(),
        repository=replace(
            REPOSITORY,
            path=path,
            clone_url=f"https://git.example/{path}.git",
            description=f"Solve {path}",
            created_at="2026-09-01T10:00:00Z",
        ),
        sighting=replace(SIGHTING, oid=hashlib.sha1(b"%d" % number).hexdigest()),
        format="uv",
        match=match,
    )


def _evidence(found: Finding, at: datetime) -> Evidence:
    digest = found.match.pin.digests[0].hex
    url = found.match.pin.url or ""
    return Evidence(
        permalink=f"https://git.example/{found.repository.path}/src/commit/{'1' * 40}/uv.lock#L4-L6",
        blob_oid=found.sighting.oid,
        lock_sha256="3" * 64,
        lock_size=2000,
        lines=LineSpan(first=4, last=6),
        excerpt=f'wheels = [\n    {{ url = "{url}", hash = "sha256:{digest}" }},\n]',
        liveness=Liveness(method="HEAD", url=url, status=200, content_length=9, checked_at=at),
        still_at_head=True,
        collected_at=at,
        verified_at=at,
    )
