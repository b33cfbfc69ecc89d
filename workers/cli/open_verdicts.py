"""What a scan asks: verdicts and registries, by the shortest way that the ledger allows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from crawler.errors import StoreError
from crawler.matching import WatchKeys
from crawler.model import RULES, Ecosystem
from feeds.pypi.file_hosts import file_hosts_in
from workers.ledger.watch import Watch

if TYPE_CHECKING:
    from crawler.model import Registry, Verdict
    from crawler.pipeline import Lookup
    from workers.cli.session import Session
    from workers.ledger.ages import FeedAge
    from workers.settings import Settings

__all__ = ["Open", "Watching", "watching"]

Open: TypeAlias = "Callable[[], AbstractContextManager[Watching]]"
"""Opens what is known, in the process that asks it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watching:
    """All that a scan needs to know."""

    lookup: Lookup
    registries: Mapping[Ecosystem, Registry]
    knows_ghosts: bool
    ages: tuple[FeedAge, ...] = ()
    """When each polled feed answered last."""
    again: Callable[[], Open] | None = None
    """Prepares to open the same once more in each of several processes; None where that cannot be."""


@contextmanager
def watching(session: Session) -> Iterator[Watching]:
    """Give what is known, while the ledger is open.

    An own SQLite ledger with our schema is read directly, which starts in a tenth of the time; any
    other is opened as for every command: brought up to date, or refused (StoreError). So is one in
    which a person vouches for something, which may have run out meanwhile, and one that older rules judged.
    """
    watch = _own(session.settings)
    if watch is not None and not watch.is_judged_by(RULES):
        session.say("the rules are newer than the verdicts: everything is judged again, this once")
        watch.close()
        watch = None
    if watch is not None and watch.vouches():
        watch.close()
        watch = None
    if watch is None:
        session.wiring.reconsider_outdated()
        yield _by_ledger(session)
        return
    with closing(watch):
        yield _by_watch(watch, session.settings, lambda: partial(_opened, watch.load(), session))


@contextmanager
def _opened(loaded: frozenset[str] | None, session: Session) -> Iterator[Watching]:
    watch = _own(session.settings, loaded)
    if watch is None:
        msg = "the ledger was replaced during the scan; scan again"
        raise StoreError(msg)
    with closing(watch):
        yield _by_watch(watch, session.settings)


def _own(settings: Settings, loaded: frozenset[str] | None = None) -> Watch | None:
    file = settings.state_dir / "ledger.sqlite"
    return None if settings.database_url else Watch.open(file, loaded=loaded)


def _by_watch(
    watch: Watch, settings: Settings, again: Callable[[], Open] | None = None
) -> Watching:
    return Watching(
        lookup=_lookup_in(watch) if watch.knows_ghosts() else _nothing_known,
        registries=_registries(settings, watch),
        knows_ghosts=watch.knows_ghosts(),
        ages=watch.ages(),
        again=again,
    )


def _by_ledger(session: Session) -> Watching:
    from workers.ledger import cursors
    from workers.steps.judging import lookup_in

    ledger = session.wiring.ledger
    with ledger.read() as conn:
        ages = cursors.ages(conn)

    def lookup(keys: WatchKeys) -> tuple[Verdict, ...]:
        with ledger.read() as conn:
            return tuple(lookup_in(conn)(keys))

    return Watching(
        lookup=lookup if session.knows_ghosts else _nothing_known,
        registries=session.registries,
        knows_ghosts=session.knows_ghosts,
        ages=ages,
    )


def _lookup_in(watch: Watch) -> Lookup:
    def lookup(keys: WatchKeys) -> tuple[Verdict, ...]:
        return watch.for_pins(digests=keys.digests, releases=keys.releases, projects=keys.projects)

    return lookup


def _nothing_known(_: WatchKeys) -> tuple[Verdict, ...]:
    return ()


def _registries(settings: Settings, watch: Watch) -> Mapping[Ecosystem, Registry]:
    """Return the public registries, with the file hosts that the index itself has named so far."""
    learned = file_hosts_in(watch.cursor_of("pypi-status"))
    return {
        ecosystem: section.registry(
            ecosystem, learned if ecosystem is Ecosystem.PYPI else frozenset()
        )
        for ecosystem, section in settings.registries.items()
    }
