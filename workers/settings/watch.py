"""`[hosts."NAME".watch]` and `[watch]`: what `run` watches, and how often."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict

from crawler.hosts.interface import HostKind
from crawler.model import Refs
from workers.clock import span_of
from workers.runs import Way
from workers.settings.paths import AbsolutePath

__all__ = ["NEVER", "WAYS", "HostWatch", "WatchSection", "watched"]

NEVER = timedelta()
"""The period of what is not done."""
_HOURLY, _DAILY = timedelta(hours=1), timedelta(days=1)


def _period(value: object) -> object:
    if isinstance(value, timedelta):
        return value
    span = span_of(value) if isinstance(value, str) else None
    if value == "never":
        return NEVER
    if not span:
        msg = 'expected a period such as "90m", "6h", "1d", or "never"'
        raise ValueError(msg)
    return span


def _not_one_url(value: object) -> object:
    if isinstance(value, str) and ":/" in value:
        msg = 'expected the path of a file, or a list of clone URLs: ["https://..."]'
        raise ValueError(msg)
    return value


_Period = Annotated[timedelta, BeforeValidator(_period)]
_Repos = Annotated[AbsolutePath | tuple[str, ...], BeforeValidator(_not_one_url)]


class HostWatch(BaseModel):
    """`[hosts."NAME".watch]`: in which ways `run` looks for repositories of a host, and how often.

    None is the default for the kind of host (see `WAYS`).
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    search: _Period | None = None
    """How often what is worth most is searched for again; all else is searched for in between."""
    sweep: _Period | None = None
    """How often it is asked what was pushed to."""
    list: _Period | None = None
    """How often the list of repositories is asked for: all of it, or what has changed since."""
    owners: _Period | None = None
    """How often the repositories of the host's `owners` are listed."""
    archive: _Period | None = None
    """How often new files are asked for."""
    repos: _Repos = ()
    """Clone URLs, or the file that has one on each line; it is read again when it changes."""
    refs: Refs = Refs.DEFAULT
    depth: Literal["root", "all"] | None = None

    def period(self, way: Way) -> timedelta | None:
        """Return what is set for `way`; None: nothing, or it has no period."""
        match way:
            case Way.SEARCH:
                return self.search
            case Way.SWEEP:
                return self.sweep
            case Way.LIST:
                return self.list
            case Way.OWNERS:
                return self.owners
            case Way.ARCHIVE:
                return self.archive
            case Way.REPOS | Way.PIVOT | Way.GITLINK | Way.HUNT:
                return None


class WatchSection(BaseModel):
    """`[watch]`: what `run` does with what it has found."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    verify: _Period = _DAILY
    """How often confirmed and likely findings are verified again."""
    report: AbsolutePath | None = None
    """Folder of the report that is kept up to date."""
    report_every: _Period = _DAILY


WAYS: Mapping[HostKind, Mapping[Way, timedelta]] = MappingProxyType(
    {
        HostKind.GITHUB: {
            Way.SEARCH: _DAILY,
            Way.SWEEP: _HOURLY,
            Way.LIST: NEVER,  # hundreds of millions
            Way.OWNERS: _HOURLY,
        },
        # These can be asked for what has changed.
        HostKind.FORGEJO: {Way.LIST: _HOURLY, Way.OWNERS: _HOURLY},
        HostKind.GITLAB: {Way.LIST: _HOURLY, Way.OWNERS: _HOURLY},
        HostKind.LAUNCHPAD: {Way.LIST: _HOURLY},
        HostKind.BITBUCKET: {Way.LIST: _HOURLY, Way.OWNERS: _HOURLY},
        # These tell everything each time.
        HostKind.AZURE: {Way.LIST: _DAILY},
        HostKind.SOURCEHUT: {Way.LIST: _DAILY},
        HostKind.GITEE: {Way.LIST: _DAILY},
        HostKind.PAGURE: {Way.LIST: _DAILY},
        HostKind.GERRIT: {Way.LIST: _DAILY},
        HostKind.CGIT: {Way.LIST: _DAILY},
        HostKind.GITWEB: {Way.LIST: _DAILY},
        HostKind.GHARCHIVE: {Way.ARCHIVE: _HOURLY},
        HostKind.GIT: {},
    }
)
"""In which ways repositories of a kind of host can be found, and how often by default."""
_INSTEAD = {
    Way.SEARCH: "it has no code search",
    Way.SWEEP: "only GitHub lists what was pushed to; set list",
    Way.LIST: "it lists no repositories; set repos",
    Way.OWNERS: "it lists no repositories of owners",
    Way.ARCHIVE: 'only a host of kind "gharchive" is an archive',
}
_BY_OWNERS = frozenset({HostKind.SOURCEHUT, HostKind.GITEE})
"""Their list is that of their owners."""


def watched(kind: HostKind, watch: HostWatch, owners: tuple[str, ...]) -> Mapping[Way, timedelta]:
    """Return the ways in which a host of `kind` is watched, with their periods.

    Raises ValueError, naming the key and what is expected, for what the kind cannot do.
    """
    ways = WAYS[kind]
    for way, why in _INSTEAD.items():
        if watch.period(way) and way not in ways:
            instead = "set archive" if (way, kind) == (Way.LIST, HostKind.GHARCHIVE) else why
            msg = f'watch.{way}: a host of kind "{kind}" cannot do that ({instead}); remove the key'
            raise ValueError(msg)
    if watch.owners and not owners:
        msg = (
            'watch.owners: expected owners = ["NAME", ...] beside it: whose repositories are listed'
        )
        raise ValueError(msg)
    if watch.depth == "all" and kind is HostKind.GITHUB and watch.refs is Refs.DEFAULT:
        msg = (
            "watch.depth: default branches of GitHub are read through its API, at the root; "
            'expected refs = "branches" or "all" beside it'
        )
        raise ValueError(msg)
    if watch.repos and kind is HostKind.GHARCHIVE:
        msg = (
            "watch.repos: an archive has no repositories of its own; set it at the host they are on"
        )
        raise ValueError(msg)
    chosen = {}
    for way, usual in ways.items():
        period = watch.period(way)
        without = (way is Way.OWNERS or kind in _BY_OWNERS) and not owners
        chosen[way] = NEVER if without else usual if period is None else period
    return {way: period for way, period in chosen.items() if period}
