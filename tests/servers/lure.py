"""A ghost for tests: a harmless file that a feed calls malicious, locks that pin it, and that feed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from workers.demo.distributions import wheel
from workers.demo.locks import pin, uv_lock

__all__ = ["CLEAN", "GHOST", "GHOST_LOCK", "INNOCENT_LOCK", "row", "write_feed"]

GHOST = wheel("zz-ghost-lure", "1.0.0", "2026-06-01T10:00:00Z")
CLEAN = wheel("zz-ghost-plain", "2.0.0", "2026-06-01T10:00:00Z")
GHOST_LOCK = uv_lock(
    "task", [pin("zz-ghost-lure", "1.0.0", [GHOST]), pin("zz-ghost-plain", "2.0.0", [CLEAN])]
)
INNOCENT_LOCK = uv_lock("app", [pin("zz-ghost-plain", "2.0.0", [CLEAN])])


def row(**changed: object) -> Mapping[str, object]:
    """Return the row that calls the ghost malicious; `changed` fields are others."""
    return {
        "schema": "ghostcrawl.assertion/v1",
        "ecosystem": "pypi",
        "name": "zz-ghost-lure",
        "level": "file",
        "versions": ["1.0.0"],
        "filename": GHOST.filename,
        "sha256": GHOST.sha256,
        "blake2b_256": GHOST.blake2b_256,
        "claim": "malicious",
        "record_id": "DEMO-1",
        "observed_at": "2026-06-05T00:00:00Z",
        "root_source": "demo-inspector",
    } | changed


def write_feed(path: Path, *rows: Mapping[str, object]) -> str:
    """Write `rows` (default: the one of the ghost) to `path`; return the word for `seed --from`."""
    path.write_text("".join(f"{json.dumps(one)}\n" for one in rows or (row(),)), "utf-8")
    return f"file:{path}"
