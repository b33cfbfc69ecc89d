"""A user of every feed, and what the commands tell of what was learned."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from crawler.model import VerdictState
from tests.servers.feeds_world import FeedsWorld
from tests.servers.terminal import Ran, Terminal

__all__ = ["Subscriber"]

_EVERY_STATE = [word for state in VerdictState for word in ("--state", state.value)]


@dataclass
class Subscriber:
    """A user of every feed, the world that tells them, and what the commands said."""

    user: Terminal
    world: FeedsWorld
    ran: list[Ran] = field(default_factory=list)

    def seed(self) -> None:
        self.ran.append(self.user("seed", "--from", "all"))

    def verdicts(self) -> list[str]:
        """Return one line per verdict; `zz-bulk` is the weight of the feeds and stands for nothing."""
        ran = self.user("ghosts", "list", *_EVERY_STATE, "--limit", "1000", "--format", "jsonl")
        return [_line(row) for row in ran.rows if not str(row["name"]).startswith("zz-bulk")]

    def let_a_week_pass(self) -> None:
        """Make what the index was asked due again: as if it had been asked eight days ago."""
        with closing(sqlite3.connect(self.user.state / "ledger.sqlite")) as conn:
            for feed, age in (("pypi-status", _older_pages), ("pypi-quarantine", _older_lists)):
                question = "SELECT cursor FROM feed_cursor WHERE feed = ?"
                (cursor,) = conn.execute(question, (feed,)).fetchone()
                aged = json.dumps(age(json.loads(cursor)))
                conn.execute("UPDATE feed_cursor SET cursor = ? WHERE feed = ?", (aged, feed))
            conn.commit()


def _older_pages(cursor: dict[str, object]) -> Mapping[str, object]:
    known = cursor["known"]
    assert isinstance(known, dict)
    rows = {
        name: [state, since, _older(at), etag] for name, (state, since, at, etag) in known.items()
    }
    return cursor | {"known": rows}


def _older_lists(cursor: dict[str, object]) -> Mapping[str, object]:
    return cursor | {"compared": _older(str(cursor["compared"]))}


def _older(instant: str) -> str:
    return (datetime.fromisoformat(instant) - timedelta(days=8)).isoformat()


def _line(row: Mapping[str, object]) -> str:
    version = f"@{row['version']}" if row["version"] else ""
    file = f" {row['file']}" if row["file"] else ""
    sources = row["sources"]
    assert isinstance(sources, list)
    feeds = ", ".join(sorted({source["feed"] for source in sources}))
    subject = f"{row['ecosystem']}/{row['name']}{version}{file}"
    return f"{subject} {row['state']}, {row['index_state']}: {feeds}"
