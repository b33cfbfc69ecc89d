"""Running the whole task, in this checkout or in another one, and its peer; and what that costs.

Each checkout fills a ledger of its own per database once, by its own code; every run then has a fresh copy
of it, on SQLite a file, on PostgreSQL a database. The hosts of the world are names that lead to one server on
loopback, near or through a relay that is 50 ms away. The doors are those that users have (`seed --from file:`,
`crawl --repos`, `--format jsonl`), so that an older checkout can be measured as well; only the split of a
visit, and the filling, look inside: `chain_side`.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import databases, git_clients
from benchmarks.chain_world import Pinned, write_ghosts
from benchmarks.git_server import Ports, spent
from benchmarks.measure import Checkout, Cost, run

if TYPE_CHECKING:
    from benchmarks.chain_world import World
    from tests.servers.postgres import Postgres

__all__ = ["Manner", "Ran", "Stage", "side_of"]

_UNHURRIED = 1e6
"""What the clock of all budgets runs faster by where a run is not polite."""
_SETTINGS = """\
[registries.pypi]
index_url = "https://index.example/simple/"
file_hosts = ["files.index.example"]

[registries.npm]
index_url = "https://registry.npm.example/"

[network]
operator = "benchmark@git.example"
project_url = "https://git.example/ghostcrawl"
scale = {scale}

