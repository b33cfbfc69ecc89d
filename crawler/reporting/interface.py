"""What an export format is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from crawler.model import Report

__all__ = ["Document", "Edition", "Renderer"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """When documents are written, and by whom."""

    at: datetime
    """UTC; what was measured more than a day before is not stated as what is so now."""
    contact: str | None = None
    """Mail address of the sender; None where a person fills it in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One file of an export."""

    name: str
    """File name, safe on every file system."""
    text: str = field(repr=False)
    """UTF-8, ends with a line feed."""


class Renderer(Protocol):
    """Turns reports into documents; pure: the same reports and edition give the same bytes."""

    def render(self, reports: Sequence[Report]) -> Iterable[Document]:
        """Return the documents, in a stable order; what the format must not show is left out."""
        ...
