"""`ghostcrawl cases reported`, `outcome` and `stats`: what became of what was reported."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from crawler.errors import UsageError
from crawler.model import CaseEvent
from workers.cli.cases_decide import decide
from workers.cli.output import LIST_FORMAT, print_objects
from workers.cli.session import Session
from workers.cli.terminal import table
from workers.cli.times import MOMENT
from workers.grounds import stated

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection

    from workers.ledger.case_times import TakedownTimes
    from workers.ledger.cases import Case

__all__ = ["outcome", "reported", "stats"]

_HEADINGS = ("host", "reported", "removed", "median", "cleaned", "came back", "withdrawn", "open")


@click.command()
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
@click.option("--channel", required=True, help="How it was sent: form, mail, ...")
@click.option("--at", type=MOMENT, help="When it was sent, UTC. Default: now.")
@click.option("--text", default="", help="What is to be known of it, such as a ticket number.")
@click.pass_obj
def reported(
    session: Session, ids: Sequence[str], channel: str, at: datetime | None, text: str
) -> None:
    """Note that the letters of these cases were sent; an ID may be cut off."""
    from workers.ledger import case_decisions

    way = stated(channel, option="--channel")
    said = stated(text, option="--text") if text else ""
    policy = session.wiring.case_policy

    def write(conn: Connection, one: Case, now: datetime) -> None:
        case_class = policy.class_of(conn, one)
        case_decisions.note_report(conn, one, way, said, at or now, now, case_class)

    decide(session, ids, write)


@click.command()
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
@click.option(
    "--acknowledged", "came", flag_value=CaseEvent.ACKNOWLEDGED.value, help="The desk has answered."
)
@click.option(
    "--removed",
    "came",
    flag_value=CaseEvent.REMOVED.value,
    help="The desk says that it was taken down.",
)
@click.option("--refused", "came", flag_value=CaseEvent.REFUSED.value, help="The desk has refused.")
@click.option("--text", default="", help="What is to be known of it.")
@click.pass_obj
def outcome(session: Session, ids: Sequence[str], came: str | None, text: str) -> None:
    """Note what came of the reports of these cases; an ID may be cut off."""
    from workers.ledger import case_decisions

    if came is None:
        raise UsageError("say what came of it: --acknowledged, --removed or --refused")
    said = stated(text, option="--text") if text else ""
    decide(
        session,
        ids,
        lambda conn, one, now: case_decisions.note_outcome(conn, one, CaseEvent(came), said, now),
    )


@click.command()
@LIST_FORMAT
@click.pass_obj
def stats(session: Session, style: str) -> None:
    """Show per host how many reported cases were taken down, and how long that took."""
    from workers.ledger import case_times

    wiring = session.wiring
    wiring.follow_cases()
    with wiring.ledger.read() as conn:
        times = case_times.takedown_times(conn)
    if style != "table":
        print_objects(map(_json, times), style)
    elif times:
        click.echo(table(_HEADINGS, [_row(one) for one in times]))
    else:
        session.say("no case was reported yet")


def _row(one: TakedownTimes) -> Sequence[object]:
    median = "-" if one.median is None else str(timedelta(seconds=one.median.total_seconds() // 1))
    removed = f"{one.removed} of {one.reported}"
    rest = (one.cleaned, one.returned, one.withdrawn, one.open)
    return (one.host, one.reported, removed, median, *rest)


def _json(one: TakedownTimes) -> Mapping[str, Any]:
    return {
        "host": one.host,
        "reported": one.reported,
        "removed": one.removed,
        "median_seconds": one.median and one.median.total_seconds(),
        "cleaned": one.cleaned,
        "came_back": one.returned,
        "withdrawn": one.withdrawn,
        "open": one.open,
    }
