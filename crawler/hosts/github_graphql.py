"""GitHub's sweep lane: list repositories and probe their root locks in one GraphQL request.

A search answers at most 1,000 repositories, so the sweep walks through windows of time, oldest first,
and divides a window that holds more. Its cursor holds the windows that are left.
Sources: GitHub GraphQL schema (Query.search, Repository.object, Blob); facts/hosts.md.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import TYPE_CHECKING

from crawler.errors import GiveUp, Malformed, Refused
from crawler.hosts.github_probe import ROOT_LOCKS, Probe, probe_of, repository_fields
from crawler.hosts.interface import ListPage
from crawler.model import Skipped

if TYPE_CHECKING:
    from crawler.hosts.answers import Node
    from crawler.hosts.github_api import Fault, GitHubApi
    from crawler.hosts.github_probe import Located

__all__ = ["RepositorySweep", "SweepBy", "SweepPage", "SweepPlan"]

_CAP = 1000
_COMFORTABLE = 800
_MOST_PIECES = 32
_MOST_RESTARTS = 3
_OPENED = datetime(2008, 1, 1, tzinfo=UTC)


class SweepBy(StrEnum):
    """Which date of a repository the windows are about."""

    CREATED = "created"
    PUSHED = "pushed"


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepPlan:
    """Which repositories a sweep lists."""

    by: SweepBy = SweepBy.CREATED
    since: datetime = _OPENED
    """UTC, included; by default the year in which GitHub opened."""
    until: datetime | None = None
    """UTC, included; None is the moment of the first page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepPage:
    """A page of the list, with what the same request learned about locks."""

    listed: ListPage
    probes: tuple[Probe, ...] = ()
    """Without those in which the host could not look up a lock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where a sweep is."""

    windows: tuple[tuple[int, int], ...]
    """First and last Unix second of each window that is left, oldest first."""
    after: str | None = None
    count: int = 0
    """How many repositories the window had on its first page."""
    restarts: int = 0

    def written(self) -> str | None:
        """Write the cursor; None at the end."""
        if not self.windows:
            return None
        return json.dumps([self.windows, self.after, self.count, self.restarts])


@dataclass(frozen=True, slots=True)
class RepositorySweep:
    """Lists public repositories, forks included."""

    api: GitHubApi
    located: Located
    plan: SweepPlan
    root_locks: Sequence[str] = field(default=ROOT_LOCKS)

    def page(self, cursor: str | None) -> SweepPage:
        """Ask for one page of 100; raises Defer, Retry, or Refused for a cursor that is not ours."""
        place = self._start() if cursor is None else _read_place(cursor)
        found, faults = self._ask(place)
        count = found.number("repositoryCount")
        if place.after is None and count > _CAP:
            pieces = _divided(place.windows[0], count)
            if len(pieces) > 1:
                further = _Place(windows=pieces + place.windows[1:])
                return SweepPage(listed=ListPage(repositories=(), next_cursor=further.written()))
        probes, skipped = self._probes(found)
        unsure = {f.path[2] for f in faults if f.path[:2] == ("search", "nodes") and f.path[2:]}
        skipped += tuple(
            Skipped(context=".".join(fault.path), reason=fault.message) for fault in faults
        )
        further, said = _onward(place, count, found)
        repositories = tuple(probe.repository for probe in probes.values())
        listed = ListPage(
            repositories=repositories, next_cursor=further.written(), skipped=skipped + said
        )
        sure = tuple(probe for index, probe in probes.items() if str(index) not in unsure)
        return SweepPage(listed=listed, probes=sure)

    def _start(self) -> _Place:
        until = self.plan.until or self.api.now()
        first, last = int(self.plan.since.timestamp()), int(until.timestamp())
        return _Place(windows=((first, max(first, last)),))

    def _ask(self, place: _Place) -> tuple[Node, tuple[Fault, ...]]:
        first, last = (_iso(second) for second in place.windows[0])
        variables: dict[str, object] = {
            "query": f"is:public fork:true {self.plan.by}:{first}..{last}",
            "after": place.after,
        }
        variables |= {f"e{i}": f"HEAD:{path}" for i, path in enumerate(self.root_locks)}
        answer = self.api.graphql(_sweep_query(len(self.root_locks)), variables)
        found = answer.data.node("search")
        if found is None:
            why = answer.faults[0].message if answer.faults else "no answer"
            raise Malformed(f"the list of {self.api.settings.name}: {why}")
        return found, answer.faults

    def _probes(self, found: Node) -> tuple[dict[int, Probe], tuple[Skipped, ...]]:
        paths = {f"l{i}": path for i, path in enumerate(self.root_locks)}
        probes: dict[int, Probe] = {}
        skipped: list[Skipped] = []
        for index, node in enumerate(found.nodes("nodes")):
            try:
                if node is None or not node.fields:
                    raise Malformed("the host left it out")
                probe = probe_of(node, paths, self.located)
                if probe.private:
                    raise Refused("private: only public repositories are listed")
                probes[index] = probe
            except GiveUp as error:
                skipped.append(Skipped(context=f"search.nodes[{index}]", reason=str(error)))
        return probes, tuple(skipped)


