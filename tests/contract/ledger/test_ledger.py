"""Opening, schema and transactions."""

from __future__ import annotations

import multiprocessing
import os
import threading

import psycopg
import pytest
from sqlalchemy import Connection, text

from crawler.errors import ConfigurationError, StoreError
from crawler.net import Bucket
from tests.contract.ledger.samples import NOON
from tests.servers.postgres import Postgres
from tests.servers.waiting import PATIENCE
from workers.ledger import budgets, cursors
from workers.ledger.ledger import Ledger


def test_a_fresh_schema_is_what_the_tables_say(ledger: Ledger) -> None:
    ledger.check()

    assert ledger.current() == "0022"


def test_upgrading_twice_changes_nothing(ledger: Ledger) -> None:
    ledger.upgrade()
    ledger.upgrade()

    ledger.check()


def test_a_missing_column_fails_the_check(ledger: Ledger) -> None:
    with ledger.write() as conn:
        conn.execute(text("ALTER TABLE budget DROP COLUMN why"))

    with pytest.raises(StoreError, match="differs from the schema"):
        ledger.check()


def test_an_empty_database_fails_the_check_and_says_what_to_run(ledger: Ledger) -> None:
    with ledger.write() as conn:
        conn.execute(text("DROP TABLE alembic_version"))

    with pytest.raises(StoreError, match="ghostcrawl db upgrade"):
        ledger.check()


def test_an_error_inside_a_write_rolls_it_back(ledger: Ledger) -> None:
    def break_off() -> None:
        with ledger.write() as conn:
            cursors.save_cursor(conn, "osv-mal", "1", NOON)
            raise KeyError

    with pytest.raises(KeyError):
        break_off()

    with ledger.read() as conn:
        assert cursors.cursor_of(conn, "osv-mal") is None


def test_transactions_of_many_threads_lose_no_update(ledger: Ledger) -> None:
    bucket = Bucket(host="git.example")

    def spend() -> None:
        for _ in range(10):
            ledger.transaction(lambda conn: budgets.add(conn, bucket, 1, 100))

    threads = [threading.Thread(target=spend) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with ledger.read() as conn:
        (spent,) = budgets.usage(conn)
    assert (spent.requests, spent.bytes_down) == (40, 4000)


def _die_in_the_middle(url: str) -> None:
    ledger = Ledger.open(url)
    ledger.transaction(lambda conn: cursors.save_cursor(conn, "f", "whole", NOON))
    with ledger.write() as conn:
        cursors.save_cursor(conn, "f", "half", NOON)
        os._exit(9)


def test_a_process_killed_inside_a_transaction_leaves_the_last_whole_state(url: str) -> None:
    process = multiprocessing.get_context("spawn").Process(target=_die_in_the_middle, args=(url,))

    process.start()
    process.join(PATIENCE)

    ledger = Ledger.open(url)
    with ledger.read() as conn:
        assert (process.exitcode, cursors.cursor_of(conn, "f")) == (9, "whole")
    ledger.close()


def test_only_a_transaction_that_writes_is_ended_soon_when_it_is_idle(server: Postgres) -> None:
    opened = Ledger.open(server.url(server.database()))

    def told(conn: Connection) -> object:
        return conn.exec_driver_sql("SHOW idle_in_transaction_session_timeout").scalar()

    with opened.write() as conn:
        writing = told(conn)
    with opened.snapshot() as conn:
        reading = told(conn)
    opened.close()

    assert (writing, reading) == ("20s", "10min")


def test_a_feed_that_was_asked_is_listed_with_its_time(ledger: Ledger) -> None:
    with ledger.write() as conn:
        cursors.save_cursor(conn, "osv-mal", "1", NOON)
        cursors.save_cursor(conn, "osv-mal", "2", NOON)

    with ledger.read() as conn:
        status = cursors.checked(conn)
    assert status == (cursors.FeedStatus(feed="osv-mal", checked_at=NOON, records=0),)


@pytest.mark.parametrize("wrong", ["mysql://host/name", "no url"])
def test_another_database_is_a_matter_of_configuration(wrong: str) -> None:
    with pytest.raises(ConfigurationError, match="sqlite:///path or postgresql"):
        Ledger.open(wrong)


def test_a_database_that_cannot_be_reached_is_a_store_error() -> None:
    ledger = Ledger.open("sqlite:////nonexistent/folder/ledger.db")

    with pytest.raises(StoreError, match="unable to open"):
        ledger.check()


def test_a_schema_of_a_later_version_is_not_migrated_and_that_is_said(ledger: Ledger) -> None:
    with ledger.write() as conn:
        conn.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(StoreError, match="revision 9999, which this program does not know"):
        ledger.upgrade()


@pytest.mark.parametrize("encoding", ["SQL_ASCII", "LATIN1", "EUC_JP"])
def test_a_database_that_cannot_keep_every_text_is_refused_with_what_to_do(
    encoding: str, server: Postgres
) -> None:
    name = server.database("template0", f"ENCODING '{encoding}' LOCALE 'C'")
    ledger = Ledger.open(server.url(name))

    for ask in (ledger.upgrade, ledger.check, ledger.now):
        with pytest.raises(StoreError) as caught:
            ask()
        assert str(caught.value) == (
            f"the database {name} has the encoding {encoding}, and UTF8 is needed; make another one: "
            "CREATE DATABASE name ENCODING 'UTF8' LOCALE 'C.UTF-8' TEMPLATE template0"
        )
    ledger.close()


def test_a_role_that_wants_another_encoding_of_its_client_changes_nothing(
    server: Postgres, postgres_template: str
) -> None:
    name = server.database(postgres_template)
    with psycopg.connect(server.url("postgres"), autocommit=True) as conn:
        conn.execute(f"ALTER DATABASE {name} SET client_encoding = 'SQL_ASCII'".encode())
    ledger = Ledger.open(server.url(name))

    ledger.check()
    with ledger.read() as conn:
        assert conn.exec_driver_sql("SELECT 'λ'").scalar_one() == "λ"
    ledger.close()
