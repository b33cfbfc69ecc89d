"""The HTTP client against real sockets: what a harmless guest sends, and what a hostile host can do."""

from __future__ import annotations

import gzip
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from crawler.errors import Defer, GiveUp, Malformed, Refused, Retry, TooLarge
from crawler.net import Bucket, Budget, Http, HttpLimits, Quota
from tests.servers.raw_http import (
    EmptyBudget,
    Heard,
    RawServer,
    WatchingBudget,
    dripping,
    raw_server,
    reply,
)

ROOT = Path(__file__).parents[2]
SHORT = HttpLimits(total_seconds=0.6, connect_seconds=0.5)


def _client(
    server: RawServer, *, budget: Budget | None = None, limits: HttpLimits | None = None
) -> Http:
    return Http(
        agent="ghostcrawl/test", budget=budget, limits=limits, trusted_hosts=[server.authority]
    )


def _hello(_: Heard) -> Iterable[bytes]:
    return [reply(200, b"hello")]


def test_every_request_says_who_asks_and_asks_for_plain_bytes() -> None:
    with raw_server(_hello) as server:
        http = _client(server)

        http.request("GET", server.url("/a"))
        http.request("HEAD", server.url("/b"))
        http.request("POST", server.url("/c"), content=b"{}")

    assert [h.method for h in server.heard] == ["GET", "HEAD", "POST"]
    assert {h.headers["user-agent"] for h in server.heard} == {"ghostcrawl/test"}
    assert {h.headers["accept-encoding"] for h in server.heard} == {"identity"}


def test_headers_of_the_caller_are_sent_along() -> None:
    with raw_server(_hello) as server:
        answer = _client(server).request(
            "GET", server.url("/a?b=1&c=%2F"), headers={"if-none-match": '"x"'}
        )

    assert answer.status == 200
    assert answer.body == b"hello"
    assert answer.url == server.url("/a?b=1&c=%2F")
    assert server.heard[0].target == "/a?b=1&c=%2F"
    assert server.heard[0].headers["if-none-match"] == '"x"'


def test_names_of_answer_headers_are_lower_case() -> None:
    with raw_server(lambda _: [reply(200, ETag='"v1"')]) as server:
        answer = _client(server).request("GET", server.url())

    assert answer.headers["etag"] == '"v1"'


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_refused_and_never_followed(status: int) -> None:
    with raw_server(lambda _: [reply(status, location="/elsewhere")]) as server:
        with pytest.raises(Refused, match="redirects to another address, which is never followed"):
            _client(server).request("GET", server.url("/here"))

        assert [h.target for h in server.heard] == ["/here"]


@pytest.mark.parametrize("status", [300, 301, 304, 404, 451, 500])
def test_any_other_answer_comes_back_as_it_is(status: int) -> None:
    answer_bytes = f"HTTP/1.1 {status} X\r\nconnection: close\r\n\r\n".encode()
    with raw_server(lambda _: [answer_bytes]) as server:
        answer = _client(server).request("GET", server.url())

    assert answer.status == status


def test_not_modified_may_carry_a_location() -> None:
    with raw_server(lambda _: [reply(304, location="/elsewhere")]) as server:
        answer = _client(server).request("GET", server.url())

    assert answer.raise_for_status().status == 304


def test_an_answer_of_exactly_the_allowed_size_is_taken() -> None:
    with raw_server(lambda _: [reply(200, b"x" * 1000)]) as server:
        answer = _client(server, limits=HttpLimits(max_bytes=1000)).request("GET", server.url())

    assert len(answer.body) == 1000


def test_one_byte_too_many_is_too_large() -> None:
    with (
        raw_server(lambda _: [reply(200, b"x" * 1001)]) as server,
        pytest.raises(TooLarge, match="sends more than 1000 bytes"),
    ):
        _client(server, limits=HttpLimits(max_bytes=1000)).request("GET", server.url())


def test_an_endless_answer_is_cut_off_at_the_cap() -> None:
    endless = b"HTTP/1.1 200 OK\r\n\r\n"
    with (
        raw_server(lambda _: dripping(endless, b"x" * 65_536, pause=0.001)) as server,
        pytest.raises(TooLarge),
    ):
        _client(server).request("GET", server.url(), limits=HttpLimits(max_bytes=300_000))


