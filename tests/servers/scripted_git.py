"""A server that speaks as much git as a test wants it to, and lies as it is told."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from workers.demo.loopback import Server
from workers.demo.web import Request, Response

ADVERTISEMENT = "application/x-git-upload-pack-advertisement"
RESULT = "application/x-git-upload-pack-result"


@dataclass(frozen=True, slots=True, kw_only=True)
class Say:
    """An answer; `body` may be endless."""

    body: Iterable[bytes]
    status: int = 200
    media_type: str = RESULT
    headers: Mapping[str, str] = field(default_factory=dict)


def line(payload: bytes) -> bytes:
    return b"%04x%b" % (len(payload) + 4, payload)


def capabilities() -> Say:
    lines = (b"version 2\n", b"ls-refs\n", b"fetch=shallow filter\n", b"object-format=sha1\n")
    return Say(body=[*map(line, lines), b"0000"], media_type=ADVERTISEMENT)


def refs(commit: str) -> Say:
    return Say(body=[line(f"{commit} HEAD symref-target:refs/heads/main\n".encode()), b"0000"])


def sideband(data: bytes, band: int = 1) -> Iterator[bytes]:
    for start in range(0, len(data), 60_000):
        yield line(bytes([band]) + data[start : start + 60_000])


def packfile(data: bytes) -> Say:
    return Say(body=[line(b"packfile\n"), *sideband(data), b"0000"])


def forever(chunk: bytes, pause: float = 0.0) -> Iterator[bytes]:
    while True:
        yield chunk
        time.sleep(pause)


class ScriptedGitServer(Server):
    """Answers the capability probe, `ls-refs` and `fetch` with what the three callables return."""

    def __init__(
        self,
        *,
        refs: Callable[[], Say],
        fetch: Callable[[bytes], Say],
        probe: Callable[[], Say] = capabilities,
    ) -> None:
        super().__init__({"*": self._script})
        self._httpd.daemon_threads = True  # a script may hang: nobody waits for its end
        self.refs, self.fetch, self.probe = refs, fetch, probe
        self.requests: list[str] = []
        self.heard: list[str] = []
        """Request lines and headers, as they came."""

    @property
    def url(self) -> str:
        return f"{self.base_url}/r.git"

    def _script(self, request: Request) -> Response:
        headers = "".join(f"{name}: {value}\n" for name, value in request.headers.items())
        self.heard.append(f"{request.method} {request.target}\n{headers}")
        if request.method == "GET":
            self.requests.append("probe")
            return _sent(self.probe())
        command = "ls-refs" if b"command=ls-refs" in request.body else "fetch"
        self.requests.append(command)
        return _sent(self.refs() if command == "ls-refs" else self.fetch(request.body))


def _sent(answer: Say) -> Response:
    return Response(
        status=answer.status,
        headers=answer.headers,
        pieces=answer.body,
        media_type=answer.media_type,
    )
