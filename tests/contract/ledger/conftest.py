"""Every test of this folder runs on SQLite and on a real PostgreSQL."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.postgres import Postgres, postgres
from workers.ledger.ledger import Ledger


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


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ledger") / "template.db"
    ledger = Ledger.open(f"sqlite:///{path}")
    ledger.upgrade()
    ledger.close()
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database of its own that has the schema."""
    if request.param == "sqlite":
        path = tmp_path / "ledger.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
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


@pytest.fixture(params=["sqlite", "postgresql"])
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
