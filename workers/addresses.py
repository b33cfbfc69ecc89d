"""Under which names a configured host appears in budgets: its own, and those of its addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crawler.hosts.interface import HostKind
    from workers.settings import HostSection, Settings

__all__ = ["address", "at_most", "kinds", "names_of", "trusted"]


def names_of(name: str, section: HostSection) -> frozenset[str]:
    """Return `name` and the `host[:port]` of every address of `section`.

    Requests to an API are paid from the bucket of the configured name, git reads from that of the
    address.
    """
    urls = (section.web_url, section.api_url, section.graphql_url)
    return frozenset({name, *(urlsplit(url).netloc for url in urls if url)})


def address(name: str, settings: Settings) -> str:
    """Return the `host[:port]` that git reads of the host `name` are paid from."""
    section = settings.hosts.get(name)
    return name if section is None else urlsplit(section.web_url).netloc


def kinds(settings: Settings) -> Mapping[str, HostKind]:
    """Return the kind of every host, by each of its names."""
    return {
        each: section.kind
        for name, section in settings.hosts.items()
        for each in names_of(name, section)
    }


def at_most(settings: Settings) -> Mapping[str, float]:
    """Return the requests per minute of every host that is to be asked less often, by each of its names."""
    return {
        each: section.requests_per_minute
        for name, section in settings.hosts.items()
        if section.requests_per_minute is not None
        for each in names_of(name, section)
    }


def trusted(settings: Settings) -> frozenset[str]:
    """Return the `host[:port]` names that may be plain http or at private addresses."""
    sections = (section for section in settings.hosts.values() if section.trusted)
    urls = (url for s in sections for url in (s.web_url, s.api_url, s.graphql_url) if url)
    return frozenset({*(urlsplit(url).netloc for url in urls), *settings.network.trusted_hosts})
