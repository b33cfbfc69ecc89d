"""How an error of a step ends its lease: wait, try again, or give up and say so."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

from crawler.errors import Defer, GiveUp, Retry
from crawler.model import Skipped
from workers.ledger import gaps, work

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from sqlalchemy import Connection

    from workers.ledger.ledger import Ledger
    from workers.ledger.work_items import Leased

__all__ = ["postponed"]


@contextmanager
def postponed(ledger: Ledger, item: Leased, clock: Callable[[], datetime]) -> Iterator[None]:
    """Run a step; Defer gives the work back, Retry counts an attempt, GiveUp ends it with its reason."""
    try:
        yield
    except Defer as error:
        why, due_at = str(error), clock() + timedelta(seconds=error.seconds)
        ledger.transaction(lambda conn: work.postpone(conn, item.id, item.fence, due_at, why))
    except Retry as error:
        why = str(error)
        ledger.transaction(lambda conn: work.fail(conn, item.id, item.fence, why, clock()))
    except GiveUp as error:
        given_up = Skipped(context=item.key, reason=str(error))

        def end(conn: Connection) -> None:
            if work.finish(conn, item.id, item.fence, clock()):
                gaps.note(conn, item.kind, item.key, (given_up,), clock())

        ledger.transaction(end)
