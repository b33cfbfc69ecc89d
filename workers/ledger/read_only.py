"""The watch index: verdicts for one scan, read out of an own SQLite ledger by the standard library alone.

A scan of one lock lasts as long as its imports: SQLAlchemy alone takes 0.2 s. Short scans ask SQL by
index (3-5 us per key); long ones load all digests that have a verdict once, and remember of which
projects there is none. It is a snapshot: what feeds tell during the scan may or may not be seen.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from crawler.errors import StoreError
from workers.ledger import lookup
from workers.ledger.ages import FeedAge, ages
from workers.ledger.revision import REVISION
from workers.ledger.sql.keys import batched, project_of, written
from workers.private import private_database

if TYPE_CHECKING:
    from pathlib import Path

    from crawler.model import ProjectKey, Verdict

__all__ = ["Watch"]

_BUSY = 30.0
"""Seconds that SQLite waits for a writer."""
_CACHE = 32_768
"""KiB of pages that SQLite may keep; with its own 2 MB a look-up takes twice as long."""
_MAPPED = 2**30
"""Bytes of the file that are mapped instead of read: a first look-up takes 5 us instead of 27."""
_WORTH_LOADING = 20_000
"""Digests asked for, after which loading all of them (0.15 s for 300,000) has paid: 0.3 us for each then."""
_MOST_LOADED = 1_000_000
"""Digests held in memory, 120 bytes each; a larger ledger is asked by index throughout."""
_PREFIX = 16
"""Hex digits of a digest that are held; whatever begins like one of them is asked for in full."""
_ALL_DIGESTS = (
    "SELECT group_concat(head) FROM (SELECT substr(hex, 1, ?) AS head FROM verdict_digest LIMIT ?)"
)
"""One text of them all: made row by row in Python they take twice as long."""
_MOST_REMEMBERED = 50_000
"""Digests, and releases, remembered as asked for; then it starts anew."""


class Watch:
    """An open ledger that is only asked. Not for several threads at once."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        *,
        worth_loading: int,
        loaded: frozenset[str] | None = None,
    ) -> None:
        """Ask `connection`; use `Watch.open` instead, which checks what it opens."""
        self._connection = connection
        self._worth_loading = worth_loading
        self._asked = 0 if loaded is None else worth_loading + 1
        self._loaded = loaded
        self._absent: set[str] = set()
        self._projects: set[ProjectKey] = set()
        self._releases: set[tuple[ProjectKey, str]] = set()
        self._judged: set[ProjectKey] = set()

    @classmethod
    def open(
        cls,
        file: Path,
        *,
        worth_loading: int = _WORTH_LOADING,
        loaded: frozenset[str] | None = None,
    ) -> Watch | None:
        """Open the ledger `file` for reading; all digests are loaded after `worth_loading` questions.

        They need not be where another one has `loaded` them already.

        None where it has no schema of ours or cannot be read so; then the ledger itself
        (`workers.ledger.ledger`) knows what to do or to say.
        """
        private_database(file, create=False)
        try:
            connection = sqlite3.connect(
                f"{file.absolute().as_uri()}?mode=ro", uri=True, timeout=_BUSY
            )
        except sqlite3.Error:
            return None
        try:
            found = connection.execute("SELECT version_num FROM alembic_version").fetchall()
        except sqlite3.Error:
            found = []
        if found == [(REVISION,)]:
            connection.execute(f"PRAGMA cache_size = -{_CACHE}")
            connection.execute(f"PRAGMA mmap_size = {_MAPPED}")
            return cls(connection, worth_loading=worth_loading, loaded=loaded)
        connection.close()
        return None

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def knows_ghosts(self) -> bool:
        """Say whether any feed has ever told of anything. Raises StoreError."""
        return bool(self._rows("SELECT 1 FROM verdict WHERE until IS NULL LIMIT 1"))

    def vouches(self) -> bool:
        """Say whether anything is allowed: whether that has run out is not told here. Raises StoreError."""
        return bool(
            self._rows("SELECT 1 FROM verdict WHERE until IS NULL AND state = 'allowed' LIMIT 1")
        )

    def is_judged_by(self, rules: str) -> bool:
        """Say whether what is known was judged by this version of the rules. Raises StoreError."""
        return self._rows("SELECT rules FROM judged_by") == [(rules,)] or not self.knows_ghosts()

    def ages(self) -> tuple[FeedAge, ...]:
        """Return when each polled feed answered last. Raises StoreError."""
        return ages(self._rows)

    def cursor_of(self, feed: str) -> str | None:
        """Return how far `feed` was read, None where it never was. Raises StoreError."""
        rows = self._rows("SELECT cursor FROM feed_cursor WHERE feed = ?", (feed,))
        return str(rows[0][0]) if rows else None

    def load(self) -> frozenset[str] | None:
        """Return the digests with a verdict, for `open`; None where they are too many. Raises StoreError."""
        if self._asked <= self._worth_loading:
            self._asked, self._loaded = self._worth_loading + 1, self._all_digests()
        return self._loaded

    def for_pins(
        self,
        *,
        digests: Collection[str] = (),
        releases: Collection[tuple[ProjectKey, str]] = (),
        projects: Collection[ProjectKey] = (),
    ) -> tuple[Verdict, ...]:
        """Return what `workers.ledger.verdicts.for_pins` returns. Raises StoreError."""
        judged = self._with_verdicts(frozenset(projects), frozenset(releases))
        return lookup.for_pins(
            self._ask,
            digests=self._known(digests),
            releases=[one for one in releases if one[0] in judged] if judged else (),
            projects=judged.intersection(projects),
        )

    def _known(self, digests: Collection[str]) -> Collection[str]:
        """Leave out digests of which nothing is known, where that can be told without asking."""
        if self._asked <= self._worth_loading:
            self._asked += len(digests)
            if self._asked > self._worth_loading:
                self._loaded = self._all_digests()
        known = self._loaded
        if known is None:
            return digests
        fresh = frozenset(digests) - self._absent
        found = [digest for digest in fresh if digest[:_PREFIX] in known]
        if len(self._absent) > _MOST_REMEMBERED:
            self._absent.clear()
        self._absent.update(fresh.difference(found))
        return found

    def _all_digests(self) -> frozenset[str] | None:
        """Return how the digests with a verdict begin, or None where they are too many."""
        with _as_store_error():
            ((joined,),) = self._connection.execute(_ALL_DIGESTS, (_PREFIX, _MOST_LOADED + 1))
            loaded = frozenset((joined or "").split(","))
        return None if len(loaded) > _MOST_LOADED else loaded

    def _with_verdicts(
        self, projects: frozenset[ProjectKey], releases: frozenset[tuple[ProjectKey, str]]
    ) -> set[ProjectKey]:
        """Return the projects with a verdict that are known so far, those asked for now among them.

        The same names come again and again. All is set arithmetic, which computes no hash anew.
        """
        if len(self._releases) > _MOST_REMEMBERED:
            self._forget()
        fresh = releases - self._releases
        unasked = (projects | {project for project, _ in fresh}) - self._projects
        if unasked:
            self._judged.update(self._ask_projects(unasked))
            self._projects |= unasked
        self._releases |= fresh
        return self._judged

    def _forget(self) -> None:
        for kept in (self._projects, self._releases, self._judged):
            kept.clear()

    def _ask_projects(self, projects: Iterable[ProjectKey]) -> Iterator[ProjectKey]:
        statement = (
            "SELECT DISTINCT project FROM verdict WHERE until IS NULL AND project IN :wanted"
        )
        for some in batched(map(written, projects)):
            yield from (project_of(row[0]) for row in self._ask(statement, some))

    def _ask(self, statement: str, values: Sequence[str | int]) -> Sequence[lookup.Row]:
        places = f"({','.join('?' * len(values))})"
        return self._rows(statement.replace(":wanted", places), values)

    def _rows(self, statement: str, values: Sequence[str | int] = ()) -> Sequence[lookup.Row]:
        with _as_store_error():
            return self._connection.execute(statement, values).fetchall()


@contextmanager
def _as_store_error() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        msg = f"the database failed: {error}; try `ghostcrawl db check`"
        raise StoreError(msg) from error
