"""What is kept between visits: bounded, and never believed."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from crawler.git.kept import KeptFolder
from tests.servers.kept_in_memory import KeptInMemory

ONE, TWO, THREE = (f"blob-{digit * 40}" for digit in "123")


def test_memory_lets_the_entry_go_that_was_used_longest_ago() -> None:
    kept = KeptInMemory(max_bytes=10)
    kept.put(ONE, b"12345")
    kept.put(TWO, b"12345")
    kept.get(ONE)

    kept.put(THREE, b"1")

    assert (kept.get(ONE), kept.get(TWO), kept.get(THREE)) == (b"12345", None, b"1")


def test_memory_counts_a_replaced_entry_once() -> None:
    kept = KeptInMemory(max_bytes=10)
    for _ in range(5):
        kept.put(ONE, b"123456")

    assert kept.get(ONE) == b"123456"


def test_an_entry_larger_than_all_that_is_allowed_leaves_nothing() -> None:
    kept = KeptInMemory(max_bytes=3)

    kept.put(ONE, b"1234")

    assert kept.get(ONE) is None


def test_a_folder_still_has_it_for_the_next_process(tmp_path: Path) -> None:
    KeptFolder(tmp_path / "kept").put(ONE, b"lock\n")

    assert KeptFolder(tmp_path / "kept").get(ONE) == b"lock\n"


def test_a_folder_drops_the_oldest_entries_beyond_its_size(tmp_path: Path) -> None:
    kept = KeptFolder(tmp_path, max_bytes=2_500)
    for age, name in ((300, ONE), (200, TWO)):
        kept.put(name, os.urandom(1_000))
        os.utime(tmp_path / name, (1_000_000 - age, 1_000_000 - age))

    kept.put(THREE, b"3" + os.urandom(1_000))

    assert [kept.get(name) is None for name in (ONE, TWO, THREE)] == [True, True, False]


@pytest.mark.parametrize("damage", [b"", b"no zlib", b"\x78\x9c\x03"])
def test_a_damaged_entry_is_as_good_as_none(tmp_path: Path, damage: bytes) -> None:
    kept = KeptFolder(tmp_path)
    kept.put(ONE, b"lock\n")
    (tmp_path / ONE).write_bytes(damage)

    assert kept.get(ONE) is None


@pytest.mark.parametrize("name", ["blob-" + "g" * 40, "../blob-" + "1" * 40, f"{ONE}\n"])
def test_a_name_that_could_leave_the_folder_is_refused(tmp_path: Path, name: str) -> None:
    kept = KeptFolder(tmp_path)

    with pytest.raises(ValueError, match="invalid name"):
        kept.put(name, b"")


def test_a_full_disk_is_left_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)

    KeptFolder(tmp_path).put(ONE, b"lock\n")

    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_vanished_costs_only_what_was_kept(tmp_path: Path) -> None:
    kept = KeptFolder(tmp_path / "kept")
    (tmp_path / "kept").rmdir()

    kept.put(ONE, b"lock\n")

    assert kept.get(ONE) is None
