"""A ledger that lives through visits, verdicts and hunts, and passes over known texts or reads all."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from crawler import lockfiles
from crawler.hosts.interface import HostKind, HostSettings
from crawler.hosts.plain import PlainGit
from crawler.model import (
    Confidence,
    Ecosystem,
    Head,
    LockId,
    Outcome,
    ProjectKey,
    Registry,
    Report,
    Repository,
    Sighting,
    Verdict,
    Visit,
    path_of,
)
from tests.servers.leasing import lease
from tests.values import REGISTRY
from workers.files import blob_of
from workers.ledger import clearing, findings, frontier, locks, verdicts, work
from workers.ledger.clear_check import wrongly_clear
from workers.ledger.ledger import Ledger
from workers.ledger.work_items import WorkItem, WorkKind
from workers.runs import Run
from workers.steps.hunt import HuntStep
from workers.steps.judging import PARSER_VERSION
from workers.steps.recording import VisitRecorder

__all__ = ["FILE_HOST", "VisitedLedger", "blake_of", "package", "sha_of"]

START = datetime(2026, 11, 22, tzinfo=UTC)
FILE_HOST = "files.index.example"


def digest_of(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def blake_of(name: str, version: str) -> str:
    return digest_of(name, version, "blake")


def sha_of(name: str, version: str) -> str:
    return digest_of(name, version)


def package(
    name: str, version: str = "1.0", host: str = FILE_HOST, *, wheel_of: str = "", odd: str = ""
) -> str:
    """Return one package of a uv.lock; its wheel may be called as that of another project."""
    file = f"{(wheel_of or name).replace('-', '_')}-{version}-py3-none-any.whl"
    url = f"https://{host}{path_of(blake_of(name, version), file)}"
    return (
        f'\n[[package]]\nname = "{name}"\nversion = "{version}"\n'
        'source = { registry = "https://index.example/simple" }\n'
        f'wheels = [\n    {{ url = "{url}", hash = "sha256:{sha_of(name, version)}" }},\n]\n{odd}'
    )


@dataclass
class VisitedLedger:
    """A ledger, and who visits and hunts for it."""

    ledger: Ledger
    reads_all: bool = False
    now: datetime = START
    file_hosts: frozenset[str] = frozenset({FILE_HOST})
    seen: set[LockId] = field(default_factory=set)
    written: int = 0
    passed_over: int = 0
    """Packages that were not read."""
    meanwhile: Callable[[], object] = lambda: None
    """Done between the look at what is known and the storing of the next lock."""

    @property
    def registries(self) -> Mapping[Ecosystem, Registry]:
        return {Ecosystem.PYPI: replace(REGISTRY, file_hosts=self.file_hosts)}

    def parse(self, path: str, data: bytes, known: lockfiles.KnownTexts) -> lockfiles.LockReading:
        def nothing(_keys: Sequence[bytes]) -> Collection[bytes]:
            return ()

        reading = lockfiles.parse_unknown(path, data, nothing if self.reads_all else known)
        self.passed_over += len(reading.known)
        meanwhile, self.meanwhile = self.meanwhile, lambda: None
        meanwhile()
        return reading

    def lock(self, *packages: str) -> bytes:
        """Return the bytes of a lock that no other is the same as."""
        self.written += 1
        return (f"version = 1\n# {self.written}\n" + "".join(packages)).encode()

    def visit(self, number: int, lock: bytes) -> None:
        """Visit the repository of this number, whose only file is `lock` now."""
        self.now += timedelta(hours=1)
        where = Repository(
            host="git.example", path=f"o/r{number}", clone_url=f"https://git.example/o/r{number}"
        )
        commit = digest_of(self.now)[:40]
        blob = blob_of("uv.lock", lock)
        self.seen.add(lockfiles.lock_id("uv.lock", blob.oid))
        head = Head(ref="refs/heads/main", commit=commit, is_default=True)
        brought = Visit(
            repository=where,
            outcome=Outcome.VISITED,
            heads=(head,),
            sightings=(Sighting(ref=head.ref, commit=commit, path="uv.lock", oid=blob.oid),),
            blobs=(blob,),
        )
        with self.ledger.write() as conn:
            (row,) = frontier.save(conn, [where], self.now)
        host = HostSettings(name="git.example", kind=HostKind.GIT, web_url="https://git.example")
        recorder = VisitRecorder(
            ledger=self.ledger,
            host=PlainGit(host),
            registries=self.registries,
            run=Run(id="run"),
            parse=self.parse,
            clock=lambda: self.now,
        )
        recorder.record(row, brought, lambda *_: True)

    def judge(self, name: str, *judged: Verdict) -> None:
        """Let these be all verdicts on a project; a hunt for it is due."""
        self.now += timedelta(hours=1)
        project = ProjectKey(ecosystem=Ecosystem.PYPI, name=name)
        item = WorkItem(kind=WorkKind.HUNT, key=f"pypi/{name}", due_at=self.now)
        with self.ledger.write() as conn:
            verdicts.replace(conn, {project: judged}, self.now)
            work.offer(conn, [item], self.now)

    def hunt(self) -> None:
        """Do the hunts that are due."""
        self.now += timedelta(hours=1)
        step = HuntStep(
            ledger=self.ledger,
            registries=self.registries,
            run=Run(id="run"),
            supports_pivot=lambda _: False,
            clock=lambda: self.now,
        )
        with self.ledger.write() as conn:
            leased = lease(conn, WorkKind.HUNT, 100, self.now)
        step.hunt(leased)

    def reports(self) -> tuple[Report, ...]:
        """Return all that was ever found."""
        with self.ledger.read() as conn:
            found = findings.reports(conn, minimum=Confidence.CENSUS, include_closed=True)
            return tuple(sorted(found, key=lambda one: one.finding.key))

    def said(self) -> list[object]:
        """Return all that anybody can learn: findings with their evidence, pins, and what was not looked at."""
        with self.ledger.read() as conn:
            return [
                self.reports(),
                [locks.read_lock(conn, one) for one in sorted(self.seen)],
                list(locks.unread(conn)),
            ]

    def wrong(self) -> list[int]:
        """Return the blocks that are marked as clear and are not."""
        with self.ledger.read() as conn:
            digest = clearing.digest_of(PARSER_VERSION, self.registries)
            lookup = verdicts.reader(conn).lookup
            return list(wrongly_clear(conn, digest, lookup, self.registries))
