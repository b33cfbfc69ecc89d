"""Code that is older than the schema allows does nothing and ends with 6."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.servers.terminal import OFFLINE, Terminal
from tests.servers.valkey import allow_loopback_and_unix


@pytest.fixture(autouse=True)
def _sockets() -> None:
    allow_loopback_and_unix()


@pytest.mark.parametrize("words", [["worker", "-Q", "api"], ["run", "--once"], ["status"]])
def test_code_that_is_too_old_for_the_schema_ends_with_6_and_writes_nothing(
    tmp_path: Path, words: list[str]
) -> None:
    user = Terminal.at(tmp_path / "user", OFFLINE)
    file = tmp_path / "shared.sqlite"
    url = f"sqlite:///{file}"
    assert user("--database-url", url, "db", "upgrade").code == 0
    with closing(sqlite3.connect(file)) as conn, conn:
        conn.execute("UPDATE alembic_version SET version_num = '9999'")
        conn.execute("UPDATE ledger_mark SET oldest_code = '9999'")
    before = _dump(file)

    ran = user("--database-url", url, *words)

    assert ran.code == 6, ran.err
    assert "install a newer ghostcrawl" in ran.err
    assert _dump(file) == before


def _dump(file: Path) -> list[str]:
    with closing(sqlite3.connect(file)) as conn:
        return list(conn.iterdump())
