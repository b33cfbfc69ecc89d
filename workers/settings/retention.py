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

    @property
    def spans(self) -> dict[str, timedelta]:
        """The same as durations, by what is kept."""
        return {
            name.removesuffix("_days"): timedelta(days=days)
            for name, days in self.model_dump().items()
        }
