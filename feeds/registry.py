"""The table of sources for `seed --from`: a word on the command line, and the feeds behind it.

A new feed is one file, one line here, one row in the documentation.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from urllib.parse import parse_qsl, urlsplit

from pypi_simple import PYPI_SIMPLE_ENDPOINT

from crawler.errors import ConfigurationError, Malformed, UsageError
from crawler.model import Ecosystem
from crawler.net import Http
from feeds.fields import instant
from feeds.file import FileFeed
from feeds.interface import Feed
from feeds.osv import OsvMalicious
from feeds.pypi_journal import PypiJournal
from feeds.pypi_status import PypiStatus

__all__ = ["SOURCES", "FeedSettings", "build"]


def _journal_url(index_url: str) -> str:
    """Return the XML-RPC endpoint beside a Simple API: `/pypi` on the same host (warehouse)."""
    parts = urlsplit(index_url)
    return f"{parts.scheme}://{parts.netloc}/pypi"


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedSettings:
    """Where the feeds are asked; every URL can be set."""

    index_url: str = PYPI_SIMPLE_ENDPOINT
    """Simple API of the Python index."""
    journal_url: str = ""
    """Its XML-RPC endpoint; empty: `/pypi` on the host of `index_url`."""
    osv_url: str = "https://storage.googleapis.com/osv-vulnerabilities"
    """Base of the dumps of an OSV database."""
    ecosystems: tuple[Ecosystem, ...] = (Ecosystem.PYPI,)
    """Whose dumps are read."""
    journal_since: int | None = None
    """Serial to start after; None: a window before the newest one."""
    journal_window: int = field(default=150_000)
    """Serials; about a week."""


_Builder = Callable[[str, FeedSettings, Http], tuple[Feed, ...]]


def _quarantine_feed(_argument: str, settings: FeedSettings, http: Http) -> tuple[Feed, ...]:
    """The index's own two voices: no feed of that name exists in public, this is what makes it up."""
    if not settings.index_url:
        msg = "no index is configured: set feeds.index_url"
        raise ConfigurationError(msg)
    journal = PypiJournal(
        http,
        settings.journal_url or _journal_url(settings.index_url),
        since=settings.journal_since,
        window=settings.journal_window,
    )
    return journal, PypiStatus(http, settings.index_url)


def _osv_mal(_argument: str, settings: FeedSettings, http: Http) -> tuple[Feed, ...]:
    if not settings.osv_url:
        msg = "no OSV database is configured: set feeds.osv_url"
        raise ConfigurationError(msg)
    return tuple(
        OsvMalicious(http, settings.osv_url, ecosystem) for ecosystem in settings.ecosystems
    )


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


SOURCES: Mapping[str, _Builder] = MappingProxyType(
    {
        "quarantine-feed": _quarantine_feed,
        "osv-mal": _osv_mal,
        "file": _file,
    }
)
"""Word before a colon -> how its feeds are built."""


def build(spec: str, settings: FeedSettings, http: Http) -> tuple[Feed, ...]:
    """Return the feeds that `spec` names: `quarantine-feed`, `osv-mal`, `file:PATH[?ecosystem=npm]`.

    Raises UsageError for a source nobody knows, ConfigurationError where its URL is missing.
    """
    word, colon, argument = spec.strip().partition(":")
    builder = SOURCES.get(word)
    if builder is None or bool(colon) != (word == "file"):
        msg = f"unknown source {spec!r}; known are quarantine-feed, osv-mal, file:PATH"
        raise UsageError(msg)
    return builder(argument, settings, http)
