"""All kinds of hosts, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never
from urllib.parse import urlsplit

from crawler.errors import ConfigurationError
from crawler.hosts.azure import Azure
from crawler.hosts.bitbucket import Bitbucket
from crawler.hosts.forgejo import Forgejo
from crawler.hosts.github import GitHub
from crawler.hosts.gitlab import GitLab
from crawler.hosts.interface import HostKind
from crawler.hosts.plain import PlainGit

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from crawler.hosts.interface import Host, HostSettings
    from crawler.net import Budget, Http

__all__ = ["build"]


def build(
    settings: HostSettings, http: Http, budget: Budget, clock: Callable[[], datetime]
) -> Host:
    """Return the host of `settings`.

    `budget` is the one that `http` spends from; `clock` returns the time in UTC. What else a host can
    do is asked with isinstance: Searcher, Lister. Raises ConfigurationError for unusable addresses.
    """
    _check_addresses(settings)
    match settings.kind:
        case HostKind.GITHUB:
            return GitHub(_with_api(settings), http, budget, clock)
        case HostKind.FORGEJO:
            return Forgejo(settings, http)
        case HostKind.GITLAB:
            return GitLab(settings, http)
        case HostKind.BITBUCKET:
            return Bitbucket(_with_api(settings), http)
        case HostKind.AZURE:
            return Azure(settings, http)
        case HostKind.GIT:
            return PlainGit(settings)
        case unknown:
            assert_never(unknown)


def _with_api(settings: HostSettings) -> HostSettings:
    if not settings.api_url:
        raise ConfigurationError(f"host {settings.name}: set api_url, the base of its API")
    return settings


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
