from __future__ import annotations

import json
import sqlite3
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
import stix2
import xarf

from tests.integration.conftest import Played
from tests.servers.pseudo_terminal import at_terminal, seen
from tests.servers.terminal import Terminal


@pytest.fixture
def user(played: Played, tmp_path: Path) -> Terminal:
    """A user who has seeded, crawled and verified; what the test changes is its own."""
    return played.go_on(tmp_path / "user").user


def test_findings_list_has_the_surest_first_and_can_be_cut_down(user: Terminal) -> None:
    everything = user("findings", "list", "--format", "jsonl")
    forge = user("findings", "list", "--host", "forge.example", "--format", "jsonl")

    assert (everything.code, len(everything.rows)) == (0, 14)
    assert everything.err == ""
    assert {row["repo"]["host"] for row in forge.rows} == {"forge.example"}
    assert len(forge.rows) == 4


def test_findings_list_ends_with_1_when_asked_to_fail(user: Terminal) -> None:
    assert user("findings", "list", "--fail-on", "confirmed").code == 1
    assert user("findings", "list", "--status", "dismissed", "--fail-on", "census").code == 0


def test_findings_show_gives_one_finding_whole(user: Terminal) -> None:
    key = user("findings", "list", "--format", "jsonl").rows[0]["id"]

    ran = user("findings", "show", key[:12])

    (finding,) = ran.rows
    assert (ran.code, finding["id"]) == (0, key)
    assert finding["lock"]["snippet"]


def test_a_finding_is_lines_on_a_terminal_and_json_elsewhere(user: Terminal) -> None:
    key = user("findings", "list", "--format", "jsonl").rows[0]["id"]
    words = ("findings", "show", key[:12])
    command = [sys.executable, "-P", "-m", "workers.cli.main", *words]

    shown = seen(at_terminal(command, user.process_environment(), columns=100).out)

    assert f"{key}: confirmed, tier " in shown
    assert "  repository: " in shown
    assert "  because: " in shown
    assert '"schema"' not in shown
    assert user(*words).rows[0]["id"] == key
    assert user(*words, "--format", "text").out.startswith(f"{key}: confirmed, tier ")


def test_a_crawl_of_one_host_lists_its_findings_and_counts_the_others(user: Terminal) -> None:
    crawl = ("crawl", "--strategy", "list", "--format", "jsonl")

    one = user(*crawl, "forge.example")

    assert {row["repo"]["host"] for row in one.rows} == {"forge.example"}
    assert len(one.rows) == 4
    assert "10 findings on other hosts: `ghostcrawl findings list`" in one.err


def test_a_number_as_a_source_is_said_with_its_feed(user: Terminal) -> None:
    rows = user("ghosts", "list", "--state", "quarantined", "--format", "jsonl").rows
    sources = [source for row in rows for source in row["sources"] if source["id"].isdigit()]

    shown = user("ghosts", "list", "--state", "quarantined").out

    assert sources
    assert all(f"{source['feed']} {source['id']}" in shown for source in sources)


def test_status_is_for_people_and_for_machines(user: Terminal) -> None:
    people, machine = user("status"), user("status", "--format", "json")

    (document,) = machine.rows
    assert document["findings"] == [
        {"tier": "A", "level": "confirmed", "count": 10},
        {"tier": "B", "level": "confirmed", "count": 4},
    ]
    assert {"host": "forge.example", "outcome": "visited", "repositories": 2} in document[
        "coverage"
    ]
    assert document["not_looked_at"][0]["place"].startswith("git.example/demo-gone")
    assert "distinct locks read; verdicts by state (`ghosts list --state`): " in people.out
    assert "of these by commit  older than the ledger  not dated" in people.out
    assert "git.example/demo-gone" in people.err


def test_a_report_writes_whole_files_and_leaves_nothing_half_written(
    user: Terminal, tmp_path: Path
) -> None:
    folder = tmp_path / "report"

    first = user("report", "-o", str(folder), "--format", "jsonl")
    second = user("report", "-o", str(folder), "--format", "jsonl")

    rows = [json.loads(line) for line in (folder / "findings.jsonl").read_text().splitlines()]
    assert (first.code, second.code, len(rows)) == (0, 0, 14)
    assert {path.name for path in folder.iterdir()} == {"findings.jsonl", "manifest.json"}
    assert "1 file in " in first.err
    assert ", 1 of them new or changed; no letters" in first.err
    assert ", 0 of them new or changed;" in second.err


def test_what_machines_exchange_is_written_on_request_and_then_kept_up_to_date(
    user: Terminal, tmp_path: Path
) -> None:
    folder = tmp_path / "report"
    asked = [part for name in ("stix", "misp", "xarf") for part in ("--format", name)]

    first = user("report", "-o", str(folder), *asked)
    kinds = Counter(path.name.partition("-")[0] for path in folder.iterdir())
    second = user("report", "-o", str(folder))

    letters = len(list(folder.glob("takedown-*.md")))
    assert (first.code, second.code) == (0, 0)
    assert kinds == {"stix": 1, "misp": letters, "xarf": letters, "manifest.json": 1}
    assert letters > 0
    assert stix2.parse((folder / "stix-bundle.json").read_text("utf-8")).type == "bundle"
    assert all(
        not xarf.parse(json.loads(path.read_text("utf-8"))).errors
        for path in folder.glob("xarf-*.json")
    )


