"""A ledger with locks of the revision before knows texts, and finds its locks by shorter digests."""

from __future__ import annotations

import zlib

from sqlalchemy import select, text

from tests.contract.ledger.older import make_schema
from tests.contract.ledger.samples import BLAKE, SHA, lock_id, pin, sha256
from workers.ledger import locks
from workers.ledger.blocks import blocks_of
from workers.ledger.ledger import Ledger
from workers.ledger.tables import block, block_digest

_NOON = "2026-03-01T12:00:00.000000Z"


def test_what_was_stored_is_found_and_read_as_before(empty: Ledger) -> None:
    (stated,) = blocks_of([pin()])
    with empty.write() as conn:
        make_schema(conn, "0011")
        conn.execute(
            text("INSERT INTO block (id, digest, body) VALUES (5, :digest, :body)"),
            {"digest": stated.digest, "body": zlib.compress(stated.text, 6)},
        )
        conn.execute(
            text("INSERT INTO block_digest (prefix, block_id) VALUES (:prefix, 5)"),
            [{"prefix": bytes.fromhex(one)[:16]} for one in (SHA, BLAKE)],
        )
        conn.execute(text("INSERT INTO pin (block_id, lock_id) VALUES (5, 1)"))
        conn.execute(
            text(
                "INSERT INTO lock (id, oid, reading, format, size, sha256, readable, "
                "parser_version, blocks, read_at) VALUES (1, :oid, 'uv', 'uv', 9, :sha, 'fully', "
                "'1', :blocks, :noon)"
            ),
            {"oid": "1" * 40, "sha": SHA, "blocks": b"\5\0\0\0", "noon": _NOON},
        )

    empty.upgrade()
    empty.check()

    with empty.read() as conn:
        assert locks.locks_with(conn, digests=[sha256()]) == (lock_id("1" * 40),)
        assert len(locks.pins_of(conn, lock_id("1" * 40)).pins) == 1
        assert conn.scalar(select(block.c.clear_by)) == 0
        prefixes = {bytes(one) for one in conn.scalars(select(block_digest.c.prefix))}
        assert prefixes == {bytes.fromhex(one)[:8] for one in (SHA, BLAKE)}
