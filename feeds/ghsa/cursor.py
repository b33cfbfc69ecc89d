"""The cursor of a walk through GitHub's advisories: what is done, and how far the present walk has come."""

from __future__ import annotations

from dataclasses import dataclass, field

from feeds.cursor import IDS, TEXT, Cursor, merged, nested, stored
from feeds.recent import NOTHING, Recent

__all__ = ["GhsaCursor", "Walk"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk(Cursor):
    """A walk that is on its way."""

    before: Recent = field(metadata=stored(merged(Recent)))
    """What was done when it began: it asks for what changed since, and looks at the rest."""
    unseen: frozenset[str] = field(metadata=stored(IDS))
    """Advisories that it must still meet: those of `before` that it asked for again."""
    after: str = field(metadata=stored(TEXT))
    """GitHub's own mark of the last advisory of the last page; the walk goes on behind it."""

    @classmethod
    def begin(cls, before: Recent) -> Walk:
        """Return a walk that has met nothing yet."""
        return cls(before=before, unseen=before.ids, after="")


@dataclass(frozen=True, slots=True, kw_only=True)
class GhsaCursor(Cursor):
    """Where the advisories were left."""

    recent: Recent = field(metadata=stored(merged(Recent)), default=NOTHING)
    """What is done, that of the walk included."""
    walk: Walk | None = field(metadata=stored(nested(Walk)), default=None)
    """None between two walks."""
