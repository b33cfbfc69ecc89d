"""`ghostcrawl seed` and `ghostcrawl feeds`: learn what was removed, and how fresh that knowledge is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from crawler.errors import Defer, Retry
from workers.cli.session import Session, json_line, table

if TYPE_CHECKING:
    from crawler.model import Skipped
    from feeds.interface import Feed

__all__ = ["feeds", "seed"]

_PARTIAL = 3


@click.command()
@click.option(
    "--from",
    "sources",
    required=True,
    help="quarantine-feed, osv-mal, file:PATH; several with commas.",
)
@click.option(
    "--accept-change",
    is_flag=True,
    help="Take an answer that differs from the last one by more than 10 %.",
)
@click.option("--format", "style", type=click.Choice(["text", "json"]), default="text")
@click.pass_obj
def seed(session: Session, sources: str, style: str, *, accept_change: bool) -> int:
    """Learn what was removed, and why; then hunt for it in the locks that are stored already."""
    code = 0
    skipped: list[Skipped] = []
    for source in sources.split(","):
        for feed in session.wiring.feeds(source.strip()):
            try:
                skipped += _poll(session, feed, style, accept_change=accept_change)
            except (Defer, Retry) as error:
                session.say(
                    f"{feed.name}: {error}; what came before is kept, run it again to go on"
                )
                code = _PARTIAL
    _hunt(session, style)
    session.say_not_looked_at(skipped)
    return code


def _poll(session: Session, feed: Feed, style: str, *, accept_change: bool) -> list[Skipped]:
    from workers.steps.poll import poll

    wiring = session.wiring
    records = changed = 0
    skipped: list[Skipped] = []
    for learned in poll(wiring.ledger, feed, wiring.clock, accept_change=accept_change):
        records += learned.records
        changed += len(learned.projects)
        skipped += learned.skipped
        of = "" if learned.total is None else f" of {learned.total}"
        session.show_progress(f"{feed.name}: {records}{of} records")
    session.end_progress()
    if style == "json":
        click.echo(
            json_line(
                {"feed": feed.name, "records": records, "changed": changed, "skipped": len(skipped)}
            )
        )
    else:
        session.say(
            f"{feed.name}: {records} records, verdicts of {changed} projects changed, {len(skipped)} skipped"
        )
    return skipped


def _hunt(session: Session, style: str) -> None:
    from workers.inline import hunt_all

    hunted = hunt_all(session.wiring)
    if style == "json":
        click.echo(
            json_line(
                {
                    "hunt": hunted.projects,
                    "locks": hunted.locks,
                    "new": hunted.new,
                    "retracted": hunted.retracted,
                }
            )
        )
    else:
        session.say(
            f"retro-hunt: {hunted.projects} changed projects, {hunted.locks} stored locks pin one of "
            f"them, {hunted.new} new findings, {hunted.retracted} taken back"
        )


@click.group()
def feeds() -> None:
    """Show the feeds and how fresh they are."""


@feeds.command(name="list")
@click.option("--format", "style", type=click.Choice(["table", "json"]), default="table")
@click.pass_obj
def list_(session: Session, style: str) -> None:
    """List the feeds that have been asked, with the time of the last answer."""
    from workers.ledger import cursors

    with session.wiring.ledger.read() as conn:
        asked = cursors.checked(conn)
    if style == "json":
        for feed in asked:
            click.echo(
                json_line(
                    {
                        "feed": feed.feed,
                        "checked_at": feed.checked_at.isoformat(),
                        "records": feed.records,
                    }
                )
            )
        return
    rows = [(f.feed, f.checked_at.isoformat(timespec="seconds"), f.records) for f in asked]
    click.echo(table(("feed", "last answer (UTC)", "records"), rows))
