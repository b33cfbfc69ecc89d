"""The export formats there are: one line each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from crawler.reporting.interface import Edition, Renderer
from crawler.reporting.jsonl import JsonLines
from crawler.reporting.letter import Letter

__all__ = ["RENDERERS"]

RENDERERS: Mapping[str, Callable[[Edition], Renderer]] = MappingProxyType(
    {
        "jsonl": lambda _: JsonLines(),
        "letter": Letter,
    }
)
"""Stable id of a format -> what makes the renderer of an edition."""
