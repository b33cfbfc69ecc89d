"""Parsing what strangers wrote: small locks here, large ones in a child whose death is a verdict.

The parsers are linear and have limits of their own, so a small file cannot hurt for long; a large one,
or one of very many pieces, gets a process with limits on CPU and memory, no network and no files (facts:
security P1-P3). Run as `python -m workers.parsing READING < lock`, this module is that child.
"""

from __future__ import annotations

import os
import sys
import tempfile
import threading
from pathlib import Path

from crawler import lockfiles
from crawler.errors import StoreError, TooLarge
from crawler.model import ParseResult, Readable, Skipped
from crawler.sandbox import Completed, Confinement, Ended, SandboxLimits, run
from workers.values import decode, encode

__all__ = ["INLINE_BYTES", "LIMITS", "SharedParsing", "in_child", "parse", "parse_unknown"]

INLINE_BYTES = 2 * 1024 * 1024
"""Nearly all real locks are smaller; it is pieces, not bytes, that keep a parser busy."""
_INLINE_PIECES = 60_000
"""Lines and opened brackets together; a real MiB has at most 45,000, one of `{},` keeps a parser busy for 7 s."""
_MIB = 1024 * 1024
_MEMO_BYTES = 64 * _MIB
"""About 75,000 pins; 250 real uv.locks hold 42,000 distinct ones."""
_ROOT = Path(__file__).resolve().parents[1]
LIMITS = SandboxLimits(
    seconds=30.0,
    cpu_seconds=10,
    address_space=512 * _MIB,
    file_bytes=0,
    stdout_bytes=128 * _MIB,
    readable=(_ROOT,),
    confinement=Confinement.WHERE_POSSIBLE,
)
_CHILDREN = threading.BoundedSemaphore(os.cpu_count() or 1)
"""One for each core at most: each may use half a gigabyte, and a process has many threads."""


def parse(path: str, data: bytes, memo: lockfiles.BlockMemo | None = None) -> ParseResult:
    """Return what the lock `data` pins; `path` chooses the parser. Never raises for its content.

    With a `memo`, what earlier locks said in the same words is not read again.
    """
    return lockfiles.parse(path, data, memo) if _is_small(data) else in_child(path, data)


def parse_unknown(path: str, data: bytes, known: lockfiles.KnownTexts) -> lockfiles.LockReading:
    """Return what `parse` does, without the packages that are `known`. Keeps nothing; safe in threads."""
    if _is_small(data):
        return lockfiles.parse_unknown(path, data, known)
    return lockfiles.LockReading(result=in_child(path, data))


class SharedParsing:
    """`parse` with a memo of blocks, for one command and thread; workers look texts up in the ledger."""

    def __init__(self) -> None:
        """Remember nothing yet."""
        self._memo = lockfiles.BlockMemo(_MEMO_BYTES)

    def __call__(self, path: str, data: bytes) -> ParseResult:
        """Return what `parse` returns."""
        return parse(path, data, self._memo)


def _is_small(data: bytes) -> bool:
    return len(data) <= INLINE_BYTES and sum(map(data.count, b"\n{[")) <= _INLINE_PIECES


def in_child(path: str, data: bytes, limits: SandboxLimits = LIMITS) -> ParseResult:
    """Parse in a child; when the child dies, the lock is not readable, and that is said."""
    try:
        completed = _completed(path, data, limits)
    except TooLarge as error:
        return _unreadable(path, f"{len(data)} bytes: {error}")
    if completed.ok:
        try:
            return decode(ParseResult, completed.stdout.decode())
        except (ValueError, StoreError) as error:
            return _unreadable(path, f"the parser's answer makes no sense: {type(error).__name__}")
    return _unreadable(path, _death(completed))


def _completed(path: str, data: bytes, limits: SandboxLimits) -> Completed:
    with _CHILDREN, tempfile.TemporaryDirectory(prefix="ghostcrawl-parse-") as folder:
        return run(
            [sys.executable, "-P", "-m", "workers.parsing", lockfiles.reading_of(path)],
            env={"PYTHONPATH": str(_ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
            cwd=Path(folder),
            limits=limits,
            stdin=data,
        )


def _death(completed: Completed) -> str:
    match completed.ended:
        case Ended.TIMED_OUT:
            return "the parser took too long and was ended"
        case Ended.TOO_MUCH_OUTPUT:
            return "the parser found more pins than are taken from one lock"
        case Ended.SIGNALLED:
            return (
                f"the parser died of signal {completed.signal}: it needed too much time or memory"
            )
        case Ended.EXITED:
            return f"the parser ended with {completed.returncode}: it needed too much memory"


def _unreadable(path: str, reason: str) -> ParseResult:
    parser = lockfiles.parser_for(path)
    return ParseResult(
        format="unknown" if parser is None else parser.format,
        readable=Readable.NOT,
        skipped=(Skipped(context="document", reason=reason),),
    )


if __name__ == "__main__":
    sys.stdout.write(encode(lockfiles.read_as(sys.argv[1], sys.stdin.buffer.read())))
