"""What a page of the console costs the server: `python -m benchmarks.console --cases 1000,100000`.

Every page that has no open part, the first case, and their JSON twins, of a ledger with so many cases
(`tests.servers.many_cases`), and a case with 5,000 findings; the CPU of the process that answers, without a socket. Limit: 200 ms each.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from benchmarks.table import Bound, Limit, Row, missed, render
from tests.servers.consoles import client_of, wiring_of
from tests.servers.many_cases import fill, pin_more
from tests.servers.terminal import OFFLINE, Terminal
from workers.clock import utc_now
from workers.console.openapi import API, open_parts
from workers.console.registry import PAGES

if TYPE_CHECKING:
    import httpx

__all__ = ["main"]

_LIMIT = Limit(bound=Bound.AT_MOST, value=200)
"""Milliseconds of CPU for one page."""
_ROUNDS = 5
_FINDINGS = 5000
_QUERIES = (
    "?package=zz-ghost-7",
    "?owner=owner-7",
    "?state=resolved",
    "?class=victim",
    "?age=200d",
)


def main(words: Sequence[str] | None = None) -> int:
    """Measure and print one table; 1 where a limit is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.console", description=__doc__)
    parser.add_argument("--cases", default="1000,100000", help="sizes of the ledgers")
    options = parser.parse_args(words)
    rows = [row for count in map(int, options.cases.split(",")) for row in _measured(count)]
    print(render(rows))  # noqa: T201 - a program's output
    return int(missed(rows) > 0)


def _measured(count: int) -> Iterator[Row]:
    with tempfile.TemporaryDirectory(prefix="ghostcrawl-console-") as made:
        user = Terminal.at(Path(made), OFFLINE)
        with wiring_of(user) as wiring:
            fill(wiring.ledger, count, utc_now())
            client = client_of(wiring)
            for path in _paths(client):
                yield _cost(client, path, count)
            pin_more(wiring.ledger, _FINDINGS, utc_now())
            rows = client.get(f"{API}/cases?owner=owner-1&state=all").json()["rows"]
            (long,) = (row["key"] for row in rows if row["path"] == "owner-1/task-1")
            yield _cost(client, f"/cases/{long}", count)


def _paths(client: httpx.Client) -> Iterator[str]:
    queue = client.get(f"{API}/cases").json()
    example = {"key": queue["rows"][0]["key"]}
    for page in PAGES:
        if set(open_parts(page.path)) <= example.keys():
            path = page.path.format(**example)
            yield from (path, f"{API}{path}")
    yield f"/cases?after={queue['after']}"
    yield from (f"/cases{query}" for query in _QUERIES)


def _cost(client: httpx.Client, path: str, count: int) -> Row:
    took = []
    for _ in range(_ROUNDS):
        begun = time.process_time()
        answer = client.get(path)
        took.append((time.process_time() - begun) * 1000)
        if answer.status_code != 200:  # noqa: PLR2004 - OK
            msg = f"{path} answered {answer.status_code}: {answer.text[:200]}"
            raise RuntimeError(msg)
    return Row(
        what=f"{count:,} cases: {path}",
        ours=f"{median(took):.0f} ms",
        figure=median(took),
        limit=_LIMIT,
        note=f"{len(answer.content) / 1000:.0f} kB; the first time {took[0]:.0f} ms",
    )


if __name__ == "__main__":
    sys.exit(main())
