"""The wire to a far host, in a process of its own: what it costs is no server's and no client's work.

`python -m benchmarks.git_relay PORT` passes everything on to that port of this machine, late, and says on
which port it listens itself; it ends with its standard input, and so with whoever started it.
"""

from __future__ import annotations

import asyncio
import sys

__all__ = ["main"]

_ONE_WAY = 0.025
"""Seconds; both ways are 50 ms, and a new connection costs as much again."""
_CHUNK = 1 << 18
"""Bytes that are passed on at once."""


async def _serve(near: int) -> None:
    """Pass everything on, each chunk late; a connection is as late as a handshake over that way."""
    open_now: set[asyncio.Task[object] | None] = set()
    """Keeps the tasks alive: the loop does not."""

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        open_now.add(asyncio.current_task())
        await asyncio.sleep(2 * _ONE_WAY)
        to_reader, to_writer = await asyncio.open_connection("127.0.0.1", near, limit=_CHUNK)
        await asyncio.gather(_pass_on(reader, to_writer), _pass_on(to_reader, writer))
        open_now.discard(asyncio.current_task())

    server = await asyncio.start_server(accept, "127.0.0.1", 0, backlog=128, limit=_CHUNK)
    ended = asyncio.Event()
    asyncio.get_running_loop().add_reader(sys.stdin.fileno(), ended.set)
    print(server.sockets[0].getsockname()[1], flush=True)  # noqa: T201 - a program's output
    await ended.wait()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    loop = asyncio.get_running_loop()
    try:
        while data := await reader.read(_CHUNK):
            loop.call_later(_ONE_WAY, writer.write, data)
    except OSError:
        pass
    loop.call_later(_ONE_WAY, writer.close)


def main() -> None:
    """Serve until nobody wants it any more."""
    asyncio.run(_serve(int(sys.argv[1])))


if __name__ == "__main__":
    main()
