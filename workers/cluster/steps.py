"""Which step does which kind of work."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from crawler.errors import (
    ConfigurationError,
    Defer,
    FeedError,
    GiveUp,
    Retry,
    Unsupported,
    UsageError,
)
from crawler.hosts.github.host import GitHub
from crawler.hosts.interface import Lister, OwnerLister, RelatedLister, Searcher
from crawler.model import Skipped
from workers.ledger import frontier, gaps, watch, work
from workers.ledger.watch import WatchTask
from workers.ledger.work_items import WorkKind
from workers.runs import Run
from workers.steps.accounts import AccountStep, is_about_account
from workers.steps.histories import Histories
from workers.steps.hunt import HuntStep
from workers.steps.leases import settling
from workers.steps.owned import OwnedRepositories
from workers.steps.pivot import PivotStep
from workers.steps.poll import poll
from workers.steps.recording import VisitRecorder
from workers.steps.search import ListStep, Look, SearchStep
from workers.steps.submodules import SubmoduleVisits
from workers.steps.sweep import SweepStep
from workers.steps.tokenless import TokenlessReader
from workers.steps.verify import VerifyStep
from workers.steps.visit import VisitStep
from workers.steps.watching import WatchStep
from workers.targets import repositories_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from sqlalchemy import Connection

    from crawler.hosts.interface import Host
    from crawler.model import ProjectKey, Reader
    from workers.ledger.work_items import Leased
    from workers.wiring import Wiring

__all__ = ["Steps"]

_GATHERED = timedelta(minutes=1)
"""From a changed verdict to its searches: a poll has many pages, and all of them are planned together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Learned:
    """How the poll of all feeds of a source ended."""

    unread: tuple[Skipped, ...]
    """Feeds that failed, and why."""
    wait: Defer | ConfigurationError | None
    """What the first of them waits for that could not be asked to its end yet."""


