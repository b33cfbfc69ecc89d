"""Repositories in memory, read by the real git reader, visited and kept as the workers do it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from crawler.git.interface import Blob, Blobs, Heads, Limits, ListedFile, Listing
from crawler.git.reader import visit
from crawler.hosts.interface import HostKind, HostSettings
from crawler.hosts.plain import PlainGit
from crawler.liveness import Checks
from crawler.lockfiles import KnownTexts, LockReading, parse_unknown
from crawler.model import (
    Confidence,
    Finding,
    Head,
    ReadRequest,
    Refs,
    Repository,
    Verdict,
    Visit,
    ref_kind,
)
from crawler.net import Http
from tests.servers.leasing import lease
from tests.values import GHOST, REGISTRIES
from workers.files import blob_of
from workers.ledger import findings, frontier, verdicts, work
from workers.ledger.ledger import Ledger
from workers.ledger.work_items import WorkItem, WorkKind
from workers.runs import Run
from workers.steps.hunt import Hunted, HuntStep
from workers.steps.recording import VisitRecorder
from workers.steps.verify import VerifyStep
from workers.steps.verify_items import verify_item
from workers.steps.visit import VisitStep

HOST = "git.example"
START = datetime(2026, 11, 22, tzinfo=UTC)
_HOST = PlainGit(HostSettings(name=HOST, kind=HostKind.GIT, web_url=f"https://{HOST}"))
Files = Mapping[str, bytes]
"""Path -> content."""


def repository(path: str) -> Repository:
    return Repository(host=HOST, path=path, clone_url=f"https://{HOST}/{path}.git")


@dataclass
class Forge:
    """A host; a repository is its branches, `main` the default one. Implements `ObjectReader`, `Reader`."""

    branches: dict[str, Mapping[str, Files]] = field(default_factory=dict)
    """Clone URL -> branch -> files."""
    fetched: list[str] = field(default_factory=list)
    """Oids, in the order in which they were asked for."""

    def show(self, path: str, **branches: Files) -> None:
        """Let the repository at `path` have these branches from now on; other refs with their full names."""
        self.branches[repository(path).clone_url] = branches

    def read(self, repositories: Sequence[Repository], request: ReadRequest) -> Iterator[Visit]:
        for one in repositories:
            yield visit(self, one, request, Limits())

    def heads(self, url: str, refs: Refs) -> Heads:
        all_of_it = (
            Head(ref=_ref(name), commit=_commit(files), is_default=name == "main")
            for name, files in self.branches[url].items()
        )
        return Heads(
            heads=tuple(h for h in all_of_it if h.is_default or ref_kind(h.ref) in refs.kinds)
        )

    def trees(self, url: str, commits: Collection[str], wanted: Callable[[str], int]) -> Listing:
        files = (
            ListedFile(commit=_commit(files), path=path, oid=blob_of(path, data).oid)
            for files in self.branches[url].values()
            for path, data in files.items()
            if _commit(files) in commits and wanted(path)
        )
        return Listing(files=tuple(dict.fromkeys(files)))

    def blobs(self, url: str, oids: Collection[str]) -> Blobs:
        self.fetched += oids
        all_of_it = (data for files in self.branches[url].values() for data in files.values())
        data_of = {blob_of("", data).oid: data for data in all_of_it}
        return Blobs(found=tuple(Blob(oid=oid, data=data_of[oid]) for oid in oids))


def _ref(name: str) -> str:
    return name if name.startswith("refs/") else f"refs/heads/{name}"


def _commit(files: Files) -> str:
    stated = "".join(f"{path} {blob_of(path, data).oid}\n" for path, data in sorted(files.items()))
    return hashlib.sha1(stated.encode()).hexdigest()


@dataclass
class Site:
    """A forge, a ledger, and what the workers do between them."""

    ledger: Ledger
    forge: Forge = field(default_factory=Forge)
    now: datetime = START
    parsed: list[str] = field(default_factory=list)
    """Paths by which locks were read."""

    def visit(self, *paths: str, refs: Refs = Refs.BRANCHES) -> None:
        """Visit these repositories, an hour after whatever was before."""
        self.now += timedelta(hours=1)
        run = Run.start(self.now, refs=refs)
        with self.ledger.write() as conn:
            ids = frontier.save(conn, [repository(path) for path in paths], self.now)
            work.offer(conn, [_visit_item(one, self.now) for one in ids], self.now)
            leased = lease(conn, WorkKind.VISIT, 100, self.now)
        VisitStep(reader=self.forge, at_root=False, recorder=self._recorder(run)).visit(leased)

    def _recorder(self, run: Run) -> VisitRecorder:
        return VisitRecorder(
            ledger=self.ledger,
            host=_HOST,
            registries=REGISTRIES,
            run=run,
            parse=self._parse,
            clock=lambda: self.now,
        )

    def _parse(self, path: str, data: bytes, known: KnownTexts) -> LockReading:
        self.parsed.append(path)
        return parse_unknown(path, data, known)

    def accuse(self, verdict: Verdict) -> None:
        """Let this be all that is said of the ghost from now on."""
        with self.ledger.write() as conn:
            verdicts.replace(conn, {GHOST: (verdict,)}, self.now)

    def hunt(self) -> Hunted:
        """Judge again all stored locks that pin the ghost."""
        step = HuntStep(
            ledger=self.ledger,
            registries=REGISTRIES,
            run=Run.start(self.now),
            supports_pivot=lambda _: False,
            clock=lambda: self.now,
        )
        item = WorkItem(kind=WorkKind.HUNT, key=f"{GHOST.ecosystem}/{GHOST.name}", due_at=self.now)
        with self.ledger.write() as conn:
            work.offer(conn, [item], self.now)
            leased = lease(conn, WorkKind.HUNT, 1, self.now)
        return step.hunt(leased)

    def verify(self) -> None:
        """Verify whatever stands."""
        run = Run.start(self.now)
        with self.ledger.write() as conn:
            reports = findings.reports(conn, minimum=Confidence.CENSUS)
            work.offer(conn, [verify_item(one, run, self.now) for one in reports], self.now)
            leased = lease(conn, WorkKind.VERIFY, 100, self.now)
        VerifyStep(
            reader=self.forge, checks=Checks(Http(agent="test")), recorder=self._recorder(run)
        ).verify(leased)

    @property
    def findings(self) -> list[Finding]:
        """What stands, by repository and path."""
        with self.ledger.read() as conn:
            reports = list(findings.reports(conn, minimum=Confidence.CENSUS))
        return [report.finding for report in reports]

    @property
    def accused(self) -> list[str]:
        """Where something stands: `repository:path format`."""
        return sorted({f"{f.repository.path}:{f.sighting.path} {f.format}" for f in self.findings})


def _visit_item(repository_id: int, now: datetime) -> WorkItem:
    return WorkItem(kind=WorkKind.VISIT, key=str(repository_id), host=HOST, due_at=now)
