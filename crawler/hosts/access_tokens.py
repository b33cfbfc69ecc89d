"""Tokens in files that somebody renews, and which characters a token may have.

The installation tokens of a GitHub App live for an hour (GitHub's documentation, "Generating an
installation access token"): a timer of the operator writes the next one over the last. No error and
no `repr` here ever holds a token.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections import deque
from contextlib import suppress
from threading import Lock
from typing import TYPE_CHECKING

from crawler.errors import ConfigurationError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["TokenFile", "checked_token"]

_TOKEN = re.compile(r"[!-~]{1,1024}", re.ASCII)
_MOST_BYTES = 4096
"""Of a token file: a token, and blanks and line ends around it."""
_REMEMBERED = 50
"""Tokens that logs must not show; two days of hourly ones."""
_Stamp = tuple[int, int, int]
"""Inode, time of change in ns, bytes: one of them differs after any replacement."""


def checked_token(text: str) -> str:
    """Return `text` where it can stand in a header: visible ASCII, at most 1 KiB.

    Raises ValueError, without the text, for anything else: a blank or a line end inside would make a
    header of our own into two.
    """
    if _TOKEN.fullmatch(text) is None:
        msg = "invalid token: expected at most 1,024 visible ASCII characters without blanks"
        raise ValueError(msg)
    return text


class TokenFile:
    """The token in a file, read again when the file was changed or replaced; thread-safe.

    What cannot be read for a moment, is empty or holds no token leaves the last one in use.
    """

    def __init__(self, path: Path, host: str) -> None:
        """Read the file at `path` with the token of `host` for the first time.

        Raises ConfigurationError where it cannot be read or holds something else than a token.
        """
        self._path = path.expanduser().absolute()
        self._lock = Lock()
        try:
            self._stamp, first = _read(self._path)
        except (OSError, ValueError) as error:
            why = "it is not UTF-8" if isinstance(error, UnicodeDecodeError) else error
            msg = f"the token file of {host} cannot be read: {why}"
            raise ConfigurationError(msg) from None  # the cause of a decoding error holds the bytes
        self._tokens: deque[str] = deque([first] if first else [], maxlen=_REMEMBERED)

    @property
    def is_empty(self) -> bool:
        """Whether there has never been a token."""
        return not self._tokens

    @property
    def identity(self) -> str:
        """Fingerprint for budgets: of the path, not of a token, so that a renewal keeps the budget."""
        return hashlib.sha256(f"token file {self._path}".encode()).hexdigest()[:12]

    def known(self) -> tuple[str, ...]:
        """Return the tokens to redact: every one of late; reads nothing."""
        return tuple(self._tokens)

    def current(self, *, force_reload: bool = False) -> str | None:
        """Return the token of this moment, or None where there has never been one.

        Costs one stat(2) while the file is as it was; `force_reload` reads it whatever stat says.
        """
        with self._lock:
            with suppress(OSError, ValueError):  # half written, say: the last one may still be good
                self._look(force_reload=force_reload)
            return self._tokens[-1] if self._tokens else None

    def _look(self, *, force_reload: bool) -> None:
        """Take what is there now; raises OSError or ValueError for an invalid token."""
        there = self._path.stat()
        if not stat.S_ISREG(there.st_mode) or (
            not force_reload and _stamp_of(there) == self._stamp
        ):
            return  # a pipe has no second token, and would keep us waiting for one
        self._stamp, token = _read(self._path)
        if token and token not in list(self._tokens)[-1:]:
            self._tokens.append(token)


def _read(path: Path) -> tuple[_Stamp, str]:
    """Return the stamp and the token of a file, which may be empty; raises OSError or ValueError."""
    with path.open("rb") as file:
        stamp = _stamp_of(os.fstat(file.fileno()))  # before reading: what comes later is seen then
        text = file.read(_MOST_BYTES).decode("utf-8").strip()
    return stamp, checked_token(text) if text else ""


def _stamp_of(found: os.stat_result) -> _Stamp:
    return found.st_ino, found.st_mtime_ns, found.st_size
