"""The export formats there are: one line each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawler.errors import UsageError
from crawler.reporting.jsonl import JsonLines
from crawler.reporting.letter import Letter

if TYPE_CHECKING:
    from crawler.reporting.interface import Renderer

__all__ = ["RENDERERS", "renderer"]

RENDERERS: tuple[Renderer, ...] = (
    JsonLines(),
    Letter(),
)


def renderer(name: str) -> Renderer:
    """Return the renderer of a format; raises UsageError that names those there are."""
    for candidate in RENDERERS:
        if candidate.format == name:
            return candidate
    msg = f"no export format {name!r}; there are: {', '.join(r.format for r in RENDERERS)}"
    raise UsageError(msg)
