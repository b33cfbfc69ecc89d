"""Which stored packages nothing speaks against, so that a lock that states one in known words need not be read.

A block is *clear* by a basis (the version of the parsers and rules, and the registries with their file hosts)
when it was judged by it, no current verdict concerned it, and nobody had tampered with it. Whoever changes a
verdict takes that back from every block that the verdict may concern, in the same transaction; other parsers,
rules or registries are another basis, by which nothing is clear yet. So a text may be passed over exactly where
it was read and judged by the basis of now and nothing has happened to it since.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, select, text, update

from crawler.model import RULES
from workers.ledger.blocks import prefix
from workers.ledger.sql.keys import batched, written
from workers.ledger.sql.statements import beside_others, in_turn, insert_new
from workers.ledger.tables import block, block_digest, block_name, block_text, judging_basis

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from sqlalchemy import Connection, Select

    from crawler.model import Ecosystem, ProjectKey, Registry, Verdict

__all__ = [
    "Basis",
    "KnownText",
    "basis_of",
    "beside_changes",
    "digest_of",
    "forget",
    "hold_changes",
    "is_unchanged",
    "known_texts",
    "make_basis",
    "mark",
    "note_change",
    "note_verdicts",
    "remember",
]

_CHANGES = "verdicts"
"""The turn in which verdicts are replaced, and locks and blocks removed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """By what blocks are read and judged, as it was at one moment."""

    id: int
    changes: int
    """How often since its beginning something may have become concerned."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownText:
    """What is known of the text of a package."""

    block_id: int
    is_read: bool
    """Whether it was read by the basis of now."""
    is_clear: bool
    """Whether it may be passed over: it was read so, and nothing speaks against what it states."""


def digest_of(parser_version: str, registries: Mapping[Ecosystem, Registry]) -> bytes:
    """Return what tells a basis from others: parsers, rules, and the registries with all that is known of them."""
    stated = [
        _stated(registry)
        for _, one in sorted(registries.items())
        for registry in (one, *one.others)
    ]
    return hashlib.sha256(repr((parser_version, RULES, stated)).encode()).digest()


def _stated(registry: Registry) -> list[object]:
    values = (getattr(registry, field.name) for field in fields(registry) if field.name != "others")
    return [sorted(value) if isinstance(value, frozenset) else value for value in values]


def basis_of(conn: Connection, digest: bytes) -> Basis | None:
    """Return the basis with this digest; None where nothing was judged by it yet."""
    found = select(judging_basis.c.id, judging_basis.c.changes).where(
        judging_basis.c.digest == digest
    )
    row = conn.execute(found).first()
    return None if row is None else Basis(id=row.id, changes=row.changes)


def make_basis(conn: Connection, digest: bytes) -> None:
    """Make sure that there is a basis with this digest."""
    insert_new(conn, judging_basis, [{"digest": digest, "changes": 0}])


def is_unchanged(conn: Connection, basis: Basis) -> bool:
    """Say whether nothing was changed since `basis` was asked for, and keep it so until the end of the transaction."""
    beside_changes(conn)
    found = select(judging_basis.c.changes).where(judging_basis.c.id == basis.id)
    return conn.scalar(found) == basis.changes


def beside_changes(conn: Connection) -> None:
    """Let no lock, block or verdict go until the end of the transaction."""
    beside_others(conn, _CHANGES)


def hold_changes(conn: Connection) -> None:
    """Wait for all that is stored now, and let nothing be stored until locks and blocks are removed."""
    in_turn(conn, _CHANGES)


def forget(conn: Connection, blocks: Collection[int]) -> None:
    """Forget which texts these blocks were, for they are removed: their numbers may be given again."""
    note_change(conn)
    for some in batched(blocks):
        conn.execute(delete(block_text).where(block_text.c.block_id.in_(some)))


def note_change(conn: Connection) -> None:
    """Make everybody look again who is about to store what was judged: verdicts changed, or blocks are gone."""
    conn.execute(update(judging_basis).values(changes=judging_basis.c.changes + 1))


def note_verdicts(
    conn: Connection, projects: Collection[ProjectKey], opened: Iterable[Verdict]
) -> None:
    """Take back that blocks are clear which verdicts on `projects`, those of them that are new, may concern.

    By project and by digest, as the retro-hunt finds locks, but whatever the version.
    """
    if not projects:
        return
    note_change(conn)
    digests = {prefix(d) for one in opened if one.subject.file for d in one.subject.file.digests}
    for some in batched(sorted(digests)):
        _unclear(conn, select(block_digest.c.block_id).where(block_digest.c.prefix.in_(some)))
    for names in batched(sorted({written(one.unplaced) for one in projects})):
        _unclear(conn, select(block_name.c.block_id).where(block_name.c.project.in_(names)))


def _unclear(conn: Connection, ids: Select[tuple[int]]) -> None:
    statement = update(block).where(block.c.id.in_(ids), block.c.clear_by != 0)
    conn.execute(statement.values(clear_by=0))


_KNOWN = text(
    "SELECT t.key, t.block_id, t.basis, b.clear_by FROM block_text t JOIN block b ON b.id = t.block_id "
    "WHERE t.key IN :keys"
).bindparams(bindparam("keys", expanding=True))


def known_texts(
    conn: Connection, basis: Basis, keys: Collection[bytes]
) -> Mapping[bytes, KnownText]:
    """Return what is known of the texts with these keys (`crawler.lockfiles.PackageText`)."""
    found: dict[bytes, KnownText] = {}
    for some in batched(keys):
        for key, block_id, read_by, clear_by in conn.execute(_KNOWN, {"keys": some}):
            is_read = read_by == basis.id
            found[bytes(key)] = KnownText(
                block_id=block_id, is_read=is_read, is_clear=is_read and clear_by == basis.id
            )
    return found


def remember(conn: Connection, basis: Basis, texts: Mapping[bytes, int]) -> None:
    """Note which block each text is, by key, as the parsers of `basis` have read it."""
    rows = [
        {"row_key": key, "row_block": texts[key], "row_basis": basis.id} for key in sorted(texts)
    ]
    if rows:
        conn.execute(_REMEMBER, rows)


_REMEMBER = text(
    "INSERT INTO block_text (key, block_id, basis) VALUES (:row_key, :row_block, :row_basis) "
    "ON CONFLICT (key) DO UPDATE SET block_id = excluded.block_id, basis = excluded.basis"
)


def mark(conn: Connection, basis: Basis, blocks: Mapping[int, bool]) -> None:
    """Note of `blocks` that were just judged by `basis` whether each is clear."""
    for is_clear, value in ((True, basis.id), (False, 0)):
        for some in batched(sorted(one for one in blocks if blocks[one] is is_clear)):
            other = (block.c.id.in_(some), block.c.clear_by != value)
            conn.execute(update(block).where(*other).values(clear_by=value))
