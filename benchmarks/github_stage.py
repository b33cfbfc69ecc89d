"""A simulated GitHub that serves, our host before it, and the memory of one who sweeps it.

The host is the demo's, with the limits of the real one; waits pass at once, and what it counts is what is
measured. The memory keeps heads and locks as a ledger would, so that a second sweep reads what changed.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from benchmarks.github_world import QuickResolvers
from crawler.hosts.github.host import GitHub
from crawler.hosts.interface import HostKind, HostSettings
from crawler.lockfiles import crawl_worth, parse
from crawler.model import Outcome, ReadRequest
from crawler.net import Http, HttpLimits
from workers.demo.github import GithubApp
from workers.demo.loopback import Server

if TYPE_CHECKING:
    from crawler.hosts.github.graphql import SweepPlan
    from crawler.model import SeenFile, Visit
    from crawler.net import Bucket, Quota
    from workers.demo.model import World

__all__ = ["Memory", "Pace", "Stage", "serving"]

_BETWEEN_SEARCHES = 6.5
"""Seconds: ten code searches a minute are allowed."""
_PATIENT = HttpLimits(total_seconds=600, idle_seconds=600)
"""The first code search builds the index."""


class Pace:
    """A budget and a clock in one: waits pass at once, and what the host says is noted."""

    def __init__(self) -> None:
        self.now = time.time()
        self.points: Counter[str] = Counter()
        self.bytes_down = 0

    def spend(self, bucket: Bucket) -> None:
        """Let the time between two code searches pass."""
        if bucket.resource == "code_search":
            self.now += _BETWEEN_SEARCHES

    def learn(self, bucket: Bucket, quota: Quota) -> None:
        """Note what has been used up."""
        self.bytes_down += quota.bytes_down
        if quota.limit is not None and quota.remaining is not None:
            self.points[bucket.resource] = quota.limit - quota.remaining

    def failed(self, bucket: Bucket, why: str) -> None:
        """End: nothing may fail on loopback."""
        raise SystemExit(f"{bucket.host}: {why}")


@dataclass(slots=True)
class Memory:
    """What the ledger would remember."""

    digests: frozenset[str]
    """sha256 of all files of all ghosts."""
    heads: dict[str, dict[str, str]] = field(default_factory=dict)
    ghostly: dict[str, bool] = field(default_factory=dict)
    """Blob id of every lock that was read -> whether it pins a ghost."""
    found: set[str] = field(default_factory=set)
    outcomes: Counter[Outcome] = field(default_factory=Counter)
    gaps: int = 0

    def request(self) -> ReadRequest:
        """Return what a reader is asked for."""
        return ReadRequest(wanted=crawl_worth, known=self._known, heads=self.heads)

    def keep(self, visits: Iterable[Visit]) -> None:
        """Parse the new locks of `visits` and note the repositories that pin a ghost."""
        for visit in visits:
            self.outcomes[visit.outcome] += 1
            self.gaps += len(visit.skipped)
            for blob in visit.blobs:
                self.ghostly[blob.oid] = self._pins_ghost(blob.path, blob.data)
            if any(self.ghostly.get(sighting.oid) for sighting in visit.sightings):
                self.found.add(visit.repository.path)
            heads = {head.ref: head.commit for head in visit.heads}
            self.heads[visit.repository.path] = heads

    def _known(self, files: Collection[SeenFile]) -> Collection[str]:
        return [file.oid for file in files if file.oid in self.ghostly]

    def _pins_ghost(self, path: str, data: bytes) -> bool:
        pins = parse(path, data).pins
        return any(digest.hex in self.digests for pin in pins for digest in pin.digests)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A GitHub that serves, and our host in front of it."""

    app: GithubApp
    pace: Pace
    host: Callable[[SweepPlan], GitHub]

    @property
    def requests(self) -> int:
        """What the host has counted so far."""
        return self.app.stats().total


@contextmanager
def serving(world: World) -> Iterator[Stage]:
    """Serve `world` on loopback, with the limits of the real GitHub, until the block ends."""
    pace = Pace()
    app = GithubApp(world, clock=lambda: pace.now, resolvers=QuickResolvers(world))
    settings = HostSettings(
        name="github.example",
        kind=HostKind.GITHUB,
        web_url="https://github.example",
        api_url="https://api.github.example",
        token="t",  # noqa: S106 - the fake takes any
    )
    with Server({"api.github.example": app}) as server:
        http = Http(agent="benchmark", budget=pace, limits=_PATIENT, connect_to=server.connect_to)
        clock = lambda: datetime.fromtimestamp(pace.now, UTC)  # noqa: E731
        yield Stage(
            app=app,
            pace=pace,
            host=lambda plan: GitHub(settings, http, pace, clock, plan=plan),
        )
        http.close()
