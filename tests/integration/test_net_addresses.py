"""Where the HTTP client goes, and where it never goes, against real sockets."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from crawler.errors import Refused, Retry
from crawler.net import Http, HttpLimits
from tests.servers.raw_http import (
    client,
    hello,
    raw_server,
    reply,
)

ROOT = Path(__file__).parents[2]
SHORT = HttpLimits(total_seconds=0.6, connect_seconds=0.5)


@pytest.mark.allow_hosts(["127.0.0.1", "::1", "0.0.0.0", "::ffff:127.0.0.1"])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "0.0.0.0", "[::ffff:127.0.0.1]"])
def test_a_private_address_is_refused_before_a_byte_is_sent(host: str) -> None:
    with raw_server(hello) as server:
        with pytest.raises(Refused, match="is at the private address"):
            Http(agent="test").request("GET", f"https://{host}:{server.port}/")

        time.sleep(0.05)
        assert b"".join(server.first_bytes) == b""


@pytest.mark.parametrize("trusted", ["127.0.0.1", "127.0.0.1:{port}"])
def test_a_trusted_host_may_be_plain_and_private(trusted: str) -> None:
    with raw_server(hello) as server:
        http = Http(agent="test", trusted_hosts=[trusted.format(port=server.port)])

        answer = http.request("GET", server.url())

    assert answer.body == b"hello"


def test_plain_http_to_a_host_that_is_not_trusted_sends_nothing() -> None:
    with raw_server(hello) as server:
        with pytest.raises(Refused, match="only https"):
            Http(agent="test", trusted_hosts=["other.example"]).request("GET", server.url())

        assert server.heard == []


def _ipv6_server() -> socket.socket:
    try:
        return socket.create_server(("::1", 0), family=socket.AF_INET6)
    except OSError:
        pytest.skip("no IPv6 loopback here")


def test_an_ipv6_host_is_trusted_as_it_is_written_in_a_url() -> None:
    with _ipv6_server() as listener:
        port = listener.getsockname()[1]
        http = Http(agent="test", limits=SHORT, trusted_hosts=[f"[::1]:{port}"])

        with pytest.raises(Retry):  # it is asked, and says nothing
            http.request("GET", f"http://[::1]:{port}/")


def test_no_host_can_mark_its_guest_with_a_cookie() -> None:
    with raw_server(lambda _: [reply(200, set_cookie="guest=1; Path=/")]) as server:
        http = client(server)

        http.request("GET", server.url())
        http.request("GET", server.url())

    assert ["cookie" in heard.headers for heard in server.heard] == [False, False]


def test_a_name_that_another_address_answers_for_keeps_its_host_header_path_and_query() -> None:
    with raw_server(hello) as server:
        http = Http(agent="test", connect_to={"Index.example": server.url("/")})

        answer = http.request("GET", "https://index.example/simple/zz%2Fone/?a=1&b=%20#part")

    assert answer.url == "https://index.example/simple/zz%2Fone/?a=1&b=%20#part"
    assert server.heard[0].target == "/simple/zz%2Fone/?a=1&b=%20"
    assert server.heard[0].headers["host"] == "index.example"


def test_other_names_do_not_go_where_one_name_goes() -> None:
    with raw_server(hello) as server:
        http = Http(agent="test", connect_to={"index.example": server.url()})

        with pytest.raises(Refused, match="only https"):
            http.request("GET", "http://sub.index.example/")

        assert server.heard == []


def test_proxies_and_credentials_of_the_environment_are_ignored(tmp_path: Path) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login user password s3cret\n")
    program = (
        "import sys; from crawler.net import Http; url = sys.argv[1]; "
        "http = Http(agent='test', trusted_hosts=['127.0.0.1']); "
        "print(http.request('GET', url).body.decode())"
    )
    with raw_server(hello) as proxy, raw_server(hello) as server:
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
            timeout=600,
        )

        assert ended.stdout == "hello\n", ended.stderr
        assert proxy.first_bytes == []
        assert "authorization" not in server.heard[0].headers
