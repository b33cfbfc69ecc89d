"""What a feed is, and what it is made from."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from crawler.errors import ConfigurationError
from crawler.model import Ecosystem

if TYPE_CHECKING:
    from datetime import datetime

    from crawler.hosts.interface import HostSettings
    from crawler.model import ProjectKey, Record, Skipped
    from crawler.net import Budget, Http

__all__ = ["Feed", "FeedContext", "FeedPage", "PollRequest", "PythonIndex", "configured"]


def configured(url: str, key: str) -> str:
    """Return `url`; raises ConfigurationError, naming the setting `key`, where it is empty."""
    if not url:
        msg = f"this feed is off: set {key} to use it"
        raise ConfigurationError(msg)
    return url


@dataclass(frozen=True, slots=True, kw_only=True)
class PythonIndex:
    """An index of Python, and how it can be asked."""

    index_url: str
    """Its Simple API."""
    journal_url: str | None
    """Its XML-RPC endpoint; None where it has none."""
    name: str = ""
    """As the configuration calls it; empty for the public one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedContext:
    """All that feeds are made from. A source makes those that it needs of it, and asks nobody yet."""

    http: Http
    settings: Mapping[str, Any] = field(default_factory=dict)
    """The section `[feeds]`, by key; see `feeds.registry.FeedSource.settings`."""
    path: str = ""
    """What stands behind the colon of `file:PATH`."""
    ecosystems: tuple[Ecosystem, ...] = (Ecosystem.PYPI,)
    """Whose advisories are read."""
    index_url: str = ""
    """Simple API of the Python index; empty where there is none."""
    journal_url: str | None = ""
    """Its XML-RPC endpoint; empty: `/pypi` on the host of `index_url`; None where it has none."""
    further: tuple[PythonIndex, ...] = ()
    """Other indexes of Python, whose projects are theirs alone."""
    registries: Mapping[str, Ecosystem] = field(default_factory=dict)
    """The registries of the configuration, by name."""
    npm_url: str = ""
    """Base of an npm registry; empty where there is none."""
    github: HostSettings | None = None
    """The GitHub whose advisories are read."""
    github_http: Http | None = None
    """The client that asks it; None: `http`."""
    github_budget: Budget | None = None
    """What that client spends from."""
    trusted_hosts: tuple[str, ...] = ()
    """`host[:port]` names that may be plain http or at private addresses."""

    def address(self, key: str) -> str:
        """Return the address that is set as `key`; raises ConfigurationError where the feed is off."""
        return configured(str(self.settings[key]), f"feeds.{key}")


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedPage:
    """One step of a poll. The cursor is saved together with the records, in one transaction."""

    records: tuple[Record, ...]
    cursor: str
    """Opaque to all but the feed: JSON."""
    skipped: tuple[Skipped, ...] = ()
    """Records that could not be understood, and why."""
    total: int | None = None
    """How many records the poll will bring in all, where the feed can tell; for progress."""
    is_resumed: bool = True
    """Whether a poll interrupted after this page goes on from here, and not from a page before it.

    No for most pages of a long poll whose cursor is large: saved at each, it would be most of what is written.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class PollRequest:
    """What a poll starts from."""

    cursor: str | None
    """Of the last page that was saved; None at the first poll."""
    now: datetime
    """UTC."""
    watched: Collection[ProjectKey] = ()
    """Projects whose state the ledger wants to know: removed, quarantined or malicious ones."""
    accept_change: bool = False
    """A person has looked at it: take an answer that differs from the last one by more than 10 %."""


class Feed(Protocol):
    """Learns about removals; incremental, resumable, polite."""

    @property
    def name(self) -> str:
        """Stable id: `pypi-journal`, `osv-mal`."""
        ...

    def poll(self, request: PollRequest) -> Iterator[FeedPage]:
        """Yield what is new since the cursor, page by page, oldest first.

        Nothing new is no page, or one page with an advanced cursor and no records. Raises FeedError
        for an answer that is not believable (truncated, another type, empty, changed by more than
        10 %), Defer and Retry for the host's own limits and faults; pages already yielded stay good.
        """
        ...
