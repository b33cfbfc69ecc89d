"""Serves the console on loopback until the process is told to end."""

from __future__ import annotations

import asyncio
import logging
import socket
import time
from contextlib import suppress
from secrets import token_urlsafe
from typing import TYPE_CHECKING

import uvicorn

from crawler.errors import ConfigurationError, StoreError
from workers.console.site import make_site

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from workers.wiring import Wiring

__all__ = ["serve"]

_ADDRESS = "127.0.0.1"
_BETWEEN = 60.0
"""Seconds from one time that cases and campaigns follow by themselves to the next, at least."""
_SHARE = 20
"""And so many times as long as it took."""
_log = logging.getLogger(__name__)


def serve(wiring: Wiring, port: int, ready: Callable[[str], None]) -> None:
    """Serve at `port` of loopback (0: any that is free) until Ctrl-C; `ready` gets the address with the token.

    Raises ConfigurationError where the port cannot be taken.
    """
    with socket.socket() as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((_ADDRESS, port))
            listening.listen()  # who is told the address may come at once
        except OSError as error:
            msg = f"cannot serve at {_ADDRESS}:{port}: {error.strerror}; choose another port with --port"
            raise ConfigurationError(msg) from error
        port, token = listening.getsockname()[1], token_urlsafe(32)
        config = uvicorn.Config(
            make_site(wiring, port=port, token=token),
            log_config=None,
            log_level="warning",
            access_log=False,  # an address may hold the token
            server_header=False,
            ws="none",
            timeout_graceful_shutdown=5,
        )
        ready(f"http://{_ADDRESS}:{port}/?token={token}")
        with suppress(KeyboardInterrupt):
            asyncio.run(
                _serve(
                    uvicorn.Server(config),
                    listening,
                    (wiring.follow_cases, wiring.follow_campaigns),
                )
            )


async def _serve(
    server: uvicorn.Server, listening: socket.socket, follows: Sequence[Callable[[], object]]
) -> None:
    following = [asyncio.create_task(_follow(follow)) for follow in follows]
    try:
        await server.serve(sockets=[listening])
    finally:
        for one in following:
            one.cancel()


async def _follow(follow: Callable[[], object]) -> None:
    """Let cases or campaigns follow what others write into the ledger meanwhile; of a long list seldom, for that takes long."""
    while True:
        begun = time.monotonic()
        try:
            await asyncio.to_thread(follow)
        except StoreError as error:
            _log.warning("cases and campaigns are not brought up to date: %s", error)
        await asyncio.sleep(max(_BETWEEN, _SHARE * (time.monotonic() - begun)))
