"""A proxy whose connections can be made half-open: it goes on to take what is sent, and forwards nothing."""

from __future__ import annotations

import selectors
import socket
import threading
from contextlib import suppress
from types import TracebackType
from typing import Self

__all__ = ["StallingProxy"]

_BYTES = 65536


class StallingProxy:
    """Forwards a free port of 127.0.0.1 to the unix socket at `target`; a context manager."""

    def __init__(self, target: str) -> None:
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._peers: dict[socket.socket, socket.socket] = {}
        self._stalled: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    @property
    def port(self) -> int:
        port: int = self._listener.getsockname()[1]
        return port

    def stall(self) -> int:
        """Leave every connection that there is half-open; new ones work. Return how many there were."""
        with self._lock:
            self._stalled.update(self._peers)
            return len(self._stalled) // 2

    def _run(self) -> None:
        with selectors.DefaultSelector() as ready:
            ready.register(self._listener, selectors.EVENT_READ)
            while not self._over.is_set():
                for key, _ in ready.select(0.1):
                    if key.fileobj is self._listener:
                        self._accept(ready)
                    else:
                        self._forward(ready, key.fileobj)  # type: ignore[arg-type] # sockets alone

    def _accept(self, ready: selectors.BaseSelector) -> None:
        client, _ = self._listener.accept()
        server = socket.socket(socket.AF_UNIX)
        server.connect(self._target)
        with self._lock:
            self._peers[client], self._peers[server] = server, client
        for one in (client, server):
            ready.register(one, selectors.EVENT_READ)

    def _forward(self, ready: selectors.BaseSelector, source: socket.socket) -> None:
        with self._lock:
            stalled, peer = source in self._stalled, self._peers.get(source)
        try:
            data = source.recv(_BYTES)
            if data and not stalled and peer is not None:
                peer.sendall(data)
        except OSError:
            data = b""
        if not data:
            ready.unregister(source)
            if not stalled and peer is not None:
                with suppress(OSError):
                    peer.shutdown(socket.SHUT_WR)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self._over.set()
        self._thread.join()
        for one in (self._listener, *self._peers):
            one.close()
