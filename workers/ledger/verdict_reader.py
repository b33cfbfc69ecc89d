"""What scans and workers ask of verdicts: each question once, whoever carries it to the database.

SQLAlchemy carries it for workers (`verdicts.reader`); the standard library carries it for a scan of an own
SQLite ledger (`read_only`), which spares a scan of two locks half of its time.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from crawler.model import Level, ProjectKey, Verdict
from crawler.model.version_ranges import is_range
from workers.ledger.ages import FeedAge
from workers.ledger.sql.keys import batched, release, written
from workers.values import decode

if TYPE_CHECKING:
    from crawler.matching import WatchKeys

__all__ = ["Ask", "Row", "VerdictReader"]

Row = Sequence[Any]
Ask = Callable[[str, Sequence[str | int]], Iterable[Row]]
"""Runs a statement with a few hundred values in the place of `:wanted`; returns its rows."""

_BY_DIGEST = "SELECT verdict_id FROM verdict_digest WHERE hex IN :wanted"
_BY_PROJECT = (
    "SELECT id, project, version, level FROM verdict WHERE until IS NULL AND project IN :wanted"
)
_BODIES = "SELECT body FROM verdict WHERE until IS NULL AND id IN :wanted ORDER BY id"
_ANY = "SELECT 1 FROM verdict WHERE until IS NULL LIMIT 1"
_ANY_ALLOWED = "SELECT 1 FROM verdict WHERE until IS NULL AND state = 'allowed' LIMIT 1"
_RULES = "SELECT rules FROM judged_by"
_GHOSTS = "SELECT DISTINCT project FROM verdict WHERE until IS NULL AND state = 'malicious'"
_CURSOR = "SELECT cursor FROM feed_cursor WHERE feed IN :wanted"

_ANSWERED = (
    "SELECT feed, answered_at FROM feed_poll UNION ALL SELECT feed, checked_at FROM feed_cursor "
    "WHERE feed NOT IN (SELECT feed FROM feed_poll)"
)


class VerdictReader:
    """Answers from the current verdicts and feeds. Every method raises StoreError."""

    def __init__(self, ask: Ask) -> None:
        """Let `ask` carry each question to the database."""
        self._ask = ask

    def knows_ghosts(self) -> bool:
        """Say whether any feed has ever told of anything."""
        return bool(list(self._ask(_ANY, ())))

    def has_allowances(self) -> bool:
        """Say whether anything is on the allow list, expired or not."""
        return bool(list(self._ask(_ANY_ALLOWED, ())))

    def ghosts(self) -> frozenset[str]:
        """Return the projects with anything malicious, as columns have them: `pypi/zz-ghost`; tens of thousands."""
        return frozenset(project for (project,) in self._ask(_GHOSTS, ()))

    def is_judged_by(self, rules: str) -> bool:
        """Say whether every verdict was reached by this version of the rules."""
        return [str(one) for (one,) in self._ask(_RULES, ())] == [rules] or not self.knows_ghosts()

    def ages(self) -> tuple[FeedAge, ...]:
        """Return when each feed that was ever polled answered last, by name."""
        found = (
            FeedAge(feed=feed, answered_at=None if at is None else datetime.fromisoformat(at))
            for feed, at in self._ask(_ANSWERED, ())
        )
        return tuple(sorted(found, key=lambda one: one.feed))

    def cursor_of(self, feed: str) -> str | None:
        """Return the cursor of the last page of `feed` that was saved, None before the first."""
        return next((str(cursor) for (cursor,) in self._ask(_CURSOR, (feed,))), None)

    def lookup(self, keys: WatchKeys) -> tuple[Verdict, ...]:
        """Return the verdicts that pins with these keys may fall under, as `for_pins` does."""
        return self.for_pins(
            digests=keys.digests,
            releases=keys.releases,
            projects=keys.projects,
            every=keys.whole,
        )

    def for_pins(
        self,
        *,
        digests: Collection[str] = (),
        releases: Collection[tuple[ProjectKey, str]] = (),
        projects: Collection[ProjectKey] = (),
        every: Collection[ProjectKey] = (),
    ) -> tuple[Verdict, ...]:
        """Return the current verdicts that pins with these properties may fall under, each once.

        Args:
            digests: Hex digits; find verdicts on the files that have them, under whatever algorithm.
            releases: Projects with versions in any spelling; find verdicts on the release, its files and all
                ranges of versions of the project.
            projects: Find verdicts on the project as a whole.
            every: Find all verdicts on anything of these projects.
        """
        by_digest = {row_id for (row_id,) in self._rows(_BY_DIGEST, digests)}
        ids = by_digest | self._with_names(releases, projects, every)
        return tuple(decode(Verdict, body) for (body,) in self._rows(_BODIES, sorted(ids)))

    def _with_names(
        self,
        releases: Collection[tuple[ProjectKey, str]],
        projects: Collection[ProjectKey],
        every: Collection[ProjectKey],
    ) -> set[int]:
        """Look up by project alone: of most projects that locks pin there is no verdict at all."""
        whole = {written(key) for key in projects}
        complete = {written(key) for key in every}
        names = whole | complete | {written(key) for key, _ in releases}
        found = list(self._rows(_BY_PROJECT, names))
        if not found:
            return set()
        stated = {(written(key), release(key.ecosystem, version)) for key, version in releases}
        return {
            row_id
            for row_id, project, version, level in found
            if (project, version) in stated
            or is_range(version)
            or project in complete
            or (level == Level.PROJECT and project in whole)
        }

    def _rows(self, statement: str, values: Iterable[str | int]) -> Iterable[Row]:
        return (row for some in batched(values) for row in self._ask(statement, some))
