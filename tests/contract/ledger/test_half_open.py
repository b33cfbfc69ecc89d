"""A connection to PostgreSQL whose answer will never come, and one whose answer only takes long."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import text

from crawler.errors import StoreError
from tests.servers.postgres import Postgres
from tests.servers.stalling_proxy import StallingProxy
from tests.servers.valkey import allow_loopback_and_unix
from workers.ledger.ledger import Ledger

pytestmark = pytest.mark.slow


@pytest.fixture
def proxied(server: Postgres, postgres_template: str) -> Iterator[tuple[StallingProxy, str]]:
    allow_loopback_and_unix()
    name = server.database(postgres_template)
    folder = parse_qs(urlsplit(server.url(name)).query)["host"][0]
    with StallingProxy(f"{folder}/.s.PGSQL.5432") as proxy:
        yield proxy, name


def test_a_query_that_takes_long_is_waited_for(proxied: tuple[StallingProxy, str]) -> None:
    proxy, name = proxied
    ledger = Ledger.open(f"postgresql://postgres@127.0.0.1:{proxy.port}/{name}")

    with ledger.read() as conn:
        conn.execute(text("SELECT pg_sleep(10)"))
        assert conn.execute(text("SELECT 1")).scalar_one() == 1

    ledger.close()


def test_a_half_open_connection_is_a_store_error_and_holds_no_locks(
    proxied: tuple[StallingProxy, str], server: Postgres
) -> None:
    proxy, name = proxied
    ledger = Ledger.open(f"postgresql://postgres@127.0.0.1:{proxy.port}/{name}")
    direct = Ledger.open(server.url(name))
    lock = text("SELECT pg_advisory_xact_lock(7)")

    def stalled() -> None:
        with ledger.write() as conn:
            conn.execute(lock)
            proxy.stall()
            conn.execute(text("SELECT 1"))

    with pytest.raises(StoreError, match="half-open"):
        stalled()
    with direct.write() as conn:
        conn.execute(lock)

    assert ledger.transaction(lambda conn: conn.execute(text("SELECT 2")).scalar_one()) == 2
    for one in (ledger, direct):
        one.close()
