"""The real documents of the feeds, told by loopback servers and learned by `ghostcrawl seed`."""

from __future__ import annotations

import gzip
import json
import re
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from crawler.model import VerdictState
from tests.servers.feeds_story import BEGINNING, JOURNAL_SINCE, configuration
from tests.servers.feeds_world import Chapter, FeedsWorld
from tests.servers.github_advisories import Advisory, advisory, affected
from tests.servers.terminal import Terminal
from tests.servers.valkey import allow_loopback_and_unix
from workers.demo.model import JournalEntry, World, WorldProject

FEEDS = Path(__file__).parents[3] / "../shared/feeds"
SAMPLES = FEEDS / "samples"

pytestmark = pytest.mark.skipif(not FEEDS.exists(), reason="the real documents lie elsewhere")

Json = dict[str, Any]
CAMPAIGNS = "git.example/zz/campaigns/pypi/packages"
DATASET = "git.example/zz/dataset/samples"
EVERY_STATE = [word for state in VerdictState for word in ("--state", state.value)]


@pytest.fixture(autouse=True)
def _sockets() -> None:
    allow_loopback_and_unix()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[FeedsWorld]:
    with FeedsWorld(tmp_path / "git") as one:
        yield one


def sample(name: str) -> Any:  # noqa: ANN401 - a document of JSON
    return json.loads(read(name))


def read(name: str) -> bytes:
    return (SAMPLES / name).read_bytes()


def index() -> World:
    """Return an index whose journal is the sample's, and where the sample's project is quarantined."""
    rows = sorted(sample("pypi_changelog_since_serial.json"), key=lambda row: row[4])
    held = sample("pypi_simple_quarantined.SHAPE.json")["name"]
    journal = [
        JournalEntry(name=name, version=version, timestamp=at, action=action, serial=serial)
        for name, version, at, action, serial in (*rows, (held, None, 1780000000, "create", 3**16))
    ]
    active = sorted({row[0] for row in rows})
    projects = [WorldProject(name=name, status="active", listed={}) for name in active]
    return World(
        projects=(*projects, WorldProject(name=held, status="quarantined", listed={})),
        journal=tuple(journal),
        advisories=(),
        repositories=(),
        truth=(),
    )


def citing() -> Advisory:
    """Return GitHub's advisory out of the record that was made of it."""
    origin = sample("ossf_origin_ghsa_citing_ossf.json")
    package = origin["affected"][0]
    found = affected(f"= {package['versions'][0]}", package["package"]["name"])
    return advisory(
        1,
        ghsa_id=origin["aliases"][0].lower().replace("ghsa", "GHSA"),
        vulnerabilities=[found],
        references=[one["url"] for one in origin["references"]],
        published_at=origin["published"],
        updated_at=origin["published"],
    )


def samples() -> Chapter:
    pypi = ("MAL-2025-192992", "MAL-2026-15859", "MAL-2026-2144", "MAL-2026-4750")
    campaigns = {"malicious/osv/3web": "3web", "probably_pentest/osv/umap": "umap"}
    return replace(
        BEGINNING,
        index=index(),
        osv={
            "PyPI": [sample(f"ossf_{record_id}.json") for record_id in pypi],
            "npm": [
                sample("ossf_npm_withdrawn_MAL-2026-4377.json"),
                sample("ossf_MAL-2026-2144.json") | {"id": "MAL-2026-1", "affected": [NPM]},
            ],
        },
        advisories=[
            citing(),
            advisory(2, vulnerabilities=[affected("= 1.0.0", "zz-alive", "npm")]),
        ],
        files={
            f"{CAMPAIGNS}/{path}.json": (SAMPLES / f"kam193_osv_{name}.json").read_bytes()
            for path, name in campaigns.items()
        }
        | {
            f"{DATASET}/pypi/manifest.json": read("datadog_manifest.SHAPE.json"),
            f"{DATASET}/npm/manifest.json": b"{}",
            "lists.example/malware.json": read("aikido_malware_pypi.SHAPE.json"),
            "lists.example/predictions.json": read("aikido_malware_pypi.SHAPE.json"),
        },
    )


NPM = {"package": {"ecosystem": "npm", "name": "zz-alive"}, "versions": ["1.0.0"]}
"""A feed in which everything is withdrawn would be believed, too, but shows less."""


VERDICTS = """\
npm/@ctrl/plex@6.0.0 plex-6.0.0.tgz withdrawn: MAL-2026-4377
npm/@ctrl/plex@6.0.0 withdrawn: MAL-2026-4377
npm/zz-alive@1.0.0 malicious: GHSA-0002-aaaa-bbbb, MAL-2026-1
pypi/0requests@0.0.1 0requests-0.0.1-py3-none-any.whl malicious: MAL-2026-15859
pypi/0requests@0.0.1 0requests-0.0.1.tar.gz malicious: MAL-2026-15859
pypi/0requests@0.0.1 malicious: MAL-2026-15859
pypi/1337test malicious: pypi/1337test
pypi/191239aa@10.87 malicious: GHSA-38j6-wp79-48jm
pypi/3web@1.0.0 malicious: malicious/3web
pypi/example quarantined: quarantine:example
pypi/example@1.0.0 malicious: pypi/example@1.0.0
pypi/fastapi@0.136.3 fastapi-0.136.3-py3-none-any.whl withdrawn: MAL-2026-4750
pypi/fastapi@0.136.3 fastapi-0.136.3.tar.gz withdrawn: MAL-2026-4750
pypi/fastapi@0.136.3 withdrawn: MAL-2026-4750
pypi/litellm@1.82.7 malicious: MAL-2026-2144
pypi/litellm@1.82.8 malicious: MAL-2026-2144
pypi/py-pcapplusplus@1.0.0 removed: 24891358
pypi/somelib@1.2.3 malicious: pypi/somelib@1.2.3
pypi/somelib@1.2.4 malicious: pypi/somelib@1.2.4
pypi/umap@0.0.0 malicious: MAL-2025-192992
pypi/umap@0.1.1 malicious: MAL-2025-192992
pypi/umap@0.1.2 malicious: MAL-2025-192992
"""
STATES = {"malicious": 33741, "suspicious": 1116, "withdrawn": 79}
"""Projects; counted from the rows themselves it is the same."""


