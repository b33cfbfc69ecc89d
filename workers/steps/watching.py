"""The rounds of the standing watch: each recurring step offers work of other kinds, and is due again."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, assert_never

from crawler.errors import GiveUp, Retry
from crawler.hosts.github.probe import ROOT_LOCKS
from crawler.hosts.github.query import requests_of
from crawler.model import Confidence, Refs, Skipped
from workers.ledger import findings, gaps, visits, watch, work
from workers.ledger.watch import WatchTask
from workers.ledger.work_items import WorkKind
from workers.reports.writing import write_report
from workers.runs import Run, Way
from workers.steps.drafting import drafts
from workers.steps.leases import settling
from workers.steps.looking import Round, look_round, run_of
from workers.steps.search import search_item, visit_items
from workers.steps.search_worth import next_searches, ranked
from workers.steps.verify_items import verify_item

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from crawler.model import Ecosystem, ProjectKey, Registry, Report, Repository
    from crawler.reporting import Edition
    from workers.configured_hosts import ConfiguredHosts
    from workers.ledger.ledger import Ledger
    from workers.ledger.watch import WatchEntry
    from workers.ledger.work_items import Leased

__all__ = ["SELDOM", "WatchStep"]

SELDOM = 7
"""How many times the period of confirmed findings passes until the unsure ones are verified again."""
_AFTER_TROUBLE = timedelta(minutes=30)
_UNTIL_VERIFIED = timedelta(minutes=2)
_MOST_WAITS = 30
"""For the findings of a report to be verified; then it is written with what is."""
Located = Callable[[Iterable[str]], tuple[Mapping[str, Sequence["Repository"]], Sequence[Skipped]]]
"""Returns the repositories that lines name, by host, and the lines that name none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchStep:
    """Everything that a round may need."""

    ledger: Ledger
    hosts: ConfiguredHosts
    registries: Mapping[Ecosystem, Registry]
    located: Located
    protected: Collection[ProjectKey]
    """Of the most used; whoever pins a release of theirs is no lure."""
    edition: Callable[[datetime], Edition]
    """Returns who writes a report, and to whom not."""
    clock: Callable[[], datetime]
    scale: float = 1.0
    """By which periods are divided."""

    def watch(self, leased: Iterable[Leased]) -> None:
        """Do one round of each; trouble is noted, and the next round is due all the same."""
        for item in leased:
            with settling(self.ledger, item, self.clock):
                with self.ledger.read() as conn:
                    entry = watch.of(conn, item.key)
                if entry is None:
                    self._end(item)
                    continue
                now = self.clock()
                try:
                    done = self._round(entry, now)
                except (Retry, GiveUp) as error:
                    trouble = Skipped(context=entry.key, reason=str(error))
                    done = Round(again=_AFTER_TROUBLE, skipped=(trouble,))
                self.ledger.transaction(partial(self._save, item, entry, done, now))

    def _end(self, item: Leased) -> None:
        self.ledger.transaction(lambda conn: work.finish(conn, item.id, item.fence, self.clock()))

    def _save(
        self, item: Leased, entry: WatchEntry, done: Round, now: datetime, conn: Connection
    ) -> None:
        pause = entry.period if done.again is None else done.again
        due_at = None if pause is None else now + pause / self.scale
        if not work.finish(conn, item.id, item.fence, now, due_at=due_at):
            return
        run = run_of(entry, now)
        found = visit_items(conn, list(done.repositories), self.hosts.reading, run, now, Way.REPOS)
        known = visits.last_visits(conn, [int(one.key) for one in found])
        fresh = [one for one in found if int(one.key) not in known]
        work.offer(conn, [*done.items, *fresh], now)
        watch.note(conn, entry.key, now, done.state)
        gaps.note(conn, WorkKind.PLAN, entry.key, done.skipped, now)

    def _round(self, entry: WatchEntry, now: datetime) -> Round:
        with self.ledger.read() as conn:
            match entry.task:
                case WatchTask.SEARCH:
                    return self._search(conn, entry, now)
                case WatchTask.SWEEP | WatchTask.LIST | WatchTask.OWNERS | WatchTask.ARCHIVE:
                    return look_round(conn, entry, self.hosts.named(entry.name), now, self.scale)
                case WatchTask.REPOS:
                    return self._repos(entry)
                case WatchTask.VERIFY:
                    return self._verify(conn, entry, now)
                case WatchTask.REPORT:
                    return self._report(conn, entry, now)
                case WatchTask.POLL:
                    return Round()
                case _:
                    assert_never(entry.task)

    def _search(self, conn: Connection, entry: WatchEntry, now: datetime) -> Round:
        """Offer as many searches as the host answers until the next round, less what is still open."""
        run = run_of(entry, now)
        queries = next_searches(
            conn,
            entry.name,
            ranked(conn, self.registries, now),
            requests=entry.options["requests"] - watch.open_searches(conn, entry.name),
            repeat=timedelta(seconds=entry.options["repeat"]) / self.scale,
            cost=lambda query: requests_of(query, ROOT_LOCKS),
            now=now,
        )
        items = [search_item(entry.name, query, run, now) for query in queries]
        # The queue goes by time: a microsecond apart, they are asked in this order.
        return Round(
            items=[
                replace(item, due_at=now - timedelta(microseconds=left))
                for left, item in zip(range(len(items), 0, -1), items, strict=True)
            ]
        )

    def _repos(self, entry: WatchEntry) -> Round:
        """Offer visits of what a list names since it was last read; an unreadable one is said."""
        try:
            lines = _lines(entry)
        except OSError as error:
            trouble = Skipped(context=str(entry.options["file"]), reason=str(error.strerror))
            return Round(skipped=(trouble,))
        digest = hashlib.sha256("\n".join(lines).encode()).hexdigest()
        found, skipped = self.located(lines)
        elsewhere = [
            Skipped(context=one.clone_url, reason=f"not at {entry.name}; list it at its own host")
            for host, of_one in found.items()
            for one in of_one
            if host != entry.name
        ]
        return Round(
            repositories=() if entry.state.get("digest") == digest else found.get(entry.name, ()),
            state={"digest": digest},
            skipped=(*skipped, *elsewhere),
        )

    def _verify(self, conn: Connection, entry: WatchEntry, now: datetime) -> Round:
        """Offer what was not verified within its period: at once what never was."""
        every = timedelta(seconds=entry.options["every"]) / self.scale
        run = Run.start(now, Refs.BRANCHES)
        due = [*_worth_telling(conn, now - every), *_others(conn, now - every * SELDOM)]
        return Round(items=[verify_item(report, run, now) for report in due])

    def _report(self, conn: Connection, entry: WatchEntry, now: datetime) -> Round:
        """Bring the report up to date, once what it may tell is verified; nothing is sent."""
        waits = int(entry.state.get("waits", 0))
        every = timedelta(seconds=entry.options["verified_every"]) / self.scale
        stale = _worth_telling(conn, now - every)
        if stale and waits < _MOST_WAITS:
            run = Run.start(now, Refs.BRANCHES)
            return Round(
                items=[verify_item(report, run, now) for report in stale],
                state={"waits": waits + 1},
                again=_UNTIL_VERIFIED,
            )
        made = drafts(conn, self.edition(now), self.protected)
        folder = Path(entry.options["folder"])
        written = write_report(made.reports, folder, (), made.edition, made.to_correct)
        notes = [Skipped(context=entry.options["folder"], reason=n) for n in written.plan.notes]
        return Round(state={"waits": 0}, skipped=notes)


def _lines(entry: WatchEntry) -> Sequence[str]:
    """Return the lines of a list; raises OSError where its file cannot be read."""
    file = entry.options.get("file")
    if file is None:
        return list(entry.options["urls"])
    return Path(file).read_text("utf-8-sig", errors="replace").splitlines()


def _worth_telling(conn: Connection, before: datetime) -> list[Report]:
    """Return what a letter may say and was not verified since `before`."""
    keys = findings.unverified(conn, before)
    return list(findings.reports(conn, minimum=Confidence.LIKELY, keys=keys))


def _others(conn: Connection, before: datetime) -> list[Report]:
    keys = findings.unverified(conn, before)
    unsure = findings.reports(conn, minimum=Confidence.CENSUS, keys=keys)
    least = Confidence.LIKELY.rank
    return [one for one in unsure if one.finding.match.confidence.rank < least]
