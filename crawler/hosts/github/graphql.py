"""GitHub's sweep: list repositories and see the locks at their roots in one GraphQL request.

A search answers at most 1,000 repositories, so the sweep walks through windows of time, oldest first
(`windows.py`). A page that the host cannot give (a root folder with a million files takes longer than
its 10 s) is asked again for fewer repositories and by the usual names of locks alone, and that is said.
Sources: GitHub GraphQL schema (Query.search, Repository.object, Tree); facts/hosts.md.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from crawler.errors import Defer, GiveUp, Malformed, Refused, Retry, TooLarge
from crawler.hosts.github.api import QueryTooExpensive
from crawler.hosts.github.probe import NAMES_ONLY, Probe, probe_of
from crawler.hosts.github.sweep_query import PageQuery
from crawler.hosts.github.windows import CAP, SweepCursor, Window, chosen, read_cursor, rungs, start
from crawler.hosts.interface import ListPage
from crawler.model import Skipped

if TYPE_CHECKING:
    from crawler.hosts.answers import JsonObject
    from crawler.hosts.github.api import Fault, GitHubApi, GraphqlAnswer
    from crawler.hosts.github.probe import Located
    from crawler.model import Repository

__all__ = ["RepositorySweep", "SweepBy", "SweepPage", "SweepPlan"]

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
    """Without those of which the host could not tell the files at the root."""
    unsure: tuple[Skipped, ...] = ()
    """What it could not tell of these: whoever reads them sees it."""


@dataclass(frozen=True, slots=True)
class RepositorySweep:
    """Lists public repositories, forks included."""

    api: GitHubApi
    located: Located
    plan: SweepPlan

    def pages(self, cursor: str | None, wanted: Callable[[str], int], most: int = 10) -> SweepPage:
        """Ask for up to `most` pages, so that the texts of their locks can be fetched together.

        What comes before an error is returned; the error itself meets whoever goes on at the cursor.
        Raises like `page`.
        """
        whole = self.page(cursor, wanted)
        for _ in range(most - 1):
            if whole.listed.next_cursor is None:
                break
            try:
                whole = _joined(whole, self.page(whole.listed.next_cursor, wanted))
            except (Defer, Retry, GiveUp):
                break
        return whole

    def page(self, cursor: str | None, wanted: Callable[[str], int] | None = None) -> SweepPage:
        """Ask for one page of 100; `wanted` says by name which files at the root are locks.

        Without `wanted` no root is looked at, and there are no probes. A page may be empty and have a
        next one. Raises Defer, Retry, or Refused for a cursor that is not ours.
        """
        place = self._start() if cursor is None else read_cursor(cursor)
        if place.window.is_open:
            return _turned(replace(place, window=self._chosen(place)))
        asked = self._query(place, root=wanted is not None)
        said: tuple[Skipped, ...] = ()
        try:
            answer = self._ask(asked)
        except (QueryTooExpensive, TooLarge):
            if wanted is None:
                raise
            asked, said = asked.in_need(wanted), (NAMES_ONLY,)
            answer = self._ask(asked)
        found = self._listing(answer)
        count = found.number("repositoryCount")
        if place.after is None and count > CAP and place.window.seconds > 1:
            return _turned(place.narrowed())
        place, more = _onward(_looking_ahead(place, asked, answer), count, found)
        return self._seen(asked, answer, wanted, place.written(), said + more)

    def pushed_since(self, when: datetime) -> str:
        """Return the first cursor of a list of what was pushed to since `when`, which is aware."""
        until = max(when, self.api.now())
        return start(when, until, by=SweepBy.PUSHED.value).written() or ""

    def _start(self) -> SweepCursor:
        return start(self.plan.since, self.plan.until or self.api.now())

    def _query(self, place: SweepCursor, *, root: bool) -> PageQuery:
        window = place.window
        ladder: tuple[Window, ...] = ()
        if place.after is None and window.last < place.until:
            ladder = rungs(replace(window, first=window.last + 1), place.until)
        return PageQuery(
            by=place.by or self.plan.by, window=window, after=place.after, root=root, ladder=ladder
        )

    def _ask(self, asked: PageQuery) -> GraphqlAnswer:
        return self.api.graphql(asked.text, asked.variables)

    def _chosen(self, place: SweepCursor) -> Window:
        """Choose the window at `place` where no page told it; costs a request that lists nothing."""
        ladder = rungs(place.window, place.until)
        asked = PageQuery(by=place.by or self.plan.by, ladder=ladder)
        return chosen(ladder, asked.counts(self._ask(asked).data))

    def _listing(self, answer: GraphqlAnswer) -> JsonObject:
        found = answer.data.node("search")
        if found is None:
            why = answer.faults[0].message if answer.faults else "no answer"
            raise Malformed(f"the list of {self.api.settings.name}: {why}")
        return found

    def _seen(
        self,
        asked: PageQuery,
        answer: GraphqlAnswer,
        wanted: Callable[[str], int] | None,
        cursor: str | None,
        said: tuple[Skipped, ...],
    ) -> SweepPage:
        """Read the repositories; where a root is unsure the repository is listed and not probed."""
        faults = [fault for fault in answer.faults if fault.path[:1] == ("search",)]
        nodes = self._listing(answer).nodes("nodes")
        there = {str(index) for index, node in enumerate(nodes) if node is not None}
        about = [fault for fault in faults if fault.path[2:] and fault.path[2] in there]
        unsure = [fault for fault in about if fault.path[3:4] != ("parent",)]
        repositories, probes, skipped = _read_listed(
            nodes,
            self.located,
            paths=asked.paths,
            wanted=wanted if asked.root else None,
            unsure={fault.path[2] for fault in unsure},
        )
        listed = ListPage(
            repositories=repositories,
            next_cursor=cursor,
            skipped=said + skipped + _skipped(f for f in faults if f not in unsure),
        )
        return SweepPage(
            listed=listed,
            probes=() if wanted is None else probes,
            unsure=_skipped(unsure),
        )


def _read_listed(
    nodes: Sequence[JsonObject | None],
    located: Located,
    *,
    paths: Mapping[str, str],
    wanted: Callable[[str], int] | None,
    unsure: Collection[str],
) -> tuple[tuple[Repository, ...], tuple[Probe, ...], tuple[Skipped, ...]]:
    """Return the repositories, the probes of those whose root is sure, and what is left out.

    `paths` maps an alias to the file that was asked for by name; `wanted` says which names at the root
    count (None: no root was asked for); `unsure` are the places of those that the host reported errors of.
    """
    repositories: list[Repository] = []
    probes: list[Probe] = []
    skipped: list[Skipped] = []
    for index, node in enumerate(nodes):
        try:
            if node is None or not node.fields:
                raise Malformed("the host left it out")
            bare = probe_of(node, {}, located)
            if bare.private:
                raise Refused("private: only public repositories are listed")
            repositories.append(bare.repository)
            if str(index) not in unsure:
                probe = probe_of(node, paths, located, wanted)
                probes.append(probe if wanted else probe.with_names_only())
        except GiveUp as error:
            skipped.append(Skipped(context=f"search.nodes[{index}]", reason=str(error)))
    return tuple(repositories), tuple(probes), tuple(skipped)


def _skipped(faults: Iterable[Fault]) -> tuple[Skipped, ...]:
    return tuple(Skipped(context=".".join(f.path), reason=f.message) for f in faults)


def _turned(place: SweepCursor) -> SweepPage:
    """Return a page without repositories: the next request is about another window."""
    return SweepPage(listed=ListPage(repositories=(), next_cursor=place.written()))


def _joined(one: SweepPage, other: SweepPage) -> SweepPage:
    listed = ListPage(
        repositories=one.listed.repositories + other.listed.repositories,
        next_cursor=other.listed.next_cursor,
        skipped=one.listed.skipped + other.listed.skipped,
    )
    return SweepPage(
        listed=listed, probes=one.probes + other.probes, unsure=one.unsure + other.unsure
    )


def _looking_ahead(place: SweepCursor, asked: PageQuery, answer: GraphqlAnswer) -> SweepCursor:
    """Note the next window where the answer tells it; counts that failed are asked again by themselves."""
    if not asked.ladder:
        return place
    try:
        return replace(place, ahead=chosen(asked.ladder, asked.counts(answer.data)))
    except Malformed:
        return place


def _onward(
    place: SweepCursor, count: int, found: JsonObject
) -> tuple[SweepCursor, tuple[Skipped, ...]]:
    """Return the next place; a window that shrank while we paged is read again from its start."""
    changed = place.after is not None and (count < place.count or count > CAP >= place.count)
    if changed and place.restarts < _MOST_RESTARTS:
        return replace(place, after=None, count=0, restarts=place.restarts + 1), ()
    window = f"repositories {place.window}"
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
    if count > CAP:
        reason = f"{count - CAP} beyond the first {CAP}; not divisible any further"
        said.append(Skipped(context=window, reason=reason))
    return place.onward(), tuple(said)
