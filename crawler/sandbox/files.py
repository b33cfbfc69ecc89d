"""Reading a file in a stranger's folder: it may be a FIFO, a device, a link or of any size."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import BinaryIO

from crawler.errors import Refused, TooLarge

__all__ = ["read_file", "starts_with"]


def read_file(path: Path, most: int) -> bytes:
    """Return the content of the regular file `path`, at most `most` bytes. Never waits for anybody.

    Raises Refused for anything but a regular file, which then is not opened (a watchdog or a tape acts
    on that alone), links included; TooLarge for more bytes; OSError as open(2) and read(2).
    """
    _check(path.lstat(), most)
    with _opened(path) as file:
        # It may be another file by now, or grow while it is read.
        _check(os.fstat(file.fileno()), most)
        data = file.read(most + 1)
    if len(data) > most:
        raise TooLarge(f"larger than {most} bytes")
    return data


def starts_with(path: Path, start: bytes) -> bool:
    """Say whether the regular file `path`, however large, begins with `start`; raises OSError as open(2) and read(2)."""
    with _opened(path) as file:
        return file.read(len(start)) == start


def _opened(path: Path) -> BinaryIO:
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
    return os.fdopen(os.open(path, flags), "rb")


def _check(status: os.stat_result, most: int) -> None:
    if stat.S_ISLNK(status.st_mode):
        raise Refused("not a regular file; links are never followed")
    if not stat.S_ISREG(status.st_mode):
        raise Refused("not a regular file")
    if status.st_size > most:
        raise TooLarge(f"larger than {most} bytes")
