"""What an export format is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from crawler.model import Report

__all__ = ["Document", "Renderer"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One file of an export."""

    name: str
    """File name, safe on every file system."""
    text: str = field(repr=False)
    """UTF-8, ends with a line feed."""


class Renderer(Protocol):
    """Turns reports into documents; pure: the same reports give the same bytes."""

    @property
    def format(self) -> str:
        """Stable id: `jsonl`, `letter`."""
        ...

    def render(self, reports: Sequence[Report]) -> Iterable[Document]:
        """Return the documents, in a stable order; what the format must not show is left out."""
        ...
