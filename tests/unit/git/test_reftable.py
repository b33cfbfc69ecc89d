"""Refs that are stored as tables."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.errors import GhostcrawlError, Malformed, TooLarge
from crawler.git.folder import Folder
from crawler.git.reftable import read_reftable, refs_of_table
from tests.servers.reftables import table

A, B = b"\xaa" * 20, b"\xbb" * 20
BY_DULWICH = bytes.fromhex(
    "52454654010010000000000000000004000000000000000572"
    "00004c008019726566732f68656164732f6272616e63682d31003207bc0e51088372"
    "08fcad06139595eea4ecb61f00001c0001"
    "5245465401001000000000000000000400000000000000050000000000000000"
    "0000000000000000000000000000000000000000000000000000000000000000"
    "7fa82010"
)
"""What another program writes (dulwich 1.2)."""


def test_a_table_that_another_program_wrote_is_read() -> None:
    assert list(refs_of_table(BY_DULWICH)) == [
        (b"refs/heads/branch-1", "3207bc0e5108837208fcad06139595eea4ecb61f")
    ]


def test_every_kind_of_ref_is_read() -> None:
    data = table(
        {
            "HEAD": "refs/heads/main",
            "refs/heads/gone": None,
            "refs/heads/main": A,
            "refs/tags/v1": (B, A),
        }
    )

    assert list(refs_of_table(data)) == [
        (b"HEAD", "ref: refs/heads/main"),
        (b"refs/heads/gone", None),
        (b"refs/heads/main", A.hex()),
        (b"refs/tags/v1", B.hex()),
    ]


@pytest.mark.parametrize("padded", [True, False])
@pytest.mark.parametrize("version", [1, 2])
def test_refs_of_many_blocks_are_read(version: int, *, padded: bool) -> None:
    oid = A if version == 1 else b"\xcc" * 32
    refs = {f"refs/heads/branch-{n:04}": oid for n in range(500)}

    data = table(refs, block_size=256, version=version, padded=padded)

    assert dict(refs_of_table(data)) == {name.encode(): oid.hex() for name in refs}


def stack(folder: Path, *tables: bytes) -> Path:
    for number, data in enumerate(tables):
        (folder / f"{number}.ref").write_bytes(data)
    (folder / "tables.list").write_text("".join(f"{n}.ref\n" for n in range(len(tables))))
    return folder


def test_a_later_table_of_a_stack_replaces_and_deletes(tmp_path: Path) -> None:
    path = stack(
        tmp_path,
        table({"refs/heads/a": A, "refs/heads/b": A, "refs/heads/c": A}),
        table({"refs/heads/a": B, "refs/heads/b": None}),
    )

    assert read_reftable(Folder(tmp_path), path, 10) == {
        "refs/heads/a": B.hex(),
        "refs/heads/c": A.hex(),
    }


def test_more_refs_than_allowed_are_too_many(tmp_path: Path) -> None:
    path = stack(tmp_path, table({f"refs/heads/{n}": A for n in range(11)}))

    with pytest.raises(TooLarge):
        read_reftable(Folder(tmp_path), path, 10)


@pytest.mark.parametrize("name", ["../0.ref", "/etc/passwd", "a/b.ref", "x.ref\0", ".."])
def test_a_table_outside_of_the_folder_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "tables.list").write_text(f"{name}\n")

    with pytest.raises(GhostcrawlError):
        read_reftable(Folder(tmp_path), tmp_path, 10)


def test_every_cut_and_every_changed_byte_is_read_or_damaged_and_never_ends_otherwise() -> None:
    whole = table({f"refs/heads/{n}": A for n in range(20)} | {"HEAD": "refs/heads/1"})
    broken = [whole[:length] for length in range(len(whole))]
    broken += [
        whole[:place] + bytes([value]) + whole[place + 1 :]
        for place in range(len(whole))
        for value in (0, 1, 0x7F, 0x80, 0xFF)
    ]

    for data in broken:
        try:
            found = list(refs_of_table(data))
        except Malformed:
            continue
        assert len(found) <= len(whole)


def test_blocks_without_end_are_read_once_each() -> None:
    small = table({"refs/heads/a": A}, block_size=0)
    header, block = small[:24], small[24:-68]
    length = int.from_bytes(block[1:4], "big") - 24
    again = b"r" + length.to_bytes(3, "big") + block[4:]

    data = header + block + again * 10_000 + header + bytes(44)

    assert len(list(refs_of_table(data))) == 10_001
