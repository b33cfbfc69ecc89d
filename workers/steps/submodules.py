"""Submodules: a repository that is checked out into one that was visited becomes one to visit.

One level: what is known only as somebody's submodule leads no further. One that is known already keeps its
own schedule.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from crawler.errors import ConfigurationError
from crawler.git.gitmodules import GITMODULES, web_spelling
from crawler.git.submodules import refused_submodule
from crawler.model import Skipped
from workers.ledger import frontier, pivots, work
from workers.runs import Way
from workers.steps.search import visit_items

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from crawler.model import Repository, Visit
    from workers.runs import Run
    from workers.steps.search import Reading

__all__ = ["SubmoduleVisits"]

_Locate: TypeAlias = (
    "Callable[[Iterable[str]], tuple[Mapping[str, Sequence[Repository]], Sequence[Skipped]]]"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmoduleVisits:
    """Everything that offering visits of submodules needs."""

    located: _Locate
    """Returns the repositories that clone URLs name, per host, and the reasons why some name none."""
    reading: Reading
    configured: Collection[str]
    """Names of the hosts of the configuration."""

    def offer(
        self, conn: Connection, repository_id: int, brought: Visit, run: Run, now: datetime
    ) -> tuple[Skipped, ...]:
        """Offer the visits of those submodules that nobody knew; return which are not visited, and why."""
        if not brought.submodules:
            return ()
        if frontier.found_by(conn, repository_id) is Way.GITLINK:
            reason = "a submodule of what is known only as a submodule is not visited"
            times = len(brought.submodules)
            return (Skipped(context=GITMODULES, reason=reason, at=GITMODULES, times=times),)
        found: list[Repository] = []
        skipped: list[Skipped] = []
        for url in brought.submodules:
            repository, why = self._named(url, run)
            if repository is None:
                skipped.append(refused_submodule(url, why))
            else:
                found.append(repository)
        fresh = pivots.unknown(conn, found)
        work.offer(conn, visit_items(conn, fresh, self.reading, run, now, Way.GITLINK), now)
        return tuple(skipped)

    def _named(self, url: str, run: Run) -> tuple[Repository | None, str]:
        """Return what `url` names, or why it names nothing that can be visited.

        An address for SSH is taken for the https one of the same path where the host is configured.
        """
        found, why = self._located(url)
        web = web_spelling(url)
        if found is None and web is not None:
            guessed, _ = self._located(web)
            if guessed is not None and guessed.host in self.configured:
                found = guessed
        if found is not None:
            try:
                self.reading(found.host, run)
            except ConfigurationError as error:  # of that host, which is no fault of this visit
                return None, str(error)
        return found, why

    def _located(self, url: str) -> tuple[Repository | None, str]:
        found, skipped = self.located([url])
        of_any_host = [one for of_one in found.values() for one in of_one]
        why = skipped[0].reason if skipped else "no address of a repository"
        return (of_any_host[0] if of_any_host else None), why
