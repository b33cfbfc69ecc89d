"""The table of sources for `seed --from`: a word on the command line, and the feeds behind it.

A new feed is one file, one line here, one row in the documentation.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from urllib.parse import parse_qsl, urlsplit

from pypi_simple import PYPI_SIMPLE_ENDPOINT

from crawler.errors import ConfigurationError, Malformed, UsageError
from crawler.git.capabilities import Probes
from crawler.git.interface import Limits
from crawler.git.wire import WireReader
from crawler.hosts.interface import HostSettings
from crawler.model import Ecosystem
from crawler.net import Budget, Http
from feeds.campaigns.aikido import Aikido
from feeds.campaigns.datadog import DataDog
from feeds.campaigns.git_tree import TreeReader
from feeds.campaigns.kam193 import Kam193
from feeds.fields import instant
from feeds.ghsa.feed import GhsaMalware
from feeds.ghsa.record import ECOSYSTEMS
from feeds.imports.bigquery import BigQueryFeed
from feeds.imports.file import FileFeed
from feeds.imports.misp import MispFeed
from feeds.imports.stix import StixFeed
from feeds.interface import Feed
from feeds.npm.changes import NpmChanges
from feeds.npm.registry import npm_changes_url
from feeds.npm.versions import NpmVersions
from feeds.osv.feed import OsvMalicious
from feeds.osv.record import ECOSYSTEM_NAMES
from feeds.pypi.journal import PypiJournal
from feeds.pypi.quarantine import PypiQuarantine
from feeds.pypi.status import PypiStatus

__all__ = ["SOURCES", "FeedSettings", "build"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedSettings:
    """Where the feeds are asked; every URL can be set, and an empty one turns its feed off."""

    index_url: str = PYPI_SIMPLE_ENDPOINT
    """Simple API of the Python index."""
    journal_url: str = ""
    """Its XML-RPC endpoint; empty: `/pypi` on the host of `index_url`."""
    npm_url: str = ""
    """Base of an npm registry."""
    npm_changes_url: str = ""
    """Its list of changes; empty: what is derived from `npm_url`."""
    osv_url: str = "https://storage.googleapis.com/osv-vulnerabilities"
    """Base of the dumps of an OSV database."""
    github: HostSettings | None = None
    """The GitHub whose advisories are read."""
    github_http: Http | None = None
    """The client that asks it; None: the one that asks all others."""
    github_budget: Budget | None = None
    """What that client spends from."""
    kam193_url: str = "https://github.com/kam193/package-campaigns"
    datadog_url: str = "https://github.com/DataDog/malicious-software-packages-dataset"
    aikido_url: str = ""
    """Off by default: the licence of the data is not stated, so its user asks first."""
    aikido_predictions_url: str = ""
    ecosystems: tuple[Ecosystem, ...] = (Ecosystem.PYPI,)
    """Whose advisories are read."""
    journal_since: int | None = None
    """Serial to start after; None: a window before the newest one."""
    journal_window: int = 150_000
    """Serials; about a week."""
    trusted_hosts: tuple[str, ...] = ()
    """`host[:port]` names that may be plain http or at private addresses."""


_Builder = Callable[[str, FeedSettings, Http], tuple[Feed, ...]]
_LIMITS = Limits(total_seconds=900.0)


def _configured(url: str, key: str) -> str:
    """Return `url`; raises ConfigurationError, naming the setting, where it is empty."""
    if not url:
        msg = f"this feed is off: set {key} to use it"
        raise ConfigurationError(msg)
    return url


def _quarantine_feed(_argument: str, settings: FeedSettings, http: Http) -> tuple[Feed, ...]:
    """The index's own three voices: no feed of that name exists in public, this is what makes it up."""
    index_url = _configured(settings.index_url, "registries.pypi.index_url")
    parts = urlsplit(index_url)
    journal_url = settings.journal_url or f"{parts.scheme}://{parts.netloc}/pypi"
    since, window = settings.journal_since, settings.journal_window
    return (
        PypiJournal(http, journal_url, since=since, window=window),
        PypiStatus(http, index_url),
        PypiQuarantine(http, journal_url, index_url),
    )


def _osv_mal(_argument: str, settings: FeedSettings, http: Http) -> tuple[Feed, ...]:
    url = _configured(settings.osv_url, "feeds.osv_url")
    versions_of = _versions_of(settings, http)
    known = (e for e in settings.ecosystems if e in ECOSYSTEM_NAMES)
    return tuple(OsvMalicious(http, url, e, versions_of) for e in known)


