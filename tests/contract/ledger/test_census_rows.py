"""Every number of a large census is what DuckDB counts in the raw rows of the ledger (`census.sql`)."""

from __future__ import annotations

import csv
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.contract.ledger.large_world import downloads_result, fill
from tests.servers.ledgers import new_ledger
from tests.servers.terminal import OFFLINE, Terminal
from workers.census.counting import Census, take_census
from workers.census.shares import Share, Spread
from workers.ledger.ledger import Ledger

_SQL = Path(__file__).with_name("census.sql")
_TABLES = (
    "assertion",
    "verdict",
    "repository",
    "sighting",
    "lock",
    "finding",
    "finding_event",
    "evidence",
)
_FEEDS = Path(__file__).parents[4] / "shared" / "feeds"


class Raw:
    """The rows of a ledger's file in DuckDB, which knows nothing of our code."""

    def __init__(self, ledger: Path, folder: Path) -> None:
        self._duck = duckdb.connect()
        self._duck.execute("SET TimeZone = 'UTC'")
        with sqlite3.connect(ledger) as rows:
            for table in _TABLES:
                path = folder / f"{table}.csv"
                found = rows.execute(f'SELECT * FROM "{table}"')
                with path.open("w", encoding="utf-8", newline="") as file:
                    writer = csv.writer(file)
                    writer.writerow([column[0] for column in found.description])
                    writer.writerows(found)
                self._duck.execute(
                    f"CREATE TABLE \"{table}\" AS FROM read_csv('{path}', all_varchar = true, quote = '\"', "
                    "escape = '\"', delim = ',', header = true, max_line_size = 10000000)"
                )
        rows.close()
        self._duck.execute(_SQL.read_text("utf-8"))

    def __call__(self, columns: str, view: str) -> list[Any]:
        return self._duck.execute(f"SELECT {columns} FROM {view}").fetchall()

    def read_downloads(self, result: Path) -> None:
        self._duck.execute(
            f"CREATE TABLE download AS FROM read_csv('{result}', all_varchar = true)"
        )
        self._duck.execute(_SQL.with_name("downloads.sql").read_text("utf-8"))

    def close(self) -> None:
        self._duck.close()


def census_of(ledger: Ledger, result: Path | None = None) -> Census:
    with ledger.snapshot() as conn:
        return take_census(conn, ledger.now(), result)


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Census, Raw]]:
    folder = tmp_path_factory.mktemp("large")
    ledger = new_ledger(folder / "ledger.sqlite")
    fill(ledger, 1)
    result = folder / "result.csv"
    result.write_text(downloads_result(2), "utf-8")
    census = census_of(ledger, result)
    ledger.close()
    raw = Raw(folder / "ledger.sqlite", folder)
    raw.read_downloads(result)
    yield census, raw
    raw.close()


def spread(found: dict[str, int], unknown: int) -> Spread:
    return Spread(unknown=unknown, **found)


def is_share(ours: Share, found: dict[str, float]) -> bool:
    expected = {"hits": ours.hits, "of": ours.of, "low": ours.low, "high": ours.high}
    return found == pytest.approx(expected)


def assert_removals(census: Census, raw: Raw) -> None:
    assert raw("count(DISTINCT project)", "said") == [(census.projects,)]
    months = {(m.happening, m.month, m.ecosystem, m.cause): m.projects for m in census.months}
    assert months == {tuple(key): n for *key, n in raw("*", "months")}
    ours = {(one.ecosystem, one.accused, one.until): one.spread for one in census.stays}
    assert ours == {tuple(key): spread(found, n) for *key, found, n in raw("*", "stays")}
    flashes = [(f.month, f.ecosystem, f.releases, f.projects) for f in census.flash_ghosts]
    assert flashes == raw("*", "flash_ghosts ORDER BY ALL")
    assert raw("*", "journal") == [(census.journal.first, census.journal.last)]


def test_removals_of_a_large_ledger_are_those_of_its_raw_rows(large: tuple[Census, Raw]) -> None:
    census, raw = large

    assert_removals(census, raw)

    assert len(census.months) > 1000
    assert len(census.flash_ghosts) > 20
    assert all(one.spread.measured for one in census.stays)


def test_shares_of_a_large_ledger_are_those_of_its_raw_rows(large: tuple[Census, Raw]) -> None:
    pinning = large[0].pinning
    raw = large[1]

    found = dict(raw("*", "ways"))
    assert len(found) == 10
    assert {one.way for one in pinning.ways} == set(found)
    assert all(is_share(one.repositories, found[one.way]) for one in pinning.ways)
    ((repositories,),), ((locks,),) = raw("*", "repositories"), raw("*", "locks")
    assert is_share(pinning.repositories, repositories)
    assert is_share(pinning.locks, locks)
    assert 0 < pinning.locks.hits < pinning.locks.of


def test_what_is_served_of_a_large_ledger_is_what_its_raw_rows_say(
    large: tuple[Census, Raw],
) -> None:
    served, raw = large[0].still_served, large[1]

    ((files, findings, *others),) = raw("*", "still_served")

    assert is_share(served.files, files)
    assert is_share(served.findings, findings)
    assert others == [served.not_asked, served.first, served.last]
    assert 0 < served.files.hits < served.files.of < served.findings.of


def test_lifetimes_in_a_large_ledger_are_those_of_its_raw_rows(large: tuple[Census, Raw]) -> None:
    lives, raw = large[0].lifetimes, large[1]

    (gone, there) = raw("*", "lifetimes ORDER BY open")

    assert (lives.ended, lives.still_there) == (spread(*gone[1:3]), spread(*there[1:3]))
    assert (lives.entered_later, lives.left_earlier) == (gone[3] + there[3], gone[4] + there[4])
    assert min(lives.ended.measured, lives.still_there.measured) > 10


def test_downloads_of_a_large_result_are_those_of_its_rows(large: tuple[Census, Raw]) -> None:
    downloads, raw = large[0].downloads, large[1]

    assert downloads is not None
    ours = [
        (one.installer, one.downloads, one.after_removal, one.undated, one.releases)
        for one in downloads.installers
    ]
    assert ours == raw("*", "installers ORDER BY downloads DESC, installer")
    assert downloads.months == tuple(raw("*", "download_months ORDER BY month"))
    assert (len(ours), downloads.skipped) == (4, ())
    assert all(0 < one.after_removal < one.downloads for one in downloads.installers)


@pytest.mark.slow
@pytest.mark.skipif(not _FEEDS.exists(), reason="the real feeds are not beside this checkout")
def test_removals_that_real_feeds_tell_are_those_of_the_raw_rows(tmp_path: Path) -> None:
    user = Terminal.at(tmp_path / "user", OFFLINE)
    sources = ",".join(f"file:{path}" for path in sorted(_FEEDS.glob("*.jsonl.gz")))
    assert user("seed", "--from", sources).code == 0

    path = Path(user.ledger_url.removeprefix("sqlite:///"))
    ledger = Ledger.open(user.ledger_url)
    census = census_of(ledger)
    ledger.close()
    raw = Raw(path, tmp_path)
    assert_removals(census, raw)
    raw.close()
