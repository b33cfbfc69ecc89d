from __future__ import annotations

import subprocess
import tomllib
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.integration.conftest import Played
from tests.servers.terminal import Terminal
from workers.budget.governor import every_resource
from workers.ledger import budgets
from workers.ledger.ledger import Ledger


@pytest.fixture
def user(played: Played, tmp_path: Path) -> Terminal:
    """A user who has seeded, crawled and verified; what the test changes is its own."""
    return played.go_on(tmp_path / "user").user


def test_coverage_says_per_host_what_was_found_and_what_was_not_looked_at(user: Terminal) -> None:
    people, machine = user("coverage"), user("coverage", "--format", "jsonl")

    by_host = {row["host"]: row for row in machine.rows}
    assert (people.code, machine.code) == (0, 0)
    assert list(by_host) == ["forge.example", "git.example", "github.example"]
    assert by_host["git.example"]["outcomes"] == {"visited": 3, "gone": 1}
    assert by_host["git.example"]["not_looked_at"] == [
        {"reason": "URL answered 404", "times": 1, "repositories": 1, "known_lock": False},
        {
            "reason": "may hold install commands or URLs of packages, which are not read",
            "times": 3,
            "repositories": 3,
            "known_lock": False,
        },
    ]
    assert (by_host["forge.example"]["listed"], by_host["git.example"]["listed"]) == (True, False)
    assert "git.example, not looked at:\n  1 x URL answered 404\n" in people.out
    assert "of 3 repositories no tag and no pull or merge request was read; crawl" in people.out
    assert "no ref but the default branch" not in people.out
    assert by_host["git.example"]["refs_of_last_visits"] == {"branches": 3}
    assert by_host["git.example"]["refs_read"] == [
        {"ref": "refs/heads/main", "repositories": 3, "at_root": 0}
    ]
    assert (
        "git.example: refs read, and of how many repositories: refs/heads/main of 3" in people.out
    )


def test_a_host_of_which_nothing_is_known_is_a_wrong_word(user: Terminal) -> None:
    ran = user("coverage", "--host", "none.example")

    assert (ran.code, ran.out) == (2, "")
    assert "hosts list" in ran.err


def test_a_paused_host_is_left_alone_and_that_is_said_until_it_is_resumed(user: Terminal) -> None:
    paused = user("hosts", "pause", "git.example", "--reason", "they asked for it")
    listed = {row["host"]: row["state"] for row in user("hosts", "list", "--format", "jsonl").rows}
    status = user("status", "--format", "json").rows[0]["not_looked_at"]
    resumed, again = user("hosts", "resume", "git.example"), user("hosts", "resume", "git.example")

    assert (paused.code, resumed.code, again.code) == (0, 0, 2)
    assert listed["git.example"] == "paused: they asked for it"
    assert listed["forge.example"] == "in use"
    assert status[0]["place"] == "git.example"
    assert "(they asked for it), 4 pieces of work wait" in status[0]["reason"]
    assert "paused" not in user("hosts", "list").out


def test_a_crawl_of_a_paused_host_asks_nothing_and_says_so(played: Played, tmp_path: Path) -> None:
    stage = played.go_on(tmp_path / "user")
    stage.user("hosts", "pause", "forge.example")
    before = stage.server.traffic().of("forge.example", "GET").requests

    ran = stage.user("crawl", "forge.example", "--max-minutes", "1", "--fail-on", "never")

    assert ran.code == 0
    assert "forge.example: paused since" in ran.err
    assert stage.server.traffic().of("forge.example", "GET").requests == before


def test_a_host_that_rests_is_said_with_its_failures(user: Terminal) -> None:
    until = datetime(2099, 1, 1, tzinfo=UTC)
    with closing(Ledger.open(user.ledger_url)) as ledger, ledger.write() as conn:
        bucket = every_resource("forge.example")
        budgets.block(conn, bucket, until, "connection refused", failures=7)

    ran = user("coverage", "--host", "forge.example")

    assert "forge.example (*) rests until 2099-01-01T00:00:00+00:00 after 7 failures" in ran.out
    assert "connection refused" in ran.out


def test_a_test_of_a_host_asks_one_question_that_the_budget_knows(user: Terminal) -> None:
    ran = user("hosts", "test", "forge.example")
    (spent,) = user("budget", "show", "--format", "jsonl").rows

    assert ran.code == 0
    assert "2 repositories on the first page" in ran.out
    assert (spent["host"], spent["resource"], spent["requests"]) == ("forge.example", "api", 1)
    assert (spent["blocked_until"], spent["per_minute"]) == (None, 30)


