"""The table at the end of a benchmark: what was measured, its limit, and whether that is held.

A row has what is compared, both sides with their units, and one figure, mostly their ratio, to which the limit
applies. A row without a figure was not measured; its note says why, and it neither holds nor misses its limit.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

__all__ = ["Bound", "Limit", "Row", "missed", "render"]

_HEADINGS = ("what", "ours", "other", "ratio", "limit", "", "note")


class Bound(StrEnum):
    """On which side of its limit a figure must be."""

    AT_LEAST = ">="
    AT_MOST = "<="


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """What a figure must hold."""

    bound: Bound
    value: float

    def holds(self, figure: float) -> bool:
        """Say whether `figure` is on the right side."""
        match self.bound:
            case Bound.AT_LEAST:
                return figure >= self.value
            case Bound.AT_MOST:
                return figure <= self.value
            case _:
                assert_never(self.bound)

    def __str__(self) -> str:
        """Write it as `>= 0.7`."""
        return f"{self.bound} {self.value:g}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the table. A row without a figure was not measured, and its note says why."""

    what: str
    ours: str = ""
    other: str = ""
    figure: float | None = None
    """What the limit is about, mostly a ratio of ours and the other."""
    limit: Limit | None = None
    note: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the limit is held; None where there is none, or nothing was measured."""
        if self.limit is None or self.figure is None:
            return None
        return self.limit.holds(self.figure)


def render(rows: Iterable[Row]) -> str:
    """Return `rows` in columns as wide as they need, one line each."""
    lines = [_HEADINGS, *(_cells(row) for row in rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(_HEADINGS))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def _cells(row: Row) -> Sequence[str]:
    ratio = "-" if row.figure is None else f"{row.figure:.3g}"
    verdict = {True: "met", False: "MISSED", None: ""}[row.met]
    return row.what, row.ours, row.other, ratio, str(row.limit or ""), verdict, row.note


def missed(rows: Iterable[Row]) -> int:
    """Count the rows whose limit is not held."""
    return sum(row.met is False for row in rows)
