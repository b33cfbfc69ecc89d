"""The HTTP client against real sockets: what a harmless guest sends, and what a hostile host can do."""

from __future__ import annotations

import gzip
import time
from collections.abc import Iterable
from pathlib import Path

import pytest

from crawler.errors import Malformed, Refused, Retry, TooLarge
from crawler.net import Bucket, Http, HttpLimits
from tests.servers.git_web import free_port
from tests.servers.raw_http import (
    Heard,
    Script,
    WatchingBudget,
    client,
    dripping,
    hello,
    raw_server,
    reply,
)
from tests.servers.waiting import PATIENCE

ROOT = Path(__file__).parents[2]
SHORT = HttpLimits(total_seconds=1.0)


def test_every_request_says_who_asks_and_asks_for_plain_bytes() -> None:
    with raw_server(hello) as server:
        http = client(server)

        http.request("GET", server.url("/a"))
        http.request("HEAD", server.url("/b"))
        http.request("POST", server.url("/c"), content=b"{}")

    assert [h.method for h in server.heard] == ["GET", "HEAD", "POST"]
    assert {h.headers["user-agent"] for h in server.heard} == {"ghostcrawl/test"}
    assert {h.headers["accept-encoding"] for h in server.heard} == {"identity"}


def test_headers_of_the_caller_are_sent_along() -> None:
    with raw_server(hello) as server:
        answer = client(server).request(
            "GET", server.url("/a?b=1&c=%2F"), headers={"if-none-match": '"x"'}
        )

    assert answer.status == 200
    assert answer.body == b"hello"
    assert answer.url == server.url("/a?b=1&c=%2F")
    assert server.heard[0].target == "/a?b=1&c=%2F"
    assert server.heard[0].headers["if-none-match"] == '"x"'


def test_names_of_answer_headers_are_lower_case() -> None:
    with raw_server(lambda _: [reply(200, ETag='"v1"')]) as server:
        answer = client(server).request("GET", server.url())

    assert answer.headers["etag"] == '"v1"'


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_refused_and_never_followed(status: int) -> None:
    with raw_server(lambda _: [reply(status, location="/elsewhere")]) as server:
        with pytest.raises(Refused, match="redirects to another address, which is never followed"):
            client(server).request("GET", server.url("/here"))

        assert [h.target for h in server.heard] == ["/here"]


@pytest.mark.parametrize("status", [300, 301, 304, 404, 451, 500])
def test_any_other_answer_comes_back_as_it_is(status: int) -> None:
    answer_bytes = f"HTTP/1.1 {status} X\r\nconnection: close\r\n\r\n".encode()
    with raw_server(lambda _: [answer_bytes]) as server:
        answer = client(server).request("GET", server.url())

    assert answer.status == status


def test_not_modified_may_carry_a_location() -> None:
    with raw_server(lambda _: [reply(304, location="/elsewhere")]) as server:
        answer = client(server).request("GET", server.url())

    assert answer.raise_for_status().status == 304


def test_an_answer_of_exactly_the_allowed_size_is_taken() -> None:
    with raw_server(lambda _: [reply(200, b"x" * 1000)]) as server:
        answer = client(server, limits=HttpLimits(max_bytes=1000)).request("GET", server.url())

    assert len(answer.body) == 1000


def test_one_byte_too_many_is_too_large() -> None:
    with (
        raw_server(lambda _: [reply(200, b"x" * 1001)]) as server,
        pytest.raises(TooLarge, match="sends more than 1000 bytes"),
    ):
        client(server, limits=HttpLimits(max_bytes=1000)).request("GET", server.url())


def test_an_endless_answer_is_cut_off_at_the_cap() -> None:
    endless = b"HTTP/1.1 200 OK\r\n\r\n"
    with (
        raw_server(lambda _: dripping(endless, b"x" * 65_536, pause=0.001)) as server,
        pytest.raises(TooLarge),
    ):
        client(server).request("GET", server.url(), limits=HttpLimits(max_bytes=300_000))


@pytest.mark.parametrize(
    ("unit", "fits"), [(b"1\r\nx\r\n", False), (b"400\r\n" + b"x" * 1_024 + b"\r\n", True)]
)
def test_an_answer_may_come_in_many_pieces_but_not_in_many_that_are_tiny(
    unit: bytes, *, fits: bool
) -> None:
    start, end = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", b"0\r\n\r\n"
    with raw_server(lambda _: [start, *[unit * 1_000] * 110, end]) as server:
        http = client(server, limits=HttpLimits(max_bytes=200_000_000))
        if fits:
            assert len(http.request("GET", server.url()).body) == 110_000 * 1_024
            return

        with pytest.raises(TooLarge, match=r"sends 100[0-9]{3} bytes in 100[0-9]{3} pieces"):
            http.request("GET", server.url())


@pytest.mark.parametrize("unit", [b"HTTP/1.1 102 P\r\n\r\n", b"HTTP/1.1 103 E\r\na: b\r\n\r\n"])
def test_interim_answers_without_end_are_left_after_some_bytes(unit: bytes) -> None:
    with raw_server(lambda _: dripping(b"", unit * 10_000, pause=0.0)) as server:
        begun = time.process_time()

        with pytest.raises(Retry, match="a head of an answer that does not end"):
            client(server).request("GET", server.url())

        assert time.process_time() - begun < 5.0


def test_an_answer_behind_a_few_interim_ones_is_read() -> None:
    interim = b"HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n" * 10
    with raw_server(lambda _: [interim, reply(200, b"x" * 1_000_000)]) as server:
        answer = client(server).request("GET", server.url())

    assert len(answer.body) == 1_000_000


