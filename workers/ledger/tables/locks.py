"""What locks pin."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, String, Table, UniqueConstraint

from workers.ledger.sql.columns import Clean, Exact, Instant
from workers.ledger.tables.base import ID, id_column, metadata, reference

__all__ = [
    "block",
    "block_digest",
    "block_name",
    "block_text",
    "judging_basis",
    "lock",
    "lock_skipped",
    "pin",
]

# The three indexes have no foreign keys: they are written with their block, in bulk, and never alone.

lock = Table(
    "lock",
    metadata,
    id_column(),
    Column("oid", String(64), nullable=False),
    Column("reading", Clean, nullable=False, server_default=""),
    Column("format", Clean, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("readable", String(8), nullable=False),
    Column("refused", Clean),  # why its tool installs nothing from it
    Column("parser_version", Clean, nullable=False),
    Column("blocks", LargeBinary, nullable=False),  # ids of its blocks: the way back from a lock
    Column("read_at", Instant, nullable=False),
    UniqueConstraint("oid", "reading"),  # one blob is another lock under a name of another format
)
lock_skipped = Table(
    "lock_skipped",
    metadata,
    reference("lock_id", "lock.id", primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("context", Clean, nullable=False),
    Column("reason", Clean, nullable=False),
)
block = Table(
    "block",
    metadata,
    id_column(),
    Column("digest", LargeBinary(32), nullable=False, unique=True),
    Column("clear_by", Integer, nullable=False, server_default="0"),  # see `clearing`; 0: by none
    Column("body", LargeBinary, nullable=False),  # deflated canonical JSON
)
block_text = Table(  # which block the text of a package in a lock is
    "block_text",
    metadata,
    Column("key", LargeBinary(32), primary_key=True),
    Column("block_id", ID, nullable=False),
    Column("basis", Integer, nullable=False),  # by whose parsers
    sqlite_with_rowid=False,
)
judging_basis = Table(  # parsers, rules and registries by which blocks are read and judged
    "judging_basis",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("digest", LargeBinary(32), nullable=False, unique=True),
    Column("changes", BigInteger, nullable=False),  # counts what may make a clear block concerned
)
block_name = Table(  # the declared name and every name that a file name states
    "block_name",
    metadata,
    Column("project", Exact, primary_key=True),
    Column("version", Clean, primary_key=True),
    Column("block_id", ID, primary_key=True),
    sqlite_with_rowid=False,
)
block_digest = Table(  # the first 16 bytes of each digest, stated or carried by the URL path
    "block_digest",
    metadata,
    Column("prefix", LargeBinary(16), primary_key=True),
    Column("block_id", ID, primary_key=True),
    sqlite_with_rowid=False,
)
pin = Table(  # the inverted index of the retro-hunt
    "pin",
    metadata,
    Column("block_id", ID, primary_key=True),
    Column("lock_id", ID, primary_key=True),
    sqlite_with_rowid=False,
)
