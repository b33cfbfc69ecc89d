"""Locks in a folder that a stranger filled: no wait, no link, no size that surprises."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from crawler import lockfiles
from crawler.model import LockBlob, ParseResult, Skipped
from tests.hostile.local_places import device, fifo, link, sparse, unix_socket
from workers import files
from workers.files import LARGEST_LOCK, Found

REGULAR = "not a regular file; links are never followed"


def told(root: Path) -> dict[str, str]:
    """What is read below `root`, and why something is not: path -> content or reason."""
    found: dict[str, str] = {}
    for one in files.find(root):
        read = one if isinstance(one, Skipped) else files.read(one)
        if isinstance(read, Skipped):
            found[read.context] = read.reason
        else:
            found[read.path] = read.data.decode()
    return found


@pytest.mark.parametrize("make", [fifo, unix_socket, device, link("/etc/passwd"), link("uv.lock")])
def test_what_is_no_regular_file_is_said_and_the_rest_is_read(
    make: Callable[[Path], None], tmp_path: Path
) -> None:
    (tmp_path / "poetry.lock").write_text("sound")
    if make is device and os.geteuid() != 0:
        pytest.skip("only root can make a device")

    make(tmp_path / "uv.lock")

    assert told(tmp_path) == {"poetry.lock": "sound", "uv.lock": REGULAR}


@pytest.mark.parametrize("make", [fifo, unix_socket, device])
def test_what_is_named_itself_is_not_opened_either(
    make: Callable[[Path], None], tmp_path: Path
) -> None:
    if make is device and os.geteuid() != 0:
        pytest.skip("only root can make a device")

    make(tmp_path / "uv.lock")

    assert told(tmp_path / "uv.lock") == {"uv.lock": "not a regular file"}


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (fifo, "not a regular file"),
        (link("/etc/passwd"), REGULAR),
        (sparse(LARGEST_LOCK + 1), f"larger than {LARGEST_LOCK} bytes"),
        (lambda path: path.unlink(), "cannot be read: No such file or directory"),
    ],
)
def test_a_file_that_is_replaced_after_it_was_found_is_looked_at_again(
    make: Callable[[Path], None], reason: str, tmp_path: Path
) -> None:
    lock = tmp_path / "uv.lock"
    lock.write_text("sound")
    (found,) = files.find(tmp_path)
    assert isinstance(found, Found)

    make(lock)

    assert files.read(found) == Skipped(context="uv.lock", reason=reason)


def test_a_file_of_a_tebibyte_needs_no_memory(tmp_path: Path) -> None:
    sparse(1 << 40)(tmp_path / "uv.lock")

    assert told(tmp_path) == {"uv.lock": f"larger than {LARGEST_LOCK} bytes"}


def test_a_lock_of_the_largest_size_is_read(tmp_path: Path) -> None:
    sparse(LARGEST_LOCK)(tmp_path / "uv.lock")

    (read,) = [files.read(one) for one in files.find(tmp_path) if isinstance(one, Found)]

    assert isinstance(read, LockBlob)
    assert len(read.data) == LARGEST_LOCK


def test_folders_that_are_linked_in_a_circle_are_not_entered(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a/uv.lock").write_text("sound")
    (tmp_path / "a/again").symlink_to("..")
    (tmp_path / "again").symlink_to("again")

    assert told(tmp_path) == {"a/uv.lock": "sound"}


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
@pytest.mark.parametrize("mode", [0o000, 0o400])
def test_a_folder_that_cannot_be_read_is_said(mode: int, tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir()
    (tmp_path / "closed/uv.lock").write_text("sound")
    (tmp_path / "uv.lock").write_text("sound")
    (tmp_path / "closed").chmod(mode)

    read = told(tmp_path)

    (tmp_path / "closed").chmod(0o700)
    assert read.pop("uv.lock") == "sound"
    assert [reason.partition(":")[0] for reason in read.values()] in (
        ["cannot be listed"],
        ["cannot be read"],
    )


def test_folders_deeper_than_any_path_can_be_end_and_are_said(tmp_path: Path) -> None:
    (tmp_path / "uv.lock").write_text("sound")
    at = os.open(tmp_path, os.O_RDONLY)
    for _ in range(300):
        os.mkdir("d" * 20, dir_fd=at)
        below = os.open("d" * 20, os.O_RDONLY, dir_fd=at)
        os.close(at)
        at = below
    os.close(at)

    read = told(tmp_path)

    assert read.pop("uv.lock") == "sound"
    assert list(read.values()) == ["cannot be listed: File name too long"]


@pytest.mark.slow
def test_a_hundred_thousand_entries_hide_no_lock(tmp_path: Path) -> None:
    for number in range(100_000):
        os.close(os.open(tmp_path / f"{number}", os.O_CREAT))
    (tmp_path / "uv.lock").write_text("sound")

    assert told(tmp_path) == {"uv.lock": "sound"}


def test_what_a_file_includes_is_told_by_the_parser_that_is_given(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("-r pins.x\n")
    (tmp_path / "pins.x").write_text("zz-ghost==1.0\n")
    asked: list[str] = []

    def guarded(path: str, data: bytes) -> ParseResult:
        asked.append(path)
        return lockfiles.parse(path, data)

    listed = [one for one in files.find(tmp_path) if isinstance(one, Found)]
    found = list(files.with_included(tmp_path, listed, guarded))

    assert [one.path for one in found if isinstance(one, Found)] == ["requirements.txt", "pins.x"]
    assert asked == ["requirements.txt", "requirements.txt"]
