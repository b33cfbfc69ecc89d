"""A real smart-HTTP server in a process of its own: `git http-backend` behind a front that counts.

`python -m benchmarks.git_server ROOT` serves the bare repositories under ROOT and says its two ports: a
direct one, and one with the latency of a far host. Source: git-http-backend(1).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import urlsplit
from urllib.request import urlopen

__all__ = ["Ports", "Traffic", "serving", "spent"]

_SPENT = "/-/spent"
_SETTINGS = {
    "uploadpack.allowFilter": "true",
    "uploadpack.allowAnySHA1InWant": "true",
    "safe.directory": "*",
}


@dataclass(slots=True, kw_only=True)
class Traffic:
    """What the server has seen; bytes include headers."""

    requests: int = 0
    up: int = 0
    down: int = 0
    first: float = 0.0
    """Seconds of a clock of the server's own, at the first answer."""
    last: float = 0.0
    """The same at the last one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """Where the server listens on loopback."""

    near: int
    far: int

    def urls(self, names: list[str], *, far: bool = False) -> list[str]:
        """Return the URLs of repositories."""
        port = self.far if far else self.near
        return [f"http://127.0.0.1:{port}/{name}.git" for name in names]


@contextmanager
def serving(root: Path) -> Iterator[Ports]:
    """Give the ports of a server for `root` while it runs."""
    argv = [sys.executable, "-m", "benchmarks.git_server", str(root)]
    home = Path(__file__).resolve().parents[1]
    with subprocess.Popen(argv, cwd=home, stdout=subprocess.PIPE, text=True) as child:  # noqa: S603 - ours
        try:
            line = child.stdout.readline() if child.stdout else ""
            yield Ports(**json.loads(line))
        finally:
            child.terminate()


def spent(ports: Ports) -> Traffic:
    """Return the traffic since the last call."""
    with urlopen(f"http://127.0.0.1:{ports.near}{_SPENT}", timeout=60) as answer:
        return Traffic(**json.loads(answer.read()))


class _Front(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, root: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.root, self.traffic, self.lock = root, Traffic(), Lock()
        path = subprocess.check_output(["git", "--exec-path"], text=True).strip()  # noqa: S607 - from PATH
        self.backend = f"{path}/git-http-backend"

    def count(self, up: int, down: int) -> None:
        with self.lock:
            now = time.monotonic()
            self.traffic.first, self.traffic.last = self.traffic.first or now, now
            self.traffic.requests += 1
            self.traffic.up += up
            self.traffic.down += down

    def take(self) -> Traffic:
        with self.lock:
            taken, self.traffic = self.traffic, Traffic()
        return taken


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Front

    def do_GET(self) -> None:
        """Answer the probe, or say what was spent."""
        if self.path == _SPENT:
            self._say(200, {}, json.dumps(asdict(self.server.take())).encode())
        else:
            self._git(b"")

    def do_POST(self) -> None:
        """Answer a command."""
        if self.headers.get("transfer-encoding", "").lower() == "chunked":
            self._git(b"".join(self._chunks()))
        else:
            self._git(self.rfile.read(int(self.headers.get("content-length", "0"))))

    def _chunks(self) -> Iterator[bytes]:
        while size := int(self.rfile.readline().split(b";")[0], 16):
            yield self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()

    def _git(self, body: bytes) -> None:
        done = subprocess.run(  # noqa: S603 - git's own program
            [self.server.backend],
            input=body,
            env=_environment(self, len(body)),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            check=False,
            close_fds=False,
        )
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        lines = (line.split(": ", 1) for line in head.decode("latin-1").split("\r\n"))
        headers = {line[0]: line[1] for line in lines if len(line) == 2}  # noqa: PLR2004 - name, value
        status = int(headers.pop("Status", "200").split()[0])
        down = self._say(status, headers, content)
        up = len(self.requestline) + 2 + len(str(self.headers)) + len(body)
        self.server.count(up, down)

    def _say(self, status: int, headers: dict[str, str], content: bytes) -> int:
        lines = [f"HTTP/1.1 {status} OK", *(f"{name}: {value}" for name, value in headers.items())]
        lines += [f"Content-Length: {len(content)}", "", ""]
        answer = "\r\n".join(lines).encode("latin-1") + content
        self.wfile.write(answer)
        return len(answer)

    def log_message(self, *_: Any) -> None:  # noqa: ANN401 - signature of http.server
        """Say nothing."""


def _environment(request: _Handler, length: int) -> dict[str, str]:
    parts = urlsplit(request.path)
    environment = {
        "PATH": os.environ["PATH"],
        "GIT_PROJECT_ROOT": str(request.server.root),
        "GIT_HTTP_EXPORT_ALL": "1",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_COUNT": str(len(_SETTINGS)),
        "GIT_PROTOCOL": request.headers.get("git-protocol", ""),
        "PATH_INFO": parts.path,
        "QUERY_STRING": parts.query,
        "REQUEST_METHOD": request.command,
        "CONTENT_TYPE": request.headers.get("content-type", ""),
        "CONTENT_LENGTH": str(length),
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_CONTENT_ENCODING": request.headers.get("content-encoding", ""),
    }
    for number, (key, value) in enumerate(_SETTINGS.items()):
        environment |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    return environment


def main() -> None:
    """Serve until terminated."""
    front = _Front(Path(sys.argv[1]))
    near = front.server_address[1]
    argv = [sys.executable, "-m", "benchmarks.git_relay", str(near)]
    pipe = subprocess.PIPE
    with subprocess.Popen(argv, stdin=pipe, stdout=pipe, text=True) as relay:  # noqa: S603 - ours
        far = int(relay.stdout.readline() if relay.stdout else "")
        print(json.dumps({"near": near, "far": far}), flush=True)  # noqa: T201 - a program's output
        front.serve_forever()


if __name__ == "__main__":
    main()
