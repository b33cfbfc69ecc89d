"""A ledger in one file, and back: nothing is lost, and nothing of before comes in late."""

from __future__ import annotations

import sqlite3
import stat
import threading
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import select, text

from crawler.errors import StoreError
from crawler.model import Confidence
from crawler.net import Bucket
from tests.contract.ledger.filled import counted, fill
from tests.contract.ledger.older import make_schema
from tests.contract.ledger.samples import NOON, evidence, finding, later, repository
from tests.servers.leasing import lease
from workers.ledger import budgets, findings, frontier, left_alone, pauses, proofs, work
from workers.ledger.backups import back_up, is_empty, opened_copy
from workers.ledger.erasing import erase
from workers.ledger.ledger import Ledger
from workers.ledger.restoring import restore
from workers.ledger.tables import lane, metadata, worker
from workers.ledger.work import turns
from workers.ledger.work.turns import Turn
from workers.ledger.work_items import WorkItem, WorkKind

ONE = WorkItem(kind=WorkKind.VISIT, key="1", host="git.example", due_at=NOON)
BUCKET = Bucket(host="git.example")
ENDED = {"fence", "first_fence", "turn_until", "begun"}


def put_back(file: Path, ledger: Ledger, folder: Path) -> None:
    folder.mkdir()
    with (
        closing(opened_copy(file, folder)) as saved,
        saved.read() as source,
        ledger.write() as conn,
    ):
        restore(source, conn, later(1))


def contents(ledger: Ledger) -> dict[str, list[tuple[object, ...]]]:
    """Return all rows of all tables, but for what is of turns and of processes."""
    found = {}
    with ledger.read() as conn:
        for table in frozenset(metadata.sorted_tables) - {worker}:
            kept = [column for column in table.c if column.name not in ENDED]
            found[table.name] = sorted((tuple(r) for r in conn.execute(select(*kept))), key=repr)
    return found


def test_every_row_of_every_table_comes_back_in_either_database(
    ledger: Ledger, empty: Ledger, tmp_path: Path
) -> None:
    with ledger.write() as conn:
        fill(conn)

    back_up(ledger, tmp_path / "backup")
    empty.upgrade()
    put_back(tmp_path / "backup", empty, tmp_path / "restoring")

    assert contents(empty) == contents(ledger)
    assert all(contents(ledger).values())
    with empty.read() as conn:
        assert conn.execute(select(worker)).all() == []
        assert conn.execute(select(lane.c.turn_until, lane.c.begun)).all() == [(None, None)] * 2


def test_rows_that_come_after_a_restore_are_numbered_behind_it(
    ledger: Ledger, empty: Ledger, tmp_path: Path
) -> None:
    with ledger.write() as conn:
        old = frontier.save(conn, [repository("acme/app"), repository("acme/web", "8")], NOON)
    back_up(ledger, tmp_path / "backup")
    empty.upgrade()
    put_back(tmp_path / "backup", empty, tmp_path / "restoring")

    with empty.write() as conn:
        new = frontier.save(conn, [repository("acme/new", "9")], NOON)

    assert new[0] > max(old)


def test_a_backup_is_one_state_while_workers_write(ledger: Ledger, tmp_path: Path) -> None:
    def write_pairs() -> None:
        for number in range(100):
            pair = [
                WorkItem(kind=kind, key=str(number), due_at=NOON)
                for kind in (WorkKind.VISIT, WorkKind.HUNT)
            ]
            ledger.transaction(partial(work.offer, items=pair, now=NOON))

    writer = threading.Thread(target=write_pairs)
    writer.start()
    files = [tmp_path / f"backup-{number}" for number in range(3)]
    for file in files:
        back_up(ledger, file)
    writer.join()

    for file in files:
        with closing(sqlite3.connect(file)) as conn:
            kinds = conn.execute("SELECT kind, count(*) FROM work GROUP BY kind").fetchall()
        assert len(kinds) in {0, 2}
        assert len({count for _, count in kinds}) <= 1


