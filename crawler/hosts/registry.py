"""All kinds of hosts, by name. A new one is one file, one line here, one row in docs/hosts.md."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from crawler.errors import ConfigurationError
from crawler.hosts.azure import Azure
from crawler.hosts.bitbucket import Bitbucket
from crawler.hosts.cgit import Cgit
from crawler.hosts.forgejo import Forgejo
from crawler.hosts.gerrit import Gerrit
from crawler.hosts.gharchive.host import GHArchive
from crawler.hosts.gitee import Gitee
from crawler.hosts.github.host import GitHub
from crawler.hosts.gitlab.host import GitLab
from crawler.hosts.gitweb import Gitweb
from crawler.hosts.interface import Host, HostKind, HostSettings
from crawler.hosts.launchpad import Launchpad
from crawler.hosts.pagure import Pagure
from crawler.hosts.plain import PlainGit
from crawler.hosts.sourcehut import SourceHut

if TYPE_CHECKING:
    from crawler.net import Budget, Http

__all__ = [
    "BUILDERS",
    "LISTED_BY_TOKEN",
    "LISTERS",
    "OWNERS_BY_TOKEN",
    "RELATED_LISTERS",
    "SEARCHED_BY_TOKEN",
    "SEARCHERS",
    "build",
]

_Clock = Callable[[], datetime]
_Builder = Callable[[HostSettings, "Http", "Budget", _Clock], Host]


def _simple(kind: Callable[[HostSettings, Http], Host]) -> _Builder:
    """Return the builder of a host that needs nothing but its settings and a client."""
    return lambda settings, http, _budget, _clock: kind(settings, http)


BUILDERS: Mapping[HostKind, _Builder] = MappingProxyType(
    {
        HostKind.GITHUB: GitHub,
        HostKind.FORGEJO: _simple(Forgejo),
        HostKind.GITLAB: _simple(GitLab),
        HostKind.BITBUCKET: _simple(Bitbucket),
        HostKind.AZURE: _simple(Azure),
        HostKind.SOURCEHUT: _simple(SourceHut),
        HostKind.GITEE: _simple(Gitee),
        HostKind.PAGURE: _simple(Pagure),
        HostKind.LAUNCHPAD: _simple(Launchpad),
        HostKind.GERRIT: _simple(Gerrit),
        HostKind.CGIT: _simple(Cgit),
        HostKind.GITWEB: _simple(Gitweb),
        HostKind.GHARCHIVE: lambda s, http, _, clock: GHArchive(s, http, clock),
        HostKind.GIT: _simple(lambda s, _: PlainGit(s)),
    }
)
"""Kind -> how a host of it is built."""
RELATED_LISTERS = frozenset({HostKind.GITHUB, HostKind.FORGEJO, HostKind.GITLAB})
"""Kinds whose hosts are RelatedListers, known before one is built; a test compares."""

SEARCHERS = frozenset({HostKind.GITHUB})
"""Kinds whose hosts are Searchers; the same test compares."""
LISTERS = frozenset(HostKind) - {HostKind.GIT}
"""Kinds whose hosts are Listers; the same test compares."""

SEARCHED_BY_TOKEN = frozenset({HostKind.GITHUB})
"""Kinds whose code search answers nobody without a token (docs/hosts.md)."""
LISTED_BY_TOKEN = frozenset({HostKind.GITHUB, HostKind.SOURCEHUT})
"""Kinds whose list of repositories does not either: it is asked in GraphQL."""
OWNERS_BY_TOKEN = frozenset({HostKind.SOURCEHUT})
"""Kinds that tell nobody without a token what an owner has."""
_WITH_API_URL = frozenset(
    {HostKind.GITHUB, HostKind.BITBUCKET, HostKind.LAUNCHPAD, HostKind.GHARCHIVE}
)
"""Kinds whose API, or archive, is never at `web_url`."""


def build(settings: HostSettings, http: Http, budget: Budget, clock: _Clock) -> Host:
    """Return the host of `settings`.

    `budget` is the one that `http` spends from; `clock` returns the time in UTC. What else a host can
    do is asked with isinstance: Searcher, Lister, RelatedLister, OwnerLister. Raises ConfigurationError for invalid
    addresses.
    """
    _check_addresses(settings)
    return BUILDERS[settings.kind](settings, http, budget, clock)


def _check_addresses(settings: HostSettings) -> None:
    if settings.kind in _WITH_API_URL and not settings.api_url:
        raise ConfigurationError(f"host {settings.name}: set api_url, the base of its API")
    addresses = {
        "web_url": settings.web_url,
        "api_url": settings.api_url,
        "graphql_url": settings.graphql_url,
    }
    for name, url in addresses.items():
        if (url or name == "web_url") and not _is_base(url, trusted=settings.trusted):
            raise ConfigurationError(
                f"host {settings.name}: {name} must be https (http only with trusted = true),"
                " without credentials, query or a trailing slash"
            )


def _is_base(url: str, *, trusted: bool) -> bool:
    try:
        parts = urlsplit(url)
        host, user = parts.hostname, parts.username
    except ValueError:
        return False
    schemes = {"https", "http"} if trusted else {"https"}
    odd = parts.query or parts.fragment or url.endswith(("/", "?", "#")) or not url.isprintable()
    return parts.scheme in schemes and bool(host) and user is None and not odd and " " not in url
