"""Writes refs as reftables, by git's description of the format: blocks that are padded or not, and stacks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.servers.git_repository import git

Value = bytes | tuple[bytes, bytes] | str | None
"""An object, one with what it is a tag of, the target of a symbolic ref, or None for a deleted one."""


def number(value: int) -> bytes:
    digits = [value & 0x7F]
    while value := value >> 7:
        value -= 1
        digits.append(value & 0x7F | 0x80)
    return bytes(reversed(digits))


def _record(before: bytes, name: bytes, value: Value) -> bytes:
    pairs = enumerate(zip(before, name, strict=False))
    shortest = min(len(before), len(name))
    prefix = next((place for place, (one, other) in pairs if one != other), shortest)
    match value:
        case None:
            kind, told = 0, b""
        case bytes():
            kind, told = 1, value
        case tuple():
            kind, told = 2, b"".join(value)
        case str():
            kind, told = 3, number(len(value.encode())) + value.encode()
    suffix = name[prefix:]
    return number(prefix) + number(len(suffix) << 3 | kind) + suffix + number(0) + told


def table(
    refs: Mapping[str, Value], *, block_size: int = 4096, version: int = 1, padded: bool = True
) -> bytes:
    """Return a table with these refs, in as many blocks as they need."""
    size = block_size.to_bytes(3, "big")
    header = b"REFT" + bytes([version]) + size + bytes(16) + (b"s256" if version > 1 else b"")
    blocks = bytearray(header)
    waiting = sorted(refs.items())
    while waiting:
        begin = 0 if len(blocks) == len(header) else len(blocks)
        records, before = b"", b""
        first = len(header) + 4 if begin == 0 else 4
        while waiting:
            name, value = waiting[0]
            record = _record(before, name.encode(), value)
            if records and first + len(records) + len(record) + 5 > block_size:
                break
            records, before = records + record, name.encode()
            waiting.pop(0)
        restarts = first.to_bytes(3, "big") + (1).to_bytes(2, "big")
        length = first + len(records) + len(restarts)
        blocks += b"r" + length.to_bytes(3, "big") + records + restarts
        if padded and waiting:
            blocks += bytes(begin + block_size - len(blocks))
    return bytes(blocks) + header + bytes(44)


def with_reftable(repository: Path, *tables: bytes) -> Path:
    """Store the refs of a bare repository as a stack of tables: `tables`, or one with its own refs."""
    (repository / "reftable").mkdir()
    names: Sequence[str] = [f"0x{n:012x}-0x{n:012x}-{n:08x}.ref" for n in range(len(tables) or 1)]
    told = tables or (table(_own_refs(repository)),)
    for name, data in zip(names, told, strict=True):
        (repository / "reftable" / name).write_bytes(data)
    (repository / "reftable" / "tables.list").write_text("".join(f"{name}\n" for name in names))
    for path in sorted((repository / "refs").rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    (repository / "packed-refs").unlink(missing_ok=True)
    (repository / "refs" / "heads").write_text("this repository uses the reftable format\n")
    (repository / "HEAD").write_text("ref: refs/heads/.invalid\n")
    (repository / "config").write_text(
        "[core]\n\trepositoryformatversion = 1\n\tbare = true\n[extensions]\n\trefStorage = reftable\n"
    )
    return repository


def _own_refs(repository: Path) -> dict[str, Value]:
    told = git(repository, "for-each-ref", "--format=%(objectname) %(*objectname) %(refname)")
    refs: dict[str, Value] = {"HEAD": git(repository, "symbolic-ref", "HEAD")}
    for line in told.split("\n"):
        oid, peeled, name = line.split(" ")
        own = bytes.fromhex(oid)
        refs[name] = (own, bytes.fromhex(peeled)) if peeled else own
    return refs
