"""The cursor of a walk through GitHub's advisories: what is done, and how far the present walk has come."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace

from crawler.errors import Malformed
from feeds.cursor import unreadable
from feeds.fields import Fields, read_json
from feeds.recent import Recent

__all__ = ["Position"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """The cursor. Between two walks `after` is empty, and `before` is what is done."""

    recent: Recent
    """What is done, that of this walk included."""
    before: Recent
    """What was done when this walk began: it asks for what changed since, and looks at the rest."""
    unseen: frozenset[str] = field(default=frozenset())
    """Advisories that this walk must still meet: those of `before` that it asked for again."""
    after: str = ""
    """GitHub's own mark of the last advisory of the last page; the walk goes on behind it."""

    @classmethod
    def at_rest(cls, recent: Recent) -> Position:
        """Return the position from which the next walk begins."""
        return cls(recent=recent, before=recent, unseen=recent.ids)

    def begun_again(self) -> Position:
        """Return the beginning of this walk; what it did stays done."""
        return replace(self, unseen=self.before.ids, after="")

    def text(self) -> str:
        """Return the cursor."""
        cursor = self.recent.document()
        if self.after:
            cursor["walk"] = {
                **self.before.document(),
                "unseen": sorted(self.unseen),
                "after": self.after,
            }
        return json.dumps(cursor)

    @classmethod
    def of(cls, cursor: str | None, feed: str) -> Position:
        """Return the position of `cursor`; raises FeedError for one that is not readable."""
        if cursor is None:
            return cls.at_rest(Recent())
        try:
            fields = Fields(read_json(cursor.encode(), "cursor"), "cursor")
            recent = Recent.read(fields)
            if "walk" not in fields:
                return cls.at_rest(recent)
            walk = fields.child("walk")
            return cls(
                recent=recent,
                before=Recent.read(walk),
                unseen=frozenset(walk.texts("unseen")),
                after=walk.text("after"),
            )
        except Malformed as error:
            raise unreadable(feed, error) from error
