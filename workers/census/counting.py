"""The census as one value: everything that is counted, at one moment of the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from crawler.model import Confidence
from workers.census.downloads import Downloads, downloads_in
from workers.census.pins import Lifetimes, StillServed, is_counted, lifetimes, still_served
from workers.census.reading import JournalStretch, pinning_shares, removals
from workers.census.removals import (
    FlashGhosts,
    MonthCount,
    Stay,
    by_month,
    flash_ghosts,
    stays,
)
from workers.census.sampled_files import SampledFiles
from workers.census.samples import PinningShares
from workers.ledger import findings

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from sqlalchemy import Connection

__all__ = ["Census", "take_census"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Census:
    """What the ledger says as a whole."""

    made_at: datetime
    projects: int
    """Of which any feed ever said anything."""
    months: Sequence[MonthCount]
    stays: Sequence[Stay]
    flash_ghosts: Sequence[FlashGhosts]
    journal: JournalStretch
    pinning: PinningShares
    still_served: StillServed
    lifetimes: Lifetimes
    sampled: SampledFiles | None = None
    """What the file host answered about a sample of the files; None where it was not asked."""
    downloads: Downloads | None = None
    """None where no result of the query was given."""


def take_census(conn: Connection, now: datetime, result: Path | None = None) -> Census:
    """Count everything that `conn` shows, which should be one state of the ledger; `now` is its date.

    `result` is the saved result of the query for downloads. Raises FeedError where it is none.
    """
    known = removals(conn)
    every = findings.reports(conn, minimum=Confidence.LIKELY, include_closed=True)
    reports = [report for report in every if is_counted(report)]
    return Census(
        made_at=now,
        projects=len(known.stories),
        months=by_month(known.stories),
        stays=stays(known.stories),
        flash_ghosts=flash_ghosts(known.stories),
        journal=known.journal,
        pinning=pinning_shares(conn),
        still_served=still_served(reports),
        lifetimes=lifetimes(reports, known.stories),
        downloads=None if result is None else downloads_in(result, known.stories),
    )