def shown(user: Terminal) -> list[str]:
    rows = user("ghosts", "list", *EVERY_STATE, "--limit", "100", "--format", "jsonl").rows
    return sorted({_line(row) for row in rows})


def _line(row: Mapping[str, Any]) -> str:
    version = f"@{row['version']}" if row["version"] else ""
    file = f" {row['file']}" if row["file"] else ""
    records = ", ".join(sorted(source["id"] for source in row["sources"]))
    return f"{row['ecosystem']}/{row['name']}{version}{file} {row['state']}: {records}"


def test_the_real_documents_become_these_verdicts(world: FeedsWorld, tmp_path: Path) -> None:
    world.show(samples())
    window = configuration(world).replace(f"journal_since = {JOURNAL_SINCE}", "journal_since = 0")
    user = Terminal.at(tmp_path / "user", window)

    ran = user("seed", "--from", "all")

    assert ran.code == 0
    assert shown(user) == VERDICTS.splitlines()


def rows(name: str) -> Sequence[Json]:
    with gzip.open(FEEDS / name, "rt") as file:
        return [json.loads(line) for line in file]


def record(row: Json, ecosystem: str) -> Json:
    """Return the OSV record that a row was made of, as far as the row tells."""
    package = {"ecosystem": ecosystem, "name": row["name"]}
    everything = {"type": "SEMVER", "events": [{"introduced": "0"}]}
    versions = row.get("versions") or []
    said = {"versions": versions} if versions else {"ranges": [everything]}
    modified = row.get("modified") or row.get("published") or "2026-05-01T00:00:00Z"
    found = {"id": row["id"], "modified": modified, "affected": [{"package": package} | said]}
    withdrawn = row.get("withdrawn")
    dates = {"withdrawn": modified if withdrawn is True else withdrawn} if withdrawn else {}
    return found | dates | ({"published": row["published"]} if row.get("published") else {})


def package(row: Json) -> bytes:
    said = record(row | {"id": f"pypi/{row['campaign']}/{row['name']}"}, "PyPI")
    modified = row["modified_at"] or row["assigned_at"] or said["modified"]
    return json.dumps(said | {"modified": modified, "published": row["assigned_at"]}).encode()


@pytest.mark.slow
@pytest.mark.timeout(600)  # all 37,000 records, three times
def test_all_real_rows_are_learned_once_and_a_withdrawal_is_one_change(
    world: FeedsWorld, tmp_path: Path
) -> None:
    pypi = [record(row, "PyPI") for row in rows("ossf_pypi.jsonl.gz")]
    npm = [record(row, "npm") for row in rows("ossf_npm.jsonl.gz")]
    campaigns = {
        f"{CAMPAIGNS}/{row['category']}/osv/{row['name']}.json": package(row)
        for row in rows("kam193_pypi.jsonl.gz")
    }
    chapter = replace(BEGINNING, osv={"PyPI": pypi, "npm": npm}, files=campaigns)
    world.show(chapter)
    user = Terminal.at(tmp_path / "user", configuration(world))

    first = user("seed", "--from", "osv-mal,kam193")
    assert first.code == 0, first.err[-500:]
    states = counts(user)
    again = user("seed", "--from", "osv-mal,kam193")
    gone = pypi[-1] | {"withdrawn": "2026-11-01T00:00:00Z", "modified": "2026-11-01T00:00:00Z"}
    world.show(replace(chapter, osv={"PyPI": [*pypi[:-1], gone], "npm": npm}))
    withdrawn = user("seed", "--from", "osv-mal,kam193")

    assert (again.code, withdrawn.code) == (0, 0)
    assert said(again) == {"osv-mal": 0, "osv-mal:npm": 0, "kam193": 0}
    assert said(withdrawn) == {"osv-mal": 1, "osv-mal:npm": 0, "kam193": 0}
    assert said(first) == {"osv-mal": 11179, "osv-mal:npm": 22296, "kam193": 3997}
    assert "MAL-2024-10183.affected[0].package.name: invalid project name 'urlcon-'" in first.err
    assert states == STATES


def counts(user: Terminal) -> dict[str, int]:
    with closing(sqlite3.connect(user.state / "ledger.sqlite")) as conn:
        question = (
            "SELECT state, count(DISTINCT project) FROM verdict WHERE until IS NULL GROUP BY 1"
        )
        return dict(conn.execute(question).fetchall())


def said(ran: Any) -> dict[str, int]:  # noqa: ANN401
    """Return feed -> number of records that a `seed` took."""
    counted = re.findall(r"([a-z0-9:-]+): ([0-9,]+) records?, verdicts of ", ran.err)
    return {feed: int(number.replace(",", "")) for feed, number in counted}