def test_a_folder_of_an_earlier_version_is_left_as_it_is_and_that_is_said_once(
    user: Terminal, tmp_path: Path
) -> None:
    folder = tmp_path / "report"
    folder.mkdir()
    (folder / "findings.jsonl").write_text("of an earlier version\n")
    (folder / "takedown-git.example-demo-04_copy-trader.md").write_text("of an earlier version\n")

    first = user("report", "-o", str(folder))
    second = user("report", "-o", str(folder))

    assert (folder / "findings.jsonl").read_text() == "of an earlier version\n"
    assert len((folder / "findings.new.jsonl").read_text().splitlines()) == 14
    assert len(list(folder.glob("takedown-*.md"))) == 5
    assert "held 2 files that no manifest speaks of" in first.err
    assert "no manifest speaks of" not in second.err


def test_a_report_that_cannot_be_written_ends_with_4(user: Terminal, tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    ran = user("report", "-o", str(tmp_path / "file/report"))

    assert ran.code == 4
    assert "cannot be written" in ran.err


def change_evidence(user: Terminal, path: str, value: object, repository: str = "%") -> None:
    """Change a field of the evidence for all findings of a repository."""
    with sqlite3.connect(user.state / "ledger.sqlite") as conn:
        conn.execute(
            "UPDATE evidence SET body = json_set(body, ?, json(?))"
            " WHERE key IN (SELECT key FROM finding WHERE path LIKE ?)",
            (path, json.dumps(value), repository),
        )


def test_a_finding_that_nobody_verified_lately_gets_no_letter(
    user: Terminal, tmp_path: Path
) -> None:
    change_evidence(user, "$.verified_at", "2026-01-01T00:00:00+00:00")

    ran = user("report", "-o", str(tmp_path / "report"))

    assert list((tmp_path / "report").glob("takedown-*.md")) == []
    assert "8 findings without a letter: not verified within a day; run verify" in ran.err


def test_a_repository_whose_files_are_no_longer_served_gets_no_letter(
    user: Terminal, tmp_path: Path
) -> None:
    change_evidence(user, "$.liveness.status", 404, "demo-01/trading-bot")

    ran = user("report", "-o", str(tmp_path / "report"))

    letters = [path.name for path in (tmp_path / "report").glob("takedown-*.md")]
    assert len(letters) == 3
    assert [name for name in letters if "trading-bot" in name] == []
    assert "2 findings without a letter: the pinned file is no longer served" in ran.err


def test_a_letter_of_yesterday_stays_and_is_said_to_need_another_look(
    user: Terminal, tmp_path: Path
) -> None:
    user("report", "-o", str(tmp_path / "report"))
    change_evidence(user, "$.verified_at", "2026-01-01T00:00:00+00:00")

    ran = user("report", "-o", str(tmp_path / "report"))

    assert len(list((tmp_path / "report").glob("takedown-*.md"))) == 4
    assert "4 letters of an earlier report were not verified within a day; run verify" in ran.err


def test_a_letter_names_the_operator_and_what_each_host_answered(
    user: Terminal, tmp_path: Path
) -> None:
    user("report", "-o", str(tmp_path / "report"), "--format", "letter")

    (letter,) = (tmp_path / "report").glob("*trading-bot*.md")
    text = letter.read_text("utf-8")
    assert "Contact: demo@git.example. Please quote the case in your answer.\n" in text
    assert (
        "The host made the repository at 2026-06-03T10:00:00Z, within three days of the first pinned file, "
        in text
    )
    assert "  - Its host answered 200 (OK) to a HEAD request at " in text
    assert (
        "  - The package index PyPI no longer lists this file; it was removed no later than "
        in text
    )


def test_evidence_that_was_changed_is_detected(user: Terminal) -> None:
    sound = user("db", "check")
    with sqlite3.connect(user.state / "ledger.sqlite") as conn:
        conn.execute("UPDATE evidence SET body = body || ' ' WHERE id = 5")

    changed = user("db", "check")

    assert (sound.code, changed.code) == (0, 6)
    assert "schema and evidence are sound" in sound.out
    assert changed.out.startswith("evidence 5 of finding ")


def test_evidence_that_was_lost_is_detected(user: Terminal) -> None:
    with sqlite3.connect(user.state / "ledger.sqlite") as conn:
        conn.execute("DELETE FROM evidence WHERE id = 5")

    assert user("db", "check").code == 6


def test_a_schema_is_made_from_nothing_and_named(terminal: Terminal, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'other.sqlite'}"
    fresh = replace(terminal, environment={"GHOSTCRAWL_DATABASE_URL": url})

    before, unusable = fresh("db", "current"), fresh("status")
    upgraded, after, checked = fresh("db", "upgrade"), fresh("db", "current"), fresh("db", "check")

    assert before.out == "no schema yet; run db upgrade\n"
    assert unusable.code == 6
    assert (upgraded.code, upgraded.out) == (0, after.out)
    assert checked.code == 0
