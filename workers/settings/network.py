"""`[network]`: who we are, and who may be reached."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["NetworkSection"]


class NetworkSection(BaseModel):
    """`[network]`: who we are, and who may be reached."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    operator: str = "operator-not-set"
    """Mail address at which a host's operator reaches you; part of every User-Agent."""
    project_url: str = "https://github.com/ghostcrawl/ghostcrawl"
    trusted_hosts: tuple[str, ...] = ()
    """`host[:port]` names that may be plain http or at private addresses."""
    connect_to: dict[str, str] = Field(default_factory=dict)
    """Host name -> base URL that answers for it: a local proxy, or the demo world."""
    scale: float = Field(default=1.0, gt=0)
    """Clock factor of all budgets; only the demo world sets it."""