def _ghsa_malware(_argument: str, settings: FeedSettings, http: Http) -> tuple[Feed, ...]:
    if settings.github is None:
        msg = "no host of kind github is configured: set one in [hosts]"
        raise ConfigurationError(msg)
    github = settings.github
    versions_of = _versions_of(settings, http)
    known = (e for e in settings.ecosystems if e in ECOSYSTEMS)
    asking, budget = settings.github_http or http, settings.github_budget
    return tuple(
        GhsaMalware(asking, github, e, budget=budget, versions_of=versions_of) for e in known
    )


def _versions_of(settings: FeedSettings, http: Http) -> NpmVersions | None:
    return NpmVersions(http, settings.npm_url) if settings.npm_url else None


def _kam193(_argument: str, settings: FeedSettings, http: Http) -> tuple[Feed, ...]:
    url = _configured(settings.kam193_url, "feeds.kam193_url")
    return (Kam193(url, _reader_of(settings, http)),)


def _datadog(_argument: str, settings: FeedSettings, http: Http) -> tuple[Feed, ...]:
    url = _configured(settings.datadog_url, "feeds.datadog_url")
    return (DataDog(url, _reader_of(settings, http)),)


def _reader_of(settings: FeedSettings, http: Http) -> Callable[[], TreeReader]:
    """Return what makes a reader of Git repositories; the time of a reader begins when it is made."""
    trusted = settings.trusted_hosts
    return lambda: WireReader(http, probes=Probes(), limits=_LIMITS, trusted_hosts=trusted)


def _aikido(_argument: str, settings: FeedSettings, http: Http) -> tuple[Feed, ...]:
    found = Aikido(http, _configured(settings.aikido_url, "feeds.aikido_url"), predictions=False)
    if not settings.aikido_predictions_url:
        return (found,)
    return found, Aikido(http, settings.aikido_predictions_url, predictions=True)


def _npm_changes(_argument: str, settings: FeedSettings, http: Http) -> tuple[Feed, ...]:
    url = _configured(settings.npm_url, "registries.npm.index_url")
    return (NpmChanges(http, settings.npm_changes_url or npm_changes_url(url), url),)


def _file(argument: str, _settings: FeedSettings, _http: Http) -> tuple[Feed, ...]:
    path, _, query = argument.partition("?")
    options = dict(parse_qsl(query, keep_blank_values=True))
    try:
        named = options.pop("ecosystem", None)
        ecosystem = None if named is None else Ecosystem(named.lower())
        dated = options.pop("as_of", None)
        as_of = None if dated is None else instant(dated, "as_of")
    except (ValueError, Malformed) as error:
        msg = f"file:{argument}: {error}; use file:PATH?ecosystem=pypi|npm&as_of=2026-08-22"
        raise UsageError(msg) from error
    if not path or options:
        msg = f"file:{argument}: use file:PATH, file:PATH?ecosystem=pypi|npm or ?as_of=DATE"
        raise UsageError(msg)
    return (FileFeed(Path(path), ecosystem=ecosystem, as_of=as_of),)


def _import(kind: Callable[[Path], Feed]) -> _Builder:
    return lambda argument, _settings, _http: (kind(Path(argument)),)


_NETWORK: Mapping[str, _Builder] = {
    "quarantine-feed": _quarantine_feed,
    "osv-mal": _osv_mal,
    "ghsa-malware": _ghsa_malware,
    "kam193": _kam193,
    "datadog": _datadog,
    "npm-changes": _npm_changes,
    "aikido": _aikido,
}
_WITH_PATH: Mapping[str, _Builder] = {
    "file": _file,
    "bigquery": _import(BigQueryFeed),
    "misp": _import(MispFeed),
    "stix": _import(StixFeed),
}
SOURCES: Mapping[str, _Builder] = MappingProxyType({**_NETWORK, **_WITH_PATH})
"""Word before a colon -> how its feeds are built."""


def build(spec: str, settings: FeedSettings, http: Http) -> tuple[Feed, ...]:
    """Return the feeds that `spec` names: a word of `SOURCES`, with `:PATH` behind those that read one.

    Raises UsageError for a source nobody knows, ConfigurationError where its URL is missing.
    """
    word, _, argument = spec.strip().partition(":")
    builder = SOURCES.get(word)
    if builder is None or bool(argument) != (word in _WITH_PATH):
        known = ", ".join((*_NETWORK, *(f"{with_path}:PATH" for with_path in _WITH_PATH)))
        msg = f"unknown source {spec!r}; known are {known}"
        raise UsageError(msg)
    return builder(argument, settings, http)
