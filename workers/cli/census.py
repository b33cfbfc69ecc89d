"""`ghostcrawl census`: what the ledger says of removals and pins as a whole. Only --sample asks anybody."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from crawler.errors import ConfigurationError
from crawler.model import Ecosystem, VerdictState
from crawler.reporting.text import counted
from workers.cli.session import Session, json_line
from workers.cli.terminal import table
from workers.cli.times import MOMENT

if TYPE_CHECKING:
    from datetime import datetime

    from workers.census.counting import Census
    from workers.census.sampled_files import SampledFiles

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
@click.option(
    "--downloads",
    "result",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Result of that query, as CSV or JSON Lines.",
)
@click.option(
    "--sample",
    "most",
    type=click.IntRange(1, 1000),
    help="Ask the file host, by one HEAD request each, about this many files of removed releases.",
)
@click.pass_obj
def census(
    session: Session,
    style: str,
    since: datetime | None,
    of_table: str | None,
    result: Path | None,
    most: int | None,
    *,
    print_sql: bool,
) -> None:
    """Count removals, how long they took, what pins them, and what is still served.

    All numbers come from this ledger; only --sample asks anybody. Where nobody states a date, it says unknown.
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
        taken = take_census(conn, wiring.clock(), result)
    if most is not None:
        taken = replace(taken, sampled=_sampled(session, most, taken.made_at))
    if style == "table":
        _print_tables(taken)
    elif style == "json":
        from workers.values import plain

        click.echo(json_line(plain(taken)))
    else:
        from workers.census.page import census_page

        click.echo(census_page(taken), nl=False)


def _sampled(session: Session, most: int, now: datetime) -> SampledFiles:
    """Ask the file host of the Python index; the sample of a day is the same whoever draws it."""
    from workers.census import sampled_files
    from workers.ledger import verdicts

    wiring = session.wiring
    with wiring.ledger.read() as conn:
        paths = sampled_files.known_paths(verdicts.list_ghosts(conn, sampled_files.GONE))
    registry = wiring.registries.get(Ecosystem.PYPI)
    hosts = sorted(() if registry is None else registry.file_hosts)
    if not hosts:
        msg = "no file host of the Python index is known; run `ghostcrawl seed` first"
        raise ConfigurationError(msg)
    drawn = sampled_files.sample(paths, most, f"{now:%Y-%m-%d}")
    session.say(f"asking {hosts[0]} about {counted(len(drawn), 'file')}, one HEAD each")
    return sampled_files.ask(
        drawn, len(paths), lambda path: wiring.checks.check(f"https://{hosts[0]}{path}", hosts, now)
    )


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
        f"{counted(len(mine), 'project')} of the Python index; the table is paid for by the day. Save the result as CSV "
        "or JSON Lines, and run `ghostcrawl census --downloads FILE`"
    )
