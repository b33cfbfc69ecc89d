"""The same crawl again and again: nothing is kept that is not needed, and nobody is asked more each time."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest

from tests.servers.excerpt import Stage, excerpt, on_stage

pytestmark = [pytest.mark.long, pytest.mark.timeout(0)]

_WARM = 5
"""Crawls after which all that is made once is made."""
_CRAWLS = int(os.environ.get("GHOSTCRAWL_TEST_SOAK", "60"))
_GROWTH_MIB = 32.0
_MIB = 1024 * 1024
_GROWING = {"visit"}
"""Tables with a row for each visit; the others tell of the world, and that stands still."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Held:
    """What this process and the ledger hold between two crawls."""

    descriptors: int
    threads: int
    mib: float
    rows: Mapping[str, int]
    requests: int


def held(stage: Stage) -> _Held:
    resident = int(Path("/proc/self/statm").read_text().split()[1])
    return _Held(
        descriptors=len(os.listdir("/proc/self/fd")),  # noqa: PTH208 - nothing may be opened for it
        threads=threading.active_count(),
        mib=resident * os.sysconf("SC_PAGE_SIZE") / _MIB,
        rows=rows(stage.user.state / "ledger.sqlite"),
        requests=stage.requests(),
    )


def rows(ledger: Path) -> Mapping[str, int]:
    with closing(sqlite3.connect(f"file:{ledger}?mode=ro", uri=True)) as conn:
        names = [
            name
            for (name,) in conn.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            if not name.startswith("sqlite_")
        ]
        return {n: conn.execute(f'SELECT count(*) FROM "{n}"').fetchone()[0] for n in names}


def test_crawling_a_world_that_stands_still_for_hours_takes_no_more_each_time(
    tmp_path: Path,
) -> None:
    with on_stage(excerpt(), tmp_path) as stage:
        assert stage.user("seed", "--from", "osv-mal,quarantine-feed").code == 0
        seen = []
        for _ in range(_CRAWLS):
            assert stage.user(*stage.everywhere).code == 1
            seen.append(held(stage))

    warm, last = seen[_WARM - 1], seen[-1]
    asked = [after.requests - before.requests for before, after in pairwise(seen)]
    assert last.descriptors <= warm.descriptors
    assert last.threads <= warm.threads
    assert last.mib - warm.mib < _GROWTH_MIB
    assert set(asked[_WARM:]) == {asked[_WARM]}
    grown = {name for name, many in last.rows.items() if many > warm.rows[name]}
    assert grown <= _GROWING
