"""A person decides about findings, one at a time, and what was decided is kept and told."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from crawler.model import Confidence, Surroundings
from tests.integration.conftest import Played
from tests.servers.terminal import Terminal
from workers.ledger import findings, proofs
from workers.ledger.ledger import Ledger

_GIT = ("--host", "git.example")


@pytest.fixture
def user(played: Played, tmp_path: Path) -> Terminal:
    """A user who has seeded, crawled and verified; what the test changes is its own."""
    return played.go_on(tmp_path / "user").user


def ids(user: Terminal, *words: str) -> list[str]:
    return [row["id"] for row in user("findings", "list", *words, "--format", "jsonl").rows]


def question(user: Terminal, key: str, *, age: timedelta = timedelta()) -> None:
    """Let a finding have an open question, and be so much older."""
    ledger = Ledger.open(user.ledger_url)
    with ledger.write() as conn:
        (report,) = findings.reports(conn, minimum=Confidence.CENSUS, keys=[key])
        assert report.evidence is not None
        around = Surroundings(commit="0" * 40, tests="tests/test_names_the_lock.py")
        proof = replace(report.evidence, surroundings=around)
        proofs.add_evidence(conn, key, proof, report.last_seen)
        before = (report.first_seen - age).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        conn.exec_driver_sql("UPDATE finding SET first_seen = ? WHERE key = ?", (before, key))
    ledger.close()


def test_a_dismissed_finding_is_in_no_list_and_in_no_letter_until_its_day(
    user: Terminal, tmp_path: Path
) -> None:
    (key, *_) = everything = ids(user, *_GIT)

    ran = user("findings", "dismiss", key[:12], "--reason", "our  own\nlure", "--expires", "30d")
    listed = ids(user, *_GIT)
    shown = user("findings", "show", key[:12])
    with sqlite3.connect(user.state / "ledger.sqlite") as conn:
        conn.execute("UPDATE finding SET dismissed_until = '2026-01-01T00:00:00.000000Z'")

    again = ids(user, *_GIT)

    assert (ran.code, ran.out) == (0, "")
    assert ran.err.startswith(f"finding {key[:12]}: dismissed until 20")
    assert listed == everything[1:]
    assert ids(user, "--status", "dismissed") == []
    assert shown.rows[0]["triage"]["state"] == "dismissed"
    assert "UTC: our own lure (dismissed)" in shown.err
    assert again == everything
    log = user("findings", "show", key[:12]).err
    assert "UTC reopened: the dismissal has had its day (dismissal-over)" in log


def test_decisions_can_be_undone_and_each_is_in_the_log(user: Terminal) -> None:
    (key, *_) = ids(user, *_GIT)
    words = ("--reason", "ours", "--expires", "30d")

    user("findings", "dismiss", key, *words)
    user("findings", "promote", key, "--reason", "it is not ours")
    promoted = ids(user, "--status", "promoted")
    user("findings", "dismiss", key, *words)
    dismissed = ids(user, "--status", "dismissed", "--status", "promoted")
    user("findings", "reopen", key, "--reason", "nobody knows")

    said = [line.partition("UTC ")[2] for line in user("findings", "show", key).err.splitlines()]
    assert (promoted, dismissed) == ([key], [key])
    assert key in ids(user, "--status", "new")
    assert [line.partition(":")[0] for line in said if line] == [
        "found",
        "dismissed",
        "promoted",
        "dismissed",
        "reopened",
    ]


def test_a_finding_that_is_promoted_already_keeps_its_reason_and_its_one_line(
    user: Terminal,
) -> None:
    (key, *_) = ids(user)
    user("findings", "promote", key, "--reason", "looked at")

    again = user("findings", "promote", key, "--reason", "looked at again")

    log = user("findings", "show", key).err
    assert (again.code, again.out) == (2, "")
    assert f"finding {key[:12]} is promoted already" in again.err
    assert log.count("UTC promoted") == 1
    assert "looked at again" not in log


def test_what_is_allowed_and_disallowed_is_reopened_as_it_was_decided(user: Terminal) -> None:
    before = ids(user)
    (key, *_) = [
        row["id"]
        for row in user("findings", "list", "--format", "jsonl").rows
        if "zz-ghost-wallet" in row["artifact"]["purl"]
    ]
    user("findings", "promote", key, "--reason", "looked at")

    allowed = user("ghosts", "allow", "zz-ghost-wallet", "--reason", "ours", "--expires", "30d")
    retracted = ids(user, "--status", "retracted")
    back = user("ghosts", "disallow", "zz-ghost-wallet")

    assert key in retracted
    assert f"0 new findings, 0 reopened, {len(retracted)} taken back" in allowed.err
    assert f"0 new findings, {len(retracted)} reopened, 0 taken back" in back.err
    assert ids(user) == before
    assert ids(user, "--status", "promoted") == [key]


def test_a_letter_leaves_a_dismissed_finding_out(user: Terminal, tmp_path: Path) -> None:
    for key in ids(user):
        user("findings", "dismiss", key, "--reason", "seen before", "--expires", "2d")

    user("report", "-o", str(tmp_path / "report"))

    assert list((tmp_path / "report").glob("takedown-*.md")) == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("promote", "{key}"), "--reason"),
        (("promote", "{key}", "--reason", "  "), "--reason is empty"),
        (("promote", "zz", "--reason", "x"), "no finding has an id that begins with 'zz'"),
        (("promote", "", "--reason", "x"), "several findings have an id that begins with ''"),
        (("dismiss", "{key}", "--reason", "x"), "--expires"),
        (("dismiss", "{key}", "--reason", "x", "--expires", "400d"), "within the next 365 days"),
        (("reopen", "{key}", "--reason", "x"), "nothing to undo"),
    ],
)
def test_a_decision_without_grounds_or_without_a_finding_is_refused(
    user: Terminal, words: tuple[str, ...], said: str
) -> None:
    key = ids(user)[0]

    ran = user("findings", *(word.format(key=key) for word in words))

    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err


def test_what_was_taken_back_cannot_be_promoted(user: Terminal) -> None:
    key = ids(user)[0]
    with sqlite3.connect(user.state / "ledger.sqlite") as conn:
        conn.execute("UPDATE finding SET state = 'retracted' WHERE key = ?", (key,))

    ran = user("findings", "promote", key, "--reason", "I stand behind it")

    assert ran.code == 2
    assert "is retracted" in ran.err
    assert "Only a finding that holds can be decided" in ran.err


def test_the_list_begins_with_what_needs_a_decision_the_newest_first(user: Terminal) -> None:
    first, second, third, *_ = ids(user)
    question(user, second, age=timedelta(days=3))
    question(user, third, age=timedelta(days=1))
    user("findings", "promote", first, "--reason", "looked at")

    ran = user("findings", "list")

    heading, *rows = ran.out.splitlines()
    assert heading.split() == [
        "status",
        "level",
        "tier",
        "repository",
        "lock",
        "what",
        "reason",
        "id",
    ]
    assert [row.split()[-1] for row in rows[:2]] == [third[:12], second[:12]]
    assert all(row.startswith("needs a decision  confirmed") for row in rows[:2])
    assert all("  among-tests  " in row for row in rows[:2])
    assert [row.split()[0] for row in rows[2:]].count("promoted") == 1
    assert "2 of them need a decision and get no letter before" in ran.err
    asked = "test code lies around the lock: tests/test_names_the_lock.py (among-tests)"
    assert f"{third[:12]}: needs a decision: {asked}" in user("findings", "show", third).err


def test_a_list_without_any_decision_has_no_column_for_it(user: Terminal) -> None:
    ran = user("findings", "list")

    assert ran.out.split("\n")[0].split()[0] == "level"
    assert ran.err == ""
