"""Cursors as ledgers hold them: those of versions before are read, and anything else is refused with advice."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from crawler.errors import FeedError
from feeds.campaigns.undated import ListCursor
from feeds.cursor import Cursor
from feeds.ghsa.cursor import GhsaCursor, Walk
from feeds.npm.cursor import KnownPackage, NpmCursor
from feeds.osv.cursor import OsvCursor
from feeds.pypi.cursors import KnownPage, PageState, QuarantineCursor, StatusCursor
from feeds.recent import Recent, RecordChange

MAY, JUNE = datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC)
MAY_TEXT, JUNE_TEXT = "2026-05-01T00:00:00+00:00", "2026-06-01T00:00:00+00:00"
ONE_CHANGE = Recent(since=MAY, changes=frozenset({RecordChange(at=JUNE, id="a", digest="d")}))
OLD: list[tuple[dict[str, object], Cursor]] = [
    (
        {
            "live": "eJzzdfTRNTIwMtM15PKFMY0AMncEag==",
            "dumped": JUNE_TEXT,
            "entry": None,
            "since": MAY_TEXT,
            "recent": [f"{JUNE_TEXT},a,d"],
        },
        OsvCursor(
            live=frozenset({"MAL-2026-1", "MAL-2026-2"}), dumped=JUNE, entry="", recent=ONE_CHANGE
        ),
    ),
    ({"since": MAY_TEXT, "recent": [f"{JUNE_TEXT},a,d"]}, GhsaCursor(recent=ONE_CHANGE)),
    (
        {
            "since": MAY_TEXT,
            "recent": [],
            "walk": {"since": MAY_TEXT, "recent": [], "unseen": ["b"], "after": "mark"},
        },
        GhsaCursor(
            recent=Recent(since=MAY),
            walk=Walk(before=Recent(since=MAY), unseen=frozenset({"b"}), after="mark"),
        ),
    ),
    (
        {
            "since": "7-abc",
            "again": ["b"],
            "known": {"zz": [MAY_TEXT, JUNE_TEXT, "f", f"{JUNE_TEXT} 1.0.0"]},
        },
        NpmCursor(
            since="7-abc",
            again=("b",),
            known={
                "zz": KnownPackage(
                    since=MAY, checked=JUNE, fingerprint="f", removed={"1.0.0": JUNE}
                )
            },
        ),
    ),
    (
        {
            "compared": MAY_TEXT,
            "names": 5,
            "known": {"zz": ["quarantined", MAY_TEXT]},
            "pending": ["b", "a"],
        },
        QuarantineCursor(
            compared=MAY,
            names=5,
            known={"zz": KnownPage(state=PageState.QUARANTINED, since=MAY, checked=MAY)},
            pending=("b", "a"),
        ),
    ),
    (
        {
            "done": None,
            "file_hosts": ["files.index.example"],
            "known": {"zz": ["gone", MAY_TEXT, JUNE_TEXT, ""]},
        },
        StatusCursor(
            known={"zz": KnownPage(state=PageState.GONE, since=MAY, checked=JUNE)},
            file_hosts=frozenset({"files.index.example"}),
        ),
    ),
    (
        {"mark": '"etag"', "inner": None, "dates": "eJwzNDc3N7U0NjMwUKiqAgATbQMi"},
        ListCursor(mark='"etag"', dates={"zz": MAY}),
    ),
]


@pytest.mark.parametrize(("stored", "meant"), OLD)
def test_a_cursor_of_before_cursors_had_versions_is_read(
    stored: dict[str, object], meant: Cursor
) -> None:
    assert type(meant).from_payload(json.dumps(stored), "zz-feed") == meant


@pytest.mark.parametrize(("stored", "meant"), OLD)
def test_a_cursor_that_is_written_is_the_same_when_it_is_read(
    stored: dict[str, object], meant: Cursor
) -> None:
    payload = meant.to_payload()

    assert type(meant).from_payload(payload, "zz-feed") == meant
    assert json.loads(payload)["version"] == 1
    assert set(stored) <= {*json.loads(payload), "walk"}


@pytest.mark.parametrize(("stored", "meant"), OLD)
def test_a_cursor_of_a_later_version_is_left_alone(
    stored: dict[str, object], meant: Cursor
) -> None:
    payload = json.dumps({**stored, "version": 2})

    with pytest.raises(FeedError, match="expected 1, got 2; a later ghostcrawl wrote it; run"):
        type(meant).from_payload(payload, "zz-feed")


@pytest.mark.parametrize("payload", ["", "7", "[]", "{}", '{"known": 5, "since": []}', "\ud800"])
@pytest.mark.parametrize("kind", sorted({type(meant) for _, meant in OLD}, key=str))
def test_what_is_not_a_cursor_names_the_command_that_helps(
    kind: type[Cursor], payload: str
) -> None:
    with pytest.raises(
        FeedError, match=r"^zz-feed: invalid cursor: .*; run `ghostcrawl feeds reset zz-feed` and"
    ):
        kind.from_payload(payload, "zz-feed")


@pytest.mark.parametrize(
    ("packed", "reason"),
    [
        ("!", "Only base64 data|Incorrect padding"),
        ("eJw=", "cut off"),
        ("AAAA", "while decompressing"),
    ],
)
def test_packed_lines_that_are_damaged_are_refused(packed: str, reason: str) -> None:
    payload = json.dumps({"mark": "", "inner": None, "dates": packed})

    with pytest.raises(FeedError, match=f"cursor.dates: .*(?:{reason})"):
        ListCursor.from_payload(payload, "zz-feed")


def test_the_newest_of_too_many_known_packages_are_kept() -> None:
    known = {
        f"zz-{n}": KnownPackage(
            since=MAY, checked=datetime.fromtimestamp(n, UTC), fingerprint="f", removed={}
        )
        for n in range(5001)
    }

    kept = NpmCursor.from_payload(NpmCursor(since=1, known=known).to_payload(), "npm-changes")

    assert known.keys() - kept.known.keys() == {"zz-0"}
