"""What persons and the program decide about repositories with findings, and the log of it."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, Text

from workers.ledger.sql.columns import Clean, Instant
from workers.ledger.tables.base import ID, id_column, metadata, reference

__all__ = ["campaign_case", "case", "case_event"]

case = Table(
    "case",
    metadata,
    reference("repository_id", "repository.id", primary_key=True),
    Column("key", String(24), nullable=False, unique=True),  # what letters call the case
    Column("state", String(16), nullable=False, index=True),
    Column("class_set", String(16)),  # by a person
    Column("class_reason", Clean),
    Column("class_until", Instant),  # when that has had its day
    Column("assigned_to", Clean),  # a label, such as that of a team
    Column("expires_at", Instant),  # when what was decided about the state has had its day
    Column("duplicate_of", String(24)),  # key of another case
    Column("version", Integer, nullable=False),  # 0: opened by an upgrade, nobody looked yet
    Column("opened_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
    Column("reported_at", Instant),
    Column("resolved_at", Instant),  # when it was first seen to be gone
    Column("class_known", String(16)),  # that the rules reckoned when the case last followed
    Column(
        "urgency", Integer, nullable=False, server_default="-1"
    ),  # then, too; -1: not reckoned yet
    Index(None, "urgency", "repository_id"),
)
case_event = Table(  # append-only
    "case_event",
    metadata,
    id_column(),
    Column("repository_id", ID, ForeignKey("case.repository_id"), nullable=False, index=True),
    Column("at", Instant, nullable=False),
    Column("event", String(16), nullable=False),
    Column("before", String(16)),  # state
    Column("after", String(16), nullable=False),  # state
    Column("code", Clean, nullable=False),
    Column("text", Clean, nullable=False),
    Column("actor", String(8), nullable=False),
    Column("undo_of", ID),
    Column("undo", Text),  # JSON: what the case was before, where a person may take it back
)
campaign_case = Table(  # written anew by whoever looks at campaigns
    "campaign_case",
    metadata,
    reference("repository_id", "repository.id", primary_key=True),
    Column("campaign", String(12), nullable=False, index=True),
    Column("begun_at", Instant, nullable=False),  # of the campaign
    Column("case_class", String(16), nullable=False),  # kept for when nothing is left to tell it
)
