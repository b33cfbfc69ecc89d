"""Which sightings are gone, which repository a finding is in, and until when a person dismissed it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

__all__ = ["upgrade"]

revision = "0010"
down_revision = "0009"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_sighting = sa.table(
    "sighting", *map(sa.column, ("repository_id", "ref", "path", "commit_id", "last_seen", "gone"))
)
_head = sa.table(
    "head",
    *map(sa.column, ("repository_id", "ref", "commit_id", "parser_version")),
    sa.column("root_only", sa.Boolean),
)
_skipped = sa.table("visit_skipped", sa.column("repository_id"))
_finding = sa.table("finding", *map(sa.column, ("key", "host", "path", "state", "repository_id")))
_repository = sa.table("repository", *map(sa.column, ("id", "host", "path", "last_seen")))
_event = sa.table("finding_event", *map(sa.column, ("id", "key", "code")))


def upgrade() -> None:
    """Add the columns and fill them with what is known; each head is read once more.

    What the last look at a head had left out was kept in words only, so who left anything out is taken
    to have left out everything.
    """
    op.add_column(
        "sighting", sa.Column("gone", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.add_column("finding", sa.Column("repository_id", _ID, nullable=True))
    op.add_column("finding", sa.Column("dismissed_until", sa.String(27), nullable=True))
    op.create_index("ix_finding_repository_id", "finding", ["repository_id"])
    op.execute(_sighting.update().where(_replaced() | _left_behind()).values(gone=sa.true()))
    op.execute(_finding.update().values(repository_id=_last_bearer_of_the_name()))
    op.execute(_finding.update().where(_is_without_pin()).values(state="gone-at-refs"))
    op.execute(_head.update().values(parser_version=""))


def _replaced() -> sa.ColumnElement[bool]:
    """Another blob was seen later at the same path of the same ref."""
    later = _sighting.alias()
    return sa.exists().where(
        later.c.repository_id == _sighting.c.repository_id,
        later.c.ref == _sighting.c.ref,
        later.c.path == _sighting.c.path,
        later.c.last_seen > _sighting.c.last_seen,
    )


def _left_behind() -> sa.ColumnElement[bool]:
    """The head has moved on without it, and the visit that saw this left nothing out."""
    moved = sa.exists().where(
        _head.c.repository_id == _sighting.c.repository_id,
        _head.c.ref == _sighting.c.ref,
        _head.c.commit_id != _sighting.c.commit_id,
        sa.not_(_head.c.root_only & _sighting.c.path.like("%/%")),
    )
    return moved & ~sa.exists().where(_skipped.c.repository_id == _sighting.c.repository_id)


def _last_bearer_of_the_name() -> sa.ScalarSelect[int]:
    return (
        sa.select(_repository.c.id)
        .where(_repository.c.host == _finding.c.host, _repository.c.path == _finding.c.path)
        .order_by(_repository.c.last_seen.desc())
        .limit(1)
        .scalar_subquery()
    )


def _is_without_pin() -> sa.ColumnElement[bool]:
    """It was taken back because no head had the pin any more: nobody was wrong about it."""
    later = _event.alias()
    superseded = sa.exists().where(later.c.key == _event.c.key, later.c.id > _event.c.id)
    last = (_event.c.key == _finding.c.key, _event.c.code == "pin-gone", ~superseded)
    return (_finding.c.state == "retracted") & sa.exists().where(*last)
