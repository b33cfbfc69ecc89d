"""Locks from a seed, as large and as alike as real ones; nothing in them exists.

Measured on real uv.locks (facts: 249 locks of 81 repositories): 88 packages and 846 files each, every
package in 4.4 locks, because everybody uses the same few hundred.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from benchmarks import formats
from benchmarks.formats import Artifact, Package

__all__ = ["FORMATS", "Shape", "locks", "package", "popularity", "population", "size"]

_POPULATION = 9_000
_WHEELS = (1, 1, 1, 1, 3, 6, 12, 24, 40)
"""Wheels of a package: most are pure Python, a few are built for everything."""
_WORDS = (
    "amber",
    "basalt",
    "cedar",
    "delta",
    "ember",
    "fjord",
    "grove",
    "heron",
    "islet",
    "juniper",
)
_SPREAD = 60
"""Popularity falls with 1 / (rank + this)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """How a format is generated, and what its files are called."""

    file_name: str
    render: Callable[[str, Sequence[Package]], str]
    """Gets the name of the project and its packages, sorted by name."""


FORMATS: Mapping[str, Shape] = {
    "uv": Shape(file_name="uv.lock", render=formats.uv),
    "pylock": Shape(file_name="pylock.toml", render=formats.pylock),
    "poetry": Shape(file_name="poetry.lock", render=formats.poetry),
    "pdm": Shape(file_name="pdm.lock", render=formats.pdm),
    "npm": Shape(file_name="package-lock.json", render=formats.npm),
    "pipfile": Shape(file_name="Pipfile.lock", render=formats.pipfile),
    "pixi": Shape(file_name="pixi.lock", render=formats.pixi),
    "requirements": Shape(file_name="requirements.txt", render=formats.requirements),
}
"""By the id of the parser."""


def population(seed: int, count: int = _POPULATION) -> tuple[Package, ...]:
    """Return `count` packages, the most used first; the same for the same seed."""
    rng = random.Random(seed)  # noqa: S311 - the world is made from a seed
    return tuple(package(rng, number) for number in range(count))


def package(rng: random.Random, number: int, name: str | None = None) -> Package:
    """Return a package that does not exist; its name follows from `number` unless one is given."""
    name = name or f"{rng.choice(_WORDS)}-{rng.choice(_WORDS)}-{number}"
    version = f"{rng.randrange(12)}.{rng.randrange(30)}.{rng.randrange(12)}"
    stem = f"{name.replace('-', '_')}-{version}"
    wheels = rng.choice(_WHEELS)
    names = [f"{stem}.tar.gz", *(f"{stem}-{_tags(n, wheels)}.whl" for n in range(wheels))]
    return Package(
        name=name,
        version=version,
        artifacts=tuple(_artifact(rng, filename) for filename in names),
        requires=tuple(rng.sample(_WORDS, rng.randrange(4))),
    )


def _tags(number: int, count: int) -> str:
    if count == 1:
        return "py3-none-any"
    minor = 9 + number % 6
    platform = ("manylinux_2_28_x86_64", "macosx_11_0_arm64", "win_amd64")[number // 6 % 3]
    return f"cp3{minor}-cp3{minor}-{platform}{number // 18 or ''}"


def _artifact(rng: random.Random, filename: str) -> Artifact:
    return Artifact(
        filename=filename,
        blake2b_256=f"{rng.getrandbits(256):064x}",
        sha256=f"{rng.getrandbits(256):064x}",
        sha512=rng.randbytes(64),
        size=rng.randrange(2_000, 20_000_000),
    )


def locks(
    kind: str, packages: Sequence[Package], *, seed: int, count: int
) -> Iterator[tuple[str, bytes]]:
    """Yield `count` locks of the format `kind` as path and bytes, each in a folder of its own."""
    rng = random.Random(seed)  # noqa: S311 - the world is made from a seed
    shape = FORMATS[kind]
    weights = popularity(len(packages))
    for number in range(count):
        wanted = min(len(packages), size(rng))
        chosen = set(rng.choices(packages, cum_weights=weights, k=wanted))
        text = shape.render(f"project-{number}", sorted(chosen, key=lambda p: p.name))
        yield f"project-{number}/{shape.file_name}", text.encode()


def size(rng: random.Random) -> int:
    """Draw how many packages a lock has."""
    return max(3, round(rng.lognormvariate(4.2, 0.7)))


def popularity(packages: int) -> list[float]:
    """Return cumulative weights by which so many packages are drawn, the most used first."""
    return list(accumulate(1 / (rank + _SPREAD) for rank in range(packages)))