def test_limits_of_one_request_win_over_those_of_the_client() -> None:
    with raw_server(_hello) as server:
        http = _client(server, limits=HttpLimits(max_bytes=1))

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
        pytest.param(
            b"HTTP/1.1 200 OK\r\ncontent-length: 99999\r\n\r\n", b"x", id="promised-body"
        ),
        pytest.param(
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", b"1\r\nx\r\n", id="chunks"
        ),
    ],
)
def test_a_host_that_drips_is_left_when_the_total_time_is_over(start: bytes, chunk: bytes) -> None:
    with raw_server(lambda _: dripping(start, chunk)) as server:
        http = _client(server, limits=SHORT)
        begun = time.monotonic()

        with pytest.raises(Retry):
            http.request("GET", server.url())

        assert time.monotonic() - begun < 3.0


def test_a_host_that_says_nothing_is_left_before_the_total_time_is_over() -> None:
    silent = HttpLimits(total_seconds=30.0, idle_seconds=0.3)
    with raw_server(lambda _: dripping(b"", b"", pause=0.1)) as server:
        http = _client(server, limits=silent)
        begun = time.monotonic()

        with pytest.raises(Retry, match="ReadTimeout"):
            http.request("GET", server.url())

        assert time.monotonic() - begun < 5.0


def test_the_time_of_one_request_is_not_that_of_the_next() -> None:
    with raw_server(_hello) as server:
        http = _client(server, limits=SHORT)
        http.request("GET", server.url())
        time.sleep(0.7)

        answer = http.request("GET", server.url())

    assert answer.body == b"hello"


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "GZIP", "gzip, identity"])
def test_a_compressed_answer_that_nobody_asked_for_is_malformed(encoding: str) -> None:
    bomb = gzip.compress(bytes(100_000))
    with (
        raw_server(lambda _: [reply(200, bomb, content_encoding=encoding)]) as server,
        pytest.raises(Malformed, match="sends a compressed answer that nobody asked for"),
    ):
        _client(server).request("GET", server.url())


def test_an_answer_that_says_identity_is_taken() -> None:
    with raw_server(lambda _: [reply(200, b"plain", content_encoding="identity")]) as server:
        answer = _client(server).request("GET", server.url())

    assert answer.body == b"plain"


@pytest.mark.parametrize("status", [429, 403, 503])
@pytest.mark.parametrize(
    ("value", "seconds"),
    [("7", 7.0), ("-5", 1.0), ("0", 1.0), ("1000000000", 86400.0), ("in a moment", 60.0)],
)
def test_a_host_that_asks_to_wait_is_obeyed(status: int, value: str, seconds: float) -> None:
    with raw_server(lambda _: [reply(status, retry_after=value)]) as server:
        budget = WatchingBudget(server)

        with pytest.raises(Defer, match=rf"asks to wait \({status}\)") as caught:
            _client(server, budget=budget).request("GET", server.url())

    bucket = Bucket(host=server.authority)
    assert caught.value.seconds == seconds
    assert budget.learned == [(1, bucket, Quota(remaining=0, wait=seconds))]


@pytest.mark.parametrize("status", [429, 403, 503])
def test_a_wait_may_be_told_as_a_date(status: int) -> None:
    when = format_datetime(datetime.now(UTC) + timedelta(seconds=100), usegmt=True)
    with (
        raw_server(lambda _: [reply(status, retry_after=when)]) as server,
        pytest.raises(Defer) as caught,
    ):
        _client(server).request("GET", server.url())

    assert 90.0 < caught.value.seconds <= 100.0


def test_too_many_requests_without_a_time_is_a_minute() -> None:
    with raw_server(lambda _: [reply(429)]) as server, pytest.raises(Defer) as caught:
        _client(server).request("GET", server.url())

    assert caught.value.seconds == 60.0


@pytest.mark.parametrize("status", [403, 503])
def test_a_refusal_without_a_time_is_an_ordinary_answer(status: int) -> None:
    with raw_server(lambda _: [reply(status)]) as server:
        answer = _client(server).request("GET", server.url())

    assert answer.status == status


def test_a_spent_quota_with_a_reset_defers_a_forbidden_answer() -> None:
    headers = {"x_ratelimit_remaining": "0", "x_ratelimit_reset": str(int(time.time()) + 100)}
    with (
        raw_server(lambda _: [reply(403, **headers)]) as server,
        pytest.raises(Defer) as caught,
    ):
        _client(server).request("GET", server.url())

    assert 90.0 < caught.value.seconds <= 100.0


