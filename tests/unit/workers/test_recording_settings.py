"""A visit brings the settings of a repository along, and keeps what they say for later judgements."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crawler.hosts.interface import HostKind, HostSettings
from crawler.hosts.plain import PlainGit
from crawler.lockfiles import crawl_worth
from crawler.model import Confidence, Head, LockBlob, Outcome, Sighting, Visit, Worth
from tests.servers.ledgers import new_ledger
from tests.values import GHOST, REGISTRIES, REPOSITORY, verdict
from workers.files import blob_of
from workers.ledger import findings, frontier, verdicts
from workers.ledger.index_settings import settings_of
from workers.ledger.ledger import Ledger
from workers.parsing import parse_unknown
from workers.runs import Run
from workers.steps.recording import VisitRecorder

START = datetime(2026, 11, 22, tzinfo=UTC)
MAIN = Head(ref="refs/heads/main", commit="c" * 40, is_default=True)
LOCK = blob_of("app/requirements.txt", b"zz-ghost-one==1.0\n")
CONF = blob_of("pip.conf", b"[global]\nindex-url = https://private.example/simple\n")
POETRY = """\
[[package]]
name = "zz-ghost-one"
version = "1.0"
files = []

[metadata]
lock-version = "2.1"
content-hash = "DIGEST"
"""
DIGESTS = {
    "zz-ghost-one": "7d931d5a130a21cbb0e4e80edcb76b45d2b43d60adb80f3c7905041e7330b50d",
    "zz-ghost-two": "431ec7af463b5b36b4cc336d7ef96f81f702006d8b322d816c4f1ae88781996f",
}
"""Of a manifest that requires that, as poetry 2.5.1 writes them."""


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    made = new_ledger(tmp_path / "ledger.sqlite")
    with made.write() as conn:
        verdicts.replace(conn, {GHOST: (verdict(),)}, START)
    yield made
    made.close()


def keep(ledger: Ledger, seen: list[LockBlob], brought: list[LockBlob]) -> int:
    settings = HostSettings(name="git.example", kind=HostKind.GIT, web_url="https://git.example")
    recorder = VisitRecorder(
        ledger=ledger,
        host=PlainGit(settings),
        registries=REGISTRIES,
        run=Run.start(START),
        parse=parse_unknown,
        clock=lambda: START,
    )
    with ledger.write() as conn:
        (repository_id,) = frontier.save(conn, [REPOSITORY], START)
    visit = Visit(
        repository=REPOSITORY,
        outcome=Outcome.VISITED,
        heads=(MAIN,),
        sightings=tuple(
            Sighting(ref=MAIN.ref, commit=MAIN.commit, path=one.path, oid=one.oid) for one in seen
        ),
        blobs=tuple(brought),
    )
    recorder.record(repository_id, visit, lambda *_: True)
    return repository_id


def required(ledger: Ledger) -> bool | None:
    with ledger.read() as conn:
        (report,) = findings.reports(conn, minimum=Confidence.CENSUS)
    return None if report.evidence is None else report.evidence.required


def reasons(ledger: Ledger) -> list[str]:
    with ledger.read() as conn:
        (report,) = findings.reports(conn, minimum=Confidence.CENSUS)
    return [reason.code for reason in report.finding.match.reasons]


@pytest.mark.parametrize(
    "path",
    [
        ".npmrc",
        "web/.yarnrc.yml",
        ".yarnrc",
        "bunfig.toml",
        "pip.conf",
        "uv.toml",
        "pyproject.toml",
    ],
)
def test_a_crawl_seeks_settings(path: str) -> None:
    assert crawl_worth(path) is Worth.LIKELY


def test_settings_that_come_with_the_lock_count_for_it(ledger: Ledger) -> None:
    keep(ledger, [LOCK, CONF], [LOCK, CONF])

    assert reasons(ledger) == ["listed-release", "asks-the-index", "private-registry"]


def test_settings_that_were_read_before_count_for_a_new_lock(ledger: Ledger) -> None:
    repository_id = keep(ledger, [CONF], [CONF])
    keep(ledger, [LOCK, CONF], [LOCK])

    assert "private-registry" in reasons(ledger)
    with ledger.read() as conn:
        assert list(settings_of(conn, repository_id)) == ["pip.conf"]


def test_what_a_file_says_of_indexes_counts_for_those_that_it_includes(ledger: Ledger) -> None:
    whole = blob_of(
        "all.txt", b"--extra-index-url https://more.example/\n-r app/requirements.txt\n"
    )
    keep(ledger, [whole], [whole])
    keep(ledger, [LOCK, whole], [LOCK])

    assert reasons(ledger) == ["listed-release", "asks-the-index", "other-index-asked"]


@pytest.mark.parametrize(("name", "told"), [("zz-ghost-one", True), ("zz-ghost-two", False)])
def test_the_manifest_beside_a_lock_tells_whether_anything_requires_the_pin(
    ledger: Ledger, name: str, *, told: bool
) -> None:
    manifest = blob_of("app/pyproject.toml", f'[project]\ndependencies = ["{name}"]\n'.encode())
    lock = blob_of("app/poetry.lock", POETRY.replace("DIGEST", DIGESTS[name]).encode())

    keep(ledger, [lock, manifest], [lock, manifest])

    assert required(ledger) is told


def test_of_a_lock_without_its_manifest_nobody_can_tell(ledger: Ledger) -> None:
    lock = blob_of("app/poetry.lock", POETRY.encode())

    keep(ledger, [lock], [lock])

    assert required(ledger) is None
