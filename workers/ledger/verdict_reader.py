"""Verdicts by what pins state: the questions, whoever carries them to the database.

SQLAlchemy carries them for workers (`verdicts.for_pins`), the standard library for a scan (`watch`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any

from crawler.model import Level, ProjectKey, Verdict
from workers.ledger.sql.keys import batched, release, written
from workers.values import decode

__all__ = ["Ask", "Row", "for_pins"]

Row = Sequence[Any]
Ask = Callable[[str, Sequence[str | int]], Iterable[Row]]
"""Runs a statement with a few hundred values in the place of `:wanted`; returns its rows."""

_BY_DIGEST = "SELECT verdict_id FROM verdict_digest WHERE hex IN :wanted"
_BY_PROJECT = (
    "SELECT id, project, version, level FROM verdict WHERE until IS NULL AND project IN :wanted"
)
_BODIES = "SELECT body FROM verdict WHERE until IS NULL AND id IN :wanted ORDER BY id"


def for_pins(
    ask: Ask,
    *,
    digests: Collection[str] = (),
    releases: Collection[tuple[ProjectKey, str]] = (),
    projects: Collection[ProjectKey] = (),
) -> tuple[Verdict, ...]:
    """Return the current verdicts that pins with these properties may fall under, each once.

    Args:
        ask: Carries a question to the database.
        digests: Hex digits; find verdicts on the files that have them, under whatever algorithm.
        releases: Projects with versions in any spelling; find verdicts on the release and on its files.
        projects: Find verdicts on the project as a whole.
    """
    by_digest = {row_id for some in batched(digests) for (row_id,) in ask(_BY_DIGEST, some)}
    ids = by_digest | _with_names(ask, releases, projects)
    bodies = (body for some in batched(sorted(ids)) for (body,) in ask(_BODIES, some))
    return tuple(decode(Verdict, body) for body in bodies)


def _with_names(
    ask: Ask, releases: Collection[tuple[ProjectKey, str]], projects: Collection[ProjectKey]
) -> set[int]:
    """Look up by project alone: of most projects that locks pin there is no verdict at all."""
    whole = {written(key) for key in projects}
    names = whole | {written(key) for key, _ in releases}
    found = [row for some in batched(names) for row in ask(_BY_PROJECT, some)]
    if not found:
        return set()
    stated = {(written(key), release(key.ecosystem, version)) for key, version in releases}
    return {
        row_id
        for row_id, project, version, level in found
        if (project, version) in stated or (level == Level.PROJECT and project in whole)
    }
