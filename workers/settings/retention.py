"""`[retention]`: for how many days what may go is kept."""

from __future__ import annotations

from datetime import timedelta

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["RetentionSection"]


class RetentionSection(BaseModel):
    """`[retention]`: for how many days `db prune` keeps what may go."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    visits_days: int = Field(default=90, ge=1)
    """Visits; the last twenty of each repository stay."""
    finished_work_days: int = Field(default=30, ge=1)
    """Work that is done."""
    gaps_days: int = Field(default=180, ge=1)
    """What a search or list could not look at."""
    gone_sightings_days: int = Field(default=365, ge=1)
    """Locks that are no longer where they were seen, unless something was found in them."""

    originals_days: int = Field(default=365, ge=1)
    """Commits, trees and locks behind confirmed findings, for evidence packs; a commit names its author."""

    @property
    def originals(self) -> timedelta:
        """How long these are kept."""
        return timedelta(days=self.originals_days)

    @property
    def spans(self) -> dict[str, timedelta]:
        """For what is kept in the ledger: durations, by what it is."""
        return {
            name.removesuffix("_days"): timedelta(days=days)
            for name, days in self.model_dump(exclude={"originals_days"}).items()
        }
