"""`ghostcrawl cases triage`, `note`, `assign`, `promote`, `merge` and `undo`: what a person decides about cases."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import click

from crawler.errors import UsageError
from crawler.model import CaseClass, CaseState
from crawler.reporting.text import counted
from workers.cli.cases_selected import case_filters, ids_or_filter
from workers.cli.session import Session
from workers.grounds import expiry, label, stated

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from workers.ledger.case_changes import Decision
    from workers.ledger.case_selection import CaseFilter
    from workers.ledger.cases import Case

__all__ = ["assign", "decide", "merge", "note", "promote", "triage", "undo"]

_IDS = click.argument("ids", nargs=-1, metavar="[ID]...")
_REASON = click.option(
    "--reason", required=True, help="Why; it is kept in the log, so never the name of a person."
)
_VERSION = click.option(
    "--version",
    "version",
    type=click.IntRange(1),
    help="Only if the case still has this version, as `cases show` says.",
)
_YES = click.option("--yes", is_flag=True, help="Change all of several cases.")
_GIVEN = (CaseState.NEEDS_LOOK, CaseState.CONFIRMED, CaseState.FALSE_POSITIVE, CaseState.BENIGN)


@click.command()
@_IDS
@click.option(
    "--class", "case_class", type=click.Choice([one.value for one in CaseClass]), help="What it is."
)
@click.option(
    "--state",
    type=click.Choice([one.value for one in _GIVEN]),
    help="The state it gets; false-positive and benign dismiss its findings.",
)
@_REASON
@click.option(
    "--expires",
    help="A date, or a span such as 30d; at most 365 days away. Without it a class stays, and a state"
    " that dismisses findings ends after 365 days.",
)
@_VERSION
@_YES
@case_filters("where-")
@click.pass_obj
def triage(
    session: Session,
    ids: Sequence[str],
    case_class: str | None,
    state: str | None,
    reason: str,
    expires: str | None,
    version: int | None,
    host: str | None,
    owner: str | None,
    package: str | None,
    of_class: tuple[str, ...],
    of_state: tuple[str, ...],
    age: timedelta | None,
    since: datetime | None,
    *,
    yes: bool,
) -> None:
    """Set the class or the state of cases, for one reason; an ID may be cut off."""
    from workers.ledger import case_decisions
    from workers.ledger.case_selection import CaseFilter

    if case_class is None and state is None:
        raise UsageError("say what is decided: --class or --state")
    why, until = stated(reason), _until(session, expires)
    chosen = CaseFilter(
        host=host,
        owner=owner,
        package=package,
        classes=of_class,
        states=of_state,
        age=age,
        since=since,
    )

    def write(conn: Connection, one: Case, now: datetime) -> None:
        from workers.ledger import cases

        if case_class is not None:
            case_decisions.set_class(conn, one, CaseClass(case_class), why, until, now)
            one = cases.of_repositories(conn, [one.number])[one.number]
        if state is not None:
            case_decisions.set_state(conn, one, CaseState(state), why, until, now)

    decide(session, ids, write, chosen=chosen, version=version, yes=yes)


def _until(session: Session, expires: str | None) -> datetime | None:
    return None if expires is None else expiry(expires, session.wiring.clock())


@click.command()
@_IDS
@click.option("--text", required=True, help="A remark; never the name of a person.")
@_VERSION
@click.pass_obj
def note(session: Session, ids: Sequence[str], text: str, version: int | None) -> None:
    """Add a remark to the log of cases; an ID may be cut off."""
    from workers.ledger import case_decisions

    said = stated(text, option="--text")
    decide(
        session,
        ids,
        lambda conn, one, now: case_decisions.note(conn, one, said, now),
        version=version,
    )


@click.command()
@_IDS
@click.option("--to", "team", required=True, help="A label, such as that of a team; '' for none.")
@_VERSION
@click.pass_obj
def assign(session: Session, ids: Sequence[str], team: str, version: int | None) -> None:
    """Say who looks after cases, by a label; an ID may be cut off."""
    from workers.ledger import case_decisions

    one_line = label(team)
    decide(
        session,
        ids,
        lambda conn, one, now: case_decisions.assign(conn, one, one_line, now),
        version=version,
    )


@click.command()
@_IDS
@_REASON
@_VERSION
@click.pass_obj
def promote(session: Session, ids: Sequence[str], reason: str, version: int | None) -> None:
    """Stand behind cases: they are confirmed, and so are their findings with open questions."""
    from workers.ledger import case_decisions

    why = stated(reason)

    def write(conn: Connection, one: Case, now: datetime) -> None:
        case_decisions.set_state(conn, one, CaseState.CONFIRMED, why, None, now)

    decide(session, ids, write, version=version)


@click.command()
@_IDS
@click.option("--into", required=True, metavar="ID", help="The case that stays.")
@_REASON
@_VERSION
@click.pass_obj
def merge(
    session: Session, ids: Sequence[str], into: str, reason: str, version: int | None
) -> None:
    """Make cases duplicates of another one; an ID may be cut off."""
    from workers.ledger import case_decisions, cases

    why = stated(reason)

    def write(conn: Connection, one: Case, now: datetime) -> None:
        case_decisions.merge(conn, one, cases.named(conn, into), why, now)

    decide(session, ids, write, version=version)


@click.command()
@_IDS
@_REASON
@_VERSION
@click.pass_obj
def undo(session: Session, ids: Sequence[str], reason: str, version: int | None) -> None:
    """Take back the last decision about each of these cases; an ID may be cut off."""
    from workers.ledger import case_decisions

    why = stated(reason)
    decide(
        session,
        ids,
        lambda conn, one, now: case_decisions.undo(conn, one, why, now),
        version=version,
    )


def decide(
    session: Session,
    ids: Sequence[str],
    write: Decision,
    *,
    chosen: CaseFilter | None = None,
    version: int | None = None,
    yes: bool = True,
) -> None:
    """Let `write` decide about the cases that are named or `chosen`, all of them or none; say what they are then.

    Raises UsageError where there is none, where there are several that are not all named and nobody says
    `yes`, and where the one has another `version`.
    """
    from workers.ledger import cases
    from workers.ledger.case_changes import change
    from workers.ledger.case_selection import CaseFilter, all_selected
    from workers.ledger.case_views import CaseView, views_of

    wiring = session.wiring
    chosen = chosen or CaseFilter()
    ids_or_filter(ids, chosen)
    wiring.follow_cases()
    policy = wiring.case_policy

    def save(conn: Connection) -> list[CaseView]:
        now = wiring.clock()
        if ids:
            meant = list({one.number: one for one in (cases.named(conn, i) for i in ids)}.values())
        else:
            meant = list(all_selected(conn, chosen, now))
        _check(meant, version, sure=yes or bool(ids))
        return views_of(conn, change(conn, meant, write, now, policy), policy)

    changed = wiring.ledger.transaction(save)
    for view in changed:
        one = view.case
        session.say(
            f"case {one.key}: {one.state}, class {view.class_word}, version {one.version}"
            f" ({one.host}/{one.path})"
        )
    if len(changed) > 1:
        session.say(f"{counted(len(changed), 'case')} changed")


def _check(meant: Sequence[Case], version: int | None, *, sure: bool) -> None:
    from workers.ledger.case_changes import check_version

    if not meant:
        raise UsageError("no case matches; `cases list` with the same filters shows what does")
    if version is not None and len(meant) > 1:
        raise UsageError("--version is for one case; name one")
    if version is not None:
        check_version(meant[0], version)
    if not sure:
        msg = f"the filters match {counted(len(meant), 'case')}; add --yes to change them"
        raise UsageError(msg)
