"""`ghostcrawl findings promote`, `dismiss` and `reopen`: what a person decides about one finding."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from workers.cli.session import Session
from workers.grounds import expiry, stated

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy import Connection

__all__ = ["dismiss", "promote", "reopen"]

_REASON = click.option(
    "--reason", required=True, help="Why; it is kept in the log, so never the name of a person."
)


@click.command()
@click.argument("key")
@_REASON
@click.pass_obj
def promote(session: Session, key: str, reason: str) -> None:
    """Stand behind a finding: its questions no longer keep it out of letters. KEY may be cut off."""
    from workers.ledger import decisions

    why = stated(reason)
    _decide(session, key, lambda conn, k, now: decisions.promote(conn, k, why, now), "promoted")


@click.command()
@click.argument("key")
@_REASON
@click.option(
    "--expires", required=True, help="A date, or a span such as 30d; at most 365 days away."
)
@click.pass_obj
def dismiss(session: Session, key: str, reason: str, expires: str) -> None:
    """Leave a finding out of lists and letters until a day. KEY may be cut off."""
    from workers.ledger import decisions

    why, until = stated(reason), expiry(expires, session.wiring.clock())
    done = f"dismissed until {until.isoformat(timespec='seconds')}"
    _decide(session, key, lambda conn, k, now: decisions.dismiss(conn, k, why, until, now), done)


@click.command()
@click.argument("key")
@_REASON
@click.pass_obj
def reopen(session: Session, key: str, reason: str) -> None:
    """Take back what was decided about a finding. KEY may be cut off."""
    from workers.ledger import decisions

    why = stated(reason)
    _decide(session, key, lambda conn, k, now: decisions.reopen(conn, k, why, now), "new again")


def _decide(
    session: Session, key: str, decide: Callable[[Connection, str, datetime], None], done: str
) -> None:
    from workers.ledger import decisions
    from workers.ledger.case_following import follow, of_findings

    wiring = session.wiring
    wiring.end_dismissals()

    def write(conn: Connection) -> str:
        found = decisions.named(conn, key)
        now = wiring.clock()
        decide(conn, found, now)
        follow(conn, of_findings(conn, [found]), now, wiring.case_policy)
        return found

    session.say(f"finding {wiring.ledger.transaction(write)[:12]}: {done}")
