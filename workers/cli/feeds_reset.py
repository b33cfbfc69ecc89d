"""`ghostcrawl feeds reset`: a feed is polled from its beginning again."""

from __future__ import annotations

from functools import partial

import click

from crawler.errors import UsageError
from workers.cli.session import Session

__all__ = ["reset"]


@click.command()
@click.argument("name")
@click.pass_obj
def reset(session: Session, name: str) -> None:
    """Forget the cursor of feed NAME, so that its next poll starts over.

    What the feed has said stands until that poll has come to its end; then it takes back what is not
    said any more.
    """
    from workers.ledger import cursors

    ledger = session.wiring.ledger
    if not ledger.transaction(partial(cursors.forget, feed=name)):
        with ledger.read() as conn:
            known = ", ".join(poll.feed for poll in cursors.polls(conn)) or "none"
        msg = f"feed {name!a} has never been polled; polled feeds: {known}"
        raise UsageError(msg)
    session.say(f"{name}: the cursor is forgotten, the next poll starts over")
