"""A real terminal of a given width, as far as a program can tell: what it writes there is kept."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import termios
import threading
from collections.abc import Collection, Mapping, Sequence

from tests.servers.terminal import Ran

__all__ = ["at_terminal", "seen"]

_SEQUENCE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def at_terminal(
    command: Sequence[str],
    environment: Mapping[str, str],
    *,
    columns: int,
    streams: Collection[str] = ("stdout", "stderr"),
) -> Ran:
    """Run `command` with those of its `streams` on terminals, the others in pipes."""
    read: dict[str, list[bytes]] = {"stdout": [], "stderr": []}
    ends = {name: pty.openpty() if name in streams else os.pipe() for name in read}
    # A pipe is (read, write) and a terminal (ours, the program's): the same order.
    for name in streams:
        fcntl.ioctl(ends[name][1], termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    with subprocess.Popen(
        command,
        env={"TERM": "xterm-256color", **environment},
        stdin=subprocess.DEVNULL,
        stdout=ends["stdout"][1],
        stderr=ends["stderr"][1],
    ) as running:
        readers = [
            threading.Thread(target=_drain, args=(ends[name][0], read[name])) for name in read
        ]
        for reader in readers:
            reader.start()
        code = running.wait()
        for _, theirs in ends.values():
            os.close(theirs)
        for reader in readers:
            reader.join()
    out, err = (b"".join(read[name]).decode().replace("\r\n", "\n") for name in read)
    return Ran(code=code, out=out, err=err)


def _drain(end: int, into: list[bytes]) -> None:
    try:
        while data := os.read(end, 65536):
            into.append(data)
    except OSError:  # EIO: nobody has the other end of a terminal any more
        pass
    finally:
        os.close(end)


def seen(text: str) -> str:
    """Return `text` without the sequences that a terminal obeys."""
    return _SEQUENCE.sub("", text)
