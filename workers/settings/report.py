"""`[report]`: who is not to be written to, and when who was is reminded."""

from __future__ import annotations

from datetime import timedelta

from pydantic import BaseModel, ConfigDict, Field

from workers.settings.paths import AbsolutePath

__all__ = ["ReportSection"]


class ReportSection(BaseModel):
    """`[report]`: who is not to be written to, and when who was is reminded."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    opt_out: AbsolutePath | None = None
    """File with `host/owner` on each line: no notice is written for whoever is in it."""
    remind_after_days: int = Field(default=7, ge=1)
    """Days without an answer after which a report is due for a reminder."""

    @property
    def remind_after(self) -> timedelta:
        """The same as a span."""
        return timedelta(days=self.remind_after_days)
