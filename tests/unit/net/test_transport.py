"""Errors of a connection, as whoever uses httpx knows them."""

from __future__ import annotations

import httpcore
import httpx
import pytest

from crawler.net.transport import Transport

ERRORS = [
    error
    for name in httpcore.__all__
    if isinstance(error := getattr(httpcore, name), type)
    and issubclass(error, Exception)
    and error is not httpcore.ConnectionNotAvailable  # the pool's own: it takes another connection
]


class Torn(httpcore.NetworkStream):
    """Answers half a body, and then fails."""

    def __init__(self, error: Exception) -> None:
        self.error = error
        self.said = [b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"]

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        if not self.said:
            raise self.error
        return self.said.pop()

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        pass

    def close(self) -> None:
        pass

    def get_extra_info(self, info: str) -> None:
        return None


class Network(httpcore.NetworkBackend):
    """Every connection fails with `error`: when it is opened, or in the middle of an answer."""

    def __init__(self, error: Exception, *, opens: bool = False) -> None:
        self.error, self.opens = error, opens

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: object = None,
    ) -> httpcore.NetworkStream:
        if self.opens:
            return Torn(self.error)
        raise self.error


def raised_over(network: Network) -> Exception:
    """Return what a user of httpx sees over `network`."""
    with httpx.Client(transport=Transport(network)) as client, pytest.raises(Exception) as raised:  # noqa: PT011 - any
        client.get("http://git.example/")
    return raised.value


@pytest.mark.parametrize("opens", [False, True])
@pytest.mark.parametrize("error", ERRORS)
def test_an_error_of_a_connection_is_that_of_httpx_with_the_same_name(
    error: type[Exception], *, opens: bool
) -> None:
    raised = raised_over(Network(error("why"), opens=opens))

    assert isinstance(raised, httpx.TransportError)
    assert (type(raised).__name__, str(raised)) == (error.__name__, "why")


def test_what_is_no_error_of_a_connection_passes_as_it_is() -> None:
    assert type(raised_over(Network(LookupError("why")))) is LookupError
