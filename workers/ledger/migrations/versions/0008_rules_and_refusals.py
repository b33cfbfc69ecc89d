"""Whose file a digest is said to be, and by which version of the rules the verdicts were judged."""

from __future__ import annotations

import json
from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

__all__ = ["upgrade"]

revision = "0008"
down_revision = "0007"

_BATCH = 1000
_PREFIX = 16
_WEAK = frozenset({"md5", "sha1"})


def upgrade() -> None:
    """Create both tables; whose file each digest is, is read out of all that was said so far.

    `judged_by` stays empty: what was judged before is judged again.
    """
    op.create_table(
        "judged_by",
        sa.Column("rules", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("rules", name="pk_judged_by"),
    )
    owner = op.create_table(
        "file_owner",
        sa.Column("prefix", sa.LargeBinary(_PREFIX), nullable=False),
        sa.Column("project", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("prefix", "project", name="pk_file_owner"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_file_owner_project", "file_owner", ["project"])
    said = sa.table("assertion", sa.column("project", sa.Text), sa.column("body", sa.Text))
    rows = op.get_bind().execute(said.select(), execution_options={"yield_per": _BATCH})
    owners = {(one, row.project) for row in rows for one in _prefixes(row.body)}
    op.bulk_insert(owner, [{"prefix": one, "project": project} for one, project in sorted(owners)])


def _prefixes(body: str) -> Iterator[bytes]:
    file = json.loads(body)["subject"].get("file") or {}
    for digest in file.get("digests", ()):
        if digest["algorithm"] not in _WEAK and digest["hex"].strip("0"):
            yield bytes.fromhex(digest["hex"])[:_PREFIX]
