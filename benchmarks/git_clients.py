"""Other ways to read the locks of repositories, run as a program by whatever Python has the library.

`python -P git_clients.py CLIENT THREADS FILE FOLDER` clones each URL in FILE into FOLDER and says what
locks it found, as `git_ours` does. With a file of SHA-256 digests behind it, it reads each lock with tomllib
as well and says which of them are pinned at which URL. Nothing of ghostcrawl is imported.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import os
import shutil
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

__all__ = ["CLIENTS", "lazily", "said"]

_LOCK = "uv.lock"
T = TypeVar("T")
_Client = Callable[[str, Path], Iterable[bytes]]
"""Gets a URL and a folder to use; returns the locks at the head."""


def said(contents: Iterable[bytes]) -> str:
    """Return how many locks these are, a digest of them (what all clients must agree on), and the time.

    `contents` is read while the clock runs.
    """
    begun = time.perf_counter()
    digests = sorted({hashlib.sha1(data).hexdigest() for data in contents})  # noqa: S324 - no secret
    whole = hashlib.sha256("".join(digests).encode()).hexdigest()
    seconds = time.perf_counter() - begun
    return json.dumps({"locks": len(digests), "digest": whole, "seconds": seconds})


def _depth_1(url: str, folder: Path) -> Iterable[bytes]:
    _git(folder.parent, "clone", "-q", "--depth", "1", url, str(folder))
    return [path.read_bytes() for path in folder.rglob(_LOCK)]


def _partial(url: str, folder: Path) -> Iterable[bytes]:
    """Clone without blobs, then fetch all locks at once, as `git` itself would fetch one by one."""
    options = ("--bare", "--depth", "1", "--filter=blob:none")
    _git(folder.parent, "clone", "-q", *options, url, str(folder))
    listed = _git(folder, "ls-tree", "-r", "HEAD").decode().splitlines()
    oids = sorted({line.split()[2] for line in listed if line.endswith(_LOCK)})
    if not oids:
        return []
    lines = "\n".join([*oids, ""]).encode()
    noop = ("-c", "fetch.negotiationAlgorithm=noop")
    wanted = ("--no-tags", "--no-write-fetch-head", "--filter=blob:none", "--stdin", "origin")
    _git(folder, *noop, "fetch", "-q", *wanted, content=lines)
    return [_git(folder, "cat-file", "blob", oid) for oid in oids]


def _gitpython(url: str, folder: Path) -> Iterable[bytes]:
    repo = importlib.import_module("git").Repo.clone_from(url, folder, depth=1, bare=True)
    blobs = (item for item in repo.head.commit.tree.traverse() if item.type == "blob")
    locks = [blob.data_stream.read() for blob in blobs if blob.name == _LOCK]
    repo.close()
    return locks


def _dulwich(url: str, folder: Path) -> Iterable[bytes]:
    porcelain = importlib.import_module("dulwich.porcelain")
    iterate = importlib.import_module("dulwich.object_store").iter_tree_contents
    with open(os.devnull, "wb") as nowhere:  # noqa: PTH123 - a device
        repo = porcelain.clone(url, str(folder), depth=1, bare=True, errstream=nowhere)
    store, head = repo.object_store, repo[repo.head()]
    entries = [e for e in iterate(store, head.tree) if e.path.rpartition(b"/")[2] == b"uv.lock"]
    locks = [store[entry.sha].data for entry in entries]
    repo.close()
    return locks


def _ls_remote(url: str, folder: Path) -> Iterable[bytes]:
    _git(folder.parent, "ls-remote", url, "HEAD")
    return []


def lazily(
    pool: ThreadPoolExecutor, one: Callable[[T], Iterable[bytes]], items: Iterable[T]
) -> Iterator[Iterable[bytes]]:
    """Yield what `one` returns for each item, beginning only when the first is asked for."""
    yield from pool.map(one, items)


CLIENTS: Mapping[str, _Client] = {
    "git ls-remote": _ls_remote,
    "git clone --depth 1": _depth_1,
    "git clone blobless": _partial,
    "GitPython depth=1": _gitpython,
    "dulwich depth=1": _dulwich,
}


_LIBRARIES = {"GitPython depth=1": "git", "dulwich depth=1": "dulwich.porcelain"}


def _git(where: Path, *arguments: str, content: bytes = b"") -> bytes:
    return subprocess.run(  # noqa: S603 - git's own commands
        ["git", *arguments],  # noqa: S607 - from PATH
        cwd=where,
        input=content,
        stdout=subprocess.PIPE,
        check=True,
    ).stdout


def _pinned(lock: bytes, watched: Collection[str]) -> list[str]:
    """Return those of the `watched` SHA-256 digests that a uv.lock pins."""
    packages = tomllib.loads(lock.decode())["package"]
    files = [file for one in packages for file in (one.get("sdist", {}), *one.get("wheels", ()))]
    stated = {file.get("hash", "").removeprefix("sha256:") for file in files}
    return sorted(stated.intersection(watched))


def main() -> None:
    """Read all URLs, so many at once."""
    client, threads, folder = CLIENTS[sys.argv[1]], int(sys.argv[2]), Path(sys.argv[4])
    if library := _LIBRARIES.get(sys.argv[1]):
        importlib.import_module(library)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    urls = Path(sys.argv[3]).read_text(encoding="utf-8").split()
    watched = frozenset(Path(sys.argv[5]).read_text().split()) if sys.argv[5:] else None
    pinned: list[tuple[str, str]] = []

    def one(number: int) -> list[bytes]:
        place = folder / str(number)
        found = list(client(urls[number], place))
        if watched is not None:
            pinned.extend((urls[number], one) for lock in found for one in _pinned(lock, watched))
        shutil.rmtree(place, ignore_errors=True)
        return found

    with ThreadPoolExecutor(threads) as pool:
        answer = json.loads(said(d for found in lazily(pool, one, range(len(urls))) for d in found))
    print(json.dumps({**answer, "pinned": pinned}))  # noqa: T201 - a program's output


if __name__ == "__main__":
    main()
