"""When a commit says it was made; nothing else of who made it is read."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crawler.git.objects import committed_at

_TREE = b"tree " + b"a" * 40 + b"\n"


def _commit(committer: bytes, message: bytes = b"\n\nhello\n") -> bytes:
    return _TREE + b"author A <a@b> 5 +0000\ncommitter " + committer + message


def test_the_time_is_that_of_the_committer() -> None:
    said = committed_at(_commit(b"A B <a@b> 1764460800 +0200"))

    assert said == datetime(2025, 11, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "commit",
    [
        b"",
        _TREE,
        _commit(b"A <a@b> soon"),
        _commit(b"A <a@b> -5 +0000"),
        _commit(b"A <a@b> 99999999999 +0000"),
        _commit(b"A <a@b>", b"\n\ncommitter A <a@b> 5 +0000\n"),
    ],
)
def test_what_states_no_time_has_none(commit: bytes) -> None:
    assert committed_at(commit) is None
