"""Seed, crawl, verify, report: real workers, a real broker, real databases, real git over HTTP."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crawler.model import Confidence, Report
from tests.integration.conftest import Played, play
from tests.servers.excerpt import CAST, Stage, excerpt, on_stage
from tests.servers.postgres import postgres
from tests.servers.valkey import allow_loopback_and_unix
from workers.demo.model import World
from workers.demo.score import score
from workers.ledger import findings, proofs, work
from workers.ledger.ledger import Ledger
from workers.ledger.work_items import WorkItem, WorkKind
from workers.runs import Run

GIT_HOSTS = ("api.github.example", "github.example", "forge.example", "git.example")


@pytest.fixture(autouse=True)
def _sockets() -> None:
    allow_loopback_and_unix()


def reports(stage: Stage, *, retracted: bool = False) -> list[Report]:
    """Return what the ledger of the user holds."""
    url = stage.user.environment.get("GHOSTCRAWL_DATABASE_URL", stage.user.ledger_url)
    ledger = Ledger.open(url)
    with ledger.read() as conn:
        assert proofs.verify_chain(conn) is None
        found = list(findings.reports(conn, minimum=Confidence.CENSUS, include_closed=retracted))
    ledger.close()
    return found


def levels(stage: Stage) -> Mapping[str, tuple[str, str]]:
    """Return tier and confidence of every finding by its key."""
    return {
        r.finding.key: (r.finding.match.tier.value, r.finding.match.confidence.value)
        for r in reports(stage)
    }


def letters(folder: Path, kind: str = "letter") -> dict[str, Path]:
    """Return the letters of a report (or files of another kind) by the repository they are about."""
    listed = json.loads((folder / "manifest.json").read_text("utf-8"))["files"]
    return {
        f"{one['repository']['host']}/{one['repository']['path']}": folder / one["name"]
        for one in listed
        if one["kind"] == kind
    }


def test_the_main_job_finds_exactly_what_is_true(played: Played) -> None:
    result = score(reports(played.stage), played.stage.world.truth)

    assert (result.wrong, result.missed) == ((), ())
    assert result.right == 7
    assert (played.seeded.code, played.crawled.code, played.verified.code) == (0, 1, 1)


def test_every_confirmed_finding_has_evidence_that_was_verified(played: Played) -> None:
    found = [r for r in reports(played.stage) if r.finding.match.confidence is Confidence.CONFIRMED]

    assert len(found) == 14
    for report in found:
        proof, pin = report.evidence, report.finding.match.pin
        assert proof is not None
        assert proof.liveness is not None
        assert (proof.liveness.method, proof.liveness.status) == ("HEAD", 200)
        assert (proof.still_at_head, proof.verified_at is None) == (True, False)
        assert pin.filename is not None
        assert pin.filename in proof.excerpt
        if report.finding.repository.host == "git.example":
            assert proof.permalink is None
        else:
            assert report.finding.sighting.commit in (proof.permalink or "")


def test_verify_ends_when_its_own_work_is_done(played: Played, tmp_path: Path) -> None:
    stage = played.go_on(tmp_path / "user")
    ledger = Ledger.open(stage.user.ledger_url)
    visit = WorkItem(
        kind=WorkKind.VISIT,
        key="1",
        host="git.example",
        due_at=datetime(2026, 1, 1, tzinfo=UTC),
        payload=Run(id="another").payload(),
    )
    ledger.transaction(lambda conn: work.offer(conn, [visit], visit.due_at))

    ran = stage.user("verify", "--all", "--format", "jsonl")

    with ledger.read() as conn:
        due = {q.kind: q.due for q in work.counts(conn, datetime.now(tz=UTC))}
    ledger.close()
    assert ran.code == 1
    assert (due[WorkKind.VERIFY], due[WorkKind.VISIT]) == (0, 1)


def test_the_hosts_have_a_harmless_guest(played: Played) -> None:
    methods = {r.method for r in played.traffic.rows if r.host.startswith(("files.", "mirror."))}

    assert methods == {"HEAD"}
    assert played.traffic.file_downloads == 0
    assert played.traffic.unknown_hosts == ()
    assert played.stage.server.github.stats().violations == 0
    assert played.stage.server.forgejo.stats().violations == 0
    # `verify` asks four requests once for the history of the pins of each of the 7 confirmed repositories.
    assert played.traffic.requests < 100 + 7 * 4


def test_nothing_but_findings_goes_to_stdout(played: Played) -> None:
    ids = [row["id"] for row in played.crawled.rows]

    assert sorted(ids) == sorted(levels(played.stage))
    assert sorted(row["id"] for row in played.verified.rows) == sorted(ids)


def test_the_report_has_a_letter_for_each_lure_and_a_notice_for_each_victim(
    played: Played, tmp_path: Path
) -> None:
    ran = played.stage.user("report", "-o", str(tmp_path / "report"))

    assert ran.code == 0
    assert sorted(letters(tmp_path / "report", "notice")) == ["forge.example/demo-22"]
    assert sorted(letters(tmp_path / "report")) == [
        "forge.example/demo-03/mint-bot",
        "github.example/demo-01/trading-bot",
        "github.example/demo-42/clean-main",
        "github.example/demo-43/monorepo",
    ]


def test_crawling_an_unchanged_world_again_asks_once_per_repository(
    played: Played, tmp_path: Path
) -> None:
    stage = played.go_on(tmp_path / "user")
    before = {h: stage.server.traffic().of(h, "POST").requests for h in GIT_HOSTS}
    known = reports(stage)

    ran = stage.user(*stage.everywhere, "--format", "jsonl")

    after = {h: stage.server.traffic().of(h, "POST").requests for h in GIT_HOSTS}
    asked = {host: after[host] - before[host] for host in GIT_HOSTS}
    assert ran.code == 1
    assert asked == {
        "api.github.example": 1,  # the sweep
        "github.example": 4,
        "forge.example": 2,
        "git.example": 4,  # one of them is gone
    }
    assert [r.finding for r in reports(stage)] == [r.finding for r in known]
    assert [r.evidence for r in reports(stage)] == [r.evidence for r in known]


@pytest.fixture(scope="module")
def server_url() -> Iterator[str]:
    allow_loopback_and_unix()
    with tempfile.TemporaryDirectory(prefix="pg-") as folder, postgres(Path(folder)) as server:
        yield server.url(server.database())


@pytest.mark.slow
def test_the_main_job_finds_the_same_with_postgresql(
    played: Played, server_url: str, tmp_path: Path
) -> None:
    with on_stage(excerpt(), tmp_path, GHOSTCRAWL_DATABASE_URL=server_url) as stage:
        before = stage.user("status")
        upgraded = stage.user("db", "upgrade")

        again = play(stage)

        assert (before.code, upgraded.code) == (6, 0)
        assert (again.crawled.code, again.verified.code) == (1, 1)
        assert levels(stage) == levels(played.stage)
        assert all(r.evidence and r.evidence.verified_at for r in reports(stage))
        assert stage.user("db", "check").code == 0


@pytest.mark.slow
def test_what_is_learned_later_is_found_in_stored_locks_without_asking_a_host(
    tmp_path: Path,
) -> None:
    with on_stage(excerpt(), tmp_path) as stage:
        crawled = stage.user(*stage.everywhere)
        asked = stage.requests(*GIT_HOSTS)
        nothing = reports(stage)

        seeded = stage.user("seed", "--from", "osv-mal,quarantine-feed")

        assert (crawled.code, nothing) == (5, [])
        assert stage.requests(*GIT_HOSTS) == asked
        assert "14 new findings" in seeded.err
        found = reports(stage)
        assert score(found, stage.world.truth).perfect
        assert {r.evidence for r in found} == {None}

        verified = stage.user("verify")

        assert verified.code == 1
        for report in reports(stage):
            assert report.finding.match.pin.lines is not None
            assert report.evidence is not None
            assert report.evidence.verified_at is not None


def revised(world: World, record_id: str, **changes: object) -> World:
    """Return the world after the record was changed; None takes a field out."""
    records = tuple(
        {k: v for k, v in {**record, **changes}.items() if v is not None}
        if record["id"] == record_id
        else record
        for record in world.advisories
    )
    return replace(world, advisories=records)


@pytest.fixture
def publishing(played: Played, tmp_path: Path) -> Iterator[Stage]:
    """A user after the main job, in a world whose records may change."""
    stage = played.go_on(tmp_path / "user")
    yield stage
    stage.server.publish(stage.world)


def test_a_record_that_is_withdrawn_takes_its_findings_back_and_one_restored_opens_them_again(
    publishing: Stage, tmp_path: Path
) -> None:
    user, world = publishing.user, publishing.world
    wallet = {
        r.finding.key
        for r in reports(publishing)
        if (r.finding.match.pin.name or "") == "zz-ghost-wallet"
    }
    at = "2026-11-01T00:00:00Z"
    publishing.server.publish(revised(world, "MAL-2026-9001", withdrawn=at, modified=at))

    user("report", "-o", str(tmp_path / "report"))
    before = letters(tmp_path / "report")
    withdrawn = user("seed", "--from", "osv-mal")
    confirmed = user("findings", "list", "--level", "confirmed", "--format", "jsonl")
    retracted = user("findings", "list", "--status", "retracted", "--format", "jsonl")
    user("report", "-o", str(tmp_path / "report"))

    assert "10 taken back" in withdrawn.err
    assert wallet.isdisjoint(row["id"] for row in confirmed.rows)
    assert wallet == {r["id"] for r in retracted.rows}
    assert {r["triage"]["state"] for r in retracted.rows} == {"retracted"}
    written = (tmp_path / "report/findings.jsonl").read_text("utf-8").splitlines()
    told = {row["id"]: row["triage"] for row in map(json.loads, written)}
    assert {key for key, triage in told.items() if triage["state"] == "retracted"} == wallet
    assert {triage["at"] is None for triage in told.values()} == {False}
    assert letters(tmp_path / "report") == {}
    assert set(letters(tmp_path / "report", "notice")) == {"forge.example/demo-22"}
    withdrawn_letters = letters(tmp_path / "report", "withdrawn-letter")
    assert withdrawn_letters == {
        place: tmp_path / "report/withdrawn" / letter.name for place, letter in before.items()
    }
    assert set(letters(tmp_path / "report", "correction")) == set(withdrawn_letters)
    assert all(path.is_file() for path in withdrawn_letters.values())

    publishing.server.publish(revised(world, "MAL-2026-9001", modified="2026-11-02T00:00:00Z"))
    restored = user("seed", "--from", "osv-mal")

    user("report", "-o", str(tmp_path / "report"))
    assert "0 new findings, 10 reopened" in restored.err
    assert letters(tmp_path / "report") == before
    assert letters(tmp_path / "report", "correction") == {}
    assert wallet <= {r.finding.key for r in reports(publishing)}


@pytest.mark.slow
def test_a_sweep_through_the_api_says_that_it_saw_the_root_only_and_all_branches_see_the_rest(
    tmp_path: Path,
) -> None:
    paths = [path for path in CAST if path.startswith(("demo-01", "demo-42", "demo-43"))]
    with on_stage(excerpt(paths), tmp_path) as stage:
        stage.user("seed", "--from", "osv-mal")

        sweep = stage.user("crawl", "github.example", "--strategy", "list", "--format", "jsonl")
        api_only = stage.server.traffic().of("github.example", "POST").requests
        every = stage.user(
            *("crawl", "github.example", "--strategy", "list", "--refs", "branches"),
            *("--format", "jsonl"),
        )

        assert api_only == 0
        assert {row["repo"]["full_name"] for row in sweep.rows} == {"demo-01/trading-bot"}
        assert (
            "3 repositories were read at the root only, in no folder; crawl with --depth all"
            in sweep.err
        )
        assert {
            (r["repo"]["full_name"], r["lock"]["path"], r["lock"]["ref"]) for r in every.rows
        } == {
            ("demo-01/trading-bot", "uv.lock", "refs/heads/main"),
            ("demo-42/clean-main", "uv.lock", "refs/heads/task"),
            ("demo-43/monorepo", "services/api/uv.lock", "refs/heads/main"),
        }
        assert "not looked at (3):" in every.err
        assert "src/main.py and 2 more: may hold install commands" in every.err
