"""How an error of a step ends its lease: wait, try again, or give up and say so."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from crawler.errors import ConfigurationError, Defer, GiveUp, Retry, UsageError
from crawler.model import Skipped
from workers.ledger import gaps, work

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from sqlalchemy import Connection

    from workers.ledger.ledger import Ledger
    from workers.ledger.work_items import Leased

__all__ = ["settling"]

_UNTIL_PUT_RIGHT = timedelta(minutes=30)
_log = structlog.get_logger(__name__)


@contextmanager
def settling(ledger: Ledger, item: Leased, clock: Callable[[], datetime]) -> Iterator[None]:
    """Run a step; Defer gives the work back, Retry counts an attempt, GiveUp ends it with its reason.

    What only a person can put right (a token that is refused, a host that is no longer configured)
    gives the work back too: it is not the fault of the work, and `coverage` says what it waits for.
    """
    try:
        yield
    except Defer as error:
        _log_fault(item, error, "postponed")
        why, due_at = str(error), clock() + timedelta(seconds=error.seconds)
        ledger.transaction(lambda conn: work.postpone(conn, item.id, item.fence, due_at, why))
    except (ConfigurationError, UsageError) as error:
        _log_fault(item, error, "waits for a person")
        why, due_at = str(error), clock() + _UNTIL_PUT_RIGHT
        ledger.transaction(lambda conn: work.postpone(conn, item.id, item.fence, due_at, why))
    except Retry as error:
        _log_fault(item, error, "counts as an attempt")
        why = str(error)
        ledger.transaction(lambda conn: work.fail(conn, item.id, item.fence, why, clock()))
    except GiveUp as error:
        _log_fault(item, error, "given up")
        given_up = Skipped(context=item.key, reason=str(error))

        def end(conn: Connection) -> None:
            if work.finish(conn, item.id, item.fence, clock()):
                gaps.note(conn, item.kind, item.key, (given_up,), clock())

        ledger.transaction(end)


def _log_fault(item: Leased, error: Exception, then: str) -> None:
    """Write the line of work that did not come to its end."""
    _log.warning(
        "fault",
        kind=item.kind.value,
        key=item.key,
        host=item.host,
        error=type(error).__name__,
        reason=str(error),
        then=then,
    )
