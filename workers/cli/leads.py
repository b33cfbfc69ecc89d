"""`ghostcrawl leads`: questions to the index's security people. It asks nobody and accuses nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from crawler.model import Confidence
from crawler.reporting.text import counted
from workers.cli.output import LIST_FORMAT, print_objects
from workers.cli.session import Session
from workers.cli.terminal import table
from workers.cli.times import SPAN

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import timedelta

    from workers.census.leads import Lead

__all__ = ["leads"]

_HEADINGS = (
    "package",
    "state",
    "owners",
    "young",
    "repositories",
    "of unknown age",
    "first seen",
)


@click.command()
@click.option(
    "--least",
    type=click.IntRange(1),
    default=2,
    show_default=True,
    help="Show what the young repositories of so many owners pin.",
)
@click.option(
    "--young",
    type=SPAN,
    default="90d",
    show_default=True,
    help="Count a repository as young that was created at most this long before the pin was found.",
)
@click.option(
    "--drafts",
    is_flag=True,
    help="Print below the table what the index may be told of each, for a person to send.",
)
@LIST_FORMAT
@click.pass_obj
def leads(session: Session, least: int, young: timedelta, style: str, *, drafts: bool) -> None:
    """List releases that the index took away, nobody named, and young repositories of several owners pin.

    A lead is a question to the index's security people, who can look at the file. It accuses nobody and
    never becomes a letter. Nothing is sent: --drafts and JSON have the observation that an invited reporter
    may send.
    """
    from workers.census.leads import leads_of
    from workers.census.reading import ever_named
    from workers.ledger import findings

    with session.wiring.ledger.snapshot() as conn:
        reports = findings.reports(conn, minimum=Confidence.CENSUS)
        found = leads_of(reports, ever_named(conn), least, young)
    if style != "table":
        print_objects(map(_json, found), style)
        return
    if found:
        click.echo(table(_HEADINGS, [_row(one) for one in found]))
    for one in found if drafts else ():
        draft = one.observation
        click.echo(f"\n{_name(one)}:")
        click.echo("    its index takes no observations" if draft is None else draft.indented())
    session.say(
        f"{counted(len(found), 'lead')}. young: created at most {young.days} days before the pin was found, as the host says; owners of the "
        "young ones are counted. That something is gone accuses nobody: these are questions to the index"
    )


def _name(one: Lead) -> str:
    version = "" if one.version is None else f"@{one.version}"
    return f"pkg:{one.project.ecosystem}/{one.project.name}{version}"


def _row(one: Lead) -> Sequence[object]:
    seen = one.first_seen.date()
    return (_name(one), one.state, one.owners, one.young, one.repositories, one.undated, seen)


def _json(one: Lead) -> Mapping[str, Any]:
    return {
        "package": _name(one),
        "state": one.state.value,
        "owners": one.owners,
        "young_repositories": one.young,
        "repositories": one.repositories,
        "repositories_of_unknown_age": one.undated,
        "first_seen": one.first_seen.isoformat(),
        "observation": None if one.observation is None else one.observation.payload(),
    }
