"""A GitHub of 20,000 repositories from a seed: the fake of the demo, its limits on, with a quick search.

A tenth has a lock at its root. Ghosts are planted at the root of plain repositories, of forks and in large
locks, and where one lane or the other cannot look: in folders and on other branches.
"""

from __future__ import annotations

import random
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from benchmarks import generate
from benchmarks.formats import Package
from workers.demo.catalogue import Catalogue, HostedRepository
from workers.demo.graphql_resolvers import Resolvers
from workers.demo.graphql_values import Connection, connection
from workers.demo.model import Commit, World, WorldRepository
from workers.demo.reposearch import REACHABLE_RESULTS

__all__ = ["OPENED", "QuickResolvers", "Spot", "Stock", "changed", "made"]

OPENED = datetime(2026, 3, 1, tzinfo=UTC)
"""When the first repository was created."""
_HOST = "github.example"
_STEP = 260.0
"""Seconds between two creations, on average; nights are quiet."""
_QUERY = re.compile(r"is:public fork:true (created|pushed):(\S+)\.\.(\S+)")
_OTHERS = ("README.md", "LICENSE", ".gitignore", "Makefile", "main.py", "src/app.py", "docs/a.md")
_FORMATS = ("uv", "uv", "uv", "uv", "pylock", "poetry", "pdm", "pipfile", "pixi", "requirements")
_NAMES = {"pylock": "pylock.{}.toml", "requirements": "requirements-{}.txt"}
"""Files that no list of fixed names would ask for."""
_LARGE = 330
"""Packages of a lock over 512,000 bytes, where `Blob.text` is cut."""


class Spot(StrEnum):
    """Where a ghost is planted."""

    ROOT = "root"
    FORK = "root of a fork"
    LARGE = "lock over 384 KB"
    FOLDER = "in a folder"
    BRANCH = "other branch"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stock:
    """The world, and what is planted in it."""

    world: World
    ghosts: tuple[Package, ...]
    planted: Mapping[str, Spot]
    """Repository -> where its ghost is."""
    sizes: tuple[int, ...]
    """Bytes of each lock."""


class QuickResolvers(Resolvers):
    """Those of the demo, but a range of dates is found by bisection; other searches find nothing."""

    def __init__(self, world: World, *, web_url: str = f"https://{_HOST}") -> None:
        catalogue = Catalogue(world, _HOST)
        super().__init__(catalogue, web_url=web_url)
        entries = list(catalogue)
        self._ordered = {
            "created": sorted(entries, key=lambda e: e.repository.created_at),
            "pushed": sorted(entries, key=lambda e: e.repository.pushed_at),
        }

    def search(self, arguments: Mapping[str, Any]) -> Connection:
        """Return the page of what was created or pushed in a range."""
        match = _QUERY.fullmatch(arguments["query"])
        found: Sequence[HostedRepository] = ()
        if match is not None:
            by, first, last = match.groups()
            key = lambda e: getattr(e.repository, f"{by}_at")  # noqa: E731 - of both ends
            ordered = self._ordered[by]
            found = ordered[
                bisect_left(ordered, first, key=key) : bisect_right(ordered, last, key=key)
            ]
        return connection(found, arguments, reachable=REACHABLE_RESULTS)


def made(count: int, seed: int) -> Stock:
    """Return a world of `count` repositories; the same for the same seed."""
    maker = _Maker(count, seed)
    repositories = tuple(maker.repositories())
    world = World(projects=(), journal=(), advisories=(), repositories=repositories, truth=())
    return Stock(
        world=world,
        ghosts=maker.ghosts,
        planted=maker.planted,
        sizes=tuple(maker.sizes),
    )


def changed(stock: Stock, share: int) -> tuple[World, datetime]:
    """Return the world after one repository in `share` was pushed to, and when that was."""
    moment = datetime.fromisoformat(stock.world.repositories[-1].created_at) + timedelta(days=1)
    pushed = _iso(moment + timedelta(hours=1))
    repositories = tuple(
        _pushed(repository, pushed) if number % share == 0 else repository
        for number, repository in enumerate(stock.world.repositories)
    )
    return replace(stock.world, repositories=repositories), moment


