"""A large census is what plain SQL counts in the raw rows of the ledger; SQLite alone has this SQL."""

from __future__ import annotations

import gzip
import json
import random
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

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


def raw(user: Terminal, statement: str) -> list[tuple[Any, ...]]:
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


_SPANS = """
WITH event AS (
  SELECT project, claim, json_extract(body, '$.subject.version') AS version,
    strftime('%s', substr(json_extract(body, '$.valid_from'), 1, 19)) + 0 AS at,
    json_extract(body, '$.valid_from') < json_extract(body, '$.observed_at') AS stated
  FROM assertion
)
SELECT up.project, gone.at - up.at,
  EXISTS (SELECT 1 FROM event bad WHERE bad.project = up.project AND bad.claim = 'malicious')
FROM event up JOIN event gone ON gone.project = up.project AND gone.version = up.version
WHERE up.claim = 'created' AND gone.claim = 'removed' AND up.stated AND gone.stated
"""
_TAKEN = """
SELECT count(DISTINCT project) FROM assertion
WHERE project IN (SELECT project FROM assertion WHERE claim = 'malicious') = :accused
  AND project IN (SELECT project FROM assertion WHERE claim IN ('malicious', 'removed'))
"""


def events(seed: int) -> list[dict[str, object]]:
    """Releases that came and went; of every fourth it was only seen later that it is gone."""
    chance = random.Random(seed)
    seen = "2026-09-01T00:00:00Z"
    made = list[dict[str, object]]()
    for number in range(RECORDS):
        came = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=chance.randrange(10**7))
        went = came + timedelta(seconds=round(60 * 1.3 ** chance.randint(0, 40)))
        said = {"created": came, "removed": went if chance.random() < 0.75 else None}
        if chance.random() < 0.4:
            said["malicious"] = came + timedelta(days=2)
        for claim, at in said.items():
            row: dict[str, object] = {
                "ecosystem": "pypi",
                "name": f"zz-ghost-{number}",
                "level": "release",
                "versions": ["1.0"],
                "claim": claim,
                "record_id": f"{number}/{claim}",
                "observed_at": seen,
            }
            made.append(row if at is None else row | {"valid_from": at.isoformat()})
    return made


@pytest.fixture(scope="module")
def came_and_went(tmp_path_factory: pytest.TempPathFactory) -> Terminal:
    folder = tmp_path_factory.mktemp("events")
    user = Terminal.at(folder / "user", OFFLINE)
    path = folder / "events.jsonl"
    path.write_text("".join(f"{json.dumps(row)}\n" for row in events(7)), "utf-8")
    assert user("seed", "--from", f"file:{path}").code == 0
    return user


@pytest.mark.parametrize("accused", [True, False])
def test_stays_are_those_of_the_raw_rows(came_and_went: Terminal, *, accused: bool) -> None:
    (census,) = came_and_went("census", "--format", "json").rows
    (stay,) = (
        row["spread"]
        for row in census["stays"]
        if row["until"] == "removed" and row["accused"] is accused
    )

    spans = sorted(span for _, span, bad in raw(came_and_went, _SPANS) if bool(bad) is accused)
    ((known,),) = raw(came_and_went, _TAKEN.replace(":accused", str(int(accused))))

    assert len(spans) > 200
    assert (stay["measured"], stay["measured"] + stay["unknown"]) == (len(spans), known)
    assert stay["median_seconds"] == spans[(len(spans) + 1) // 2 - 1]
    assert stay["ninetieth_seconds"] == spans[-(-len(spans) * 9 // 10) - 1]


def test_flash_ghosts_are_those_of_the_raw_rows(came_and_went: Terminal) -> None:
    (census,) = came_and_went("census", "--format", "json").rows

    expected = sum(span <= 3600 and not bad for _, span, bad in raw(came_and_went, _SPANS))

    assert expected > 50
    assert sum(row["releases"] for row in census["flash_ghosts"]) == expected
