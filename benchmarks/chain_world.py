"""The world of `benchmarks.chain`: locks that are stored already, and repositories that are visited.

Every lock is another one: a quarter of its packages stand in no other, the others are those that everybody
uses, as large and as popular as `generate` draws them. What a ledger knows of a lock before its visit
decides what the visit costs, so the share of packages that no stored lock has is counted, not assumed. Each
repository has one lock at its root, beside the code and pictures that `git_repositories` measured; every
fourth pins a ghost.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import formats, generate
from benchmarks.formats import Package
from benchmarks.git_repositories import Maker, make

__all__ = ["Pinned", "World", "write_ghosts"]

Pinned = frozenset[tuple[str, str]]
"""Repository and SHA-256 of every file of a ghost that its lock pins."""
_NEW = 0.25
_EVERY = 4
"""One repository in so many pins a ghost."""
_GHOSTS = 8
_STORED, _VISITED = 1_000_000, 2_000_000
"""The packages of one lock alone are numbered from here, so that no two locks share them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What it is made of; the same sizes make the same world."""

    stored: int
    """Locks that the ledger knows before anything is visited."""
    repositories: int
    hosts: int
    """The n-th repository is on host n modulo this."""
    packages: int
    """That everybody uses."""

    @property
    def names(self) -> tuple[str, ...]:
        """The repositories, in the order in which they are listed."""
        return tuple(f"task-{number}" for number in range(self.repositories))

    @property
    def host_names(self) -> tuple[str, ...]:
        """The hosts; all of them are the same server."""
        return tuple(f"git-{number:02}.example" for number in range(self.hosts))

    def url(self, number: int) -> str:
        """Return the clone URL of the n-th repository, as an operator has it."""
        return f"https://{self.host_names[number % self.hosts]}/task-{number}.git"

    def stored_locks(self) -> Iterator[bytes]:
        """Yield the locks that are stored before."""
        yield from _rendered(_drawn(1, self.stored, self.packages), self.packages, _STORED)

    def share_of_new(self) -> float:
        """Return which share of the packages of visited locks stands in no stored one."""
        seen = {one for known, _ in _drawn(1, self.stored, self.packages) for one in known}
        visited = list(_drawn(2, self.repositories, self.packages))
        new = sum(len(known - seen) + alone for known, alone in visited)
        return new / sum(len(known) + alone for known, alone in visited)

    def build(self, root: Path) -> Pinned:
        """Write the repositories below `root`; return which ghosts they pin."""
        maker, ghosts = Maker(3, locks=0), _ghosts()
        planted: set[tuple[str, str]] = set()
        drawn = _drawn(2, self.repositories, self.packages)
        extra = [[ghosts[n % _GHOSTS]] if n % _EVERY == 1 else [] for n in range(self.repositories)]
        locks = _rendered(drawn, self.packages, _VISITED, extra)
        for number, (name, lock) in enumerate(zip(self.names, locks, strict=True)):
            code, pictures = maker.code(20 + number % 30, 4, 3_000), maker.pictures(4, 60_000)
            make(root / f"{name}.git", [code, {**pictures, "uv.lock": lock}])
            planted |= {(name, file.sha256) for one in extra[number] for file in one.artifacts}
        return frozenset(planted)


def write_ghosts(feed: Path, digests: Path) -> None:
    """Write what is known of the ghosts: rows for `seed --from file:`, and digests alone."""
    files = [(one, file) for one in _ghosts() for file in one.artifacts]
    rows = [
        {
            "ecosystem": "pypi",
            "name": one.name,
            "level": "file",
            "versions": [one.version],
            "filename": file.filename,
            "sha256": file.sha256,
            "claim": "malicious",
            "record_id": f"MADE-UP-{one.name}",
            "observed_at": "2026-01-01T00:00:00Z",
            "root_source": "benchmark",
        }
        for one, file in files
    ]
    feed.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    digests.write_text("".join(f"{file.sha256}\n" for _, file in files), encoding="utf-8")


def _ghosts() -> tuple[Package, ...]:
    rng = random.Random(4)  # noqa: S311 - the world is made from a seed
    return tuple(generate.package(rng, n, f"zz-ghost-{n}") for n in range(_GHOSTS))


def _drawn(seed: int, count: int, packages: int) -> Iterator[tuple[frozenset[int], int]]:
    """Yield per lock which of the common packages it has, and how many that no other lock has."""
    rng = random.Random(seed)  # noqa: S311 - the world is made from a seed
    weights = generate.popularity(packages)
    for _ in range(count):
        wanted = round((1 - _NEW) * generate.size(rng))
        known = frozenset(rng.choices(range(packages), cum_weights=weights, k=wanted))
        yield known, round(len(known) * _NEW / (1 - _NEW))


def _rendered(
    drawn: Iterator[tuple[frozenset[int], int]],
    packages: int,
    first: int,
    extra: Sequence[Sequence[Package]] | None = None,
) -> Iterator[bytes]:
    common = generate.population(1, packages)
    rng = random.Random(first)  # noqa: S311 - the world is made from a seed
    number = first
    for place, (known, alone) in enumerate(drawn):
        own = [generate.package(rng, number + n) for n in range(alone)]
        number += alone
        pinned = [*(common[one] for one in known), *own, *(extra[place] if extra else ())]
        yield formats.uv(f"project-{place}", sorted(pinned, key=lambda p: p.name)).encode()
