"""Repositories of public shapes, made from a seed: many refs, a large tree, many locks, 500 small ones.

Small ones are made as large as measured ones: a pack of depth 1 of about 380 kB, mostly pictures and
notebooks, of which trees and locks are about 100 kB; four of five have a lock, some of these in a folder.
"""

from __future__ import annotations

import os
import random
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import generate

__all__ = ["Files", "Maker", "Places", "before", "build", "floor", "lock_oids", "make"]

_REFS = 20_000
_WORDS = tuple(f"{a}{b}" for a in ("read", "write", "parse", "self", "node") for b in range(40))
_CONFIG = "[core]\n\trepositoryformatversion = 0\n\tbare = true\n"
Files = Mapping[str, bytes]
_LOCK = "uv.lock"
_SHARED = 150
"""Packages that the projects of one repository choose from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Names of the repositories under the root of the server."""

    locked: tuple[str, ...]
    """Small, with locks."""
    bare: tuple[str, ...]
    """Small, without."""
    refs: str = "many-refs"
    tree: str = "large-tree"
    locks: str = "many-locks"

    @property
    def small(self) -> tuple[str, ...]:
        """All small ones."""
        return self.locked + self.bare


class Maker:
    """Makes contents; the same for the same seed."""

    def __init__(self, seed: int, locks: int) -> None:
        self._rng = random.Random(seed)  # noqa: S311 - the world is made from a seed
        packages = generate.population(seed)
        self._locks = generate.locks("uv", packages, seed=seed, count=locks)
        self._alike = generate.locks("uv", packages[:_SHARED], seed=seed, count=locks)

    def code(self, files: int, folders: int, size: int) -> dict[str, bytes]:
        """Return `files` text files of about `size` bytes in `folders` folders."""
        rng = self._rng
        return {
            f"src/{n % folders:03}/{'/'.join(rng.choices(_WORDS, k=n % 3))}/m{n}.py".replace(
                "//", "/"
            ): " ".join(rng.choices(_WORDS, k=size // 6)).encode()
            for n in range(files)
        }

    def pictures(self, files: int, size: int) -> dict[str, bytes]:
        """Return files that cannot be deflated."""
        return {f"docs/image-{n}.png": self._rng.randbytes(size) for n in range(files)}

    def lock(self) -> bytes:
        """Return the next lock."""
        return next(self._locks)[1]

    def alike(self) -> bytes:
        """Return the next lock of a repository whose projects use the same packages."""
        return next(self._alike)[1]

    def small(self, number: int) -> Files:
        """Return the files of a small repository; every fifth has no lock."""
        files = self.code(20 + number % 30, 4, 3_000) | self.pictures(4, 60_000)
        if number % 5 == 0:
            return files
        if number % 8 == 1:
            return files | {f"services/api/{_LOCK}": self.lock(), _LOCK: self.lock()}
        return files | {_LOCK: self.lock()}


def build(root: Path, small: int, seed: int = 5) -> Places:
    """Write the repositories under `root`, `small` small ones among them; those there are kept."""
    maker = Maker(seed, locks=2 * small + 200)
    numbers = {f"small-{number}": number for number in range(small)}
    places = Places(
        locked=tuple(name for name, number in numbers.items() if number % 5),
        bare=tuple(name for name, number in numbers.items() if not number % 5),
    )
    for name, files in _contents(places, maker, numbers):
        make(root / f"{name}.git", [dict(list(files.items())[:1]), files, _bumped(files)])
    _add_refs(root / f"{places.refs}.git")
    return places


def _contents(
    places: Places, maker: Maker, numbers: Mapping[str, int]
) -> Iterator[tuple[str, Files]]:
    yield places.refs, maker.code(60, 6, 8_000) | {_LOCK: maker.lock()}
    pictures = maker.pictures(60, 120_000)
    yield places.tree, maker.code(4_000, 120, 6_000) | pictures | {_LOCK: maker.lock()}
    many = {f"packages/p{n:02}/{_LOCK}": maker.alike() for n in range(60)}
    yield places.locks, maker.code(3_700, 60, 4_000) | maker.pictures(80, 150_000) | many
    for name, number in numbers.items():
        yield name, maker.small(number)


def make(path: Path, commits: Sequence[Files]) -> None:
    """Make a bare repository, packed; each of its `commits` adds files to those before, or changes them."""
    (path / "objects").mkdir(parents=True)
    (path / "refs").mkdir()
    (path / "HEAD").write_text("ref: refs/heads/main\n")
    (path / "config").write_text(_CONFIG)
    _git(path, "fast-import", "--quiet", content=b"".join(_stream(commits)))
    _git(path, "repack", "-a", "-d", "-q")


def _stream(commits: Sequence[Files]) -> Iterator[bytes]:
    """Yield what git-fast-import(1) reads."""
    for number, chosen in enumerate(commits):
        yield b"commit refs/heads/main\ncommitter N <n@git.example> %d +0000\ndata 4\nwork" % number
        for path, data in chosen.items():
            yield b"\nM 100644 inline %b\ndata %d\n%b" % (path.encode(), len(data), data)
        yield b"\n\n"


def _bumped(files: Files) -> Files:
    """Return the changed files of a commit that updates one dependency of one lock, and some code."""
    code = next(iter(files))
    changed = {code: files[code] + b" changed"}
    lock = next((path for path in files if path.endswith(_LOCK)), None)
    if lock is not None:
        changed[lock] = files[lock].replace(b'version = "1', b'version = "2', 1)
    return changed


def before(root: Path, name: str) -> str:
    """Return the commit before the head."""
    return _git(root / f"{name}.git", "rev-parse", "main~1").decode().strip()


def _add_refs(path: Path) -> None:
    """Write refs as a host does for pull requests; all are the same commit."""
    commit = _git(path, "rev-parse", "main").decode().strip()
    lines = [f"{commit} refs/pull/{number}/head\n" for number in range(1, _REFS + 1)]
    header = "# pack-refs with: peeled fully-peeled sorted \n"
    everything = [f"{commit} refs/heads/main\n", *lines]
    everything.sort(key=lambda line: line.split(" ")[1])
    (path / "packed-refs").write_text(header + "".join(everything))


def lock_oids(root: Path, name: str) -> list[str]:
    """Return the oids of the locks at the head of a repository."""
    listed = _git(root / f"{name}.git", "ls-tree", "-r", "main").decode().splitlines()
    return [line.split()[2] for line in listed if line.rpartition("/")[2].endswith(_LOCK)]


def floor(root: Path, name: str) -> int:
    """Return the bytes of the smallest answer git has: a pack without blobs, and one of the locks."""
    path = root / f"{name}.git"
    listed = _git(path, "rev-list", "--objects", "--no-walk", "--filter=blob:none", "main")
    size = _packed(path, listed)
    oids = lock_oids(root, name)
    return size + (_packed(path, "\n".join([*oids, ""]).encode()) if oids else 0)


def _packed(path: Path, names: bytes) -> int:
    return len(_git(path, "pack-objects", "--stdout", "--delta-base-offset", "-q", content=names))


def _git(path: Path, *arguments: str, content: bytes = b"") -> bytes:
    environment = {"PATH": os.environ["PATH"], "GIT_DIR": str(path), "GIT_CONFIG_NOSYSTEM": "1"}
    return subprocess.run(  # noqa: S603 - git's own commands
        ["git", "-c", "fastimport.unpackLimit=1", *arguments],  # noqa: S607 - from PATH
        input=content,
        env={**environment, "GIT_CONFIG_GLOBAL": os.devnull},
        stdout=subprocess.PIPE,
        check=True,
    ).stdout
