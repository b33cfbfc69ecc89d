"""A standing watch with nothing to do: `python -m benchmarks.idle`.

The real command `run` with all its processes and its broker, on an own SQLite ledger that knows a million
repositories on 48 hosts, each with work that is due next year. What a start costs is left out: two runs of
different length are compared. Limit: one hundredth of a core.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from benchmarks.measure import Checkout, Cost, run
from benchmarks.table import Bound, Limit, Row, missed, render
from workers.ledger.ledger import Ledger

__all__ = ["main"]

_OURS = Checkout(folder=Path(__file__).resolve().parents[1], name="ours")
_LIMIT = Limit(bound=Bound.AT_MOST, value=1)
"""Per cent of a core."""
_HOSTS = 48
_SHORT = 20.0
"""Seconds of the shorter run, in which it has started and has nothing more to do."""
_INTERRUPTED = 124
"""Of timeout(1), when the time was over."""
_HOST = '[hosts."git-{number}.example"]\nkind = "git"\nweb_url = "https://git-{number}.example"\n'
_NETWORK = '[network]\noperator = "benchmark@git.example"\n'
_NUMBERS = "WITH RECURSIVE numbers(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < {count})"
_DAY, _LATER = "2026-11-30T00:00:00.000000Z", "2099-01-01T00:00:00.000000Z"
_NAMED = f"'git-' || n % {_HOSTS} || '.example'"
_REPOSITORIES = f"""
INSERT INTO repository (id, host, path, clone_url, archived, outcome, first_seen, last_seen, found_by)
{_NUMBERS} SELECT n + 1, {_NAMED}, 'zz/' || n, 'https://' || {_NAMED} || '/zz/' || n, FALSE, 'visited',
'{_DAY}', '{_DAY}', 'list' FROM numbers
"""  # noqa: S608 - all of our own
_WORK = f"""
INSERT INTO work (kind, "key", host, lane, state, due_at, attempts, suspect, payload)
{_NUMBERS} SELECT 'visit', n + 1, {_NAMED}, 'git:' || {_NAMED}, 'open', '{_LATER}', 0, FALSE, '{{{{}}}}' FROM numbers
"""  # noqa: S608 - the same
_LANES = """
INSERT INTO lane ("key", pool, host, next_due, fence, "open", done, dead, turns)
SELECT lane, 'git', host, min(due_at), 0, count(*), 0, 0, 0 FROM work GROUP BY lane, host
"""


def main(words: Sequence[str] | None = None) -> int:
    """Measure and print one table; 1 where the limit is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.idle", description=__doc__)
    parser.add_argument("--repositories", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=float, default=180, help="of the watch that are measured")
    options = parser.parse_args(words)
    with tempfile.TemporaryDirectory(prefix="gc-idle-") as name:
        folder = Path(name)
        _fill(folder, options.repositories)
        _watch(folder, _SHORT)  # which polls the feed for the first time
        short, long = (_watch(folder, seconds) for seconds in (_SHORT, _SHORT + options.seconds))
    used = long.cpu - short.cpu
    row = Row(
        what="an idle run, all processes: % of a core",
        ours=f"{used:.2f} s of CPU in {options.seconds:.0f} s",
        figure=100 * used / options.seconds,
        limit=_LIMIT,
        note=f"{options.repositories:,} repositories; start and end {short.cpu:.1f} s left out",
    )
    print(render([row]))  # noqa: T201 - a program's output
    return int(missed([row]) > 0)


def _fill(folder: Path, count: int) -> None:
    hosts = "".join(_HOST.format(number=number) for number in range(_HOSTS))
    (folder / "ghostcrawl.toml").write_text(_NETWORK + hosts, "utf-8")
    (folder / "none.jsonl").touch()
    (folder / "state").mkdir(mode=0o700)
    with closing(Ledger.open(f"sqlite:///{folder / 'state/ledger.sqlite'}")) as ledger:
        ledger.upgrade()
        with ledger.write() as conn:
            for statement in (_REPOSITORIES, _WORK, _LANES):
                conn.exec_driver_sql(statement.format(count=count))
            conn.exec_driver_sql("ANALYZE")


def _watch(folder: Path, seconds: float) -> Cost:
    options = ("--config", folder / "ghostcrawl.toml", "--state-dir", folder / "state")
    command = ("run", "--feeds", f"file:{folder / 'none.jsonl'}")
    argv = (_OURS.python, "-P", "-m", "workers.cli.main", *options, "--progress", "none", *command)
    interrupted = ("timeout", "--signal=INT", seconds, *argv)
    cost = run(interrupted, cwd=_OURS.folder, env={}, log=folder / "log")
    if cost.code != _INTERRUPTED:
        sys.exit(f"the watch ended with {cost.code}: {cost.err}")
    return cost


if __name__ == "__main__":
    sys.exit(main())