[network.connect_to]
{routes}
"""
_PEER = "GitPython depth=1"
_SIDE = Path(__file__).with_name("chain_side.py")


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How a run asks: at which distance, and with which haste."""

    far: bool = False
    """50 ms away."""
    polite: bool = False
    """One request a second and host, as in production; else as fast as it can."""

    def __str__(self) -> str:
        """Write it as `50 ms away, polite`."""
        return ("50 ms away" if self.far else "near") + (", polite" if self.polite else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What a run over some repositories took, its start left out."""

    cpu: float
    """Seconds of all its processes, a server of PostgreSQL not among them."""
    wall: float
    """Seconds."""
    served: float
    """CPU seconds of the PostgreSQL server; 0 for SQLite."""
    requests: int
    asking: float
    """Seconds between the first and the last answer."""
    pinned: Pinned


@dataclass(slots=True, kw_only=True)
class Stage:
    """Where everything is: the world, who serves it, and one filled ledger per checkout and database."""

    world: World
    work: Path
    ports: Ports
    postgres: Postgres | None
    processes: int
    """That read repositories at once: of the workers, and threads of the peer."""
    _numbers: Iterator[int] = field(default_factory=count)
    _filled: dict[tuple[str, str], str] = field(default_factory=dict)

    def split(self, checkout: Checkout, backend: str) -> Mapping[str, float]:
        """Visit all repositories in one process; return CPU seconds per visit and stage."""
        urls = self._listed(self.world.url(0).replace("task-0", n) for n in self.world.names)
        with self._fresh(checkout, backend, Manner()) as env:
            return dict(json.loads(self._inside(checkout, env, "visits", urls).out))

    def crawl(self, checkout: Checkout, backend: str, manner: Manner, repositories: int) -> Ran:
        """Let the whole cluster of a checkout crawl the first `repositories`."""
        urls = self._listed(map(self.world.url, range(repositories)))
        words = ["--repos", urls, "--workers", self.processes, "--max-minutes", 60]
        words += ["--fail-on", "never", "--format", "jsonl", "--allow-stale"]
        with self._fresh(checkout, backend, manner) as env:
            spent(self.ports)
            before = self._served(backend)
            cost = self._ghostcrawl(checkout, env, ["crawl", *words])
            traffic, served = spent(self.ports), self._served(backend) - before
        found = map(json.loads, cost.out.splitlines())
        return Ran(
            cpu=cost.cpu,
            wall=cost.wall,
            served=served,
            requests=traffic.requests,
            asking=traffic.last - traffic.first,
            pinned=frozenset(
                (one["repo"]["full_name"], one["artifact"]["sha256"]) for one in found
            ),
        )

    def peer(self, manner: Manner, repositories: int) -> Ran:
        """Let GitPython clone the same repositories, and tomllib read their locks."""
        places = self.ports.urls(list(self.world.names[:repositories]), far=manner.far)
        urls, clones = self._listed(places), self._folder("clones")
        program = [sys.executable, "-P", git_clients.__file__, _PEER, self.processes]
        start = self._ran([*program, self._listed(()), clones, self._digests], {})
        spent(self.ports)
        cost = self._ran([*program, urls, clones, self._digests], {})
        traffic, answer = spent(self.ports), json.loads(cost.out)
        return Ran(
            cpu=cost.cpu - start.cpu,
            wall=answer["seconds"],
            served=0.0,
            requests=traffic.requests,
            asking=traffic.last - traffic.first,
            pinned=frozenset((_name(url), digest) for url, digest in answer["pinned"]),
        )

    @contextmanager
    def _fresh(
        self, checkout: Checkout, backend: str, manner: Manner
    ) -> Iterator[Mapping[str, str]]:
        """Give the environment of a command on a copy of the filled ledger, which then goes again."""
        filled = self._filled_ledger(checkout, backend)
        env = self._environment(manner)
        state = Path(env["GHOSTCRAWL_STATE_DIR"])
        if self.postgres is None or backend == "sqlite":
            shutil.copy(filled, state / "ledger.sqlite")
            yield env
        else:
            copy = self.postgres.database(filled)
            yield env | {"GHOSTCRAWL_DATABASE_URL": self.postgres.url(copy)}
            self.postgres.drop(copy)
        shutil.rmtree(state)

    def _environment(self, manner: Manner) -> dict[str, str]:
        state = self._folder("state")
        port = self.ports.far if manner.far else self.ports.near
        routes = (f'"{host}" = "http://127.0.0.1:{port}"' for host in self.world.host_names)
        scale = 1.0 if manner.polite else _UNHURRIED
        config = state / "ghostcrawl.toml"
        config.write_text(_SETTINGS.format(scale=scale, routes="\n".join(routes)), "utf-8")
        return {"GHOSTCRAWL_STATE_DIR": str(state), "GHOSTCRAWL_CONFIG": str(config)}

    def _filled_ledger(self, checkout: Checkout, backend: str) -> str:
        """Return the file or the name of a database that knows the ghosts and the stored locks."""
        key = (checkout.name, backend)
        if key not in self._filled:
            self._filled[key] = self._fill(checkout, backend)
        return self._filled[key]

    def _fill(self, checkout: Checkout, backend: str) -> str:
        env = self._environment(Manner())
        filled = str(Path(env["GHOSTCRAWL_STATE_DIR"]) / "ledger.sqlite")
        if self.postgres is not None and backend == "postgresql":
            filled = self.postgres.database()
            env["GHOSTCRAWL_DATABASE_URL"] = self.postgres.url(filled)
            self._ghostcrawl(checkout, env, ["db", "upgrade"])
        feed = self.work / "ghosts.jsonl"
        write_ghosts(feed, self._digests)
        self._ghostcrawl(checkout, env, ["seed", "--from", f"file:{feed}"])
        frames = self.work / "stored"
        with frames.open("wb") as file:
            for lock in self.world.stored_locks():
                file.write(len(lock).to_bytes(8, "big") + lock)
        self._inside(checkout, env, "fill", frames)
        frames.unlink()
        return filled

    @property
    def _digests(self) -> Path:
        return self.work / "digests"

    def _ghostcrawl(
        self, checkout: Checkout, env: Mapping[str, str], words: Sequence[object]
    ) -> Cost:
        argv = [checkout.python, "-P", "-m", "workers.cli.main", "--progress", "none", *words]
        return self._ran(argv, {**env, "PYTHONPATH": str(checkout.folder)})

    def _inside(self, checkout: Checkout, env: Mapping[str, str], *words: object) -> Cost:
        argv = [checkout.python, "-P", side_of(checkout), *words]
        return self._ran(argv, {**env, "PYTHONPATH": str(checkout.folder)})

    def _ran(self, argv: Sequence[object], env: Mapping[str, str]) -> Cost:
        """Run a program to its end; raises ValueError where it fails."""
        cost = run(argv, cwd=self.work, env=env, log=self.work / "log")
        if cost.code:
            words = " ".join(map(str, argv[2:]))
            msg = f"{words} ended with {cost.code}: {cost.err[-2000:]}"
            raise ValueError(msg)
        return cost

    def _served(self, backend: str) -> float:
        return databases.cpu_of(self.work / "pg") if backend == "postgresql" else 0.0

    def _listed(self, lines: Iterable[str]) -> Path:
        file = self.work / f"urls-{next(self._numbers)}"
        file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        return file

    def _folder(self, name: str) -> Path:
        folder = self.work / f"{name}-{next(self._numbers)}"
        folder.mkdir()
        return folder


def _name(url: str) -> str:
    return url.rpartition("/")[2].removesuffix(".git")


def side_of(checkout: Checkout) -> Path:
    """Return what measures a checkout from inside: its own, for it knows its names, or else ours."""
    own = checkout.folder / "benchmarks" / _SIDE.name
    return own if own.exists() else _SIDE