def test_a_backup_is_one_private_file_and_takes_the_place_of_none(
    ledger: Ledger, tmp_path: Path
) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()

    back_up(ledger, folder / "first")
    with pytest.raises(FileExistsError):
        back_up(ledger, folder / "first")

    assert [one.name for one in folder.iterdir()] == ["first"]
    assert stat.S_IMODE((folder / "first").stat().st_mode) == 0o600


def test_a_worker_that_began_before_a_restore_brings_nothing_into_it(
    ledger: Ledger, tmp_path: Path
) -> None:
    with ledger.write() as conn:
        work.offer(conn, [ONE], NOON)
        (in_backup,) = lease(conn, WorkKind.VISIT, 1, NOON)
    back_up(ledger, tmp_path / "backup")
    with ledger.write() as conn:
        (since,) = lease(conn, WorkKind.VISIT, 1, later(0.5))
        turn = Turn(lane="git:git.example", fence=since.fence)
    put_back(tmp_path / "backup", ledger, tmp_path / "restoring")

    before = (in_backup, since)
    with ledger.write() as conn:
        refused = [work.finish(conn, one.id, one.fence, later(1)) for one in before]
        kept = turns.keep(conn, [turn], later(1)) == set()
        (again,) = lease(conn, WorkKind.VISIT, 1, later(1))
        refused += [work.finish(conn, one.id, one.fence, later(1)) for one in before]
        done = work.finish(conn, again.id, again.fence, later(1))

    assert (refused, kept, done) == ([False] * 4, False, True)
    assert (again.attempts, again.suspect) == (0, False)


def test_work_that_a_restored_ledger_has_forgotten_is_not_taken_for_new_work(
    ledger: Ledger, tmp_path: Path
) -> None:
    back_up(ledger, tmp_path / "backup")
    with ledger.write() as conn:
        work.offer(conn, [ONE], NOON)
        (forgotten,) = lease(conn, WorkKind.VISIT, 1, NOON)
    with ledger.write() as conn:  # the whole database was lost: nobody knows what was handed out
        for table in ("work", "lane"):
            conn.execute(text(f"DELETE FROM {table}"))
        if conn.dialect.name == "postgresql":
            conn.execute(text("ALTER SEQUENCE work_id_seq RESTART"))
    put_back(tmp_path / "backup", ledger, tmp_path / "restoring")

    with ledger.write() as conn:
        work.offer(conn, [ONE], later(1))
        (again,) = lease(conn, WorkKind.VISIT, 1, later(1))
        accepted = work.finish(conn, forgotten.id, forgotten.fence, later(1))

    assert (forgotten.id, accepted) == (again.id, False)


def test_what_was_spent_since_the_backup_stays_spent(ledger: Ledger, tmp_path: Path) -> None:
    other = Bucket(host="forge.example")
    with ledger.write() as conn:
        budgets.add(conn, BUCKET, 10, 1000)
        budgets.block(conn, BUCKET, later(2), "slow down")
    back_up(ledger, tmp_path / "backup")
    with ledger.write() as conn:
        budgets.add(conn, BUCKET, 5, 500)
        budgets.block(conn, BUCKET, later(9), "go away", failures=3)
        budgets.block(conn, other, later(5), "slow down")
        pauses.pause(conn, "git.example", "they asked for it", NOON)

    put_back(tmp_path / "backup", ledger, tmp_path / "restoring")

    with ledger.read() as conn:
        first, second = budgets.usage(conn)
        (paused,) = pauses.paused(conn)
    assert (first.bucket, first.blocked_until) == (other, later(5))
    assert (second.requests, second.bytes_down, second.blocked_until) == (15, 1500, later(9))
    assert (second.why, second.failures, paused.host) == ("go away", 3, "git.example")


