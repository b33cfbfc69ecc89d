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

__all__ = ["BUILDERS", "LISTED_BY_TOKEN", "NEIGHBOURLY", "SEARCHED_BY_TOKEN", "build"]

_Clock = Callable[[], datetime]
_Builder = Callable[[HostSettings, "Http", "Budget", _Clock], Host]


def _simple(kind: Callable[[HostSettings, Http], Host]) -> _Builder:
    """Return the builder of a host that needs nothing but its settings and a client."""
    return lambda settings, http, _budget, _clock: kind(settings, http)


def _with_api(builder: _Builder) -> _Builder:
    """Return `builder` for a host whose API has an address of its own."""

    def build_checked(settings: HostSettings, http: Http, budget: Budget, clock: _Clock) -> Host:
        if not settings.api_url:
            raise ConfigurationError(f"host {settings.name}: set api_url, the base of its API")
        return builder(settings, http, budget, clock)

    return build_checked


BUILDERS: Mapping[HostKind, _Builder] = MappingProxyType(
    {
        HostKind.GITHUB: _with_api(GitHub),
        HostKind.FORGEJO: _simple(Forgejo),
        HostKind.GITLAB: _simple(GitLab),
        HostKind.BITBUCKET: _with_api(_simple(Bitbucket)),
        HostKind.AZURE: _simple(Azure),
        HostKind.SOURCEHUT: _simple(lambda s, http: SourceHut(s, http, owners=s.owners)),
        HostKind.GITEE: _simple(lambda s, http: Gitee(s, http, owners=s.owners)),
        HostKind.PAGURE: _simple(Pagure),
        HostKind.LAUNCHPAD: _with_api(_simple(Launchpad)),
        HostKind.GERRIT: _simple(Gerrit),
        HostKind.CGIT: _simple(Cgit),
        HostKind.GITWEB: _simple(Gitweb),
        HostKind.GHARCHIVE: _with_api(lambda s, http, _, clock: GHArchive(s, http, clock)),
        HostKind.GIT: _simple(lambda s, _: PlainGit(s)),
    }
)
"""Kind -> how a host of it is built."""
NEIGHBOURLY = frozenset({HostKind.GITHUB, HostKind.FORGEJO, HostKind.GITLAB})
"""Kinds whose hosts are Neighbours, for who has to know before one is built; a test compares."""

SEARCHED_BY_TOKEN = frozenset({HostKind.GITHUB})
"""Kinds whose code search answers nobody without a token (docs/hosts.md)."""
LISTED_BY_TOKEN = frozenset({HostKind.SOURCEHUT})
"""Kinds whose list of repositories does not either."""


def build(settings: HostSettings, http: Http, budget: Budget, clock: _Clock) -> Host:
    """Return the host of `settings`.

    `budget` is the one that `http` spends from; `clock` returns the time in UTC. What else a host can
    do is asked with isinstance: Searcher, Lister, Neighbours. Raises ConfigurationError for unusable addresses.
    """
    _check_addresses(settings)
    return BUILDERS[settings.kind](settings, http, budget, clock)


def _check_addresses(settings: HostSettings) -> None:
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
