"""`ghostcrawl cases`: one case per repository with findings, what it is, and what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from crawler.reporting.text import plain
from workers.cli.cases_decide import assign, merge, note, promote, triage, undo
from workers.cli.cases_reports import outcome, reported, stats
from workers.cli.cases_selected import case_filters, follow
from workers.cli.cases_send import open_, reminder, send
from workers.cli.cases_shown import (
    HEADINGS,
    case_json,
    case_lines,
    case_row,
    explained_json,
    explained_lines,
    line_json,
)
from workers.cli.output import LIST_FORMAT, SHOWN_FORMAT, is_text, print_objects
from workers.cli.session import Session, json_line
from workers.cli.terminal import table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workers.ledger.case_selection import CaseFilter

__all__ = ["cases"]

_MOST_FINDINGS = 100


@click.group()
def cases() -> None:
    """Show and decide about repositories with findings."""


@cases.command(name="list")
@case_filters()
@click.option(
    "--due",
    is_flag=True,
    help="Only those whose report had no answer for too long, or may not have left.",
)
@click.option(
    "--sort",
    "order",
    type=click.Choice(["place", "urgency"]),
    default="place",
    help="By host and path, or as a person needs them: what is served and sure first, and what looks most like a lure.",
)
@LIST_FORMAT
@click.pass_obj
def list_(
    session: Session,
    chosen: CaseFilter,
    order: str,
    style: str,
    *,
    due: bool,
) -> None:
    """List cases, those that are not settled unless --state says otherwise."""
    from workers.ledger.case_reports import overdue
    from workers.ledger.case_selection import all_selected
    from workers.ledger.case_views import views_of

    wiring = session.wiring
    follow(wiring, chosen.campaign)
    now = wiring.clock()
    with wiring.ledger.read() as conn:
        found = all_selected(conn, chosen, now)
        if due:
            late = {one.key for one in overdue(conn, now, wiring.case_policy.patience)}
            found = tuple(one for one in found if one.key in late)
        if order == "urgency":
            found = tuple(sorted(found, key=lambda one: (-one.urgency, one.number)))
        views = views_of(conn, found, wiring.case_policy)
    if style != "table":
        print_objects((case_json(view, now) for view in views), style)
    elif views:
        click.echo(table(HEADINGS, [case_row(view, now) for view in views]))
    else:
        session.say("no cases")


@cases.command()
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
@click.option(
    "--all",
    "whole",
    is_flag=True,
    help=f"Show also cases with more than {_MOST_FINDINGS} findings whole.",
)
@SHOWN_FORMAT
@click.pass_obj
def show(session: Session, ids: Sequence[str], style: str | None, *, whole: bool) -> None:
    """Show cases: class with reasons, findings, log; an ID may be cut off."""
    from workers.ledger import case_log
    from workers.ledger import cases as stored
    from workers.ledger.case_views import views_of

    wiring = session.wiring
    wiring.follow_cases()
    now = wiring.clock()
    as_text = is_text(style)
    with wiring.ledger.read() as conn:
        named = [stored.named(conn, start) for start in ids]
        most = None if whole else _MOST_FINDINGS
        views = views_of(conn, named, wiring.case_policy, most=most)
        logs = [case_log.history(conn, one.number) for one in named]
    for view, log in zip(views, logs, strict=True):
        if as_text:
            for line in case_lines(view, log, now):
                click.echo(plain(line))
        else:
            click.echo(json_line(case_json(view, now) | {"log": [line_json(one) for one in log]}))


@cases.command()
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
@SHOWN_FORMAT
@click.pass_obj
def explain(session: Session, ids: Sequence[str], style: str | None) -> None:
    """Explain the class of cases: the sum, each reason, what could change it; an ID may be cut off."""
    from workers.ledger import cases as stored
    from workers.ledger.case_views import views_of

    wiring = session.wiring
    wiring.follow_cases()
    as_text = is_text(style)
    with wiring.ledger.read() as conn:
        views = views_of(conn, [stored.named(conn, start) for start in ids], wiring.case_policy)
    for view in views:
        for line in explained_lines(view) if as_text else (json_line(explained_json(view)),):
            click.echo(plain(line) if as_text else line)


for command in (
    triage,
    note,
    assign,
    promote,
    merge,
    undo,
    open_,
    send,
    reminder,
    reported,
    outcome,
    stats,
):
    cases.add_command(command)
