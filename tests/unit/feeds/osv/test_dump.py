"""A dump with many entries is read in little memory."""

from __future__ import annotations

import io
import tracemalloc

from feeds.osv.dump import entries
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
