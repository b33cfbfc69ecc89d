"""All pages of the console, in the order of its navigation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workers.console.pages.case import CASE
from workers.console.pages.queue import QUEUE

if TYPE_CHECKING:
    from workers.console.interface import Page

__all__ = ["HOME", "PAGES"]

PAGES: tuple[Page[Any], ...] = (QUEUE, CASE)
HOME = QUEUE.path
