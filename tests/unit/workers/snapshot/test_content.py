"""What a snapshot may say, whoever wrote it."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from crawler.errors import FeedError
from crawler.model import Algorithm, Claim, Digest, Distribution, Record, Skipped
from tests.contract.ledger.samples import NOON, later, record, said
from workers.snapshot.content import FeedState, Heading, SnapshotContent, pack

FILE = Distribution(
    filename="zz_ghost-1.0.tar.gz",
    digests=(Digest(algorithm=Algorithm.SHA256, hex="a" * 64),),
    uploaded_at="2026-03-01T00:00:00Z",
)
OF_FILE = replace(said(), subject=replace(said().subject, file=FILE))
GONE = replace(said(record_id="MAL-2"), retracted_at=later(1), sequence=(7, 0))
RECORDS = (record(said(), OF_FILE), record(GONE, record_id="MAL-2"))


def heading(records: int = 2) -> Heading:
    state = FeedState(feed="osv-mal", records=records, answered_at=NOON)
    return Heading(made_at=NOON, program="0.1.0", left_out=0, feeds=(state,))


def lines(*said_lines: object, records: int = 1) -> bytes:
    first = gzip.decompress(pack(heading(records), ())).decode()
    rest = "".join(f"{one if isinstance(one, str) else json.dumps(one)}\n" for one in said_lines)
    return gzip.compress(f"{first}{rest}".encode())


def line(assertion: Mapping[str, object] | None = None, **changed: object) -> Mapping[str, Any]:
    """Return a good line with fields changed; None takes a field out."""
    good: dict[str, Any] = json.loads(
        gzip.decompress(pack(heading(1), [record(OF_FILE)])).splitlines()[1]
    )
    stated = {k: v for k, v in {**good["said"][0], **(assertion or {})}.items() if v is not None}
    return good | {"said": [stated]} | changed


def only(payload: bytes) -> tuple[str, Record] | Skipped:
    (found,) = SnapshotContent(payload).records()
    return found


def test_what_was_packed_is_read_as_often_as_wanted() -> None:
    content = SnapshotContent(pack(heading(), RECORDS))

    assert content.heading == heading()
    for _ in range(2):
        assert list(content.records()) == [("osv-mal", one) for one in RECORDS]


def test_the_same_records_make_the_same_bytes() -> None:
    assert pack(heading(), RECORDS) == pack(heading(), RECORDS)


def test_the_line_that_the_others_are_changed_from_is_good() -> None:
    assert only(lines(line())) == ("osv-mal", record(OF_FILE))


def of_subject(**changed: object) -> Mapping[str, object]:
    return {"subject": line()["said"][0]["subject"] | changed}


@pytest.mark.parametrize(
    "bad",
    [
        "{",
        "[]",
        "null",
        '{"feed": "osv-mal", "feed": "osv-mal"}',
        "[" * 50_000,
        line(feed="kam193"),
        line(feed="allow-list"),
        line(id=""),
        line(id="MAL-1\n"),
        line(id="x" * 5000),
        line(said=[]),
        line(said={}),
        line(said=[7]),
        line({"claim": Claim.ALLOWED.value}),
        line({"claim": "blessed"}),
        line({"claim": None}),
        line({"valid_from": "2026-03-01T12:00:00"}),
        line({"valid_from": "yesterday"}),
        line({"observed_at": 7}),
        line({"retracted_at": "2026-03-01"}),
        line({"reference": "javascript:alert(1)"}),
        line({"reference": "https://x.example/\x1b[2J"}),
        line({"root_source": "a\u202eb"}),
        line({"sequence": [-1]}),
        line({"sequence": [2**63]}),
        line({"sequence": ["1"]}),
        line({"sequence": [True]}),
        line({"sequence": 7}),
        line(of_subject(version="1.0 ")),
        line(of_subject(version="1.0.0-RC1")),
        line(of_subject(version="../1.0")),
        line(of_subject(project={"ecosystem": "pypi", "name": "ZZ_Ghost"})),
        line(of_subject(project={"ecosystem": "pypi", "name": "../x"})),
        line(of_subject(project={"ecosystem": "hell", "name": "zz"})),
        line(of_subject(project="pypi/zz")),
        line(of_subject(file={"filename": "../x.whl", "digests": []})),
        line(of_subject(file={"filename": "x\0.whl", "digests": []})),
        line(
            of_subject(
                file={"filename": "x.whl", "digests": [{"algorithm": "sha256", "hex": "A" * 64}]}
            )
        ),
        line(of_subject(file={"filename": "x.whl", "digests": [], "url": "file:///etc/passwd"})),
    ],
)
def test_a_line_that_says_what_no_feed_may_say_is_left_out(bad: object) -> None:
    found = only(lines(bad))

    assert isinstance(found, Skipped)
    assert found.context == "line 2"


def test_whatever_a_line_says_it_is_of_its_feed_and_record() -> None:
    found = only(lines(line({"feed": "allow-list", "record_id": "MAL-9"})))

    assert found == ("osv-mal", record(OF_FILE))


@pytest.mark.parametrize(
    "names",
    [("file:/own.jsonl",), ("allow-list",), ("osv-mal", "osv-mal"), ("",), ("a b",), ("../x",)],
)
def test_feeds_that_a_snapshot_cannot_have_are_refused(names: tuple[str, ...]) -> None:
    feeds = tuple(FeedState(feed=name, records=0) for name in names)

    with pytest.raises(FeedError, match="nothing was changed"):
        _ = SnapshotContent(pack(replace(heading(), feeds=feeds), ())).heading


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"no gzip",
        gzip.compress(b""),
        gzip.compress(b"{}\n"),
        gzip.compress(b"[" * 50_000),
        gzip.compress(b'{"made_at": 7, "program": "x", "left_out": 0, "feeds": []}\n'),
        pack(heading(), RECORDS)[:-20],
        pack(heading(), RECORDS)[:20],
        pack(heading(), RECORDS) + b"trailing",
        gzip.compress(gzip.decompress(pack(heading(), ())).replace(b"+00:00", b"")),
    ],
    ids=[
        "empty",
        "not-gzip",
        "nothing-packed",
        "no-heading",
        "deep",
        "no-time",
        "cut-at-the-end",
        "cut-at-the-beginning",
        "more-behind-it",
        "time-without-zone",
    ],
)
def test_a_content_that_cannot_be_read_to_its_end_is_refused(payload: bytes) -> None:
    content = SnapshotContent(payload)

    with pytest.raises(FeedError, match="the snapshot cannot be read: "):
        list(content.records())
