"""What a run was asked for; travels in the payload of its work, so that any worker can do it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from crawler.model import Refs

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

__all__ = ["Run", "Strategy", "Way"]

_REFS_OF_OLD = {"default": Refs.DEFAULT, "all": Refs.BRANCHES}
"""What earlier versions wrote as `branches`; such work may still wait."""


class Strategy(StrEnum):
    """How a crawl finds repositories on a host."""

    CODE_SEARCH = "code-search"
    LIST = "list"


class Way(StrEnum):
    """How a repository came to be known; a finding in a lock that was stored already is of the HUNT."""

    SEARCH = "search"
    """A code search."""
    SWEEP = "sweep"
    """GitHub's list of what was pushed to since the last look."""
    LIST = "list"
    """The list of a host: all of it, or what is new or updated in it."""
    REPOS = "repos"
    """A list of URLs that a person keeps."""
    OWNERS = "owners"
    """The list of an organisation or user."""
    ARCHIVE = "archive"
    """GH Archive."""
    PIVOT = "pivot"
    """A look around the repository of a finding."""
    GITLINK = "gitlink"
    """A submodule of a repository that was visited."""
    HUNT = "hunt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run of `crawl`, `verify` or `run`."""

    id: str
    """Names the run in its findings: the time it began, UTC."""
    refs: Refs = Refs.DEFAULT
    pivot: bool = False
    """Whether a new finding makes us look at what lies around its repository."""
    root_only: bool = False
    """Whether repositories that are read over the git protocol are read at their root only."""
    watch: bool = False
    """Whether the standing watch asked: visits then follow the visit policy, and periods are scaled."""

    @classmethod
    def start(
        cls,
        now: datetime,
        refs: Refs = Refs.DEFAULT,
        *,
        pivot: bool = False,
        root_only: bool = False,
        watch: bool = False,
    ) -> Run:
        """Return a new run."""
        started = now.strftime("%Y%m%dT%H%M%SZ")
        return cls(id=started, refs=refs, pivot=pivot, root_only=root_only, watch=watch)

    @classmethod
    def of_day(cls, now: datetime) -> Run:
        """Return the run of all work that no command began, of one day: what is bounded is so daily."""
        return cls(id=now.strftime("%Y%m%d"), pivot=True)

    @classmethod
    def from_payload(cls, payload: Mapping[str, Any]) -> Run:
        """Read the run out of the payload of its work."""
        return cls(
            id=str(payload["run"]),
            refs=Refs(payload.get("refs") or _REFS_OF_OLD[payload["branches"]]),
            pivot=bool(payload.get("pivot", False)),
            root_only=bool(payload.get("root_only", False)),
            watch=bool(payload.get("watch", False)),
        )

    def merge(self, other: Run) -> Run:
        """Return this run, asking for no less than `other` does; a command keeps its id beside the watch's."""
        return replace(
            self,
            id=other.id if self.watch and not other.watch else self.id,
            refs=self.refs.or_more(other.refs),
            pivot=self.pivot or other.pivot,
            root_only=self.root_only and other.root_only,
            watch=self.watch or other.watch,
        )

    def payload(self) -> dict[str, Any]:
        """Return what goes into a payload."""
        return {
            "run": self.id,
            "refs": self.refs.value,
            "pivot": self.pivot,
            "root_only": self.root_only,
            "watch": self.watch,
        }
