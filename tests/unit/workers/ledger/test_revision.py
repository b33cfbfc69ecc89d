"""The revision that the tables call their own."""

from __future__ import annotations

from alembic.script import ScriptDirectory

from workers.ledger import schema
from workers.ledger.revision import REVISION


def test_the_tables_name_the_newest_migration() -> None:
    newest = ScriptDirectory.from_config(schema._config()).get_current_head()

    assert newest == REVISION
