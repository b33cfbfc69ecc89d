"""What the git program means when it fails. Source: git's http.c, remote-curl.c and upload-pack.c."""

from __future__ import annotations

import re
from typing import NoReturn, assert_never

from crawler.errors import (
    Blocked,
    Defer,
    GhostcrawlError,
    Gone,
    Malformed,
    Private,
    Refused,
    Retry,
    TooLarge,
    Unsupported,
)
from crawler.git.pktline import printable
from crawler.sandbox import Completed, Ended

__all__ = ["PlainFiles", "ServerError", "blocking_words", "raise_for_git"]


class ServerError(Retry):
    """The host answered 5xx: to a filter, servers made of dulwich (klaus) always do."""


class PlainFiles(Unsupported):
    """The repository is served as plain files, which git cannot read without history."""


_UNTOLD_WAIT = 60.0
_BLOCKED = re.compile(
    rb"access blocked|dmca takedown|(?:repository|project)(?: ['\"`][^'\"`\n]{1,300}['\"`])? (?:has been|is|was)"
    rb" (?:disabled|blocked|suspended|taken down)"
    rb"|unavailable for legal reasons",
    re.IGNORECASE,
)
"""What hosts say of a repository that they have blocked, with a status that says less."""
_STATUS = re.compile(rb"requested URL returned error: ([0-9]{3})")
_WORDS: tuple[tuple[bytes, type[GhostcrawlError]], ...] = (
    (b"dumb http transport does not", PlainFiles),
    (b"unable to update url base from redirection", Refused),
    (b"not found", Gone),
    (b"could not read Username", Private),
    (b"Authentication failed", Private),
    (b"fsck error", Malformed),
    (b"fsck-error", Malformed),
    (b"mismatched algorithms", Malformed),
    (b"bogus commit object", Malformed),
    (b"bad pack header", Malformed),
    (b"pack has bad object", Malformed),
    (b"pack is corrupted", Malformed),
    (b"early EOF", Retry),
    (b"unexpected disconnect", Retry),
    (b"died of signal", Malformed),
    (b"invalid index-pack output", Malformed),  # it was killed: a limit was reached
    (b"out of memory", TooLarge),
    (b"Out of memory", TooLarge),
    (b"attempting to allocate", TooLarge),
)


def blocking_words(text: bytes) -> str | None:
    """Return the line, printable, in which a host says that it has blocked the repository; or None."""
    found = _BLOCKED.search(text)
    if found is None:
        return None
    begin, end = text.rfind(b"\n", 0, found.start()) + 1, text.find(b"\n", found.end())
    return printable(text[begin : end if end >= 0 else len(text)].strip())


def raise_for_git(what: str, done: Completed) -> None:
    """Return where git exited with 0; raise what its end means otherwise."""
    match done.ended:
        case Ended.EXITED:
            if done.returncode != 0:
                _raise_for_message(what, done.stderr)
        case Ended.SIGNALLED:
            raise Malformed(f"{what}: git was killed by signal {done.signal} while reading it")
        case Ended.TIMED_OUT:
            raise Retry(f"{what}: transfer too slow: git ran out of time")
        case Ended.TOO_MUCH_OUTPUT:
            raise TooLarge(f"{what}: more output than one visit may read")
        case _:
            assert_never(done.ended)


def _raise_for_message(what: str, message: bytes) -> NoReturn:
    status = _STATUS.search(message)
    remote = b"\n".join(line for line in message.split(b"\n") if line.startswith(b"remote:"))
    if (blocked := blocking_words(remote)) is not None:
        raise Blocked(f"{what}: blocked by the host ({blocked})")
    if status is not None:
        _raise_for_status(what, int(status[1]))
    told = f"{what}: git says: {printable(message)}"
    for words, error in _WORDS:
        if words in message:
            raise error(told)
    raise Retry(told)


def _raise_for_status(what: str, status: int) -> NoReturn:
    told = f"{what} answered {status}"
    match status:
        case 404 | 410:
            raise Gone(told)
        case 401 | 403 | 407:
            raise Private(told)
        case 451:
            raise Blocked(told)
        case 429:
            raise Defer(_UNTOLD_WAIT, told)
        case _ if 300 <= status < 400:  # noqa: PLR2004
            raise Refused(told)
        case _ if status >= 500:  # noqa: PLR2004
            raise ServerError(told)
        case _:
            raise Retry(told)