def test_a_budget_is_told_as_history_and_as_forecast(user: Terminal) -> None:
    history = user("budget", "history", "--format", "jsonl").rows
    forecast = user("budget", "forecast", "--for", "forge.example", "--format", "jsonl").rows
    whole = user("budget", "forecast", "--for", "all")

    assert [(row["host"], row["visits"], row["failed"]) for row in history] == [
        ("forge.example", 4, 0),
        ("git.example", 6, 1),
        ("github.example", 7, 0),
    ]
    assert [(row["what"], row["least"], row["most"]) for row in forecast] == [
        ("list", 2, 2),
        ("visit", 2, 6),
    ]
    assert whole.out.splitlines()[-1].startswith("all ")
    assert "nobody has found yet" in whole.err


def test_the_etiquette_of_a_host_names_who_we_are_and_its_rates(user: Terminal) -> None:
    ran = user("hosts", "etiquette", "github.example", "--format", "json")

    (said,) = ran.rows
    rates = {rate["resource"]: rate["count"] for rate in said["rates"]}
    assert "mailto:" in said["user_agent"]
    assert (rates["code_search"], rates["git"]) == (8, 60)
    assert "share tokens" in said["terms"]


def test_a_section_for_a_host_is_printed_or_written_and_then_holds(terminal: Terminal) -> None:
    words = ("hosts", "add", "new.example", "--kind", "forgejo")

    printed = terminal(*words)
    before = (terminal.folder / "ghostcrawl.toml").read_text("utf-8")
    written = terminal(*words, "--write")
    listed = [row["host"] for row in terminal("hosts", "list", "--format", "jsonl").rows]
    again = terminal(*words, "--write")

    section = tomllib.loads(printed.out)["hosts"]["new.example"]
    assert section == {"kind": "forgejo", "web_url": "https://new.example"}
    assert "new.example" not in before
    assert (printed.code, written.code, again.code) == (0, 0, 2)
    assert listed == ["git.example", "new.example"]


def test_without_a_named_file_a_section_is_written_to_that_of_the_user(terminal: Terminal) -> None:
    of_the_folder = (terminal.folder / "ghostcrawl.toml").read_text("utf-8")
    environment = terminal.process_environment() | {"XDG_CONFIG_HOME": str(terminal.folder / "xdg")}
    del environment["GHOSTCRAWL_CONFIG"]

    subprocess.run(
        terminal.command("hosts", "add", "new.example", "--kind", "git", "--write"),
        cwd=terminal.folder,
        env=environment,
        check=True,
    )

    file = terminal.folder / "xdg/ghostcrawl/config.toml"
    assert list(tomllib.loads(file.read_text("utf-8"))["hosts"]) == ["new.example"]
    assert (terminal.folder / "ghostcrawl.toml").read_text("utf-8") == of_the_folder


def test_a_section_that_would_not_work_is_refused(terminal: Terminal) -> None:
    plain = terminal("hosts", "add", "a.example", "--kind", "git", "--web-url", "http://a.example")
    control = terminal("hosts", "add", "a\x1b[2J", "--kind", "git")

    assert (plain.code, control.code) == (4, 2)
    assert "\x1b" not in control.err


def test_while_all_hosts_are_paused_nobody_is_asked_anything(
    played: Played, tmp_path: Path
) -> None:
    stage = played.go_on(tmp_path / "user")
    paused = stage.user("hosts", "pause", "--all", "--reason", "maintenance")
    before = stage.server.traffic().requests

    crawled = stage.user("crawl", "all", "--max-minutes", "1", "--fail-on", "never")
    verified = stage.user("verify", "--all", "--max-minutes", "1", "--fail-on", "never")
    seeded = stage.user("seed", "--from", "osv-mal")
    tested = stage.user("hosts", "test", "forge.example")
    after = stage.server.traffic().requests
    resumed, again = (stage.user("hosts", "resume", "--all") for _ in range(2))
    answered = stage.user("hosts", "test", "forge.example")

    assert (paused.code, tested.code) == (0, 3)
    assert after == before
    assert "all hosts: paused since" in crawled.err
    assert "all hosts: paused since" in verified.err
    assert "all hosts are paused (maintenance)" in seeded.err
    assert (resumed.code, again.code, answered.code) == (0, 2, 0)


def test_a_host_that_was_paused_by_name_stays_so_when_all_go_on(user: Terminal) -> None:
    user("hosts", "pause", "git.example", "--reason", "they asked for it")
    user("hosts", "pause", "--all")
    while_all = {r["host"]: r["state"] for r in user("hosts", "list", "--format", "jsonl").rows}

    resumed = user("hosts", "resume", "--all")

    listed = {row["host"]: row["state"] for row in user("hosts", "list", "--format", "jsonl").rows}
    assert while_all["forge.example"] == "paused: a person asked for it"
    assert "but for what is paused by itself: git.example" in resumed.err
    assert (listed["git.example"], listed["forge.example"]) == (
        "paused: they asked for it",
        "in use",
    )


def test_a_pause_wants_one_name_or_all(user: Terminal) -> None:
    neither, both = user("hosts", "pause"), user("hosts", "resume", "git.example", "--all")

    assert (neither.code, both.code) == (2, 2)
    assert "give the name of one host, or --all" in neither.err
