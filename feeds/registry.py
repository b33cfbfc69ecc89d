"""The table of sources for `seed --from`: a word on the command line, and the feeds behind it.

A new feed is one file or folder, one line here, its data in `tests/data/feeds`, one row in the
documentation: settings, commands and tests go by this table. Feeds are imported when they are used, for
every command reads the settings.
"""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType, UnionType

from crawler.errors import UsageError
from feeds.interface import Feed, FeedContext

__all__ = [
    "SETTINGS",
    "SOURCES",
    "FeedSetting",
    "FeedSource",
    "asks_github",
    "build",
    "is_imported",
    "is_of_further_registry",
]


@dataclass(frozen=True, slots=True)
class FeedSetting:
    """A key of the section `[feeds]` of the configuration."""

    name: str
    kind: type | UnionType
    default: object
    """An address that is empty turns its feed off."""


@dataclass(frozen=True, slots=True)
class FeedSource:
    """What stands behind a word of `seed --from`."""

    word: str
    feeds: str
    """Where the function lies that makes its feeds, `module:function`; see `FeedContext`."""
    settings: tuple[FeedSetting, ...] = ()
    asks_github: bool = False
    """Whether the API of the configured GitHub answers it, with the token that pays for all else there."""
    reads_path: bool = False
    """Whether it reads a path of this machine (`word:PATH`), and so is as fresh as whoever wrote it says."""

    def __str__(self) -> str:
        return f"{self.word}:PATH" if self.reads_path else self.word


def _url(name: str, default: str = "") -> FeedSetting:
    return FeedSetting(name, str, default)


_OSV = "https://storage.googleapis.com/osv-vulnerabilities"
_KAM193 = "https://github.com/kam193/package-campaigns"
_DATADOG = "https://github.com/DataDog/malicious-software-packages-dataset"
_TABLE = (
    FeedSource("quarantine-feed", "feeds.pypi.source:feeds", (FeedSetting("journal_since", int | None, None),)),
    FeedSource("osv-mal", "feeds.osv.feed:feeds", (_url("osv_url", _OSV),)),
    FeedSource("ghsa-malware", "feeds.ghsa.feed:feeds", asks_github=True),
    FeedSource("kam193", "feeds.campaigns.kam193:feeds", (_url("kam193_url", _KAM193),)),
    FeedSource("datadog", "feeds.campaigns.datadog:feeds", (_url("datadog_url", _DATADOG),)),
    FeedSource("npm-changes", "feeds.npm.changes:feeds", (_url("npm_changes_url"),)),
    FeedSource("aikido", "feeds.campaigns.aikido:feeds", (_url("aikido_url"), _url("aikido_predictions_url"))),
    FeedSource("file", "feeds.imports.file:feeds", reads_path=True),
    FeedSource("bigquery", "feeds.imports.bigquery:feeds", reads_path=True),
    FeedSource("misp", "feeds.imports.misp:feeds", reads_path=True),
    FeedSource("stix", "feeds.imports.stix:feeds", reads_path=True),
)  # fmt: skip
SOURCES: Mapping[str, FeedSource] = MappingProxyType({source.word: source for source in _TABLE})
"""By the word on the command line."""
SETTINGS = tuple(setting for source in _TABLE for setting in source.settings)
"""Of all sources."""


def is_imported(feed: str) -> bool:
    """Say whether the feed of this name reads a path of this machine: `file:PATH` is the name of one."""
    source = SOURCES.get(feed.partition(":")[0])
    return source is not None and source.reads_path


def asks_github(feed: str) -> bool:
    """Say whether a GitHub answers the feed of this name: `ghsa-malware:npm` is one of `ghsa-malware`."""
    source = SOURCES.get(feed.partition(":")[0])
    return source is not None and source.asks_github


def is_of_further_registry(feed: str) -> bool:
    """Say whether the feed of this name speaks of a registry that this installation alone calls so."""
    voice, named, _ = feed.partition(":")
    return bool(named) and voice.startswith("pypi-")


def _unknown(spec: str, word: str) -> str:
    """Return what is wrong with a word that names no source, and which ones were probably meant."""
    meant = [each for each in SOURCES if each.startswith(f"{word}-")] if word else []
    meant = meant or difflib.get_close_matches(word, SOURCES, n=1)
    listed = f"expected one of all, {', '.join(map(str, _TABLE))}"
    hint = f"; did you mean {' or '.join(str(SOURCES[one]) for one in meant)}?" if meant else ""
    return f"unknown source {spec!r}: {listed}{hint}"


def build(spec: str, context: FeedContext) -> tuple[Feed, ...]:
    """Return the feeds that `spec` names: a word of `SOURCES`, with `:PATH` behind those that read one.

    `context` need not hold settings that have their default. Raises UsageError for a source nobody
    knows, ConfigurationError where its address is missing.
    """
    word, _, path = spec.strip().partition(":")
    source = SOURCES.get(word)
    if source is None or bool(path) != source.reads_path:
        raise UsageError(_unknown(spec, word))
    defaults = {setting.name: setting.default for setting in SETTINGS}
    module, _, name = source.feeds.partition(":")
    make: Callable[[FeedContext], tuple[Feed, ...]] = getattr(importlib.import_module(module), name)
    return make(replace(context, path=path, settings={**defaults, **context.settings}))
