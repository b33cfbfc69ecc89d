"""What is read out of an advertisement."""

from __future__ import annotations

from crawler.git.capabilities import Capabilities

ABLE = frozenset({"shallow", "filter", "wait-for-done"})


def test_version_2_with_filter_and_shallow_is_enough() -> None:
    assert Capabilities(version=2, fetch=ABLE).missing() is None


def test_each_lack_is_named() -> None:
    lacking = [
        Capabilities(version=0),
        Capabilities(version=2, fetch=frozenset({"shallow"})),
        Capabilities(version=2, fetch=ABLE, object_formats=frozenset({"sha256"})),
    ]

    assert [able.missing() for able in lacking] == [
        "the server speaks no git protocol version 2",
        "the server cannot leave out blobs or history",
        "the repository is not named by SHA-1",
    ]