class Steps:
    """Does leased work of any kind; each method reads by id and hands over to its step."""

    def __init__(self, wiring: Wiring) -> None:
        """Take the parts from `wiring`, each when it is first needed."""
        self._wiring = wiring

    def do(self, kind: WorkKind, held: Sequence[Leased]) -> None:
        """Do work of one kind and lane that was begun in a turn of ours, and end each of it.

        An error that a step let through ends what is left of the batch, each on its own.
        """
        try:
            self._steps[kind](held)
        except (Defer, Retry, GiveUp, ConfigurationError, UsageError):
            for item in held:
                with settling(self._wiring.ledger, item, self._wiring.clock):
                    raise

    @property
    def _steps(self) -> Mapping[WorkKind, Callable[[Sequence[Leased]], object]]:
        return {
            WorkKind.POLL: self._poll,
            WorkKind.SEARCH: self._search,
            WorkKind.LIST: self._list,
            WorkKind.PIVOT: self._pivot,
            WorkKind.READ: self._read,
            WorkKind.VISIT: self._visit,
            WorkKind.PRIVATE: self._private,
            WorkKind.HUNT: self._hunt,
            WorkKind.VERIFY: self._verify,
            WorkKind.PLAN: self._watch,
        }

    def _poll(self, leased: Sequence[Leased]) -> None:
        ledger = self._wiring.ledger
        for item in leased:
            with settling(ledger, item, self._wiring.clock):
                learned = self._learn(item)
                if learned.wait is not None:
                    ledger.transaction(partial(self._note_unread, item, learned.unread))
                    raise learned.wait
                ledger.transaction(partial(self._end_poll, item, learned.unread))

    def _learn(self, item: Leased) -> _Learned:
        """Take what is new in the feeds of `item`; one that fails keeps its pages and hides no other."""
        wiring = self._wiring
        unread: list[Skipped] = []
        wait: Defer | ConfigurationError | None = None
        for feed in wiring.feeds(item.key, governed=True):
            pages = poll(
                wiring.ledger, feed, wiring.clock, protected=wiring.protected, then=self._wake
            )
            try:
                for _ in pages:
                    if not self._is_ours(item):
                        return _Learned(unread=(), wait=None)
            except (Defer, ConfigurationError) as error:
                wait = wait or error
            except (FeedError, Retry, GiveUp) as error:
                reason = str(error).removeprefix(f"{feed.name}: ")
                unread.append(Skipped(context=feed.name, reason=reason))
        return _Learned(unread=tuple(unread), wait=wait)

    def _is_ours(self, item: Leased) -> bool:
        """Say whether the turn of `item` is not lost: a poll has many pages, and another may ask for them now."""
        with self._wiring.ledger.read() as conn:
            return bool(work.held(conn, [(item.id, item.fence)]))

    def _wake(self, conn: Connection, _changed: Collection[ProjectKey]) -> None:
        """Let the watch search for what has changed, once the pages that follow are in as well."""
        now = self._wiring.clock()
        watch.wake(conn, WatchTask.SEARCH, now + _GATHERED / self._scale, now)

    def _end_poll(self, item: Leased, unread: Sequence[Skipped], conn: Connection) -> None:
        """Make a poll due again as long as it is watched.

        So it is where a feed failed: a host that is down for an hour must not end its feed for ever.
        """
        now = self._wiring.clock()
        entry = watch.of(conn, f"{WatchTask.POLL} {item.key}")
        due_at = None if entry is None else entry.next_round(now, self._scale)
        if work.finish(conn, item.id, item.fence, now, due_at=due_at):
            self._note_unread(item, unread, conn)

    @property
    def _scale(self) -> float:
        return self._wiring.settings.network.scale

    def _note_unread(self, item: Leased, unread: Sequence[Skipped], conn: Connection) -> None:
        gaps.note(conn, WorkKind.POLL, item.key, unread, self._wiring.clock())

    def _search(self, leased: Sequence[Leased]) -> None:
        host = self._host(leased)
        if not isinstance(host, Searcher):
            msg = f"{host.settings.name} has no code search"
            raise UsageError(msg)
        step = SearchStep(
            ledger=self._wiring.ledger,
            host=host,
            name=host.settings.name,
            reading=self._wiring.hosts.reading,
            clock=self._wiring.clock,
            scale=self._scale,
        )
        step.search(leased)

    def _list(self, leased: Sequence[Leased]) -> None:
        host = self._host(leased)
        for run, items in _by_run(leased).items():
            of_owners = [item for item in items if Look.from_payload(item.payload).owner]
            for item in of_owners:
                owned = self._owned(host, Look.from_payload(item.payload).owner)
                self._list_only(owned, host.settings.name, [item])
            if rest := [item for item in items if item not in of_owners]:
                self._list_all(host, run, rest)

    def _list_all(self, host: Host, run: Run, leased: Sequence[Leased]) -> None:
        name = host.settings.name
        if not isinstance(host, Lister):
            msg = f"{name} does not list its repositories; give --repos"
            raise UsageError(msg)
        in_passing = self._wiring.hosts.reading(name, run) is WorkKind.READ
        if isinstance(host, GitHub) and in_passing:
            SweepStep(host=host, recorder=self._recorder(host, run)).sweep(leased)
        else:
            self._list_only(host, name, leased)

    def _owned(self, host: Host, owner: str) -> OwnedRepositories:
        if not isinstance(host, OwnerLister):
            msg = f"{host.settings.name} does not list the repositories of an owner"
            raise Unsupported(msg)
        return OwnedRepositories(host=host, owner=owner)

    def _list_only(self, host: Lister, name: str, leased: Sequence[Leased]) -> None:
        step = ListStep(
            ledger=self._wiring.ledger,
            host=host,
            name=name,
            reading=self._wiring.hosts.reading,
            clock=self._wiring.clock,
            scale=self._scale,
        )
        step.list(leased)

    def _pivot(self, leased: Sequence[Leased]) -> None:
        host = self._host(leased)
        if not isinstance(host, RelatedLister):
            msg = f"{host.settings.name} cannot list forks and owners; a pivot needs both"
            raise Unsupported(msg)
        step = PivotStep(
            ledger=self._wiring.ledger,
            host=host,
            related=host,
            reading=self._wiring.hosts.reading,
            clock=self._wiring.clock,
        )
        step.pivot([item for item in leased if not is_about_account(item)])
        accounts = AccountStep(
            ledger=self._wiring.ledger,
            host=host.settings.name,
            related=host,
            policy=self._wiring.case_policy,
            clock=self._wiring.clock,
        )
        accounts.ask(filter(is_about_account, leased))

    def _read(self, leased: Sequence[Leased]) -> None:
        host = self._host(leased)
        if not isinstance(host, GitHub):
            msg = f"{host.settings.name} is not read through an API"
            raise UsageError(msg)
        api = host.reader(self._hints(leased))
        reader = TokenlessReader(api=api, git=self._wiring.git_reader)
        self._visited(leased, reader, at_root=True)

    def _visit(self, leased: Sequence[Leased]) -> None:
        roots = [item for item in leased if Run.from_payload(item.payload).root_only]
        whole = [item for item in leased if not Run.from_payload(item.payload).root_only]
        self._visited(roots, self._wiring.git_root_reader, at_root=True)
        self._visited(whole, self._wiring.git_reader, at_root=False)

    def _private(self, leased: Sequence[Leased]) -> None:
        self._visited(leased, self._wiring.private_reader, at_root=False)

    def _visited(self, leased: Sequence[Leased], reader: Reader, *, at_root: bool) -> None:
        for run, items in _by_run(leased).items():
            recorder = self._recorder(self._host(leased), run)
            VisitStep(reader=reader, at_root=at_root, recorder=recorder).visit(items)

    def _recorder(self, host: Host, run: Run) -> VisitRecorder:
        return VisitRecorder(
            ledger=self._wiring.ledger,
            host=host,
            registries=self._wiring.registries,
            run=run,
            parse=self._wiring.parse,
            clock=self._wiring.clock,
            submodules=SubmoduleVisits(
                located=partial(repositories_of, self._wiring),
                reading=self._wiring.hosts.reading,
                configured=self._wiring.settings.hosts.keys(),
            ),
            scale=self._scale,
            cases=self._wiring.case_policy,
        )

    def _hints(self, items: Sequence[Leased]) -> Mapping[str, Collection[str]]:
        ids = [int(item.key) for item in items]
        with self._wiring.ledger.read() as conn:
            repositories = frontier.repositories(conn, ids)
            paths = {r.path: frontier.search_hit_paths(conn, i) for i, r in repositories.items()}
        return {path: named for path, named in paths.items() if named}

    def _hunt(self, leased: Sequence[Leased]) -> None:
        step = HuntStep(
            ledger=self._wiring.ledger,
            registries=self._wiring.registries,
            run=Run.start(self._wiring.clock()),
            supports_pivot=self._wiring.hosts.supports_pivot,
            clock=self._wiring.clock,
            cases=self._wiring.case_policy,
        )
        step.hunt(leased)

    def _verify(self, leased: Sequence[Leased]) -> None:
        step = VerifyStep(
            reader=self._wiring.git_reader,
            checks=self._wiring.checks,
            recorder=self._recorder(self._host(leased), Run.from_payload(leased[0].payload)),
            histories=Histories(
                budget=self._wiring.governor,
                reader=self._wiring.git_program,
                keep=self._wiring.originals.keep,
            ),
        )
        step.verify(leased)

    def _watch(self, leased: Sequence[Leased]) -> None:
        step = WatchStep(
            ledger=self._wiring.ledger,
            hosts=self._wiring.hosts,
            registries=self._wiring.registries,
            located=partial(repositories_of, self._wiring),
            protected=self._wiring.protected,
            edition=self._wiring.edition,
            clock=self._wiring.clock,
            scale=self._scale,
        )
        step.watch(leased)

    def _host(self, leased: Sequence[Leased]) -> Host:
        return self._wiring.hosts.named(leased[0].host or "")


def _by_run(leased: Sequence[Leased]) -> Mapping[Run, Sequence[Leased]]:
    by_run: defaultdict[Run, list[Leased]] = defaultdict(list)
    for item in leased:
        by_run[Run.from_payload(item.payload)].append(item)
    return by_run
