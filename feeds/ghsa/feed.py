"""GitHub's advisories of type malware, one feed per ecosystem.

Source: GitHub REST API, "List global security advisories". The list is walked from the advisory that
has not changed for the longest time to the newest; later walks begin two days before the newest one
known, so that what was listed late is not missed. An advisory that was withdrawn stays in the list with
its date. Withdrawals of the records that advisories were imported from, and those of the advisories, do
not reach each other by themselves: `crawler.verdicts` puts them together.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from crawler.errors import ConfigurationError, FeedError, GiveUp, Malformed, Unsupported
from crawler.hosts.github.api import GitHubApi
from crawler.model import Ecosystem, Record, Skipped
from crawler.net import NullBudget
from feeds.ghsa.answer import AdvisoryPage, advisories
from feeds.ghsa.cursor import GhsaCursor, Walk
from feeds.ghsa.record import ECOSYSTEMS, read_advisory
from feeds.guards import refuse_shrink
from feeds.interface import Feed, FeedContext, FeedPage, PollRequest
from feeds.recent import NOTHING, Recent, RecordChange

if TYPE_CHECKING:
    from crawler.hosts.github.objects import GlobalAdvisory
    from crawler.hosts.interface import HostSettings
    from crawler.net import Budget, Http

__all__ = ["GhsaMalware", "feeds"]

_MOST_PAGES = 2000
"""Of one poll; the next goes on behind them."""
_FEW = 5
"""So many advisories may stop being malware within two days; more than that is a list cut off."""
_CLOCKS_DIFFER = timedelta(days=1)


class GhsaMalware:
    """Feed `ghsa-malware` (PyPI) or `ghsa-malware:npm`; a record's id is its GHSA id."""

    def __init__(
        self,
        http: Http,
        host: HostSettings,
        ecosystem: Ecosystem = Ecosystem.PYPI,
        *,
        budget: Budget | None = None,
    ) -> None:
        """Ask the REST API of `host`; its token is optional (60 requests an hour without).

        `ecosystem` is PyPI or npm; `budget` the one that `http` spends from.
        """
        self._http, self._host, self._ecosystem = http, host, ecosystem
        self._budget = budget or NullBudget()
        suffix = "" if ecosystem is Ecosystem.PYPI else f":{ecosystem}"
        self.name = f"ghsa-malware{suffix}"

    def poll(self, request: PollRequest) -> Iterator[FeedPage]:
        """Yield new, changed and withdrawn advisories; see `feeds.interface.Feed.poll`.

        Raises ConfigurationError too, for a token that GitHub does not take.
        """
        api = GitHubApi(self._host, self._http, self._budget, lambda: request.now)
        cursor = GhsaCursor.of(request.cursor, self.name, GhsaCursor())
        recent, walk = cursor.recent, cursor.walk or Walk.begin(cursor.recent)
        for number in range(_MOST_PAGES):
            page = self._page(api, walk)
            if page is None and number == 0:
                walk = Walk.begin(walk.before)  # what it did stays done
                page = self._page(api, walk)
            if page is None:
                msg = (
                    f"{self.name}: the API refuses its own mark of the next page; poll again later"
                )
                raise FeedError(msg)
            recent, records, skipped = self._taken(recent, walk.before, page, request.now)
            unseen = walk.unseen - page.ids if page.is_whole else frozenset[str]()
            walk = replace(walk, unseen=unseen, after=page.after)
            if not walk.after:
                recent, emptied = self._ended(recent, walk, accept=request.accept_change)
                records += emptied
            after = GhsaCursor(recent=recent, walk=walk if walk.after else None)
            if after != cursor or records or skipped:
                yield FeedPage(records=records, cursor=after.to_payload(), skipped=skipped)
            if not walk.after:
                return

    def _page(self, api: GitHubApi, walk: Walk) -> AdvisoryPage | None:
        """Ask for the page that `walk` stands before; None where its mark is no longer taken."""
        before, word = walk.before, ECOSYSTEMS[self._ecosystem]
        since = None if before == NOTHING else before.since.date()
        try:
            page = advisories(api, self.name, word, since=since, after=walk.after)
        except Unsupported as error:
            if walk.after:
                return None
            raise self._refused(error) from error
        except GiveUp as error:
            raise self._refused(error) from error
        if page.after and page.after == walk.after:
            msg = f"{self.name}: the list of advisories leads round in a circle; poll again later"
            raise FeedError(msg)
        return page

    def _refused(self, error: GiveUp) -> FeedError:
        msg = (
            f"{self.name}: {error}; check the API address of {self._host.name} in the configuration"
        )
        return FeedError(msg)

    def _taken(
        self, recent: Recent, before: Recent, page: AdvisoryPage, now: datetime
    ) -> tuple[Recent, tuple[Record, ...], tuple[Skipped, ...]]:
        """Read what is new on `page`; an advisory of the future is left for the day it speaks of."""
        skipped, done, records = list(page.skipped), list[RecordChange](), dict[str, Record]()
        for advisory in page.advisories:
            fields = advisory.fields
            change = RecordChange(at=fields.updated_at, id=fields.ghsa_id, digest=advisory.digest)
            if change in before or change in recent.changes:
                continue
            try:
                record, unused = self._reading(fields, now)
            except Malformed as error:
                skipped.append(Skipped(context=fields.ghsa_id[:60], reason=str(error)))
                continue
            records[record.id] = record
            skipped += unused
            done.append(change)
        return recent.after(done), tuple(records.values()), tuple(skipped)

    def _reading(self, advisory: GlobalAdvisory, now: datetime) -> tuple[Record, Sequence[Skipped]]:
        latest = max(advisory.updated_at, advisory.published_at)
        if latest > now + _CLOCKS_DIFFER:
            msg = f"dated {latest.isoformat()}, which has not come yet"
            raise Malformed(msg)
        return read_advisory(advisory, self.name, self._ecosystem)

    def _ended(
        self, recent: Recent, walk: Walk, *, accept: bool
    ) -> tuple[Recent, tuple[Record, ...]]:
        """Return what is done after a walk and, emptied, what the walk should have met and did not.

        Raises FeedError where that is too much to be true, or where the first walk met nothing.
        """
        known, lost = walk.before.ids, walk.unseen
        if not recent.changes and not accept:
            msg = (
                f"{self.name}: the API tells no readable advisory at all; check its address, or poll "
                "with --accept-change if there are none"
            )
            raise FeedError(msg)
        if len(lost) > _FEW or lost == known:
            what = "the list of the last two days"
            met = len(known) - len(lost)
            refuse_shrink(self.name, what, before=len(known), after=met, accept=accept)
        emptied = tuple(Record(id=i, assertions=()) for i in sorted(lost))
        return recent.without(lost), emptied


def feeds(context: FeedContext) -> tuple[Feed, ...]:
    """Return one feed an ecosystem; raises ConfigurationError where no GitHub is configured."""
    github = context.github
    if github is None:
        msg = "no host of kind github is configured: set one in [hosts]"
        raise ConfigurationError(msg)
    http, budget = context.github_http or context.http, context.github_budget
    known = (e for e in context.ecosystems if e in ECOSYSTEMS)
    return tuple(GhsaMalware(http, github, e, budget=budget) for e in known)
