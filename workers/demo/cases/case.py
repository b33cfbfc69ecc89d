"""One repository and what is true of its locks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from crawler.lockfiles.surroundings import manifests_of
from crawler.model import CaseClass, Confidence, Tier
from workers.demo.model import Commit, Expectation, WorldRepository

__all__ = [
    "FORGE",
    "GIT",
    "GITHUB",
    "NOTHING",
    "UNREADABLE",
    "Lock",
    "PlantedRepository",
    "StrongestClaim",
]

GITHUB = "github.example"
FORGE = "forge.example"
GIT = "git.example"

_TASK = "Take-home task for candidates: install it, run it, and fix the test that fails."
"""README of lures; too short for a sketch, so it makes no campaign of them."""
UNREADABLE = "unreadable: "
"""How the reason of an expectation begins where ghostcrawl must say that it could not read the lock."""


@dataclass(frozen=True, slots=True)
class StrongestClaim:
    """The strongest thing that may be said of a lock."""

    confidence: Confidence | None
    tier: Tier | None
    asked: bool = False
    """Whether a person is asked before anybody is told."""


NOTHING = StrongestClaim(None, None)


@dataclass(frozen=True, slots=True)
class Lock:
    """A file that is, or looks like, a lock, and what may be said of it."""

    data: bytes = field(repr=False)
    answer: StrongestClaim
    why: str
    path: str = "uv.lock"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlantedRepository:
    """One repository."""

    host: str
    path: str
    locks: tuple[Lock, ...] = ()
    branch: str = "main"
    """Where the locks are; `main` is always the default branch and always there."""
    description: str = ""
    fork_of: str | None = None
    archived: bool = False
    files: Mapping[str, bytes] = field(default_factory=dict)
    """More files of the same branch."""
    case_class: CaseClass | None = None
    """What can be said of it where a lock is confirmed; None: a lure, or unclear on a plain Git server,
    which does not say when a repository was made."""

    def repository(self, created_at: str, pushed_at: str) -> WorldRepository:
        """Return the repository; times are ISO 8601, UTC."""
        name, said = self.path.partition("/")[2], _TASK if self._is_lure() else self.description
        readme = f"# {name}\n\n{said}\n".encode()
        main: Mapping[str, bytes] = {"README.md": readme, "src/main.py": b"print('demo')\n"}
        locks = {lock.path: lock.data for lock in self.locks}
        locked = {**main, **_manifests(locks), **self.files, **locks}
        branches = {"main": Commit(files=main), self.branch: Commit(files=locked)}
        return WorldRepository(
            host=self.host,
            path=self.path,
            branches=branches,
            fork_of=self.fork_of,
            description=self.description,
            created_at=created_at,
            pushed_at=pushed_at,
            archived=self.archived,
        )

    def _usual(self) -> CaseClass:
        if self.case_class is not None:
            return self.case_class
        return CaseClass.UNCLEAR if self.host == GIT else CaseClass.LURE

    def _is_lure(self) -> bool:
        sure = any(lock.answer.confidence is Confidence.CONFIRMED for lock in self.locks)
        return sure and self._usual() is CaseClass.LURE

    def expectations(self) -> tuple[Expectation, ...]:
        """Return what is true of each lock."""
        usual = self._usual()
        return tuple(
            Expectation(
                host=self.host,
                repository=self.path,
                path=lock.path,
                confidence=lock.answer.confidence,
                tier=lock.answer.tier,
                asked=lock.answer.asked,
                why=lock.why,
                case_class=usual if lock.answer.confidence is Confidence.CONFIRMED else None,
            )
            for lock in self.locks
        )


def _manifests(paths: Iterable[str]) -> Mapping[str, bytes]:
    """Return what the tools of the locks at `paths` need beside them, as every project has it."""
    found: dict[str, bytes] = {}
    for path in paths:
        folder, slash, _ = path.rpartition("/")
        for name in manifests_of(path)[:1]:
            found[f"{folder}{slash}{name}"] = _CONTENT.get(name, b"")
    return found


_CONTENT = {
    "pyproject.toml": b'[project]\nname = "demo"\nversion = "0.1.0"\n',
    "package.json": b'{"name": "demo", "version": "0.1.0"}\n',
}
