"""The roles of a cluster on a real PostgreSQL: what each may do, and that none may do more."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege

from crawler.errors import UsageError
from tests.servers.ledgers import new_ledger
from tests.servers.postgres import Postgres
from workers.ledger.ledger import Ledger
from workers.ledger.roles import DatabaseRole, grant_roles, rights_of
from workers.ledger.tables import metadata

PASSWORDS = {role: f"of {role}" for role in DatabaseRole}


@dataclass(frozen=True, slots=True, kw_only=True)
class Granted:
    """A database of our schema, and its roles."""

    ledger: Ledger
    uri: str

    def as_role(self, role: DatabaseRole, *statements: str) -> None:
        """Run SQL as `role`; nothing of it stays."""
        _, _, place = self.uri.partition("://")
        with psycopg.connect(f"postgresql://{role}@{place.partition('@')[2]}") as conn:
            for statement in statements:
                conn.execute(statement.encode())
            conn.rollback()


@pytest.fixture
def granted(server: Postgres, postgres_template: str) -> Iterator[Granted]:
    name = server.database(postgres_template)
    ledger = Ledger.open(server.url(name))
    ledger.transaction(lambda conn: grant_roles(conn, PASSWORDS))
    yield Granted(ledger=ledger, uri=server.url(name))
    ledger.close()
    server.drop(name)


BREAKOUTS = (
    "COPY (SELECT 1) TO PROGRAM 'cat'",
    "COPY work TO '/tmp/zz-ghost'",
    "SELECT pg_read_file('/etc/hostname')",
    "CREATE TABLE mine (id int)",
    "CREATE SCHEMA mine",
    "CREATE ROLE mine",
    "ALTER TABLE work ADD COLUMN mine int",
    "DROP TABLE work",
    "TRUNCATE work",
    "UPDATE evidence SET hash = 'x'",
    "DELETE FROM evidence",
    "UPDATE case_event SET text = 'x'",
    "DELETE FROM case_event",
    "UPDATE alembic_version SET version_num = 'x'",
    "SET ROLE ghostcrawl_api; SET SESSION AUTHORIZATION postgres",
)


@pytest.mark.parametrize("statement", BREAKOUTS)
@pytest.mark.parametrize("role", DatabaseRole)
def test_no_role_runs_programs_changes_the_schema_or_rewrites_evidence(
    granted: Granted, role: DatabaseRole, statement: str
) -> None:
    with pytest.raises(InsufficientPrivilege):
        granted.as_role(role, statement)


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO judged_by DEFAULT VALUES",
        "DELETE FROM assertion",
        "UPDATE verdict SET state = 'malicious'",
        "DELETE FROM feed_cursor",
        "DELETE FROM paused_host",
    ],
)
def test_the_worker_that_reads_strangers_changes_nothing_that_is_believed(
    granted: Granted, statement: str
) -> None:
    with pytest.raises(InsufficientPrivilege):
        granted.as_role(DatabaseRole.GIT, statement)


@pytest.mark.parametrize("role", DatabaseRole)
def test_a_role_does_its_work(granted: Granted, role: DatabaseRole) -> None:
    granted.as_role(
        role,
        "CREATE TEMPORARY TABLE incoming ON COMMIT DROP AS SELECT id FROM work",
        "INSERT INTO gap (kind, key, reason, noted_at) SELECT 'visit', 'k', 'r', checked_at FROM feed_cursor",
        "SELECT count(*) FROM verdict",
        "DELETE FROM gap",
        "SELECT version_num FROM alembic_version",
    )


@pytest.mark.parametrize("role", DatabaseRole)
def test_every_table_of_the_schema_has_its_rights(role: DatabaseRole) -> None:
    rights = rights_of(role)

    assert set(rights) == {*metadata.tables, "alembic_version"}
    assert all("SELECT" in some for some in rights.values())


def test_what_a_role_had_before_is_taken_back_and_its_password_is_the_new_one(
    granted: Granted,
) -> None:
    seen = "SELECT rolpassword FROM pg_authid WHERE rolname = 'ghostcrawl_git'"
    with granted.ledger.write() as conn:
        first = conn.exec_driver_sql(seen).scalar_one()
        conn.exec_driver_sql("ALTER ROLE ghostcrawl_git SUPERUSER CREATEDB")
        conn.exec_driver_sql("GRANT DELETE ON assertion TO ghostcrawl_git")

    granted.ledger.transaction(lambda conn: grant_roles(conn, {DatabaseRole.GIT: "another"}))

    with granted.ledger.read() as conn:
        second = conn.exec_driver_sql(seen).scalar_one()
    with pytest.raises(InsufficientPrivilege):
        granted.as_role(DatabaseRole.GIT, "DELETE FROM assertion")
    assert first != second
    assert str(first).startswith("SCRAM-SHA-256$")


def test_a_role_may_do_in_the_database_what_the_rights_say_and_no_more(granted: Granted) -> None:
    query = "SELECT grantee, table_name, privilege_type FROM information_schema.role_table_grants WHERE grantee LIKE 'ghostcrawl%%'"
    with granted.ledger.read() as conn:
        rows = {tuple(row) for row in conn.exec_driver_sql(query)}

    expected = {
        (role.value, table, right)
        for role in DatabaseRole
        for table, rights in rights_of(role).items()
        for right in rights
    }
    assert rows == expected


def test_sqlite_has_no_roles(tmp_path: Path) -> None:
    ledger = new_ledger(tmp_path / "l.db")

    with ledger.write() as conn, pytest.raises(UsageError, match="only PostgreSQL has roles"):
        grant_roles(conn, PASSWORDS)

    ledger.close()
