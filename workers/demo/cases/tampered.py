"""Locks that no tool writes: proof of tampering without any feed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from crawler.model import CaseClass, Confidence, Tier
from workers.demo.cases.case import FORGE, GIT, GITHUB, Lock, PlantedRepository, StrongestClaim
from workers.demo.cases.ghosts import EXACT, everything, ghost, innocent
from workers.demo.locks import FILES, LockedPackage, pin, uv_lock
from workers.demo.packages import Shelf

__all__ = ["tampered_cases"]

_TAMPERED = StrongestClaim(Confidence.LIKELY, Tier.T)
_LOOK_ALIKE_HOST = "https://files.lndex.example"


def tampered_cases(shelf: Shelf) -> tuple[PlantedRepository, ...]:
    """Return all cases of this module."""
    return tuple(_cases(shelf))


def _cases(shelf: Shelf) -> Iterator[PlantedRepository]:
    other = pin("zz-ghost-plain-02", "1.0.0", [shelf.wheel("zz-ghost-plain-02", "1.0.0")])
    data = uv_lock("swapped", (other.named("zz-ghost-plain-01"), *innocent(shelf, 3)))
    lock = Lock(data, _TAMPERED, "the wheel of another project under an innocent name")
    yield PlantedRepository(host=GITHUB, path="demo-60/swapped-wheel", locks=(lock,))

    disguised = pin("zz-ghost-wallet", "1.0.0", [shelf.wheel("zz-ghost-wallet", "1.0.0")])
    data = uv_lock("disguised", (disguised.named("zz-ghost-plain-01"), *innocent(shelf, 3)))
    lock = Lock(data, EXACT, "the wheel of a ghost under an innocent name")
    yield PlantedRepository(host=FORGE, path="demo-61/disguised-ghost", locks=(lock,))

    data = uv_lock("foreign", (_on_foreign_host(everything(shelf, "zz-ghost-plain-04", "1.0.0")),))
    lock = Lock(data, _TAMPERED, "the public registry, with files on a foreign host")
    yield PlantedRepository(host=GITHUB, path="demo-62/foreign-host", locks=(lock,))

    data = uv_lock("foreign", (_on_foreign_host(ghost(shelf)),))
    lock = Lock(data, EXACT, "a ghost on a foreign host that keeps the digest path")
    yield PlantedRepository(
        host=GIT, path="demo-63/foreign-ghost", locks=(lock,), case_class=CaseClass.LURE
    )

    bare = everything(shelf, "zz-ghost-plain-05", "1.0.0").without_hashes()
    lock = Lock(uv_lock("bare", (bare,)), _TAMPERED, "the hashes were removed")
    yield PlantedRepository(host=GITHUB, path="demo-64/no-hash", locks=(lock,))

    data = uv_lock("bare", (ghost(shelf).without_hashes(),))
    lock = Lock(data, EXACT, "a ghost whose hashes were removed; the URL path proves the file")
    yield PlantedRepository(host=FORGE, path="demo-65/no-hash-ghost", locks=(lock,))


def _on_foreign_host(entry: LockedPackage) -> LockedPackage:
    moved = (
        replace(artifact, url=artifact.url.replace(FILES, _LOOK_ALIKE_HOST))
        for artifact in entry.artifacts
    )
    return replace(entry, artifacts=tuple(moved))
