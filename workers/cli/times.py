"""Spans and moments as a user writes them: `36h`, `30d`, `2026-11-01`, a number of minutes or hours."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import click

from workers.clock import moment_or_none, span_of

if TYPE_CHECKING:
    from click import Context, Parameter

__all__ = ["HOUR", "MINUTE", "MOMENT", "SPAN", "Duration"]

_TEN_YEARS = timedelta(days=3650)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


class _Span(click.ParamType[timedelta]):
    name = "span"

    def convert(
        self, value: str | timedelta, param: Parameter | None, ctx: Context | None
    ) -> timedelta:
        """Read an option; a wrong one ends the command with 2."""
        found = value if isinstance(value, timedelta) else span_of(value)
        return (
            found if found is not None else self.fail(f"{value!r}: use 90m, 24h, 30d", param, ctx)
        )


class _Moment(click.ParamType[datetime]):
    name = "date"

    def convert(
        self, value: str | datetime, param: Parameter | None, ctx: Context | None
    ) -> datetime:
        """Read an option; a wrong one ends the command with 2."""
        found = value if isinstance(value, datetime) else moment_or_none(value)
        return found if found is not None else self.fail(f"{value!r}: use 2026-11-01", param, ctx)


class Duration(click.FloatRange):
    """A number of minutes or hours that the calendar can hold: at most ten years, and never `nan`."""

    def __init__(self, least: float, unit: timedelta) -> None:
        """Take `least` and more of `unit`."""
        super().__init__(min=least, max=_TEN_YEARS / unit)

    def convert(self, value: float, param: Parameter | None, ctx: Context | None) -> float:
        """Read an option; a wrong one ends the command with 2."""
        found = super().convert(value, param, ctx)
        return (
            self.fail(f"invalid number {value!r}: expected digits", param, ctx)
            if math.isnan(found)
            else found
        )


SPAN = _Span()
MOMENT = _Moment()
