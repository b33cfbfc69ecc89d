"""Which cases a command is about: by their ids, or by filters that all of them have in common."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar, cast

import click

from crawler.errors import UsageError
from crawler.model import CaseClass, CaseState
from workers.cli.times import MOMENT, SPAN

if TYPE_CHECKING:
    from workers.ledger.case_selection import CaseFilter
    from workers.wiring import Wiring

__all__ = ["case_filters", "follow", "ids_or_filter"]

_F = TypeVar("_F", bound="Callable[..., object]")


def case_filters(prefix: str = "") -> Callable[[_F], _F]:
    """Return a decorator that gives a command the filters, as its parameter `chosen` (a CaseFilter).

    `prefix` is for class and state.
    """
    options = (
        click.option("--host", help="Only on this host."),
        click.option("--owner", help="Only of this owner, the first part of the path."),
        click.option("--package", help="Only with a finding about this project."),
        click.option(
            f"--{prefix}class",
            "classes",
            multiple=True,
            type=click.Choice([*(one.value for one in CaseClass), "unknown"]),
            help="Only of this class; may be repeated.",
        ),
        click.option(
            f"--{prefix}state",
            "states",
            multiple=True,
            type=click.Choice([*(one.value for one in CaseState), "all"]),
            help="Only in this state; may be repeated. Default: those that are not settled.",
        ),
        click.option("--campaign", help="Only of the campaign with this id (`campaigns list`)."),
        click.option("--age", type=SPAN, help="Only those unchanged for at least this long: 30d."),
        click.option("--since", type=MOMENT, help="Only those opened on this date or later."),
    )

    def decorate(command: _F) -> _F:
        @wraps(command)
        def chosen(*given: object, **named: Any) -> object:  # noqa: ANN401 - whatever click read
            from workers.ledger.case_selection import CaseFilter

            own = {field.name: named.pop(field.name) for field in fields(CaseFilter)}
            return command(*given, chosen=CaseFilter(**own), **named)

        for option in reversed(options):
            chosen = option(chosen)
        return cast("_F", chosen)

    return decorate


def follow(wiring: Wiring, campaign: str | None) -> None:
    """Bring cases up to date, and campaigns where one is asked for; UsageError where no campaign has its id."""
    if campaign is None:
        wiring.follow_cases()
    elif campaign not in {one.id for one in wiring.follow_campaigns()}:
        msg = f"no campaign has the id {campaign!r}; `campaigns list` shows them"
        raise UsageError(msg)


def ids_or_filter(ids: Sequence[str], chosen: CaseFilter) -> None:
    """Raise UsageError unless cases are named by ids or by filters, and not by both."""
    if not ids and chosen.is_empty:
        raise UsageError("name the cases by their ids or by filters such as --owner")
    if ids and not chosen.is_empty:
        raise UsageError("name the cases by their ids or by filters, not by both")
