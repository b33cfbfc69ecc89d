"""The same crawl again and again: nothing is kept that is not needed, and nobody is asked more each time."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from statistics import median

import pytest

from tests.chaos.conftest import Doomed, doomed
from tests.servers.excerpt import Stage, excerpt, on_stage
from workers.broker import Broker, connect
from workers.ledger.work_items import POOLS

pytestmark = [pytest.mark.long, pytest.mark.timeout(0)]

_WARM = 5
"""Crawls after which all that is made once is made."""
_CRAWLS = int(os.environ.get("GHOSTCRAWL_TEST_SOAK", "60"))
_MINUTES = float(os.environ.get("GHOSTCRAWL_TEST_SOAK_MINUTES", "30"))
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Running:
    """What all processes of a watch hold together, at one moment."""

    mib: float
    descriptors: int
    sockets: int
    """Connections to hosts, broker and database."""
    temporary: int
    """Files in the folder for them."""
    messages: int
    """Hints that wait in the broker."""


_MAY_GROW = _Running(mib=_GROWTH_MIB, descriptors=4, sockets=4, temporary=0, messages=4)
"""From the second third of the time to the last one, in the median."""


def running(watch: Doomed, temporary: Path, broker: str) -> _Running:
    pids = [watch.process.pid, *watch.pids("")]
    open_now = [link for pid in pids for link in links(pid)]
    with connect(broker) as redis:
        messages = sum(int(redis.llen(pool)) for pool in POOLS)
    return _Running(
        mib=sum(map(resident, pids)) / _MIB,
        descriptors=len(open_now),
        sockets=sum(link.startswith("socket:") for link in open_now),
        temporary=sum(path.is_file() for path in temporary.rglob("*")),
        messages=messages,
    )


def links(pid: int) -> Iterator[str]:
    """Yield what the descriptors of a process, which may end meanwhile, lead to."""
    with suppress(OSError):
        for name in os.listdir(f"/proc/{pid}/fd"):  # noqa: PTH208 - as above
            with suppress(OSError):
                yield str(Path(f"/proc/{pid}/fd/{name}").readlink())


def resident(pid: int) -> int:
    try:
        pages = Path(f"/proc/{pid}/statm").read_text().split()[1]
    except OSError:
        return 0
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def test_a_watch_of_half_an_hour_holds_no_more_in_the_end(tmp_path: Path) -> None:
    """Its world stands still, and its days pass in less than a minute."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    seen = []
    with (
        on_stage(excerpt(), tmp_path, TMPDIR=str(temporary)) as stage,
        doomed(stage.user, ("run", "--feeds", "osv-mal,quarantine-feed")) as watch,
    ):
        assert watch.wait_until(lambda: len(watch.pids(" worker ")) == 2)
        broker = Broker.open(stage.user.state).url
        until = time.monotonic() + 60 * _MINUTES
        while time.monotonic() < until:
            assert watch.process.poll() is None
            seen.append(running(watch, temporary, broker))
            time.sleep(1)
        asked = stage.requests()

    third = len(seen) // 3
    assert third > 10
    assert asked > 100
    for name, more in asdict(_MAY_GROW).items():
        before, after = (
            [getattr(one, name) for one in some] for some in (seen[third:-third], seen[-third:])
        )
        assert median(after) <= median(before) + more, f"{name}: {before[::20]}, then {after[::20]}"
