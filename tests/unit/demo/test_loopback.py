import http.client
import threading
from urllib.parse import urlsplit

import pytest

from tests.servers.waiting import PATIENCE
from workers.demo.loopback import Server
from workers.demo.web import Request, Response


def _echo(request: Request) -> Response:
    line = f"{request.method} {request.host} {request.path} {request.query} {len(request.body)}!"
    return Response(headers={"X-Demo": "1"}, body=line.encode())


def _pieces(_: Request) -> Response:
    return Response(pieces=[b"abc", b"de"])


def _missing(_: Request) -> Response:
    return Response(status=304, headers={"ETag": '"a"'})


def _ask(server: Server, method: str, target: str, **more: object) -> tuple[int, bytes, str | None]:
    address = urlsplit(server.base_url)
    connection = http.client.HTTPConnection(
        str(address.hostname), address.port or 0, timeout=PATIENCE
    )
    try:
        connection.request(method, target, **more)  # type: ignore[arg-type]
        answer = connection.getresponse()
        return answer.status, answer.read(), answer.getheader("Content-Length")
    finally:
        connection.close()


def test_requests_are_routed_by_the_host_header() -> None:
    with Server({"a.example": _echo}) as server:
        answer = _ask(server, "GET", "/x%2Fy?q=1&q=2&e=", headers={"Host": "A.example:80"})

    assert answer == (200, b"GET a.example /x%2Fy {'q': '1'} 0!", "34")


def test_a_request_in_absolute_form_is_routed_by_its_url() -> None:
    with Server({"a.example": _echo}) as server:
        status, body, _ = _ask(server, "GET", "http://a.example/x")

    assert (status, body) == (200, b"GET a.example /x {} 0!")


def test_a_chunked_body_is_read_to_its_end() -> None:
    with Server({"a.example": _echo}) as server:
        status, body, _ = _ask(
            server,
            "POST",
            "/",
            body=iter([b"abc", b"de"]),
            headers={"Host": "a.example"},
            encode_chunked=True,
        )

    assert (status, body) == (200, b"POST a.example / {} 5!")


def test_an_answer_in_pieces_has_no_length_and_is_counted() -> None:
    with Server({"a.example": _pieces}) as server:
        answer = _ask(server, "GET", "/x", headers={"Host": "a.example"})

    assert answer == (200, b"abcde", None)
    assert server.traffic().of("a.example", "GET").bytes_down == 5


def test_a_head_request_has_the_length_and_no_body() -> None:
    with Server({"a.example": _echo}) as server:
        answer = _ask(server, "HEAD", "/x", headers={"Host": "a.example"})

        traffic = server.traffic()
    assert answer == (200, b"", "23")
    assert traffic.of("a.example", "HEAD").bytes_down == 0


def test_an_unchanged_answer_has_neither_body_nor_length() -> None:
    with Server({"a.example": _missing}) as server:
        assert _ask(server, "GET", "/", headers={"Host": "a.example"}) == (304, b"", None)


def test_a_name_outside_the_world_is_refused_and_noted() -> None:
    with Server({"a.example": _echo}) as server:
        status, _, _ = _ask(server, "GET", "/", headers={"Host": "b.example"})

        traffic = server.traffic()
    assert status == 421
    assert traffic.unknown_hosts == ("b.example",)


def test_a_body_that_is_too_large_is_refused_unread() -> None:
    with Server({"a.example": _echo}) as server:
        headers = {"Host": "a.example", "Content-Length": "99999999"}
        status, _, _ = _ask(server, "POST", "/", headers=headers)

    assert status == 413


def test_every_virtual_host_is_reached_at_the_base_url() -> None:
    with Server({"a.example": _echo, "b.example": _echo}) as server:
        assert server.connect_to == {"a.example": server.base_url, "b.example": server.base_url}


def test_an_idle_connection_does_not_hold_up_the_end() -> None:
    before = threading.active_count()
    with Server({"a.example": _echo}) as server:
        address = urlsplit(server.base_url)
        idle = http.client.HTTPConnection(
            str(address.hostname), address.port or 0, timeout=PATIENCE
        )
        idle.request("GET", "/", headers={"Host": "a.example"})
        idle.getresponse().read()
    idle.close()

    assert threading.active_count() == before
    with pytest.raises(ConnectionRefusedError):
        _ask(server, "GET", "/")
