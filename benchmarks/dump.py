"""A dump of OSV, twice: `python -m benchmarks.dump --records 250000`.

The real command `seed --from osv-mal`, on an own SQLite ledger, from a dump of made-up records that a server
on loopback sends; then once more, after so many changes that the feed takes the whole dump again. Limits: no
process holds more than 300 MB, and a record costs no more CPU than one of a dump of a tenth of the size. With
what is known then, `crawl --repos` of one unchanged repository takes no more CPU than with one record.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

from benchmarks.chain_world import World
from benchmarks.git_server import serving
from benchmarks.measure import Checkout, Cost, run
from benchmarks.table import Bound, Limit, Row, missed, render
from workers.demo.loopback import Server
from workers.demo.web import Request, Response

__all__ = ["main"]

_OURS = Checkout(folder=Path(__file__).resolve().parents[1], name="ours")
_MEMORY = Limit(bound=Bound.AT_MOST, value=300)
"""MB."""
_LINEAR = Limit(bound=Bound.AT_MOST, value=1.3)
_UNCHANGED = Limit(bound=Bound.AT_MOST, value=1.1)
_TIMES = 3
_NEWS = 3000
"""More than the feed asks for one by one."""
_CONFIGURATION = """\
[registries.pypi]
index_url = "https://index.example/simple/"
file_hosts = ["files.index.example"]
[feeds]
osv_url = "https://osv.example/osv"
[network]
operator = "benchmark@git.example"
project_url = "https://git.example/ghostcrawl"
scale = 1000
[network.connect_to]
"osv.example" = "{address}"
"git-00.example" = "http://127.0.0.1:{git}"
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Dump:
    """What the server has; records change one by one, but it is never asked for one."""

    archive: bytes
    changes: bytes

    def __call__(self, request: Request) -> Response:
        """Answer for `osv.example`."""
        found = {"/osv/PyPI/all.zip": self.archive, "/osv/PyPI/modified_id.csv": self.changes}
        body = found.get(request.path)
        return Response(status=404 if body is None else 200, body=body or b"")


def main(words: Sequence[str] | None = None) -> int:
    """Measure and print one table; 1 where a limit is missed or a seed does not take all records."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.dump", description=__doc__)
    parser.add_argument("--records", type=int, default=250_000)
    most = parser.parse_args(words).records
    world = World(stored=0, repositories=1, hosts=1, packages=500)
    with tempfile.TemporaryDirectory(prefix="gc-dump-") as name:
        folder = Path(name)
        world.build(folder / "served")
        (folder / "urls").write_text(world.url(0), "utf-8")
        with serving(folder / "served") as ports:
            start, few, many = (
                _seeds(folder / str(n), n, ports.near) for n in (1, most // 10, most)
            )
            crawls = [_crawls(folder / str(n)) for n in (1, most)]
    rows = [row for place in (0, 1) for row in _rows(most, place, start, few, many)]
    rows.append(_crawled(most, *crawls))
    print(render(rows))  # noqa: T201 - a program's output
    return int(missed(rows) > 0)


def _rows(
    most: int, place: int, start: Sequence[Cost], few: Sequence[Cost], many: Sequence[Cost]
) -> Iterator[Row]:
    what, cost = ("the first time", "the second time")[place], many[place]
    yield Row(
        what=f"{what}: MB",
        ours=f"{most:,} records: {cost}",
        other=f"{most // 10:,}: {few[place]}",
        figure=cost.peak / 1e6,
        limit=_MEMORY,
    )
    less, more = few[place].cpu - start[place].cpu, cost.cpu - start[place].cpu
    yield Row(
        what=f"{what}: CPU of a record : among a tenth of them",
        ours=f"{more * 1e3 / most:.2f} ms",
        other=f"{less * 1e4 / most:.2f} ms",
        figure=more / less / 10,
        limit=_LINEAR,
        note=f"start {start[place].cpu:.1f} s left out",
    )


def _crawled(most: int, one: float, many: float) -> Row:
    return Row(
        what="crawl --repos of one unchanged repository: CPU : with one record",
        ours=f"{most:,} records: {many:.2f} s",
        other=f"{one:.2f} s",
        figure=many / one,
        limit=_UNCHANGED,
    )


def _crawls(folder: Path) -> float:
    """Crawl the repository, then return the CPU seconds that it takes when it has not changed."""
    crawl = ("crawl", "--repos", folder.parent / "urls", "--allow-stale", "--fail-on", "never")
    costs = [_ghostcrawl(folder, *crawl) for _ in range(1 + _TIMES)]
    if failed := [cost.err for cost in costs if "1 due later, 0 given up" not in cost.err]:
        sys.exit(f"the repository was not crawled: {failed[0]}")
    return median(cost.cpu for cost in costs[1:])


def _ghostcrawl(folder: Path, *words: object) -> Cost:
    options = ("--config", folder / "ghostcrawl.toml", "--state-dir", folder / "state")
    argv = [_OURS.python, "-P", "-m", "workers.cli.main", *options, "--progress", "none", *words]
    return run(argv, cwd=_OURS.folder, env={}, log=folder / "log")


def _seeds(folder: Path, count: int, git: int) -> Sequence[Cost]:
    """Seed twice from a dump of so many records."""
    folder.mkdir()
    served = _Dump(archive=_archive(count), changes=_changes(count))
    with Server({"osv.example": served}) as server:
        text = _CONFIGURATION.format(address=server.base_url, git=git)
        (folder / "ghostcrawl.toml").write_text(text, "utf-8")
        costs = [_ghostcrawl(folder, "seed", "--from", "osv-mal") for _ in range(2)]
    told = f"osv-mal: {count:,} record"
    if failed := [cost.err for cost in costs if told not in cost.err]:
        sys.exit(f"a dump was not read: {failed[0]}")
    return costs


def _archive(count: int) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        for number in range(1, count + 1):
            file.writestr(f"MAL-2026-{number}.json", json.dumps(_record(number)))
    return packed.getvalue()


def _record(number: int) -> Mapping[str, object]:
    """Return one in the shape of those of the malicious packages of OSV, and as large."""
    digest = hashlib.sha256(b"%d" % number).hexdigest()
    file = {"filename": f"zz_ghost_{number}-1.0.0.tar.gz", "hashes": {"sha256": digest}}
    indicators = {"indicators": {"package_integrity": [file]}} if number % 4 == 0 else {}
    return {
        "id": f"MAL-2026-{number}",
        "published": "2026-05-01T00:00:00Z",
        "modified": _modified(number),
        "summary": f"Malicious code in zz-ghost-{number} (PyPI)",
        "details": "Any computer that has this package installed is compromised. " * 6,
        "affected": [
            {
                "package": {"ecosystem": "PyPI", "name": f"zz-ghost-{number}"},
                "versions": [f"1.0.{n}" for n in range(1 + number % 4)],
                "database_specific": indicators,
            }
        ],
        "references": [{"type": "WEB", "url": f"https://advisories.example/{number}"}],
        "database_specific": {"malicious-packages-origins": [{"source": "zz", "sha256": digest}]},
    }


def _changes(count: int) -> bytes:
    """Return the list of changes, newest first; the newest are of records that nobody asks for one by one."""
    news = [f"2026-11-01T00:00:00Z,MAL-2031-{n}\n" for n in range(1, _NEWS + 1)]
    rows = (f"{_modified(n)},MAL-2026-{n}\n" for n in range(count, 0, -1))
    return "".join([*news, *rows]).encode()


def _modified(number: int) -> str:
    return f"{datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=number):%Y-%m-%dT%H:%M:%SZ}"


if __name__ == "__main__":
    sys.exit(main())
