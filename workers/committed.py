"""What is committed in a repository of this machine, read in a child: its `.git` is a stranger's.

The child has limits and a deadline, no network, and with Landlock no file but those of the repository's
folder and the system. Run as `python -P -m workers.committed PATH REFS`, this module is that child.
"""

from __future__ import annotations

import os
import sys
import tempfile
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import BinaryIO

from crawler import lockfiles
from crawler.errors import StoreError
from crawler.git.environment import PROGRAMS
from crawler.git.interface import Limits
from crawler.git.local import LocalReader, local_repository
from crawler.git.pktline import printable
from crawler.model import LockBlob, Outcome, ReadRequest, Refs, Repository, Skipped, Visit
from crawler.sandbox import Completed, Confinement, Ended, SandboxLimits, run
from workers.values import decode, encode

__all__ = ["LIMITS", "read_committed"]

_MIB = 1024 * 1024
_ROOT = Path(__file__).resolve().parents[1]
LIMITS = SandboxLimits(
    seconds=120.0,
    cpu_seconds=30,
    address_space=2048 * _MIB,
    file_bytes=16 * _MIB,
    stdout_bytes=160 * _MIB,
    readable=(_ROOT,),
    confinement=Confinement.WHERE_POSSIBLE,
)
"""The memory is address space: git maps the index of each pack, and of packs 128 MiB at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Size:
    """A blob that follows, by its size in bytes."""

    oid: str
    path: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    """The first line of what the child writes; the contents of `blobs` come behind it."""

    visit: Visit
    blobs: tuple[_Size, ...]


def read_committed(path: Path, refs: Refs, limits: SandboxLimits = LIMITS) -> Visit:
    """Return what is committed in the repository at exactly `path`: its locks at the tips of `refs`.

    Raises nothing for what a repository contains: GONE says that there is none, FAILED that it cannot be
    read, each with the reason.
    """
    repository = local_repository(path)
    root = Path(repository.clone_url)
    if not os.path.isdir(root):  # noqa: PTH112 - which swallows every error
        return _ended(repository, Outcome.GONE, f"no folder at {root}")
    with tempfile.TemporaryDirectory(prefix="ghostcrawl-local-") as job:
        completed = run(
            [sys.executable, "-P", "-m", "workers.committed", str(root), refs.value],
            env={
                "PATH": PROGRAMS,
                "GIT_PYTHON_REFRESH": "quiet",
                "PYTHONPATH": str(_ROOT),
                "PYTHONDONTWRITEBYTECODE": "1",
                "TMPDIR": job,
            },
            cwd=Path(job),
            limits=replace(limits, readable=(*limits.readable, root)),
        )
    if not completed.ok:
        return _ended(repository, Outcome.FAILED, _death(completed, limits))
    try:
        return _taken_apart(completed.stdout)
    except (ValueError, StoreError) as error:
        reason = f"the reader's answer makes no sense: {type(error).__name__}"
        return _ended(repository, Outcome.FAILED, reason)


def _taken_apart(output: bytes) -> Visit:
    line, _, contents = output.partition(b"\n")
    answer = decode(_Answer, line.decode())
    blobs, position = list[LockBlob](), 0
    for blob in answer.blobs:
        data = contents[position : position + blob.size]
        position += blob.size
        blobs.append(LockBlob(oid=blob.oid, path=blob.path, data=data))
    if position != len(contents):
        raise ValueError("contents of another size")
    return replace(answer.visit, blobs=tuple(blobs))


def _death(completed: Completed, limits: SandboxLimits) -> str:
    match completed.ended:
        case Ended.TIMED_OUT:
            return f"reading took more than {limits.seconds:.0f} s and was ended"
        case Ended.TOO_MUCH_OUTPUT:
            return "more files and refs than are taken from one repository"
        case Ended.SIGNALLED:
            return (
                f"the reader died of signal {completed.signal}: it needed too much time or memory"
            )
        case Ended.EXITED:
            last = printable(completed.stderr.strip().rpartition(b"\n")[2])
            return f"the reader ended with {completed.returncode}: {last}"


def _ended(repository: Repository, outcome: Outcome, reason: str) -> Visit:
    skipped = Skipped(context=repository.path, reason=reason)
    return Visit(repository=repository, outcome=outcome, skipped=(skipped,))


def _child(path: Path, refs: Refs, output: BinaryIO) -> None:
    every = frozenset(lockfiles.OTHER_ECOSYSTEMS.values())
    wanted = partial(lockfiles.crawl_worth, told=every)
    request = ReadRequest(wanted=wanted, known=lambda _: (), refs=refs)
    (visit,) = LocalReader(limits=Limits(names_unvisited=True)).read(
        [local_repository(path)], request
    )
    sizes = (_Size(oid=blob.oid, path=blob.path, size=len(blob.data)) for blob in visit.blobs)
    answer = _Answer(visit=replace(visit, blobs=()), blobs=tuple(sizes))
    output.write(encode(answer).encode() + b"\n")
    output.writelines(blob.data for blob in visit.blobs)


if __name__ == "__main__":
    _child(Path(sys.argv[1]), Refs(sys.argv[2]), sys.stdout.buffer)
