"""Cases: one per repository that has findings which may be reported, and the log of what became of it."""

from __future__ import annotations

import hashlib

import sqlalchemy as sa
from alembic import op

from workers.ledger.sql.columns import restore

__all__ = ["upgrade"]

revision = "0016"
down_revision = "0015"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_FIRST = """
SELECT f.repository_id, r.host, r.path, min(f.first_seen)
FROM finding f JOIN repository r ON r.id = f.repository_id
WHERE f.confidence IN ('confirmed', 'likely') AND f.state IN ('new', 'promoted')
GROUP BY f.repository_id, r.host, r.path ORDER BY f.repository_id
"""


def upgrade() -> None:
    """Make the tables, and open the case of each repository with findings that hold.

    What the program makes of each it decides at its next look: version 0 asks for that.
    """
    op.create_table(
        "case",
        sa.Column("repository_id", _ID, nullable=False),
        sa.Column("key", sa.String(24), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("class_set", sa.String(16), nullable=True),
        sa.Column("class_reason", sa.Text(), nullable=True),
        sa.Column("class_until", sa.String(27), nullable=True),
        sa.Column("assigned_to", sa.Text(), nullable=True),
        sa.Column("expires_at", sa.String(27), nullable=True),
        sa.Column("duplicate_of", sa.String(24), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.String(27), nullable=False),
        sa.Column("changed_at", sa.String(27), nullable=False),
        sa.Column("reported_at", sa.String(27), nullable=True),
        sa.Column("resolved_at", sa.String(27), nullable=True),
        sa.PrimaryKeyConstraint("repository_id", name="pk_case"),
        sa.ForeignKeyConstraint(["repository_id"], ["repository.id"], name="fk_case_repository_id"),
        sa.UniqueConstraint("key", name="uq_case_key"),
    )
    op.create_index("ix_case_state", "case", ["state"])
    op.create_table(
        "case_event",
        sa.Column("id", _ID, nullable=False),
        sa.Column("repository_id", _ID, nullable=False),
        sa.Column("at", sa.String(27), nullable=False),
        sa.Column("event", sa.String(16), nullable=False),
        sa.Column("before", sa.String(16), nullable=True),
        sa.Column("after", sa.String(16), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("actor", sa.String(8), nullable=False),
        sa.Column("undo_of", _ID, nullable=True),
        sa.Column("undo", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_case_event"),
        sa.ForeignKeyConstraint(
            ["repository_id"], ["case.repository_id"], name="fk_case_event_repository_id"
        ),
    )
    op.create_index("ix_case_event_repository_id", "case_event", ["repository_id"])
    op.add_column("finding", sa.Column("absent_at", sa.String(27), nullable=True))
    _open()


def _open() -> None:
    conn = op.get_bind()
    rows = conn.exec_driver_sql(_FIRST).all()
    taken: set[str] = set()
    cases, events = [], []
    for number, host, path, first in rows:
        key = _key(f"{host}\0{restore(path)}")
        if key in taken:
            key = _key(f"{host}\0{restore(path)}\0{number}")
        taken.add(key)
        times = {"opened_at": first, "changed_at": first}
        cases.append({"repository_id": number, "key": key, "state": "new", "version": 0} | times)
        events.append(
            {
                "repository_id": number,
                "at": first,
                "event": "opened",
                "after": "new",
                "code": "upgraded",
                "text": "its findings are older than cases are",
                "actor": "program",
            }
        )
    if cases:
        conn.execute(sa.table("case", *map(sa.column, cases[0])).insert(), cases)
        conn.execute(sa.table("case_event", *map(sa.column, events[0])).insert(), events)


def _key(place: str) -> str:
    return hashlib.sha256(place.encode(errors="surrogateescape")).hexdigest()[:12]
