"""`ghostcrawl census`: what the ledger says of removals and pins as a whole. It asks nobody."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import click

from crawler.model import Ecosystem, VerdictState
from crawler.reporting.text import counted
from workers.cli.session import Session, json_line
from workers.cli.terminal import table
from workers.cli.times import MOMENT

if TYPE_CHECKING:
    from datetime import datetime

    from workers.census.counting import Census

__all__ = ["census"]

_YEAR = timedelta(days=365)


@click.command()
@click.option(
    "--format",
    "style",
    type=click.Choice(["table", "json", "html"]),
    default="table",
    show_default=True,
    help="Tables for people, one JSON document, or one page that needs nothing else.",
)
@click.option(
    "--print-sql", is_flag=True, help="Print the query for downloads by installer instead."
)
@click.option("--since", type=MOMENT, help="First day of the query; default: a year ago.")
@click.option("--table", "of_table", help="Table of downloads that the query reads.")
@click.pass_obj
def census(
    session: Session, *, style: str, print_sql: bool, since: datetime | None, of_table: str | None
) -> None:
    """Count removals, how long they took, what pins them, and what is served still; asks nobody.

    All numbers are of this ledger. Where nobody states a date, it says unknown.
    """
    if print_sql:
        _print_sql(session, since, of_table)
        return
    if since is not None or of_table is not None:
        msg = "--since and --table are options of --print-sql"
        raise click.UsageError(msg)
    from workers.census.counting import take_census

    wiring = session.wiring
    with wiring.ledger.snapshot() as conn:
        taken = take_census(conn, wiring.clock())
    if style == "table":
        _print_tables(taken)
    elif style == "json":
        from workers.values import plain

        click.echo(json_line(plain(taken)))
    else:
        from workers.census.page import census_page

        click.echo(census_page(taken), nl=False)


def _print_tables(taken: Census) -> None:
    from workers.census.sections import sections_of

    for section in sections_of(taken):
        click.echo(f"{section.title}:")
        click.echo(table(section.headings, section.rows) if section.rows else "nothing to count")
        for note in section.notes:
            click.echo(f"  {note}")
        click.echo()


def _print_sql(session: Session, since: datetime | None, of_table: str | None) -> None:
    """Print the query on the projects of the Python index that an advisory calls malicious."""
    from workers.census.downloads import TABLE, downloads_queries
    from workers.ledger import verdicts

    wiring = session.wiring
    with wiring.ledger.read() as conn:
        accused = verdicts.list_ghosts(conn, (VerdictState.MALICIOUS,))
        projects = {one.subject.project for one in accused}
    mine = {one for one in projects if one.ecosystem is Ecosystem.PYPI}
    now = wiring.clock()
    for query in downloads_queries(mine, since or now - _YEAR, now, of_table or TABLE):
        click.echo(query)
    session.say(
        f"{counted(len(mine), 'project')} of the Python index; the table is paid for by the day, and ghostcrawl "
        "does not read the result"
    )