def _pushed(repository: WorldRepository, moment: str) -> WorldRepository:
    files = {
        path: data + b"\n# changed\n" for path, data in repository.branches["main"].files.items()
    }
    branches = {**repository.branches, "main": Commit(files=files)}
    return replace(repository, branches=branches, pushed_at=moment)


class _Maker:
    def __init__(self, count: int, seed: int) -> None:
        self._count = count
        self._random = random.Random(seed)  # noqa: S311 - the world is made from a seed
        self._packages = generate.population(seed, 2_000)
        self.ghosts = generate.population(seed + 1, 20)
        self.planted: dict[str, Spot] = {}
        self.sizes: list[int] = []

    def repositories(self) -> Iterator[WorldRepository]:
        moment = OPENED
        shared: list[tuple[str, bytes]] = []
        for number in range(self._count):
            moment += timedelta(seconds=self._gap(moment, number))
            path = f"owner-{number % 997}/project-{number}"
            files = {name: f"{path} {name}\n".encode() for name in _OTHERS}
            branches = {"main": files}
            if number % 10 == 3:  # noqa: PLR2004 - a tenth
                self._lock(number, path, branches, shared)
            fork = self.planted.get(path) is Spot.FORK
            yield WorldRepository(
                host=_HOST,
                path=path,
                branches={name: Commit(files=held) for name, held in branches.items()},
                created_at=_iso(moment),
                pushed_at=_iso(moment),
                fork_of="owner-0/project-0" if fork else None,
            )

    def _gap(self, moment: datetime, number: int) -> float:
        """Return the seconds to the next creation: quiet nights, and a bot now and then."""
        if number % 5000 < 40:  # noqa: PLR2004 - forty at once
            return 0.2
        return self._random.expovariate(1 / _STEP) * (3.0 if moment.hour < 6 else 0.7)  # noqa: PLR2004

    def _lock(
        self,
        number: int,
        path: str,
        branches: dict[str, dict[str, bytes]],
        shared: list[tuple[str, bytes]],
    ) -> None:
        kind = _FORMATS[number // 10 % len(_FORMATS)]
        spot = self._spot(number // 10)
        large = spot is Spot.LARGE
        if spot is None and not large and shared and number // 10 % 5 == 0:
            name, data = self._random.choice(shared)  # a template, copied
        else:
            name, data = self._written(kind, number, spot, large=large)
            shared += [(name, data)] if spot is None and not large else []
        self.sizes.append(len(data))
        main = branches["main"]
        main["pyproject.toml"] = f'[project]\nname = "project-{number}"\nversion = "0"\n'.encode()
        match spot:
            case Spot.FOLDER:
                main[f"service/{name}"] = data
            case Spot.BRANCH:
                branches["develop"] = {**main, name: data}
            case _:
                main[name] = data
        if spot is not None:
            self.planted[path] = spot

    def _spot(self, lock: int) -> Spot | None:
        """Plant a ghost in one lock of eight, half of them where both lanes can see it."""
        return (Spot.ROOT, None, None, None, *Spot, None)[lock // 8 % 10] if lock % 8 == 5 else None  # noqa: PLR2004

    def _written(
        self, kind: str, number: int, spot: Spot | None, *, large: bool
    ) -> tuple[str, bytes]:
        rng = self._random
        most = 180 if spot is None else 90
        many = _LARGE if large else max(3, min(most, round(rng.lognormvariate(4.2, 0.5))))
        chosen = set(rng.choices(self._packages[: 400 if not large else None], k=many))
        if spot is not None:
            chosen.add(rng.choice(self.ghosts))
        shape = generate.FORMATS["uv" if large else kind]
        named = _NAMES.get("uv" if large else kind, shape.file_name).format(
            rng.choice(("dev", "prod", "ci"))
        )
        text = shape.render(f"project-{number}", sorted(chosen, key=lambda p: p.name))
        return named, text.encode()


def _iso(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
