"""A GitHub, a ledger, and the sweep between them, for tests of what a sweep leaves behind."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from crawler import lockfiles, pipeline
from crawler.hosts.github.host import GitHub
from crawler.model import LockId, Outcome
from tests.servers.github_schema import errors_of
from tests.servers.leasing import lease
from tests.servers.small_world import repository, world
from tests.values import REGISTRIES
from workers.demo.github import GithubApp
from workers.demo.model import WorldRepository
from workers.demo.web import Request, Response
from workers.ledger import frontier, sightings, visits, work
from workers.ledger.ledger import Ledger
from workers.ledger.work_items import Leased, WorkItem, WorkKind
from workers.runs import Run
from workers.steps.recording import VisitRecorder
from workers.steps.search import list_item
from workers.steps.sweep import SweepStep
from workers.steps.visit import VisitStep

HOST = "github.example"
LOCK = b'version = 1\n[[package]]\nname = "zz-ghost-one"\nversion = "1.0"\n'
WITH_LOCK = repository("o/with-lock", {"uv.lock": LOCK, "README.md": b"a\n"})
PLAIN = repository("o/plain", {"README.md": b"b\n"})
EMPTY = repository("o/empty", {})
FOLDER = repository("o/folder", {"uv.lock": LOCK, "app/uv.lock": LOCK + b"# in a folder\n"})
Damage = Callable[[dict[str, Any]], None]
"""Changes what GitHub answers, in place."""


@dataclass
class Site:
    """GitHub as it is now; another one may take its place between two sweeps."""

    app: GithubApp
    damage: Damage = lambda _: None
    offset: float = 0.0
    """Seconds by which the clocks of all are ahead."""
    rest: Response | None = None
    """What every question to the REST API is answered with; None: the truth."""

    def show(self, *repositories: WorldRepository) -> None:
        self.app = GithubApp(world(*repositories), clock=self.clock, check=errors_of)

    def clock(self) -> float:
        return time.time() + self.offset

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.clock(), UTC)

    def __call__(self, request: Request) -> Response:
        if self.rest is not None and request.path != "/graphql":
            return self.rest
        response = self.app(request)
        if request.path != "/graphql":
            return response
        assert isinstance(response.body, bytes)
        content = json.loads(response.body)
        self.damage(content)
        return replace(response, body=json.dumps(content).encode())


@dataclass
class Bench:
    """A ledger, a GitHub, and the steps between them."""

    ledger: Ledger
    site: Site
    host: GitHub
    run: Run = field(default_factory=lambda: Run(id="20261122"))
    parse: pipeline.ParseUnknown = lockfiles.parse_unknown

    @property
    def recorder(self) -> VisitRecorder:
        return VisitRecorder(
            ledger=self.ledger,
            host=self.host,
            registries=REGISTRIES,
            run=self.run,
            parse=self.parse,
            clock=self.site.now,
        )

    def lease(self, kind: WorkKind) -> tuple[Leased, ...]:
        with self.ledger.write() as conn:
            return lease(conn, kind, 1000, self.site.now())

    def offer(self, item: WorkItem) -> None:
        with self.ledger.write() as conn:
            work.offer(conn, [item], self.site.now())

    def sweep(self) -> int:
        """Sweep from the start to the end; return how many requests that took."""
        before = self.site.app.stats().total
        self.offer(list_item(HOST, self.run, self.site.now()))
        while leased := self.lease(WorkKind.LIST):
            SweepStep(host=self.host, recorder=self.recorder).sweep(leased)
        return self.site.app.stats().total - before

    def read(self) -> list[str]:
        """Do the reads that are due; return their repositories."""
        leased = self.lease(WorkKind.READ)
        with self.ledger.read() as conn:
            known = frontier.repositories(conn, [int(item.key) for item in leased])
            hints = {r.path: frontier.search_hit_paths(conn, i) for i, r in known.items()}
        reader = self.host.reader({path: found for path, found in hints.items() if found})
        VisitStep(reader=reader, at_root=True, recorder=self.recorder).visit(leased)
        return sorted(one.path for one in known.values())

    def save(self, path: str, *hints: str) -> int:
        """Return the id of the repository at `path`, in whose folders a search saw `hints`."""
        with self.ledger.write() as conn:
            (repository_id,) = frontier.save(conn, [self.host.repository(path)], self.site.now())
            for hint in hints:
                frontier.add_hint(conn, repository_id, hint, self.site.now())
        return repository_id

    def outcomes(self) -> dict[str, list[Outcome]]:
        """Return path -> how its visits ended, the last one first."""
        with self.ledger.read() as conn:
            known = frontier.repositories(conn, range(1, frontier.count(conn) + 1))
            return {
                one.path: [past.outcome for past in visits.history(conn, i)]
                for i, one in known.items()
            }

    def seen(self) -> list[str]:
        """Return where locks were seen, `repository:path`."""
        with self.ledger.read() as conn:
            rows = conn.exec_driver_sql("SELECT DISTINCT oid, reading FROM sighting")
            locks = [LockId(oid=oid, reading=reading) for oid, reading in rows]
            found = sightings.of_locks(conn, locks)
            return sorted(f"{one.repository.path}:{one.sighting.path}" for one in found)

    def waits(self, kind: WorkKind) -> list[timedelta]:
        """Return in how much time each open piece of work is due."""
        now = self.site.now()
        with self.ledger.read() as conn:
            (queue,) = [one for one in work.counts(conn, now) if one.kind is kind]
        waiting = [] if queue.next_due_at is None else [queue.next_due_at - now]
        return [timedelta()] * queue.due + waiting * queue.waiting


def nodes(content: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the repositories of a page; none where the answer is no page."""
    found: list[dict[str, Any]] = content.get("data", {}).get("search", {}).get("nodes", [])
    return found
