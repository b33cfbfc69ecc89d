"""Blocks are kept within a bound, those asked for last the longest."""

from __future__ import annotations

from crawler.lockfiles.documents.packages import BlockMemo, LockBlock

ROOM_FOR_FOUR = 4 * 500
"""Two generations of two."""


def known() -> LockBlock:
    return LockBlock(pins=())


def test_what_was_put_is_found_again() -> None:
    memo = BlockMemo()
    block = known()

    memo.put(b"a", block)

    assert memo.get(b"a") is block
    assert memo.get(b"b") is None


def test_there_are_never_more_blocks_than_there_is_room_for() -> None:
    memo = BlockMemo(ROOM_FOR_FOUR)

    for number in range(100):
        memo.put(str(number).encode(), known())

        assert len(memo) <= 4
    assert memo.get(b"99") is not None
    assert memo.get(b"0") is None


def test_what_is_asked_for_again_and_again_stays() -> None:
    memo = BlockMemo(ROOM_FOR_FOUR)
    wanted = known()
    memo.put(b"wanted", wanted)

    for number in range(100):
        memo.put(str(number).encode(), known())

        assert memo.get(b"wanted") is wanted


def test_a_block_that_is_larger_than_the_memo_is_not_kept() -> None:
    memo = BlockMemo(1)

    memo.put(b"a", known())

    assert len(memo) == 0
