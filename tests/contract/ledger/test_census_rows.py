"""A large census is what plain SQL counts in the raw rows of the ledger; SQLite alone has this SQL."""

from __future__ import annotations

import gzip
import json
import random
import sqlite3
from pathlib import Path

import pytest

from tests.servers.terminal import OFFLINE, Terminal

RECORDS = 1_000
_MONTHS = """
WITH said AS (
  SELECT project, json_extract(body, '$.retracted_at') IS NULL AS stands, claim,
    CASE WHEN json_extract(body, '$.undated') THEN NULL
      ELSE substr(json_extract(body, '$.valid_from'), 1, 7) END AS month
  FROM assertion
), named AS (
  SELECT project, min(month) AS month FROM said WHERE stands AND claim = 'malicious' GROUP BY project
)
SELECT month, substr(project, 1, instr(project, '/') - 1), count(*) FROM named GROUP BY 1, 2
"""
_WITHDRAWN = """
SELECT count(*) FROM (
  SELECT project FROM assertion WHERE claim IN ('malicious', 'suspicious') GROUP BY project
  HAVING sum(json_extract(body, '$.retracted_at') IS NULL) = 0
)
"""


def rows(seed: int) -> list[dict[str, object]]:
    """Records like those that are published, every third without a date."""
    chance = random.Random(seed)
    made = list[dict[str, object]]()
    for number in range(RECORDS):
        month = f"{chance.randint(2021, 2026)}-{chance.randint(1, 12):02d}"
        row: dict[str, object] = {
            "id": f"MAL-{month[:4]}-{number}",
            "name": f"zz-ghost-{chance.randrange(RECORDS)}",
            "all_versions": chance.random() < 0.5,
            "versions": [f"{chance.randint(0, 3)}.0"],
            "snapshot": "2026-09-01",
        }
        if chance.random() < 2 / 3:
            row |= {"published": f"{month}-28T23:59:59Z", "modified": f"{month}-28T23:59:59Z"}
        if chance.random() < 0.1:
            row["withdrawn"] = chance.choice([True, "2026-08-01T00:00:00Z"])
        made.append(row)
    return made


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Terminal:
    folder = tmp_path_factory.mktemp("large")
    user = Terminal.at(folder / "user", OFFLINE)
    sources = []
    for seed, index in enumerate(("pypi", "npm")):
        path = folder / f"records_{index}.jsonl.gz"
        lines = "".join(f"{json.dumps(row)}\n" for row in rows(seed))
        path.write_bytes(gzip.compress(lines.encode()))
        sources.append(f"file:{path}")
    assert user("seed", "--from", ",".join(sources)).code == 0
    return user


def raw(user: Terminal, statement: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(Path(user.ledger_url.removeprefix("sqlite:///")))
    try:
        return connection.execute(statement).fetchall()
    finally:
        connection.close()


def test_named_projects_by_month_and_index_are_those_of_the_raw_rows(large: Terminal) -> None:
    (census,) = large("census", "--format", "json").rows
    counted = dict[tuple[object, object], int]()
    for row in census["months"]:
        if row["happening"] == "named":
            key = row["month"], row["ecosystem"]
            counted[key] = counted.get(key, 0) + row["projects"]

    expected = {(month, index): n for month, index, n in raw(large, _MONTHS)}

    assert len(expected) > 100
    assert (None, "pypi") in expected
    assert counted == expected


def test_withdrawn_projects_are_those_of_which_no_raw_row_stands(large: Terminal) -> None:
    (census,) = large("census", "--format", "json").rows
    withdrawn = [row for row in census["months"] if row["happening"] == "withdrawn"]

    ((expected,),) = raw(large, _WITHDRAWN)

    assert expected
    assert sum(row["projects"] for row in withdrawn) == expected
    assert {row["month"] for row in withdrawn} == {None, "2026-08"}