def _sweep_query(locks: int) -> str:
    declared = "".join(f", $e{i}: String!" for i in range(locks))
    fields = repository_fields({f"l{i}": f"e{i}" for i in range(locks)})
    return (
        f"query($query: String!, $after: String{declared}) {{"
        " search(type: REPOSITORY, query: $query, first: 100, after: $after) {"
        " repositoryCount pageInfo { hasNextPage endCursor }"
        f" nodes {{ ... on Repository {{ {fields} }} }} }} }}"
    )


def _onward(place: _Place, count: int, found: Node) -> tuple[_Place, tuple[Skipped, ...]]:
    """Return the next place; a window that shrank while we paged is read again from its start."""
    changed = place.after is not None and (count < place.count or count > _CAP >= place.count)
    if changed and place.restarts < _MOST_RESTARTS:
        return _Place(windows=place.windows, restarts=place.restarts + 1), ()
    first, last = (_iso(second) for second in place.windows[0])
    window = f"repositories {first}..{last}"
    said: list[Skipped] = []
    if changed:
        said.append(
            Skipped(context=window, reason="changes while being listed; some may be missing")
        )
    info = found.node("pageInfo")
    end = None if info is None else info.optional_text("endCursor")
    if info is not None and info.flag("hasNextPage") and end not in {None, place.after}:
        onward = replace(place, after=end, count=count if place.after is None else place.count)
        return onward, tuple(said)
    if count > _CAP:
        reason = f"{count - _CAP} beyond the first {_CAP}; not divisible any further"
        said.append(Skipped(context=window, reason=reason))
    return _Place(windows=place.windows[1:]), tuple(said)


def _divided(window: tuple[int, int], count: int) -> tuple[tuple[int, int], ...]:
    """Divide a window evenly into as many pieces as its count asks for; a second is indivisible."""
    first, last = window
    seconds = last - first + 1
    pieces = min(-(-count // _COMFORTABLE), _MOST_PIECES, seconds)
    edges = [first + seconds * i // pieces for i in range(pieces + 1)]
    return tuple((a, b - 1) for a, b in pairwise(edges))


def _iso(second: int) -> str:
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=second)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _read_place(cursor: str) -> _Place:
    try:
        windows, after, count, restarts = json.loads(cursor)
        pairs = tuple((int(first), int(last)) for first, last in windows)
        return _Place(
            windows=(pairs[0], *pairs[1:]),
            after=None if after is None else str(after),
            count=int(count),
            restarts=int(restarts),
        )
    except (ValueError, TypeError, IndexError, RecursionError) as error:
        raise Refused("this cursor is not one of the sweep; start afresh") from error
