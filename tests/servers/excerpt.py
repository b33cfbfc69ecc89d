"""A few repositories of the demo world, with all that is true of them; quick to learn and to crawl."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from tests.servers.github_schema import errors_of
from tests.servers.terminal import Terminal
from workers.demo.cases.case import GIT
from workers.demo.model import World
from workers.demo.packages import PLAIN, WIDE
from workers.demo.server import WorldServer
from workers.demo.tour import TOKEN_FILE, configuration
from workers.demo.world import build, clone_urls

__all__ = ["CAST", "EVERYWHERE", "Stage", "excerpt", "on_stage"]

CAST = (
    "demo-01/trading-bot",  # GitHub: the exact file, at the root
    "demo-42/clean-main",  # GitHub: on another branch
    "demo-43/monorepo",  # GitHub: in a sub-folder
    "demo-24/agent",  # GitHub: a good release of a project that had bad ones
    "demo-03/mint-bot",  # Forgejo: the exact file
    "demo-22/agent",  # Forgejo: a bad release of a good project
    "demo-04/copy-trader",  # plain Git: the exact file
    "demo-20/agent",  # plain Git: a listed release
    "demo-26/agent",  # plain Git: a good release between bad ones
)
EVERYWHERE = ("github.example,forge.example", "--strategy", "list", "--refs", "branches")
_FACTOR = 2000.0
"""How much faster than real the limits of the hosts pass: a minute in 30 ms."""
_UNUSED = frozenset((*WIDE, *PLAIN))


def excerpt(paths: Collection[str] = CAST, *, without_records: Collection[str] = ()) -> World:
    """Return the demo world with these repositories and what is said of the projects they may pin.

    `without_records` are ids of advisories that nobody has written yet.
    """
    world = build()
    return replace(
        world,
        projects=tuple(p for p in world.projects if p.name not in _UNUSED),
        journal=tuple(e for e in world.journal if e.name not in _UNUSED),
        advisories=tuple(a for a in world.advisories if a["id"] not in without_records),
        repositories=tuple(r for r in world.repositories if r.path in paths),
        truth=tuple(t for t in world.truth if t.repository in paths),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A world that is served, and a user whose configuration leads there."""

    world: World
    server: WorldServer
    user: Terminal

    @property
    def everywhere(self) -> tuple[str, ...]:
        """The words that crawl all branches of all repositories of the world."""
        return ("crawl", *EVERYWHERE, "--repos", str(self.user.folder / "urls.txt"))

    def requests(self, *hosts: str) -> int:
        """Return how many requests `hosts` (none: all) were sent so far."""
        rows = self.server.traffic().rows
        return sum(row.requests for row in rows if not hosts or row.host in hosts)


@contextmanager
def on_stage(
    world: World,
    folder: Path,
    *,
    page_limit: int = 50_000,
    factor: float = _FACTOR,
    **more: str,
) -> Iterator[Stage]:
    """Serve `world` until the block ends; `more` are variables of the user's environment.

    `factor` is how much faster than real its clock goes.
    """
    with WorldServer(
        world,
        folder / "repositories",
        clock_factor=factor,
        page_limit=page_limit,
        check=errors_of,
    ) as server:
        user = Terminal.at(
            folder / "user",
            configuration(server),
            GHOSTCRAWL_DEMO_TOKEN="demo-token",
            GHOSTCRAWL_NETWORK__SCALE=str(factor),
            **more,
        )
        (user.folder / TOKEN_FILE).write_text("demo-token\n", "utf-8")
        (user.folder / "urls.txt").write_text("\n".join(clone_urls(world, GIT)), "utf-8")
        yield Stage(world=world, server=server, user=user)