def test_a_longer_block_of_the_backup_is_kept(ledger: Ledger, tmp_path: Path) -> None:
    with ledger.write() as conn:
        budgets.block(conn, BUCKET, later(20), "maintenance")
    back_up(ledger, tmp_path / "backup")
    with ledger.write() as conn:
        conn.execute(text("UPDATE budget SET blocked_until = NULL"))

    put_back(tmp_path / "backup", ledger, tmp_path / "restoring")

    with ledger.read() as conn:
        assert budgets.usage(conn)[0].blocked_until == later(20)


def test_the_chain_of_evidence_comes_back_whole(ledger: Ledger, tmp_path: Path) -> None:
    with ledger.write() as conn:
        frontier.save(conn, [repository()], NOON)
        findings.record(conn, [finding()], "run", NOON)
        for number in range(3):
            proofs.add_evidence(conn, "f1", evidence(excerpt=f"line {number}"), NOON)
    with ledger.read() as conn:
        sealed = proofs.seal(conn)
    back_up(ledger, tmp_path / "backup")

    put_back(tmp_path / "backup", ledger, tmp_path / "restoring")

    with ledger.read() as conn:
        assert (proofs.verify_chain(conn), proofs.seal(conn)) == (None, sealed)


def test_a_ledger_without_rows_is_empty_with_a_schema_and_without(empty: Ledger) -> None:
    with empty.read() as conn:
        without_schema = is_empty(conn)
    empty.upgrade()
    with empty.write() as conn:
        without_rows = is_empty(conn)
        pauses.pause(conn, "git.example", "they asked for it", NOON)
        with_a_row = is_empty(conn)

    assert (without_schema, without_rows, with_a_row) == (True, True, False)


def test_a_backup_of_an_older_schema_is_migrated_on_its_way(ledger: Ledger, tmp_path: Path) -> None:
    older = Ledger.open(f"sqlite:///{tmp_path / 'older.db'}")
    with older.write() as conn:
        make_schema(conn, "0010")
        before = fill(conn)
    back_up(older, tmp_path / "backup")
    older.close()

    put_back(tmp_path / "backup", ledger, tmp_path / "restoring")

    with ledger.read() as conn:
        after = counted(conn)
    assert {name: after[name] for name in before} == before


def _cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:20_480])


def _replaced(file: Path) -> None:
    file.write_bytes(b"not a database" * 1000)


def _emptied(file: Path) -> None:
    file.write_bytes(b"")


@pytest.mark.parametrize("harm", [_cut, _replaced, _emptied])
def test_what_is_no_whole_backup_is_refused(
    ledger: Ledger, tmp_path: Path, harm: Callable[[Path], None]
) -> None:
    back_up(ledger, tmp_path / "backup")
    harm(tmp_path / "backup")

    with pytest.raises(StoreError, match="backup"):
        opened_copy(tmp_path / "backup", tmp_path)


def test_a_backup_of_a_newer_schema_is_refused(ledger: Ledger, tmp_path: Path) -> None:
    back_up(ledger, tmp_path / "backup")
    with closing(sqlite3.connect(tmp_path / "backup")) as conn, conn:
        conn.execute("UPDATE alembic_version SET version_num = '9999'")

    with pytest.raises(StoreError, match="9999"):
        opened_copy(tmp_path / "backup", tmp_path)


def test_what_was_erased_since_the_backup_does_not_come_back(
    ledger: Ledger, tmp_path: Path
) -> None:
    with ledger.write() as conn:
        frontier.save(conn, [repository(), repository("other/app", "8")], NOON)
        findings.record(conn, [finding()], "run", NOON)
        proofs.add_evidence(conn, "f1", evidence(), NOON)
    back_up(ledger, tmp_path / "backup")
    with ledger.write() as conn:
        erase(conn, "git.example", "acme", NOON)

    put_back(tmp_path / "backup", ledger, tmp_path / "restoring")

    with ledger.read() as conn:
        assert proofs.verify_chain(conn) is None
        assert proofs.erased(conn) == 1
        assert frontier.count(conn) == 1
        assert left_alone.without(conn, [repository("acme/new", "9")]) == []
        assert [*findings.reports(conn, minimum=Confidence.CENSUS, include_closed=True)] == []
