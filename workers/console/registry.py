"""All pages of the console, in the order of its navigation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workers.console.pages.campaigns import CAMPAIGN, CAMPAIGNS
from workers.console.pages.case import CASE
from workers.console.pages.coverage import COVERAGE
from workers.console.pages.feeds import FEEDS
from workers.console.pages.ghost import GHOST
from workers.console.pages.queue import QUEUE
from workers.console.pages.reports import REPORTS
from workers.console.pages.workers import WORKERS

if TYPE_CHECKING:
    from workers.console.interface import Page

__all__ = ["HOME", "PAGES"]

PAGES: tuple[Page[Any], ...] = (
    QUEUE,
    CASE,
    CAMPAIGNS,
    CAMPAIGN,
    REPORTS,
    GHOST,
    COVERAGE,
    FEEDS,
    WORKERS,
)
HOME = QUEUE.path
