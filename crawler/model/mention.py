"""A package that a text names with a version or a range: no pin, since nobody knows what is installed of it."""

from __future__ import annotations

from dataclasses import dataclass

from crawler.model.names import Ecosystem

__all__ = ["Mention"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """One package as a text names it."""

    ecosystem: Ecosystem
    name: str
    """Normalised."""
    stated: str
    """A version, or a range of them as the tool of the text writes it: `^1.2.0`, `~=3.0`, `1.2.*`."""
    line: int
    """Counted from 1."""
