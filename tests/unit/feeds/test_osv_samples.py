"""Real records, read as they are published; and downloads that break off."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import pytest

from crawler.errors import FeedError
from crawler.model import Ecosystem
from crawler.net import Http
from feeds.osv.record import OsvReading, read_record
from tests.servers.feed_server import FeedServer, Reply
from tests.servers.osv_dumps import CSV, ZIP, csv, dump, poll, record, subjects

_SAMPLES = Path(__file__).parents[4] / "shared/feeds/samples"
shared = pytest.mark.skipif(not _SAMPLES.is_dir(), reason="the shared samples are not here")


def sample(name: str, ecosystem: Ecosystem = Ecosystem.PYPI) -> OsvReading:
    return read_record(json.loads((_SAMPLES / name).read_bytes()), "osv-mal", ecosystem)


@shared
def test_a_record_with_digests_of_its_files() -> None:
    reading = sample("ossf_MAL-2026-15859.json")

    assert subjects(reading.record) == [
        "pkg:pypi/0requests@0.0.1",
        "pkg:pypi/0requests@0.0.1 0requests-0.0.1-py3-none-any.whl",
        "pkg:pypi/0requests@0.0.1 0requests-0.0.1.tar.gz",
    ]
    assert reading.lives
    assert reading.record.assertions[0].root_source == "kam193"


@shared
def test_a_record_that_was_a_false_alarm() -> None:
    reading = sample("ossf_MAL-2026-4750.json")

    assert not reading.lives
    assert {str(said.retracted_at) for said in reading.record.assertions} == {
        "2026-05-26 13:04:03+00:00"
    }


@shared
def test_two_releases_of_a_popular_project() -> None:
    reading = sample("ossf_MAL-2026-2144.json")

    assert subjects(reading.record) == ["pkg:pypi/litellm@1.82.7", "pkg:pypi/litellm@1.82.8"]


@shared
def test_a_withdrawn_record_of_npm() -> None:
    reading = sample("ossf_npm_withdrawn_MAL-2026-4377.json", Ecosystem.NPM)

    assert subjects(reading.record)[0] == "pkg:npm/@ctrl/plex@6.0.0"
    assert not reading.lives


@shared
def test_an_advisory_taken_over_that_cites_the_record_it_came_from() -> None:
    document = json.loads((_SAMPLES / "ossf_origin_ghsa_citing_ossf.json").read_bytes())
    document |= {"id": "MAL-2026-9999", "modified": "2026-07-21T14:14:35Z"}

    reading = read_record(document, "osv-mal", Ecosystem.PYPI)

    assert reading.record.assertions[0].root_source == "MAL-2024-4722"


def test_a_dump_cut_off_anywhere_is_refused(server: FeedServer, http: Http) -> None:
    whole = dump(*(record(number) for number in range(20)))

    for kept in range(0, len(whole), 101):
        server.replies[ZIP] = Reply(body=whole[:kept])
        with pytest.raises(FeedError):
            poll(server, http)


def test_a_list_of_changes_cut_off_anywhere_loses_nothing(server: FeedServer, http: Http) -> None:
    server.replies[ZIP] = Reply(body=dump(*(record(number) for number in range(1, 41))))
    (first,) = poll(server, http)
    names = [(number, f"MAL-2026-{number}") for number in range(40, 0, -1)]
    whole = csv((50, "MAL-2026-50"), *names).body
    server.replies["/osv/PyPI/MAL-2026-50.json"] = Reply(body=json.dumps(record(50)).encode())

    for kept in range(0, len(whole) - 5 * 45, 97):
        server.replies[CSV] = Reply(body=whole[:kept])
        with pytest.raises(FeedError):
            poll(server, http, first.cursor)
    server.replies[CSV] = Reply(body=whole)

    assert [found.id for page in poll(server, http, first.cursor) for found in page.records] == [
        "MAL-2026-50"
    ]


def test_a_member_that_unpacks_to_more_than_it_says_is_refused(
    server: FeedServer, http: Http
) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("PYSEC-2026-1.json", b" " * 9_000_000)
    lying = buffer.getvalue().replace((9_000_000).to_bytes(4, "little"), (90).to_bytes(4, "little"))
    server.replies[ZIP] = Reply(body=lying)

    with pytest.raises(FeedError):
        poll(server, http)


def test_an_unasked_for_304_is_not_believed(server: FeedServer, http: Http) -> None:
    server.replies[ZIP] = Reply(status=304, headers={"etag": '"same"'})

    with pytest.raises(FeedError, match="sent an empty answer"):
        poll(server, http)
