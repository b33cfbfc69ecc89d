"""The generated ledger of `benchmarks.hunt`, and a small run of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import func, select

from benchmarks import hunt
from benchmarks.hunt_ledger import FILES, drawn, load, read_lock, sha256_of, stated
from workers.ledger.ledger import Ledger
from workers.ledger.tables import metadata


def test_the_same_seed_draws_the_same_locks_of_distinct_blocks() -> None:
    one, other = drawn(20, 88, 1), drawn(20, 88, 1)

    assert one == other
    assert one.locks == 20
    assert {len(set(one.of_lock(n))) for n in range(1, 21)} == {88}


def test_the_number_of_distinct_blocks_is_that_of_real_locks() -> None:
    blocks = drawn(249, 88, 1).blocks

    assert 5_000 <= blocks <= 6_500


def test_the_inverted_index_holds_the_same_postings_in_its_own_order() -> None:
    made = drawn(30, 10, 2)

    inverted = list(made.inverted())

    assert inverted == sorted((b, n) for n in range(1, 31) for b in made.of_lock(n))
    assert made.counts()[0] == 0
    assert sum(made.counts()) == 300


def test_a_block_states_files_with_a_digest_and_a_url_each() -> None:
    pins = stated(7)

    assert len({pin.url for pin in pins}) == FILES
    assert pins[3].digests == (sha256_of(7, 3),)
    assert len(read_lock(1, [7, 8]).result.pins) == 2 * FILES


def test_every_table_of_the_schema_is_filled(tmp_path: Path) -> None:
    ledger = Ledger.open(f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    ledger.upgrade()

    load(ledger, drawn(12, 5, 1))

    with ledger.read() as conn:
        rows = {
            name: conn.scalar(select(func.count()).select_from(table))
            for name, table in metadata.tables.items()
        }
        seen = conn.exec_driver_sql("SELECT count(*) FROM sighting JOIN lock USING (oid)").scalar()
    ledger.close()
    assert {name: count for name, count in rows.items() if (count or 0) < 12} == {}
    assert rows["pin"] == 12 * 5
    assert seen == 12


def test_a_small_run_answers_as_the_full_scan_does(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--locks", "300", "--ordinary", "20", "--backends", "sqlite", "--folder"]

    hunt.main([*words, str(tmp_path)])

    told = [line for line in capsys.readouterr().out.splitlines() if "differ from the scan" in line]
    assert len(told) == 3
    assert all(line.split()[-1] == "met" for line in told)
