"""Which files of some folders were opened, by whomever. Source: inotify(7)."""

from __future__ import annotations

import ctypes
import os
import struct
from pathlib import Path
from types import TracebackType
from typing import Self

__all__ = ["Openings"]

_IN_ACCESS, _IN_OPEN = 0x1, 0x20
_EVENT = struct.Struct("iIII")
_libc = ctypes.CDLL(None, use_errno=True)


class Openings:
    """Watches `root` and all folders below it, as they are now. Use it as a context."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def __enter__(self) -> Self:
        self._watch = _libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        self._folders: dict[int, Path] = {}
        for folder in (self._root, *(p for p in self._root.rglob("*") if p.is_dir())):
            number = _libc.inotify_add_watch(
                self._watch, os.fsencode(folder), _IN_ACCESS | _IN_OPEN
            )
            if number < 0:
                raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
            self._folders[number] = folder
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        os.close(self._watch)

    def seen(self) -> set[str]:
        """Return the paths that were opened or read so far."""
        found = set[str]()
        while True:
            try:
                data = os.read(self._watch, 65_536)
            except BlockingIOError:
                return found
            position = 0
            while position < len(data):
                number, _, _, length = _EVENT.unpack_from(data, position)
                position += _EVENT.size
                name = data[position : position + length].rstrip(b"\0")
                position += length
                found.add(str(self._folders[number] / os.fsdecode(name)))
