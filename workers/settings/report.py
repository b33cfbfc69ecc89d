"""`[report]`: who is not to be written to."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from workers.settings.paths import AbsolutePath

__all__ = ["ReportSection"]


class ReportSection(BaseModel):
    """`[report]`: who is not to be written to."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    opt_out: AbsolutePath | None = None
    """File with `host/owner` on each line: no notice is written for whoever is in it."""
