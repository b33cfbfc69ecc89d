"""A dump with many entries is read in little memory."""

from __future__ import annotations

import io
import tracemalloc
import zipfile

import pytest

from feeds.osv.dump import entries
from feeds.osv.zip_directory import ZipMember, content_of, directory_of
from workers.demo.osv import archive


def test_a_directory_of_many_entries_takes_about_its_own_bytes() -> None:
    names = [f"MAL-2026-{number}.json" for number in range(20_000)]
    dump = io.BytesIO(archive(*((name, b"{}") for name in names)))

    tracemalloc.start()
    rows = entries(dump, "osv-mal", ("MAL-",))
    first = next(rows)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert [first[0], *(name for name, _ in rows)] == sorted(names)
    assert most / 20_000 < 250  # zipfile: 700


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_of_a_member_that_is_too_large_one_byte_more_than_the_cap_is_read(method: int) -> None:
    dump = io.BytesIO()
    with zipfile.ZipFile(dump, "w", method) as made:
        made.writestr("MAL-2026-1.json", b"x" * 100)
    member, _ = ZipMember.at(directory_of(dump), 0)

    assert content_of(dump, member, 10) == b"x" * 11
    assert content_of(dump, member, 100) == b"x" * 100
