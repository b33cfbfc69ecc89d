"""What is kept of earlier visits, so that the next one asks for the difference only.

It is a cache: whatever is missing or damaged is fetched again, and nothing is believed because it lies
here (names are computed from content).
"""

from __future__ import annotations

import os
import re
import tempfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from threading import Lock
from typing import Protocol

__all__ = ["Kept", "KeptFolder"]

_MIB = 1024 * 1024
_NAME = re.compile(r"(?:trees|blob)-[0-9a-f]{40}", re.ASCII)
_ENTRY_BYTES = 32 * _MIB
_AFTER_CLEARING = 0.8
"""Share of the allowed bytes that is left after the oldest entries went."""


class Kept(Protocol):
    """Keeps bytes by name: `trees-` and a commit, or `blob-` and an oid. Safe for threads."""

    def get(self, name: str) -> bytes | None:
        """Return what was put under `name`, if it is still there and undamaged."""
        ...

    def put(self, name: str, data: bytes) -> None:
        """Keep `data` for a while; what is there under `name` is replaced."""
        ...


class KeptFolder:
    """Keeps deflated files in a folder that processes may share. Implements `Kept`."""

    def __init__(self, folder: Path, max_bytes: int = 512 * _MIB) -> None:
        """Keep about `max_bytes` on disk in `folder`, which is made where it is missing."""
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._most = folder, max_bytes
        self._count = sum(size for _, size, _ in self._entries())
        self._lock = Lock()

    def get(self, name: str) -> bytes | None:
        """Return what is there and can be inflated."""
        path = self._path(name)
        try:
            deflated = path.read_bytes()
            os.utime(path)
        except OSError:
            return None
        inflater = zlib.decompressobj()
        try:
            data = inflater.decompress(deflated, _ENTRY_BYTES + 1)
        except zlib.error:
            return None
        return data if inflater.eof else None

    def put(self, name: str, data: bytes) -> None:
        """Keep `data`; nothing happens where it is too large or the disk is full."""
        if len(data) > _ENTRY_BYTES:
            return
        deflated = zlib.compress(data, 1)
        try:
            self._write(self._path(name), deflated)
        except OSError:
            return
        with self._lock:
            self._count += len(deflated)
            if self._count > self._most:
                self._clear()

    def _path(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            msg = f"invalid name {name!r}: expected that of something kept"
            raise ValueError(msg)
        return self._folder / name

    def _write(self, path: Path, data: bytes) -> None:
        """Write beside, then rename: a reader sees the whole entry or none."""
        handle, beside = tempfile.mkstemp(dir=self._folder, prefix="new-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            Path(beside).replace(path)
        except OSError:
            Path(beside).unlink(missing_ok=True)
            raise

    def _entries(self) -> Iterator[tuple[float, int, Path]]:
        for path in self._folder.iterdir():
            try:
                status = path.stat()
            except OSError:
                continue
            yield status.st_mtime, status.st_size, path

    def _clear(self) -> None:
        entries = sorted(self._entries())
        self._count = sum(size for _, size, _ in entries)
        for _, size, path in entries:
            if self._count <= self._most * _AFTER_CLEARING:
                return
            path.unlink(missing_ok=True)
            self._count -= size
