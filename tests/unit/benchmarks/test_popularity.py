"""The generated locks of `benchmarks.hunt`, and a small run of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import hunt
from benchmarks.made_locks import FILES, read_lock, sha256_of, stated
from benchmarks.popularity import drawn


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


def test_a_small_run_answers_as_the_full_scan_does(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--locks", "300", "--ordinary", "20", "--backends", "sqlite", "--folder"]

    hunt.main([*words, str(tmp_path)])

    told = capsys.readouterr().out
    assert told.count("answers agree") == 3
    assert "DIFFER" not in told
    assert "bytes a posting" in told
