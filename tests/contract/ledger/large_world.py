"""Some ten thousand rows by chance, written straight into the tables of a ledger, for the census."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Any

from crawler.model import (
    Assertion,
    Claim,
    Confidence,
    Distribution,
    Ecosystem,
    FindingStatus,
    Liveness,
    Outcome,
    PinHistory,
    ProjectKey,
    Subject,
    VerdictState,
)
from tests.contract.ledger.samples import evidence, finding, pin, repository, sighting, verdict
from workers.ledger.sql.keys import written
from workers.ledger.tables import assertion as assertion_table
from workers.ledger.tables import evidence as evidence_table
from workers.ledger.tables import finding as finding_table
from workers.ledger.tables import finding_event as event_table
from workers.ledger.tables import lock as lock_table
from workers.ledger.tables import repository as repository_table
from workers.ledger.tables import sighting as sighting_table
from workers.ledger.tables import verdict as verdict_table
from workers.runs import Way
from workers.values import encode

if TYPE_CHECKING:
    from workers.ledger.ledger import Ledger

PROJECTS, REPOSITORIES = 5_000, 2_000
_BEGIN = datetime(2024, 1, 1, tzinfo=UTC)
_SEEN = datetime(2026, 9, 1, tzinfo=UTC)
_ACCUSING = (Claim.MALICIOUS, Claim.MALICIOUS, Claim.SUSPICIOUS)
_EVENTS = (
    (Claim.REMOVED, 0.6),
    (Claim.QUARANTINED, 0.2),
    (Claim.QUARANTINE_CLEARED, 0.1),
    (Claim.OWNER_REMOVED, 0.1),
    (Claim.CREATED, 0.1),
)
_VERSIONS = (None, "1.0", "2.0", "3.0", "vers:pypi/>=1.0|<3.0")


def fill(ledger: Ledger, seed: int) -> None:
    """Write what feeds say, verdicts, repositories, locks, findings and their evidence into a new ledger."""
    chance = Random(seed)
    keys = [_project(chance, number) for number in range(PROJECTS)]
    said = [row for key in keys for row in _project_rows(chance, key)]
    with ledger.write() as conn:
        conn.execute(assertion_table.insert(), [_numbered(row, n) for n, row in enumerate(said)])
        conn.execute(verdict_table.insert(), [_verdict_row(chance, key) for key in keys])
        rows = defaultdict[Any, list[dict[str, Any]]](list)
        for number in range(1, REPOSITORIES + 1):
            for table, row in _repository_rows(chance, number, keys):
                rows[table].append(row)
        for table, of_it in rows.items():
            conn.execute(table.insert(), of_it)


def downloads_result(seed: int) -> str:
    """Return a result of the query for downloads by installer, as CSV."""
    chance = Random(seed)
    lines = [
        f"zz-ghost-{chance.randrange(PROJECTS)},{chance.choice(_VERSIONS[1:4])},"
        f"{chance.choice(['pip', 'uv', 'bandersnatch', 'unknown'])},"
        f"{chance.randint(2024, 2026)}-{chance.randint(1, 12):02d},{chance.randrange(10_000)}"
        for _ in range(5_000)
    ]
    return "\n".join(("name,version,installer,month,downloads", *lines, ""))


def _project(chance: Random, number: int) -> ProjectKey:
    ecosystem = Ecosystem.PYPI if chance.random() < 0.7 else Ecosystem.NPM
    return ProjectKey(ecosystem=ecosystem, name=f"zz-ghost-{number}")


def _numbered(row: dict[str, Any], number: int) -> dict[str, Any]:
    return row | {"digest": f"{number:064x}", "recorded_at": _SEEN}


def _row(said: Assertion, revision: int = 1) -> dict[str, Any]:
    return {
        "feed": said.feed,
        "record_id": said.record_id,
        "revision": revision,
        "project": written(said.subject.project),
        "claim": said.claim.value,
        "retracted": said.retracted_at is not None,
        "body": encode(said),
    }


def _project_rows(chance: Random, key: ProjectKey) -> Iterator[dict[str, Any]]:
    came = _BEGIN + timedelta(seconds=chance.randrange(70_000_000))
    serial = int(key.name.rpartition("-")[2]) * 100
    for version in _VERSIONS[1 : chance.randint(1, 4)]:
        subject = Subject(project=key, version=version)
        serial += 1
        yield from _taken_back(chance, _event(chance, subject, Claim.CREATED, came, serial))
        yield from _events(chance, subject, came, serial)
    if chance.random() < 0.2:
        yield from _events(chance, Subject(project=key), came, serial + 50)
    if chance.random() < 0.2:
        yield _row(_known(chance, key, came))
    if chance.random() < 0.4:
        yield from _accusations(chance, key, came)


def _events(
    chance: Random, subject: Subject, came: datetime, serial: int
) -> Iterator[dict[str, Any]]:
    file = Distribution(filename="zz.whl", uploaded_at=came.isoformat())
    for number, (claim, share) in enumerate(_EVENTS):
        if chance.random() >= share:
            continue
        at = came + timedelta(
            seconds=round(60 * 1.3 ** chance.randint(-8, 45)), microseconds=chance.randrange(2)
        )
        of = subject if chance.random() < 0.9 else replace(subject, file=file)
        yield from _taken_back(chance, _event(chance, of, claim, at, 10 * serial + number))


def _event(chance: Random, subject: Subject, claim: Claim, at: datetime, serial: int) -> Assertion:
    """An event of the journal, one that a feed only saw, one of unknown or of stated date."""
    way = chance.random()
    return Assertion(
        feed="pypi-journal" if way < 0.6 else "pypi-status",
        record_id=f"{serial}/{claim}",
        subject=subject,
        claim=claim,
        valid_from=at,
        observed_at=_SEEN if way > 0.8 else at,
        root_source="pypi",
        sequence=(serial, 0) if way < 0.6 else (),
        undated=way > 0.9,
    )


def _taken_back(chance: Random, said: Assertion, share: float = 0.1) -> Iterator[dict[str, Any]]:
    """Yield the row, and now and then the later revision that takes it back."""
    yield _row(said)
    if chance.random() < share:
        at = said.valid_from + timedelta(days=chance.randrange(400))
        gone = replace(said, retracted_at=at, undated=said.undated or chance.random() < 0.3)
        yield _row(gone, revision=2)


def _known(chance: Random, key: ProjectKey, came: datetime) -> Assertion:
    uploaded = (came - timedelta(seconds=chance.randrange(9_000))).isoformat()
    return Assertion(
        feed="table",
        record_id=f"table:{key.name}",
        subject=Subject(
            project=key,
            version=chance.choice(_VERSIONS[1:4]),
            file=Distribution(filename="zz.tar.gz", uploaded_at=uploaded),
        ),
        claim=Claim.KNOWN,
        valid_from=came,
        observed_at=_SEEN,
        root_source=chance.choice(["pypi", "a-lock"]),
    )


def _accusations(chance: Random, key: ProjectKey, came: datetime) -> Iterator[dict[str, Any]]:
    for number in range(chance.randint(1, 2)):
        said = Assertion(
            feed=chance.choice(["osv-mal", "a-list"]),
            record_id=f"MAL-{number}-{key.name}",
            subject=Subject(project=key, version=chance.choice(_VERSIONS)),
            claim=chance.choice(_ACCUSING),
            valid_from=came + timedelta(days=chance.randrange(90)),
            observed_at=_SEEN,
            root_source="a-lab",
            undated=chance.random() < 0.3,
        )
        yield from _taken_back(chance, said, 0.3)


def _verdict_row(chance: Random, key: ProjectKey) -> dict[str, Any]:
    one = verdict(chance.choice(list(VerdictState)), project=key)
    return {
        "project": written(key),
        "version": "1.0",
        "level": "release",
        "state": one.state.value,
        "since": _BEGIN,
        "until": _SEEN if chance.random() < 0.2 else None,
        "recorded_at": _SEEN,
        "body": encode(one),
    }


_Rows = Iterator[tuple[Any, dict[str, Any]]]


def _repository_rows(chance: Random, number: int, keys: list[ProjectKey]) -> _Rows:
    path, oid = f"owner/r{number}", f"{chance.randrange(REPOSITORIES):040x}"
    yield (
        repository_table,
        {
            "id": number,
            "host": "git.example",
            "path": path,
            "clone_url": f"https://git.example/{path}.git",
            "archived": False,
            "outcome": chance.choice([*(outcome.value for outcome in Outcome), None]),
            "found_by": chance.choice([*(way.value for way in Way), None]),
            "first_seen": _BEGIN,
            "last_seen": _SEEN,
        },
    )
    seen = {
        "repository_id": number,
        "oid": oid,
        "path": "uv.lock",
        "reading": "uv",
        "ref": "refs/heads/main",
        "commit_id": "c" * 40,
        "first_seen": _BEGIN,
        "last_seen": _SEEN,
        "gone": chance.random() < 0.2,
    }
    yield sighting_table, seen
    if chance.random() < 0.5:
        yield lock_table, _lock_row(f"{number:040x}")
    for each in range(chance.choice([0, 1, 2])):
        yield from _finding_rows(chance, number, path, oid, f"{number}-{each}", chance.choice(keys))


def _lock_row(oid: str) -> dict[str, Any]:
    return {
        "oid": oid,
        "reading": "uv",
        "format": "uv",
        "size": 1,
        "sha256": "0" * 64,
        "readable": "fully",
        "parser_version": "1",
        "blocks": b"",
        "read_at": _SEEN,
    }


def _finding_rows(  # noqa: PLR0917 - a finding of one project in one lock
    chance: Random, number: int, path: str, oid: str, key: str, project: ProjectKey
) -> _Rows:
    first = _BEGIN + timedelta(seconds=chance.randrange(40_000_000, 90_000_000))
    last = first + timedelta(seconds=chance.randrange(20_000_000))
    version = chance.choice(_VERSIONS)
    of_it = finding(key, path=path, oid=oid)
    pinned = pin(project.name, "2.0", filename=f"{project.name.replace('-', '_')}-2.0.tar.gz")
    judged = None if chance.random() < 0.05 else verdict(project=project, version=version)
    state, confidence = chance.choice(list(FindingStatus)), chance.choice(list(Confidence))
    match = replace(of_it.match, pin=pinned, verdict=judged, confidence=confidence)
    body = replace(of_it, repository=repository(path), sighting=sighting(oid), match=match)
    yield (
        finding_table,
        {
            "key": key,
            "host": "git.example",
            "path": path,
            "lock_path": "uv.lock",
            "oid": oid,
            "tier": "A",
            "confidence": confidence.value,
            "state": state.value,
            "first_seen": first,
            "last_seen": last,
            "run_id": "run",
            "body": encode(body),
            "repository_id": number,
        },
    )
    for at, event in ((first, "found"), (last + timedelta(days=3), state.value)):
        yield event_table, {"key": key, "at": at, "event": event, "code": "x", "text": "x"}
    for each in range(chance.randint(0, 2)):
        yield evidence_table, _evidence_row(chance, f"{key}-{each}", key, oid, first)


def _evidence_row(chance: Random, seal: str, key: str, oid: str, first: datetime) -> dict[str, Any]:
    asked = _SEEN + timedelta(minutes=chance.randrange(1_000))
    answer = Liveness(
        method=chance.choice(["HEAD", "HEAD", "HEAD", ""]),
        url=f"https://files.index.example/{chance.randrange(300)}",
        status=chance.choice([200, 200, 206, 302, 404, None]),
        content_length=None,
        checked_at=asked,
    )
    days = chance.choice([None, *range(-400, 400)])
    left = chance.choice([None, *range(500)])
    history = PinHistory(
        commits=9,
        whole=True,
        entered_at=None if days is None else first + timedelta(days=days),
        left_at=None if left is None else first + timedelta(days=left),
    )
    proof = replace(
        evidence(),
        blob_oid=oid if chance.random() < 0.9 else "0" * 40,
        liveness=answer if chance.random() < 0.9 else None,
        history=history if chance.random() < 0.7 else None,
    )
    return {
        "key": key,
        "recorded_at": asked,
        "verified_at": asked,
        "body": encode(proof),
        "hash": f"{seal:>64}",
    }