@pytest.mark.parametrize(
    ("headers", "quota"),
    [
        pytest.param(
            {"x_ratelimit_limit": "5000", "x_ratelimit_remaining": "4999"},
            Quota(limit=5000, remaining=4999, bytes_down=5),
            id="github",
        ),
        pytest.param(
            {"ratelimit_limit": "100", "ratelimit_remaining": "0", "ratelimit_reset": "9"},
            Quota(limit=100, remaining=0, wait=9.0, bytes_down=5),
            id="ietf-draft",
        ),
        pytest.param({}, Quota(bytes_down=5), id="nothing-said"),
    ],
)
def test_a_request_is_paid_before_it_is_sent_and_its_answer_is_learned_from(
    headers: dict[str, str], quota: Quota
) -> None:
    with raw_server(lambda _: [reply(200, b"hello", **headers)]) as server:
        budget = WatchingBudget(server)

        _client(server, budget=budget).request("GET", server.url())

    bucket = Bucket(host=server.authority)
    assert budget.spent == [(0, bucket)]
    assert budget.learned == [(1, bucket, quota)]
    assert budget.failures == []


def test_a_named_bucket_is_the_one_that_pays() -> None:
    with raw_server(_hello) as server:
        budget = WatchingBudget(server)
        bucket = Bucket(host="api.github.example", resource="search", identity="abc123")

        _client(server, budget=budget).request("GET", server.url(), bucket=bucket)

    assert budget.spent == [(0, bucket)]
    assert [learned[1] for learned in budget.learned] == [bucket]


def test_an_empty_budget_sends_nothing() -> None:
    with raw_server(_hello) as server:
        http = _client(server, budget=EmptyBudget())

        with pytest.raises(Defer) as caught:
            http.request("GET", server.url())

        assert caught.value.seconds == 42.0
        assert server.heard == []
        assert server.first_bytes == []


@pytest.mark.xfail(strict=True, reason="Http.stream learns nothing from an answer it refuses")
@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(reply(301, location="/x", x_ratelimit_remaining="0"), id="redirect"),
        pytest.param(reply(200, b"x" * 99, x_ratelimit_remaining="0"), id="too-large"),
        pytest.param(reply(200, b"x", content_encoding="br", x_ratelimit_remaining="0"), id="br"),
    ],
)
def test_also_an_answer_that_is_refused_tells_the_quota(answer: bytes) -> None:
    with raw_server(lambda _: [answer]) as server:
        budget = WatchingBudget(server)

        with pytest.raises(GiveUp):
            _client(server, budget=budget).request(
                "GET", server.url(), limits=HttpLimits(max_bytes=9)
            )

    assert [quota.remaining for _, _, quota in budget.learned] == [0]


@pytest.mark.allow_hosts(["127.0.0.1", "::1", "0.0.0.0", "::ffff:127.0.0.1"])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "0.0.0.0", "[::ffff:127.0.0.1]"])
def test_a_private_address_is_refused_before_a_byte_is_sent(host: str) -> None:
    with raw_server(_hello) as server:
        with pytest.raises(Refused, match="is at the private address"):
            Http(agent="test").request("GET", f"https://{host}:{server.port}/")

        time.sleep(0.05)
        assert b"".join(server.first_bytes) == b""


@pytest.mark.parametrize("trusted", ["127.0.0.1", "127.0.0.1:{port}"])
def test_a_trusted_host_may_be_plain_and_private(trusted: str) -> None:
    with raw_server(_hello) as server:
        http = Http(agent="test", trusted_hosts=[trusted.format(port=server.port)])

        answer = http.request("GET", server.url())

    assert answer.body == b"hello"


def test_plain_http_to_a_host_that_is_not_trusted_sends_nothing() -> None:
    with raw_server(_hello) as server:
        with pytest.raises(Refused, match="only https"):
            Http(agent="test", trusted_hosts=["other.example"]).request("GET", server.url())

        assert server.heard == []


def _ipv6_server() -> socket.socket:
    try:
        return socket.create_server(("::1", 0), family=socket.AF_INET6)
    except OSError:
        pytest.skip("no IPv6 loopback here")


@pytest.mark.xfail(strict=True, raises=Refused, reason="hosts lose their brackets before the look-up")
def test_an_ipv6_host_is_trusted_as_it_is_written_in_a_url() -> None:
    with _ipv6_server() as listener:
        port = listener.getsockname()[1]
        http = Http(agent="test", limits=SHORT, trusted_hosts=[f"[::1]:{port}"])

        with pytest.raises(Retry):  # it is asked, and says nothing
            http.request("GET", f"http://[::1]:{port}/")


@pytest.mark.xfail(strict=True, reason="httpx.Client keeps a cookie jar")
def test_no_host_can_mark_its_guest_with_a_cookie() -> None:
    with raw_server(lambda _: [reply(200, set_cookie="guest=1; Path=/")]) as server:
        http = _client(server)

        http.request("GET", server.url())
        http.request("GET", server.url())

    assert ["cookie" in heard.headers for heard in server.heard] == [False, False]


