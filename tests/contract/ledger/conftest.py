"""Every test of this folder runs on SQLite and on a real PostgreSQL."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.ledgers import new_ledger
from tests.servers.postgres import Postgres, postgres
from workers.ledger.ledger import Ledger

BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)]
"""The embedded database in the fast tier, the server in the slow one."""


@pytest.fixture(scope="session")
def server() -> Iterator[Postgres]:
    with tempfile.TemporaryDirectory(prefix="pg-") as folder, postgres(Path(folder)) as running:
        yield running


@pytest.fixture(scope="session")
def postgres_template(server: Postgres) -> str:
    name = server.database()
    ledger = Ledger.open(server.url(name))
    ledger.upgrade()
    ledger.close()
    return name


@pytest.fixture(params=BOTH)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database of its own that has the schema."""
    if request.param == "sqlite":
        path = tmp_path / "ledger.db"
        new_ledger(path).close()
        yield f"sqlite:///{path}"
        return
    server: Postgres = request.getfixturevalue("server")
    name = server.database(request.getfixturevalue("postgres_template"))
    yield server.url(name)
    server.drop(name)


@pytest.fixture
def ledger(url: str) -> Iterator[Ledger]:
    opened = Ledger.open(url)
    yield opened
    opened.close()


@pytest.fixture(params=BOTH)
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ledger]:
    """A ledger without any schema."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'empty.db'}"
    else:
        server: Postgres = request.getfixturevalue("server")
        url = server.url(server.database())
    opened = Ledger.open(url)
    yield opened
    opened.close()
