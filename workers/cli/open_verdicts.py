"""What a scan asks: verdicts and registries, by the shortest way that the ledger allows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import TYPE_CHECKING, TypeAlias

from crawler.errors import StoreError
from crawler.model import RULES, Ecosystem
from feeds.pypi.cursors import feed_of, file_hosts_in
from workers.ledger.read_only import open_read_only

if TYPE_CHECKING:
    from pathlib import Path

    from crawler.matching import WatchKeys
    from crawler.model import Registry, Verdict
    from crawler.pipeline import Lookup
    from workers.cli.session import Session
    from workers.ledger.ages import FeedAge
    from workers.ledger.verdict_reader import VerdictReader
    from workers.settings import Settings

__all__ = ["OpenVerdicts", "Reopen", "open_verdicts"]

Reopen: TypeAlias = "Callable[[], AbstractContextManager[OpenVerdicts]]"
"""Opens the same once more, in the process that asks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenVerdicts:
    """All that a scan needs to know."""

    lookup: Lookup
    registries: Mapping[Ecosystem, Registry]
    knows_ghosts: bool
    ghosts: Callable[[], frozenset[str]] = frozenset
    """The projects with anything malicious, as `verdict_reader` has them; asked once, where it is needed."""
    ages: tuple[FeedAge, ...] = ()
    """When each polled feed answered last."""
    reopen: Reopen | None = None
    """For each of several processes; None where that cannot be."""


@contextmanager
def open_verdicts(session: Session) -> Iterator[OpenVerdicts]:
    """Give what is known, while the ledger is open; an own one that is missing is not created.

    An own SQLite ledger with our schema is only read, which starts in half the time; any other is opened
    as for every command: brought up to date, or refused (StoreError). So is one with an allow list,
    parts of which may have expired meanwhile, and one that older rules judged.
    """
    settings, file = session.settings, session.settings.state_dir / "ledger.sqlite"
    if not settings.database_url and not file.exists():
        yield _nothing_known(settings)
        return
    if not settings.database_url:
        with open_read_only(file) as reader:
            if reader is not None and _is_up_to_date(session, reader):
                yield replace(_known(reader, settings), reopen=partial(_reopened, file, settings))
                return
    yield _by_ledger(session)


def _is_up_to_date(session: Session, reader: VerdictReader) -> bool:
    if reader.is_judged_by(RULES):
        return not reader.has_allowances()
    session.say("the rules are newer than the verdicts: everything is judged again, this once")
    return False


@contextmanager
def _reopened(file: Path, settings: Settings) -> Iterator[OpenVerdicts]:
    with open_read_only(file) as reader:
        if reader is None:
            msg = "the ledger was replaced during the scan; scan again"
            raise StoreError(msg)
        yield _known(reader, settings)


def _by_ledger(session: Session) -> OpenVerdicts:
    from workers.ledger import verdicts

    session.wiring.reconsider_outdated()
    ledger = session.wiring.ledger

    def lookup(keys: WatchKeys) -> tuple[Verdict, ...]:
        with ledger.read() as conn:
            return verdicts.reader(conn).lookup(keys)

    @cache
    def ghosts() -> frozenset[str]:
        with ledger.read() as conn:
            return verdicts.reader(conn).ghosts()

    with ledger.read() as conn:
        known = _known(verdicts.reader(conn), session.settings)
    return replace(known, lookup=lookup, ghosts=ghosts) if known.knows_ghosts else known


def _known(reader: VerdictReader, settings: Settings) -> OpenVerdicts:
    nothing = _nothing_known(settings, lambda name: file_hosts_in(reader.cursor_of(feed_of(name))))
    ages, knows_ghosts = reader.ages(), reader.knows_ghosts()
    lookup = reader.lookup if knows_ghosts else nothing.lookup
    return replace(
        nothing,
        lookup=lookup,
        knows_ghosts=knows_ghosts,
        ghosts=cache(reader.ghosts) if knows_ghosts else frozenset,
        ages=ages,
    )


def _nothing_known(
    settings: Settings, learned: Callable[[str], frozenset[str]] = lambda _: frozenset()
) -> OpenVerdicts:
    """Return what is known where no feed was ever polled; `learned` are file hosts that indexes have named."""
    return OpenVerdicts(
        lookup=lambda _: (), registries=settings.public_registries(learned), knows_ghosts=False
    )
