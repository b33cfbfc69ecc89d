"""What a run was asked for; travels in the payload of its work, so that any worker can do it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crawler.model import Branches

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

__all__ = ["Run"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run of `crawl`, `verify` or `run`."""

    id: str
    """Names the run in its findings: the time it began, UTC."""
    branches: Branches = Branches.DEFAULT
    pivot: bool = False
    """Whether a new finding makes us look at what lies around its repository."""

    @classmethod
    def begun(
        cls, now: datetime, branches: Branches = Branches.DEFAULT, *, pivot: bool = False
    ) -> Run:
        """Return a new run."""
        return cls(id=now.strftime("%Y%m%dT%H%M%SZ"), branches=branches, pivot=pivot)

    @classmethod
    def of_day(cls, now: datetime) -> Run:
        """Return the run of all work that no command began, of one day: what is bounded is so daily."""
        return cls(id=now.strftime("%Y%m%d"), pivot=True)

    @classmethod
    def of(cls, payload: Mapping[str, Any]) -> Run:
        """Read the run out of the payload of its work."""
        return cls(
            id=str(payload["run"]),
            branches=Branches(payload["branches"]),
            pivot=bool(payload.get("pivot", False)),
        )

    def payload(self) -> dict[str, Any]:
        """Return what goes into a payload."""
        return {"run": self.id, "branches": self.branches.value, "pivot": self.pivot}
