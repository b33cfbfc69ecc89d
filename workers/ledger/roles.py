"""The database roles of a cluster on PostgreSQL: one per service, each with the rights that it needs.

None is a superuser or an owner, so none can change the schema, run programs on the server
(`COPY ... TO PROGRAM`) or rewrite evidence. The worker that reads what strangers wrote may not write
what is believed of packages, nor what a person has decided about hosts.
Source: PostgreSQL, "GRANT", "CREATE ROLE", and `PQencryptPasswordConn` of libpq.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Any, cast

from crawler.errors import UsageError
from workers.ledger.tables import (
    case_event,
    evidence,
    knowledge,
    marks,
    metadata,
    paused_host,
)

if TYPE_CHECKING:
    import psycopg
    from sqlalchemy import Connection

__all__ = ["DatabaseRole", "grant_roles", "rights_of"]

_DECIDED_ELSEWHERE = frozenset((*knowledge.__all__, *marks.__all__, paused_host.name))
"""What workers that read repositories go by and never write."""
_EVERYTHING: tuple[str, ...] = ("SELECT", "INSERT", "UPDATE", "DELETE")
_LOOK: tuple[str, ...] = ("SELECT",)
_LIMITS = "NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS NOINHERIT"


class DatabaseRole(StrEnum):
    """A service of the cluster, as the database calls it."""

    DISPATCHER = "ghostcrawl_dispatcher"
    API = "ghostcrawl_api"
    GIT = "ghostcrawl_git"


def rights_of(role: DatabaseRole) -> Mapping[str, tuple[str, ...]]:
    """Return what `role` may do with each table; with any other it may do nothing."""
    rights = dict.fromkeys(sorted(metadata.tables), _EVERYTHING)
    rights |= {log.name: ("SELECT", "INSERT") for log in (evidence, case_event)}
    rights["alembic_version"] = _LOOK
    if role is DatabaseRole.GIT:
        rights |= dict.fromkeys(_DECIDED_ELSEWHERE, _LOOK)
    return rights


def grant_roles(conn: Connection, passwords: Mapping[DatabaseRole, str]) -> None:
    """Make the roles that are missing, and give all exactly their rights; may be repeated.

    `conn` writes, as a role that may make others (a superuser), to a database that has our schema.
    Raises UsageError where it is no PostgreSQL.
    """
    if conn.dialect.name != "postgresql":
        msg = "only PostgreSQL has roles; set --database-url to one"
        raise UsageError(msg)
    quote = conn.dialect.identifier_preparer.quote
    database = quote(str(conn.exec_driver_sql("SELECT current_database()").scalar_one()))
    conn.exec_driver_sql(f"REVOKE ALL ON DATABASE {database} FROM PUBLIC")
    conn.exec_driver_sql("REVOKE ALL ON SCHEMA public FROM PUBLIC")
    for role, password in passwords.items():
        _make(conn, role, password)
        conn.exec_driver_sql(f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {role}")
        for table, rights in rights_of(role).items():
            conn.exec_driver_sql(f"GRANT {', '.join(rights)} ON {quote(table)} TO {role}")
        for what in (
            f"CONNECT, TEMPORARY ON DATABASE {database}",  # rows are copied by temporary tables
            "USAGE ON SCHEMA public",
            "USAGE ON ALL SEQUENCES IN SCHEMA public",  # they number new rows
        ):
            conn.exec_driver_sql(f"GRANT {what} TO {role}")


def _make(conn: Connection, role: DatabaseRole, password: str) -> None:
    """Make `role`, or bring it back to its limits; the server and its log never see the password."""
    raw = cast("psycopg.Connection[Any]", conn.connection.driver_connection)
    hidden = raw.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256")
    known = "SELECT 1 FROM pg_roles WHERE rolname = %(role)s"
    if conn.exec_driver_sql(known, {"role": role.value}).scalar() is None:
        conn.exec_driver_sql(f"CREATE ROLE {role} LOGIN")
    conn.exec_driver_sql(f"ALTER ROLE {role} LOGIN {_LIMITS} PASSWORD '{hidden.decode()}'")
