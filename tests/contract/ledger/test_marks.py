"""A schema says which code may work with it, and every revision comes to the newest with all it holds."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text

from crawler.errors import StoreError
from tests.contract.ledger.filled import contents, counted, fill
from tests.contract.ledger.older import make_schema
from workers.ledger import proofs
from workers.ledger.ledger import Ledger
from workers.ledger.migrations import versions

REVISIONS = sorted(path.name[:4] for path in Path(versions.__path__[0]).glob("0*.py"))
ONLY_ADDED_TO = "0012"
"""From this revision on every value stays as it is; later ones have added tables and columns."""
_RECKONED_ANEW = {"case": {"urgency"}}
"""But for the place of a case in the queue, which follows from the rest."""


@pytest.mark.slow
@pytest.mark.parametrize("old", REVISIONS)
def test_every_revision_with_every_table_filled_comes_to_the_newest_and_loses_nothing(
    empty: Ledger, old: str
) -> None:
    with empty.write() as conn:
        make_schema(conn, old)
        before = fill(conn)
        held = contents(conn)

    empty.upgrade()
    empty.check()

    with empty.read() as conn:
        after = counted(conn)
        holds = contents(conn)
    assert all(before.values())
    assert {name: after[name] for name in before} == before
    for name, rows in held.items() if old >= ONLY_ADDED_TO else ():
        columns = rows[0].keys() - _RECKONED_ANEW.get(name, set())
        kept, put_in = (
            [{one: row[one] for one in columns} for row in of] for of in (holds[name], rows)
        )
        assert kept == put_in, name


def expand(ledger: Ledger, oldest_code: str) -> None:
    """Make the schema that of a later version, which has one column more."""
    with ledger.write() as conn:
        conn.execute(text("ALTER TABLE budget ADD COLUMN colour TEXT"))
        conn.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        conn.execute(text("UPDATE ledger_mark SET oldest_code = :code"), {"code": oldest_code})


def test_older_code_goes_on_with_a_schema_that_was_only_expanded(ledger: Ledger) -> None:
    expand(ledger, REVISIONS[-1])

    ledger.check()

    assert ledger.is_current()


def test_older_code_ends_where_a_later_schema_was_contracted(ledger: Ledger) -> None:
    expand(ledger, "9999")

    assert not ledger.is_current()
    with pytest.raises(StoreError, match="install a newer ghostcrawl"):
        ledger.check()


def test_an_expanded_schema_that_lacks_something_fails_the_check(ledger: Ledger) -> None:
    expand(ledger, REVISIONS[-1])
    with ledger.write() as conn:
        conn.execute(text("ALTER TABLE budget DROP COLUMN why"))

    with pytest.raises(StoreError, match="differs from the schema"):
        ledger.check()


def test_the_mark_names_a_revision_that_there_is(ledger: Ledger) -> None:
    with ledger.read() as conn:
        oldest = conn.scalar(text("SELECT oldest_code FROM ledger_mark"))

        assert oldest in REVISIONS
        assert proofs.verify_chain(conn) is None
