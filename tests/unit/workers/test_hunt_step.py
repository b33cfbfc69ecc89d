"""A verdict that comes later finds stored locks, and what lies around their repositories."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crawler import lockfiles
from crawler.model import (
    Confidence,
    Ecosystem,
    Head,
    LockId,
    Origin,
    OriginKind,
    Outcome,
    ParseResult,
    Readable,
    Registry,
    Repository,
    Tier,
    Visit,
)
from tests.servers.leasing import lease
from tests.servers.ledgers import new_ledger
from tests.values import (
    GHOST,
    REGISTRIES,
    REPOSITORY,
    SIGHTING,
    WHEEL,
    ghost_file,
    pin,
    sha256,
    verdict,
)
from workers.ledger import findings, frontier, locks, verdicts, visits, work
from workers.ledger.ledger import Ledger
from workers.ledger.locks import ReadLock
from workers.ledger.work_items import WorkItem, WorkKind
from workers.runs import Run
from workers.steps.hunt import Hunted, HuntStep

START = datetime(2026, 11, 22, tzinfo=UTC)
FORK = Repository(
    host="mirror.example", path="x/task", clone_url="https://mirror.example/x/task.git"
)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """A ledger in which two repositories of two hosts pin a file that nobody speaks of yet."""
    made = new_ledger(tmp_path / "ledger.sqlite")
    result = ParseResult(format="uv", readable=Readable.FULLY, pins=(pin(digests=(sha256(),)),))
    head = Head(ref=SIGHTING.ref, commit=SIGHTING.commit, is_default=True)
    with made.write() as conn:
        lock = ReadLock(
            id=LockId(oid=SIGHTING.oid, reading="uv"), size=1, sha256="0" * 64, result=result
        )
        locks.store_many(conn, [lock], START, parser_version="1")
        for one in (REPOSITORY, FORK):
            (repository_id,) = frontier.save(conn, [one], START)
            brought = Visit(
                repository=one, outcome=Outcome.VISITED, heads=(head,), sightings=(SIGHTING,)
            )
            visits.record_visit(conn, repository_id, brought, START)
    yield made
    made.close()


def hunt(
    ledger: Ledger,
    registries: Mapping[Ecosystem, Registry] = REGISTRIES,
    key: str = "pypi/zz-ghost-one",
) -> Hunted:
    step = HuntStep(
        ledger=ledger,
        registries=registries,
        run=Run.start(START),
        supports_pivot=lambda host: host == "git.example",
        clock=lambda: START,
    )
    with ledger.write() as conn:
        work.offer(conn, [WorkItem(kind=WorkKind.HUNT, key=key, due_at=START)], START)
        leased = lease(conn, WorkKind.HUNT, 1, START)
    return step.hunt(leased)


def judge(ledger: Ledger) -> None:
    with ledger.write() as conn:
        verdicts.replace(conn, {GHOST: (verdict(file=ghost_file(sha256())),)}, START)


def pivots(ledger: Ledger) -> list[str | None]:
    with ledger.write() as conn:
        return [leased.host for leased in lease(conn, WorkKind.PIVOT, 10, START)]


def test_a_hunt_knows_the_settings_that_were_read_beside_a_lock(ledger: Ledger) -> None:
    unplaced = pin(url=None, filename=None, origin=Origin(kind=OriginKind.REGISTRY))
    settings = lockfiles.parse("pip.conf", b"[global]\nindex-url = https://private.example/")
    read = {
        "requirements.txt": ParseResult(
            format="requirements", readable=Readable.FULLY, pins=(unplaced,)
        ),
        "pip.conf": settings,
    }
    sightings = [replace(SIGHTING, path=p, oid=str(n) * 40) for n, p in enumerate(read, start=3)]
    with ledger.write() as conn:
        for seen in sightings:
            lock = lockfiles.lock_id(seen.path, seen.oid)
            stored = ReadLock(id=lock, size=1, sha256="0" * 64, result=read[seen.path])
            locks.store_many(conn, [stored], START, parser_version="1")
        (repository_id,) = frontier.save(conn, [REPOSITORY], START)
        head = Head(ref=SIGHTING.ref, commit=SIGHTING.commit, is_default=True)
        brought = Visit(
            repository=REPOSITORY,
            outcome=Outcome.VISITED,
            heads=(head,),
            sightings=tuple(sightings),
        )
        visits.record_visit(conn, repository_id, brought, START)
        verdicts.replace(conn, {GHOST: (verdict(),)}, START)

    hunt(ledger)

    with ledger.read() as conn:
        found = {
            one.finding.sighting.path: one.finding.match
            for one in findings.reports(conn, minimum=Confidence.CENSUS)
        }
    (match,) = (found[path] for path in found if path == "requirements.txt")
    assert match.confidence is Confidence.POSSIBLE
    assert "private-registry" in [reason.code for reason in match.reasons]


def test_a_hunt_finds_every_repository_that_pins_the_file(ledger: Ledger) -> None:
    judge(ledger)

    hunted = hunt(ledger)

    assert (hunted.locks, hunted.new, hunted.retracted) == (1, 2, 0)
    with ledger.read() as conn:
        found = {
            r.finding.repository.path for r in findings.reports(conn, minimum=Confidence.CONFIRMED)
        }
    assert found == {REPOSITORY.path, FORK.path}


def test_a_hunt_leads_on_where_a_host_can_list_what_is_related(ledger: Ledger) -> None:
    judge(ledger)

    hunt(ledger)

    assert set(pivots(ledger)) == {"git.example"}


def test_a_hunt_that_finds_nothing_new_leads_nowhere(ledger: Ledger) -> None:
    judge(ledger)
    hunt(ledger)
    pivots(ledger)

    again = hunt(ledger)

    assert again.new == 0
    assert pivots(ledger) == []


def test_what_stands_on_a_name_alone_leads_nowhere(ledger: Ledger) -> None:
    with ledger.write() as conn:
        verdicts.replace(conn, {GHOST: (verdict(version=None, explicit=False),)}, START)

    hunted = hunt(ledger)

    assert hunted.new == 2
    assert pivots(ledger) == []


def test_a_later_verdict_of_a_further_registry_finds_stored_pins_of_its_own_alone(
    ledger: Ledger,
) -> None:
    test = Registry(
        ecosystem=Ecosystem.PYPI,
        index_url="https://test.index.example/simple/",
        file_hosts=frozenset({"test-files.index.example"}),
        name="testpypi",
    )
    url = f"https://test-files.index.example/packages/{WHEEL}"
    asked = Origin(kind=OriginKind.REGISTRY, location=test.index_url)
    result = ParseResult(format="uv", readable=Readable.FULLY, pins=(pin(url=url, origin=asked),))
    seen = replace(SIGHTING, path="test/uv.lock", oid="5" * 40)
    with ledger.write() as conn:
        lock = ReadLock(
            id=LockId(oid=seen.oid, reading="uv"), size=1, sha256="0" * 64, result=result
        )
        locks.store_many(conn, [lock], START, parser_version="1")
        (repository_id,) = frontier.save(conn, [REPOSITORY], START)
        head = Head(ref=SIGHTING.ref, commit=SIGHTING.commit, is_default=True)
        brought = Visit(
            repository=REPOSITORY,
            outcome=Outcome.VISITED,
            heads=(head,),
            sightings=(SIGHTING, seen),
        )
        visits.record_visit(conn, repository_id, brought, START)
        project = replace(GHOST, registry="testpypi")
        public = verdict()
        there = replace(public, subject=replace(public.subject, project=project))
        verdicts.replace(conn, {project: (there,)}, START)

    registries = {Ecosystem.PYPI: replace(REGISTRIES[Ecosystem.PYPI], others=(test,))}
    hunted = hunt(ledger, registries, "pypi:testpypi/zz-ghost-one")

    with ledger.read() as conn:
        found = list(findings.of_projects(conn, [project]))
    assert hunted.new == 1
    assert [(one.sighting.path, one.match.tier) for one in found] == [("test/uv.lock", Tier.B)]
