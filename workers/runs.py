"""What a run was asked for; travels in the payload of its work, so that any worker can do it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from crawler.model import Branches

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

__all__ = ["Run", "Strategy"]


class Strategy(StrEnum):
    """How a crawl finds repositories on a host."""

    CODE_SEARCH = "code-search"
    LIST = "list"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run of `crawl`, `verify` or `run`."""

    id: str
    """Names the run in its findings: the time it began, UTC."""
    branches: Branches = Branches.DEFAULT
    pivot: bool = False
    """Whether a new finding makes us look at what lies around its repository."""
    root_only: bool = False
    """Whether repositories that are read over the git protocol are read at their root only."""

    @classmethod
    def start(
        cls,
        now: datetime,
        branches: Branches = Branches.DEFAULT,
        *,
        pivot: bool = False,
        root_only: bool = False,
    ) -> Run:
        """Return a new run."""
        started = now.strftime("%Y%m%dT%H%M%SZ")
        return cls(id=started, branches=branches, pivot=pivot, root_only=root_only)

    @classmethod
    def of_day(cls, now: datetime) -> Run:
        """Return the run of all work that no command began, of one day: what is bounded is so daily."""
        return cls(id=now.strftime("%Y%m%d"), pivot=True)

    @classmethod
    def from_payload(cls, payload: Mapping[str, Any]) -> Run:
        """Read the run out of the payload of its work."""
        return cls(
            id=str(payload["run"]),
            branches=Branches(payload["branches"]),
            pivot=bool(payload.get("pivot", False)),
            root_only=bool(payload.get("root_only", False)),
        )

    def merge(self, other: Run) -> Run:
        """Return this run, asking for no less than `other` does."""
        wanted = (self.branches, other.branches)
        return replace(
            self,
            branches=Branches.ALL if Branches.ALL in wanted else Branches.DEFAULT,
            pivot=self.pivot or other.pivot,
            root_only=self.root_only and other.root_only,
        )

    def payload(self) -> dict[str, Any]:
        """Return what goes into a payload."""
        return {
            "run": self.id,
            "branches": self.branches.value,
            "pivot": self.pivot,
            "root_only": self.root_only,
        }