def test_limits_of_one_request_win_over_those_of_the_client() -> None:
    with raw_server(hello) as server:
        http = client(server, limits=HttpLimits(max_bytes=1))

        answer = http.request("GET", server.url(), limits=HttpLimits(max_bytes=5))

    assert answer.body == b"hello"


@pytest.mark.parametrize(
    ("start", "chunk"),
    [
        pytest.param(b"", b"H", id="status-line"),
        pytest.param(b"HTTP/1.1 200 OK\r\n", b"x: y\r\n", id="headers"),
        pytest.param(b"HTTP/1.1 200 OK\r\nx: ", b"y", id="one-header"),
        pytest.param(b"", b"HTTP/1.1 100 Continue\r\n\r\n", id="informational-answers"),
        pytest.param(b"HTTP/1.1 200 OK\r\n\r\n", b"x", id="body"),
        pytest.param(b"HTTP/1.1 200 OK\r\ncontent-length: 99999\r\n\r\n", b"x", id="promised-body"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", b"1\r\nx\r\n", id="chunks"
        ),
    ],
)
def test_a_host_that_drips_is_left_when_the_total_time_is_over(start: bytes, chunk: bytes) -> None:
    with raw_server(lambda _: dripping(start, chunk)) as server:
        http = client(server, limits=SHORT)
        begun = time.monotonic()

        with pytest.raises(Retry, match=r"transfer too slow|does not end"):
            http.request("GET", server.url())

        assert time.monotonic() - begun < PATIENCE


def test_a_host_that_says_nothing_is_left_before_the_total_time_is_over() -> None:
    silent = HttpLimits(total_seconds=PATIENCE, idle_seconds=0.3)
    with raw_server(lambda _: dripping(b"", b"", pause=0.1)) as server:
        http = client(server, limits=silent)
        begun = time.monotonic()

        with pytest.raises(Retry, match="no answer in time"):
            http.request("GET", server.url())

        assert time.monotonic() - begun < PATIENCE


def test_the_time_of_one_request_is_not_that_of_the_next() -> None:
    with raw_server(hello) as server:
        http = client(server, limits=HttpLimits(total_seconds=2.0))
        http.request("GET", server.url())
        time.sleep(2.1)

        answer = http.request("GET", server.url())

    assert answer.body == b"hello"


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "GZIP", "gzip, identity"])
def test_a_compressed_answer_that_nobody_asked_for_is_malformed(encoding: str) -> None:
    bomb = gzip.compress(bytes(100_000))
    with (
        raw_server(lambda _: [reply(200, bomb, content_encoding=encoding)]) as server,
        pytest.raises(Malformed, match="sends a compressed answer that nobody asked for"),
    ):
        client(server).request("GET", server.url())


def test_an_answer_that_says_identity_is_taken() -> None:
    with raw_server(lambda _: [reply(200, b"plain", content_encoding="identity")]) as server:
        answer = client(server).request("GET", server.url())

    assert answer.body == b"plain"


def _reset(_: Heard) -> Iterable[bytes]:
    yield b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nabc"
    raise ConnectionResetError


@pytest.mark.parametrize(
    "script",
    [
        pytest.param(_reset, id="reset"),
        pytest.param(lambda _: [], id="hung-up-at-once"),
        pytest.param(lambda _: [b"HTTP/1.1 200 OK\r\nx: "], id="hung-up-in-a-header"),
        pytest.param(lambda _: [reply(200, b"abc", content_length="100")], id="short-body"),
        pytest.param(
            lambda _: [b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nab"],
            id="short-chunk",
        ),
        pytest.param(lambda _: [b"\x16\x03\x01 no http at all\r\n\r\n"], id="another-protocol"),
        pytest.param(lambda _: [reply(200, content_length="-1")], id="impossible-length"),
    ],
)
def test_a_connection_that_breaks_may_work_in_a_moment(script: Script) -> None:
    with raw_server(script) as server:
        budget = WatchingBudget(server)

        with pytest.raises(Retry):
            client(server, budget=budget).request("GET", server.url())

        assert [bucket for bucket, _ in budget.failures] == [Bucket(host=server.authority)]


def test_a_port_where_nobody_listens_may_work_in_a_moment() -> None:
    http = Http(agent="test", trusted_hosts=["127.0.0.1"])

    with pytest.raises(Retry, match="cannot connect: "):
        http.request("GET", f"http://127.0.0.1:{free_port()}/")


def test_a_stream_hands_over_the_body_piece_by_piece() -> None:
    def script(_: Heard) -> Iterable[bytes]:
        yield b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nfirst"
        time.sleep(0.1)
        yield b"second"

    with raw_server(script) as server:
        budget = WatchingBudget(server)
        http = client(server, budget=budget)

        with http.stream("GET", server.url()) as (status, headers, chunks):
            pieces = list(chunks)

    assert status == 200
    assert headers["connection"] == "close"
    assert pieces == [b"first", b"second"]
    assert budget.learned[0][2].bytes_down == 11


def test_a_stream_may_be_left_early() -> None:
    endless = b"HTTP/1.1 200 OK\r\n\r\n"
    with raw_server(lambda _: dripping(endless, b"x", pause=0.01)) as server:
        http = client(server)

        with http.stream("GET", server.url()) as (_, _, chunks):
            piece = next(chunks)

        assert set(piece) == {ord("x")}


def test_what_a_caller_raises_inside_a_stream_stays_what_it_is() -> None:
    with raw_server(hello) as server:
        http = client(server)

        with pytest.raises(LookupError), http.stream("GET", server.url()):
            raise LookupError


def test_a_closed_client_sends_nothing_more() -> None:
    with raw_server(hello) as server:
        http = client(server)
        http.close()

        with pytest.raises(RuntimeError):
            http.request("GET", server.url())

        assert server.heard == []