def test_a_name_that_another_address_answers_for_keeps_its_host_header_path_and_query() -> None:
    with raw_server(_hello) as server:
        http = Http(agent="test", connect_to={"Index.example": server.url("/")})

        answer = http.request("GET", "https://index.example/simple/zz%2Fone/?a=1&b=%20#part")

    assert answer.url == "https://index.example/simple/zz%2Fone/?a=1&b=%20#part"
    assert server.heard[0].target == "/simple/zz%2Fone/?a=1&b=%20"
    assert server.heard[0].headers["host"] == "index.example"


def test_other_names_do_not_go_where_one_name_goes() -> None:
    with raw_server(_hello) as server:
        http = Http(agent="test", connect_to={"index.example": server.url()})

        with pytest.raises(Refused, match="only https"):
            http.request("GET", "http://sub.index.example/")

        assert server.heard == []


@pytest.mark.xfail(strict=True, reason="the default port makes another name of the same host")
def test_the_default_port_does_not_make_another_host() -> None:
    with raw_server(_hello) as server:
        budget = WatchingBudget(server)
        http = Http(
            agent="test",
            budget=budget,
            limits=SHORT,
            connect_to={
                "index.example": server.url(),
                "index.example:443": server.url(),
            },
        )

        http.request("GET", "https://index.example/")
        http.request("GET", "https://index.example:443/")

    assert {bucket.host for _, bucket in budget.spent} == {"index.example"}


def test_proxies_and_credentials_of_the_environment_are_ignored(tmp_path: Path) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login user password s3cret\n")
    program = (
        "import sys; from crawler.net import Http; url = sys.argv[1]; "
        "http = Http(agent='test', trusted_hosts=['127.0.0.1']); "
        "print(http.request('GET', url).body.decode())"
    )
    with raw_server(_hello) as proxy, raw_server(_hello) as server:
        names = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "all_proxy")
        environment = dict.fromkeys(names, proxy.url()) | {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "HOME": str(tmp_path),
            "NETRC": str(tmp_path / ".netrc"),
            "SSL_CERT_FILE": str(tmp_path / "nothing.pem"),
        }

        ended = subprocess.run(
            [sys.executable, "-c", program, server.url()],
            env=environment,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

        assert ended.stdout == "hello\n", ended.stderr
        assert proxy.first_bytes == []
        assert "authorization" not in server.heard[0].headers


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
def test_a_connection_that_breaks_may_work_in_a_moment(
    script: object,
) -> None:
    assert callable(script)
    with raw_server(script) as server:
        budget = WatchingBudget(server)

        with pytest.raises(Retry):
            _client(server, budget=budget).request("GET", server.url())

        assert [bucket for bucket, _ in budget.failures] == [Bucket(host=server.authority)]
        assert budget.learned == []


def test_a_port_where_nobody_listens_may_work_in_a_moment() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    http = Http(agent="test", trusted_hosts=["127.0.0.1"])

    with pytest.raises(Retry, match="ConnectError"):
        http.request("GET", f"http://127.0.0.1:{port}/")


def test_a_stream_hands_over_the_body_piece_by_piece() -> None:
    def script(_: Heard) -> Iterable[bytes]:
        yield b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nfirst"
        time.sleep(0.1)
        yield b"second"

    with raw_server(script) as server:
        budget = WatchingBudget(server)
        http = _client(server, budget=budget)

        with http.stream("GET", server.url()) as (status, headers, chunks):
            pieces = list(chunks)

    assert status == 200
    assert headers["connection"] == "close"
    assert pieces == [b"first", b"second"]
    assert budget.learned[0][2].bytes_down == 11


def test_a_stream_may_be_left_early() -> None:
    endless = b"HTTP/1.1 200 OK\r\n\r\n"
    with raw_server(lambda _: dripping(endless, b"x", pause=0.01)) as server:
        http = _client(server)

        with http.stream("GET", server.url()) as (_, _, chunks):
            piece = next(chunks)

        assert set(piece) == {ord("x")}


def test_what_a_caller_raises_inside_a_stream_stays_what_it_is() -> None:
    with raw_server(_hello) as server:
        http = _client(server)

        with pytest.raises(LookupError), http.stream("GET", server.url()):
            raise LookupError


def test_a_closed_client_sends_nothing_more() -> None:
    with raw_server(_hello) as server:
        http = _client(server)
        http.close()

        with pytest.raises(RuntimeError):
            http.request("GET", server.url())

        assert server.heard == []
