"""What is kept is for this user alone. These tests change the mask of new files of this process."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from crawler.errors import StoreError
from tests.servers.valkey import running_broker
from tests.servers.waiting import PATIENCE
from workers.broker import connect
from workers.ledger.ledger import Ledger
from workers.ledger.read_only import open_read_only
from workers.lifeline import Child, Launch
from workers.private import make_folder, private_folder


@pytest.fixture(autouse=True)
def _no_mask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A state directory that anybody may write to, as somebody has made it."""
    folder = tmp_path / "state"
    folder.mkdir(mode=0o777)
    return folder


def open_to_others(folder: Path) -> list[str]:
    """Return what below `folder` others may read, write or enter."""
    return sorted(
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.lstat().st_mode & (stat.S_IRWXG | stat.S_IRWXO) and not path.is_symlink()
    )


def test_a_folder_and_those_missing_above_it_are_made_for_this_user(state: Path) -> None:
    make_folder(state / "a/b/c")

    assert open_to_others(state) == []
    assert state.stat().st_mode & 0o777 == 0o777


def test_a_folder_that_was_open_is_tightened_with_all_in_it(state: Path) -> None:
    (state / "kept/deep").mkdir(parents=True)
    (state / "kept/deep/file").touch(0o666)

    private_folder(state / "kept")

    assert open_to_others(state) == []


def test_a_link_is_not_followed(state: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir(mode=0o777)
    (tmp_path / "file").touch(0o666)
    (state / "kept").mkdir()
    (state / "kept/link").symlink_to(tmp_path / "file")
    (state / "logs").symlink_to(tmp_path / "elsewhere")

    private_folder(state / "kept")
    with pytest.raises(StoreError, match="is not a directory of this user"):
        private_folder(state / "logs")

    assert (tmp_path / "file").stat().st_mode & 0o777 == 0o666
    assert (tmp_path / "elsewhere").stat().st_mode & 0o777 == 0o777


@pytest.mark.parametrize("url", ["sqlite:///{}/l.sqlite", "sqlite:///file:{}/l.sqlite?uri=true"])
def test_a_ledger_and_what_lies_beside_it_are_private_from_the_start(state: Path, url: str) -> None:
    ledger = Ledger.open(url.format(state))
    ledger.upgrade()

    with ledger.read():
        names = {path.name for path in state.iterdir()}

    assert names == {"l.sqlite", "l.sqlite-wal", "l.sqlite-shm"}
    assert open_to_others(state) == []
    ledger.close()


def test_a_second_connection_leaves_the_locks_of_the_first_one(state: Path) -> None:
    file = state / "ledger.sqlite"
    ledger = Ledger.open(f"sqlite:///{file}")
    ledger.upgrade()
    # The bytes that every connection to a file in WAL mode keeps locked: "The Lock-Byte Page" of SQLite.
    alone = "import fcntl, sys; fcntl.lockf(open(sys.argv[1], 'r+b'), 6, 510, 0x40000002)"

    with ledger.read() as first:
        first.exec_driver_sql("SELECT * FROM alembic_version").all()
        with ledger.read() as second:
            second.exec_driver_sql("SELECT * FROM alembic_version").all()
            ran = subprocess.run(
                [sys.executable, "-c", alone, file], capture_output=True, check=False
            )

    assert b"BlockingIOError" in ran.stderr
    ledger.close()


def test_a_ledger_in_memory_makes_no_file(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(state)

    ledger = Ledger.open("sqlite:///:memory:")
    ledger.upgrade()

    assert list(state.iterdir()) == []
    ledger.close()


@pytest.mark.parametrize("by_scan", [True, False])
def test_a_ledger_that_was_open_is_tightened_by_all_that_open_it(
    state: Path, *, by_scan: bool
) -> None:
    file = state / "ledger.sqlite"
    ledger = Ledger.open(f"sqlite:///{file}")
    ledger.upgrade()
    ledger.close()
    holder = sqlite3.connect(file)  # so that what lies beside it stays
    holder.execute("SELECT * FROM alembic_version").fetchall()
    for path in state.iterdir():
        path.chmod(0o666)

    if by_scan:
        with open_read_only(file) as reader:
            assert reader is not None
    else:
        again = Ledger.open(f"sqlite:///{file}")
        assert again.is_current()
        again.close()

    assert len(list(state.iterdir())) == 3
    assert open_to_others(state) == []
    holder.close()


def test_a_scan_makes_no_ledger(state: Path) -> None:
    with open_read_only(state / "ledger.sqlite") as reader:
        assert reader is None
    assert list(state.iterdir()) == []


def test_all_files_of_a_broker_are_private_also_after_it_has_rewritten_them(state: Path) -> None:
    with running_broker(state) as broker, connect(broker.url) as client:
        client.set("key", "value" * 100)
        client.save()
        client.bgrewriteaof()
        while client.info("persistence")["aof_rewrite_in_progress"]:
            time.sleep(0.02)
        while_it_runs = open_to_others(state)
        names = {path.name for path in (state / "broker").rglob("*")}

    assert while_it_runs == []
    assert {"dump.rdb", "appendonlydir", "server.sock", "server.log", "server.pid"} <= names


def test_files_of_a_broker_that_were_open_are_tightened(state: Path) -> None:
    with running_broker(state) as broker, connect(broker.url) as client:
        client.set("key", "value")
    for path in state.rglob("*"):
        path.chmod(0o777)

    with running_broker(state):
        while_it_runs = open_to_others(state)

    assert while_it_runs == []


def test_a_child_writes_for_this_user_and_its_log_is_tightened(state: Path) -> None:
    (state / "log").touch(0o666)
    program = f"open({str(state / 'made')!r}, 'w')"

    Child(Launch(argv=(sys.executable, "-c", program), log=state / "log")).wait(PATIENCE)

    assert (state / "made").exists()
    assert open_to_others(state) == []
